// What XML, as JUnit's reports are, needs escaped.
#pragma once

#include <string>

namespace tcpsim::render {

/// For text and for attributes in double quotes.
std::string escaped_xml(std::string const& text);

}  // namespace tcpsim::render

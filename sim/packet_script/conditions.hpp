// #ifdef, #ifndef, #else, #endif: a script may have lines for one system only.
#pragma once

#include "sim/packet_script/script.hpp"

#include <string>
#include <variant>
#include <vector>

namespace tcpsim::packet_script {

/// The text with the lines that don't apply, and the directives, made blank: places in the file stay what they are.
std::variant<std::string, Mistake> choose_lines(std::string const& text, std::vector<Definition> const& definitions);

}  // namespace tcpsim::packet_script

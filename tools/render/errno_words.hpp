// What strerror(3) says on Linux.
#pragma once

#include "stack/base/errno.hpp"

#include <string_view>

namespace tcpsim::render {

/// "Connection reset by peer".
std::string_view words_for(Errno error);

}  // namespace tcpsim::render

// What stdout is connected to.
#pragma once

#include "tools/render/text.hpp"

namespace tcpsim::tool {

/// Colours only for a terminal that has them and a user who did not refuse (https://no-color.org).
render::Look look_of_stdout(bool no_color);

}  // namespace tcpsim::tool

// The packet timeline: one line per packet, faults and failing calls inline.
#pragma once

#include "tools/render/names.hpp"
#include "tools/render/story.hpp"
#include "tools/render/text.hpp"

#include <string>

namespace tcpsim::render {

/// With `details`, everything the story holds; without, what a person wants to see first.
std::string timeline(Story const& story, Naming const& naming, Look const& look, bool details);

}  // namespace tcpsim::render

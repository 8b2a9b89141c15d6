// A system and one of its settings, chosen by two small numbers: what random runs vary.
#pragma once

#include "stack/profile/profile.hpp"

#include <cstdint>

namespace tcpsim::test {

struct SystemChoice {
    std::uint8_t system{0};   ///< which of the built-in profiles
    std::uint8_t setting{0};  ///< which variation of it; 0: none
    bool operator==(SystemChoice const&) const = default;
};

/// How many variations of a system there are, the unchanged one included.
std::uint8_t variations_of(std::uint8_t system);
profile::Profile chosen(SystemChoice choice);

}  // namespace tcpsim::test

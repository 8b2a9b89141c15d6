// Plays a script against a stack of ours.
#pragma once

#include "sim/packet_script/verdict.hpp"
#include "stack/profile/profile.hpp"

namespace tcpsim::packet_script {

struct Conditions {
    profile::Profile profile{};  ///< of the system under test; the script's settings change a copy
    bool exact{false};           ///< no tolerance for times, whatever the script says
};

Outcome play(Script const& script, Conditions const& conditions);

}  // namespace tcpsim::packet_script

// The settings of a script, under the names of the system that it was written for.
#pragma once

#include "sim/packet_script/shell.hpp"
#include "stack/profile/profile.hpp"

namespace tcpsim::packet_script {

/// Changes the profile, or nothing where a setting means nothing here. Throws Stop with the name of one that is not known.
void apply(SetSetting const& setting, profile::Profile& profile);

}  // namespace tcpsim::packet_script

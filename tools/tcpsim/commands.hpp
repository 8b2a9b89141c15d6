// The commands: each returns the process's exit status.
#pragma once

#include "tools/tcpsim/arguments.hpp"
#include "tools/tcpsim/replay.hpp"

namespace tcpsim::tool {

enum class Exit : int {
    fine = 0,         ///< every expectation holds
    failed = 1,       ///< one does not
    users_error = 2,  ///< the file or the command line is wrong
    our_bug = 3,
};

Exit execute(RunCommand const& command, Replay& replay);
Exit execute(CheckCommand const& command, Replay& replay);
Exit execute(SchemaCommand const& command, Replay& replay);
Exit execute(ProfilesCommand const& command, Replay& replay);
Exit execute(ReplayCommand const& command, Replay& replay);
Exit execute(PacketdrillCommand const& command, Replay& replay);
Exit execute(TopologyCommand const& command, Replay& replay);
Exit execute(PrintCommand const& command, Replay& replay);
Exit execute(BadArguments const& command, Replay& replay);

/// One line for stderr.
void complain(std::string_view what);
/// The scenario, or nothing once every mistake has been printed.
std::optional<scenario::Scenario> load_scenario(std::string const& file,
                                                std::vector<scenario::Override> const& overrides);

}  // namespace tcpsim::tool

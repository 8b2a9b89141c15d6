#include "tools/tcpsim/commands.hpp"

#include "stack/base/check.hpp"

#include <iostream>
#include <stdexcept>

namespace tcpsim::tool {

Command parse_arguments(int argc, char const* const* argv) {
    RunCommand run;
    run.file = argc > 1 ? argv[1] : "";
    return run;
}

void complain(std::string_view what) { std::cerr << "tcpsim: " << what << '\n'; }

Exit execute(RunCommand const& command, Replay& replay) {
    replay.use_seed(7, command.file == "named");
    std::cout << "half a result\n";
    if (command.file == "exception") {
        throw std::runtime_error{"something else"};
    }
    check(command.file.empty(), "pigs fly");
    return Exit::fine;
}
Exit execute(CheckCommand const& /*command*/, Replay& /*replay*/) { return Exit::fine; }
Exit execute(SchemaCommand const& /*command*/, Replay& /*replay*/) { return Exit::fine; }
Exit execute(ProfilesCommand const& /*command*/, Replay& /*replay*/) { return Exit::fine; }
Exit execute(ReplayCommand const& /*command*/, Replay& /*replay*/) { return Exit::fine; }
Exit execute(PacketdrillCommand const& /*command*/, Replay& /*replay*/) { return Exit::fine; }
Exit execute(TopologyCommand const& /*command*/, Replay& /*replay*/) { return Exit::fine; }
Exit execute(PrintCommand const& /*command*/, Replay& /*replay*/) { return Exit::fine; }
Exit execute(BadArguments const& /*command*/, Replay& /*replay*/) { return Exit::fine; }

}  // namespace tcpsim::tool

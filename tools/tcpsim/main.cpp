// Nothing but the way out: which exit status an outcome has.
#include "stack/base/check.hpp"
#include "tools/tcpsim/commands.hpp"

#include <exception>
#include <iostream>
#include <string>

namespace {

using tcpsim::tool::Exit;

/// Our bug, in a form that can be reported: what, the seed, and how to see it again.
Exit our_bug(char const* what, tcpsim::tool::Replay const& replay) {
    std::cout.flush();
    tcpsim::tool::complain(std::string{"an error inside tcpsim: "} + what);
    if (replay.seed()) {
        tcpsim::tool::complain("seed: " + std::to_string(*replay.seed()));
    }
    tcpsim::tool::complain("replay with: " + replay.text());
    return Exit::our_bug;
}

Exit run(int argc, char** argv) {
    tcpsim::tool::Replay replay{argc, argv};
    try {
        tcpsim::tool::Command const command = tcpsim::tool::parse_arguments(argc, argv);
        Exit const exit = std::visit([&](auto const& each) { return tcpsim::tool::execute(each, replay); }, command);
        if (!std::cout.flush()) {
            tcpsim::tool::complain("standard output could not be written");
            return Exit::users_error;
        }
        return exit;
    } catch (tcpsim::CheckFailed const& failed) {
        return our_bug(failed.what(), replay);
    } catch (std::exception const& other) {
        return our_bug(other.what(), replay);
    }
}

}  // namespace

int main(int argc, char** argv) { return static_cast<int>(run(argc, argv)); }

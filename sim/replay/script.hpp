// A recorded program: the calls of one `who`, each begun when the recording says, never before the one before it has
// returned.
#pragma once

#include "sim/app/process.hpp"
#include "sim/replay/recording.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tcpsim::replay {

/// What became of a call with us, in the recording's words.
struct Made {
    bool begun{false};
    bool returned{false};
    Instant at{};
    Instant until{};
    std::string result{};  ///< "-1" with an error
    std::string error{};
    std::map<std::string, std::string> more{};
    std::string lacking{};  ///< what we cannot do yet; the call was left out
};

/// Everything one program needs; must outlive the world.
struct Script {
    std::vector<Call> const* calls{nullptr};  ///< of the whole run
    std::vector<std::size_t> mine{};          ///< which of them
    Instant zero{};                           ///< the recording's time 0
    profile::Profile const* profile{nullptr};
    std::vector<Made>* made{nullptr};  ///< by call
};

app::Task<> perform(app::Process& process, Script const* script);

}  // namespace tcpsim::replay

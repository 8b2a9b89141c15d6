// A recorded program: the calls of one `who`, each begun when the recording says, never before the one before it has
// returned.
#pragma once

#include "sim/replay/operations.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace tcpsim::replay {

/// What one thread of a program does, in order: the places of its calls among the run's.
using Thread = std::vector<std::size_t>;

/// Everything one program needs; must outlive the world.
struct Script {
    std::vector<Call> const* calls{nullptr};  ///< of the whole run
    Thread mine{};                            ///< the main thread
    std::vector<Thread> others{};
    Instant zero{};                             ///< the recording's time 0
    std::optional<Duration> exits_at{};         ///< it calls exit()
    std::optional<Duration> child_killed_at{};  ///< the child that it has forked is killed
    bool ignores_sigterm{false};
    bool dies_of_sigpipe{false};  ///< else it ignores SIGPIPE, as the recorder's Python does
    std::vector<Duration>
        looks_for_errors{};  ///< the recorder's own getsockopt(SO_ERROR), which is no call of the case
    profile::Profile const* profile{nullptr};
    std::vector<Made>* made{nullptr};  ///< by call
};

app::Task<> perform(app::Process& process, Script const* script);

}  // namespace tcpsim::replay

#include "sim/replay/judge.hpp"

#include <utility>

namespace tcpsim::replay {
namespace {

/// With the kernel's wheel instead of ideal timers: for cases in which it matters how late a timer was. What is known of the
/// wheel's phase grows with the packets that are the same.
Verdict on_the_wheel(Recording const& recording, RecordedRun const& run, Verdict const& ideal) {
    constexpr int levels = 9;  // a longer slot with each, or all is known
    Verdict verdict = ideal;
    for (int level = 0; level < levels; ++level) {
        Phases const phases = phases_of(run, verdict.ours.packets);
        if (level > 0 && phases == verdict.ours.phases) {
            break;
        }
        verdict.ours = replay(recording, run, &phases);
        verdict.differences = differences(recording, run, verdict.ours);
    }
    return verdict;
}

Verdict judge_run(Recording const& recording, std::size_t index, TimersBy timers) {
    RecordedRun const& run = recording.runs[index];
    Verdict verdict{.run = index, .ours = replay(recording, run), .calls = run.calls.size()};
    verdict.differences = differences(recording, run, verdict.ours);
    bool const asks_wheel = timers == TimersBy::wheel || (timers == TimersBy::need && !verdict.differences.empty());
    if (asks_wheel) {
        Verdict wheel = on_the_wheel(recording, run, verdict);
        if (timers == TimersBy::wheel || wheel.differences.empty()) {
            verdict = std::move(wheel);
        }
    }
    for (auto const& [point, packets] : run.packets) {
        verdict.packets += packets.size();
    }
    return verdict;
}

}  // namespace

Verdict judge(Recording const& recording, TimersBy timers) {
    Verdict first = judge_run(recording, 0, timers);
    for (std::size_t i = 1; i < recording.runs.size() && !first.differences.empty(); ++i) {
        if (recording.runs[i].packets_kept != PacketsKept::here) {
            continue;
        }
        if (Verdict other = judge_run(recording, i, timers); other.differences.empty()) {
            return other;
        }
    }
    return first;
}

}  // namespace tcpsim::replay

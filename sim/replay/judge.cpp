#include "sim/replay/judge.hpp"

#include <utility>

namespace tcpsim::replay {
namespace {

/// What is known of the wheel's phase grows with the packets that are the same. `processing`: so long after a tick a packet
/// is captured.
Verdict on_the_wheel(Recording const& recording, RecordedRun const& run, Verdict const& ideal, Duration processing) {
    constexpr int levels = 9;  // a longer slot with each, or all is known
    Verdict verdict = ideal;
    for (int level = 0; level < levels; ++level) {
        Phases phases = phases_of(run, verdict.ours.packets);
        for (auto& [host, phase] : phases) {
            phase -= processing;
        }
        if (level > 0 && phases == verdict.ours.phases) {
            break;
        }
        verdict.ours = replay(recording, run, &phases);
        verdict.differences = differences(recording, run, verdict.ours);
    }
    return verdict;
}

/// With the kernel's wheel instead of ideal timers: for cases in which it matters how late a timer was. How long a host took
/// between a tick and a packet is not recorded, but decides in which jiffy something at the edge of one falls.
Verdict on_the_wheel(Recording const& recording, RecordedRun const& run, Verdict const& ideal) {
    using namespace std::chrono_literals;
    Verdict first = on_the_wheel(recording, run, ideal, 0us);
    for (Duration const processing : {100us, 400us, -400us}) {
        if (first.differences.empty()) {
            break;
        }
        if (Verdict other = on_the_wheel(recording, run, ideal, processing); other.differences.empty()) {
            return other;
        }
    }
    return first;
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

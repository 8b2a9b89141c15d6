#include "sim/replay/judge.hpp"

#include <utility>

namespace tcpsim::replay {
namespace {

Verdict judge_run(Recording const& recording, std::size_t index) {
    RecordedRun const& run = recording.runs[index];
    Verdict verdict{.run = index, .ours = replay(recording, run), .calls = run.calls.size()};
    verdict.differences = differences(recording, run, verdict.ours);
    for (auto const& [point, packets] : run.packets) {
        verdict.packets += packets.size();
    }
    return verdict;
}

}  // namespace

Verdict judge(Recording const& recording) {
    Verdict first = judge_run(recording, 0);
    for (std::size_t i = 1; i < recording.runs.size() && !first.differences.empty(); ++i) {
        if (recording.runs[i].packets_kept != PacketsKept::here) {
            continue;
        }
        if (Verdict other = judge_run(recording, i); other.differences.empty()) {
            return other;
        }
    }
    return first;
}

}  // namespace tcpsim::replay

// What became of replayed recordings, as text, JSON and JUnit.
#pragma once

#include "sim/replay/judge.hpp"
#include "tools/render/text.hpp"

#include <string>
#include <vector>

namespace tcpsim::render {

struct ReplayResult {
    std::string file{};
    std::string mistake{};  ///< why it could not be read; the rest is empty then
    replay::Recording recording{};
    replay::Verdict verdict{};

    [[nodiscard]] bool same() const { return mistake.empty() && verdict.differences.empty(); }
};

/// "loss_first_of_10: same"
std::string verdict_text(ReplayResult const& result);
/// Cases, calls and packets that were compared and that are equal.
std::string recordings_summary(std::vector<ReplayResult> const& results);
std::string recordings_json(std::vector<ReplayResult> const& results);
std::string recordings_junit(std::vector<ReplayResult> const& results);

}  // namespace tcpsim::render

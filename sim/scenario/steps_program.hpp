// The interpreter of steps: one coroutine per process, a CallStep at a time.
#pragma once

#include "sim/app/process.hpp"
#include "sim/scenario/observed.hpp"

namespace tcpsim::scenario {

/// What the interpreter needs of one program; must outlive the world.
struct StepsPlan {
    StepsProgram what{};
    std::vector<wire::Endpoint> remotes{};  ///< by step: connect's address
    std::size_t program{0};
    StepLog* log{nullptr};
};

app::Task<> run_steps(app::Process& process, StepsPlan const* plan);

bool fits(Around const& around, Duration seen);
/// Whether the step says what it should return; `must` alone expects success.
bool has_expectation(CallStep const& step);
/// Whether `seen`, which has returned, is what is expected.
bool is_as_expected(Outcome const& expected, SeenCall const& seen);

}  // namespace tcpsim::scenario

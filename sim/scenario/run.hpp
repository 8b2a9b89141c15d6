// Scenario → world → report. Readers of the trace are attached by the caller.
#pragma once

#include "sim/scenario/scenario.hpp"
#include "sim/trace/record.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcpsim::world {
class World;
}

namespace tcpsim::scenario {

struct RunOptions {
    std::optional<std::uint64_t> seed{};
    std::optional<Duration> until{};  ///< instead of the scenario's
    bool digest{true};
};

/// Where a run without `until` stops, however much is left to happen.
inline constexpr Duration longest_run = std::chrono::hours{24};

/// What a name in the trace means: for readers that print it.
struct Names {
    std::vector<std::string> nodes{};                        ///< by NodeId
    std::vector<std::vector<std::string>> interfaces{};      ///< by NodeId, interface
    std::vector<std::vector<wire::Ipv4Prefix>> addresses{};  ///< by NodeId, interface
    std::vector<std::string> links{};                        ///< by LinkId
    std::vector<std::string> steps{};                        ///< by timeline step
};

struct Verdict {
    std::string name{};  ///< the expectation in words
    bool holds{false};
    std::string expected{};
    std::string seen{};
    Place place{};
};
/// What became of a step of the timeline.
struct FaultReport {
    std::string name{};
    bool came{false};                ///< its time came; a rule was armed
    bool fired{false};               ///< and it did something; a rule met a packet
    std::uint64_t times{0};          ///< rules: how often; other steps: 0 or 1
    std::optional<Instant> first{};  ///< when it happened; drop rules: their first packet
    bool may_never_fire{false};
    Place place{};
};
struct Report {
    std::string scenario{};
    std::uint64_t seed{0};
    std::optional<std::uint64_t> digest{};
    Instant ended{};
    bool nothing_left{false};  ///< the run ended by itself; a program may still be blocked for good
    std::uint64_t events{0};
    std::vector<Verdict> verdicts{};  ///< steps' own expectations, then `expect`, then faults that never fired
    std::vector<FaultReport> faults{};
    [[nodiscard]] bool passed() const;
};

/// A run under construction: names are known before it runs, so that sinks can be made with them.
class Run {
  public:
    Run(Scenario const& scenario, RunOptions const& options);
    ~Run();
    [[nodiscard]] Names const& names() const;
    void attach(trace::Sink& sink);
    /// Stops at `at`, after everything that happens then, and lets `look` see the world; not at all if the run stops
    /// before. In the order of their times.
    using Look = std::function<void(world::World const& world)>;
    void look_at(Instant at, Look look);
    /// `show` sees the world whenever a step of the timeline asks for that, and which host is meant.
    using Show = std::function<void(world::World const& world, trace::NodeId node)>;
    void when_asked(Show show);
    /// Runs to the end; once.
    Report run();

  private:
    struct Inside;
    void install_programs();
    std::unique_ptr<Inside> inside_;
};

}  // namespace tcpsim::scenario

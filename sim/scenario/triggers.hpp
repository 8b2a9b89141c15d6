// Timeline steps that wait: for another step, or for a condition. Reads the trace, schedules steps, nothing else.
#pragma once

#include "sim/scenario/observed.hpp"
#include "sim/world/world.hpp"

#include <map>
#include <vector>

namespace tcpsim::scenario {

class Triggers final : public trace::Sink {
  public:
    /// The world has one step per step of the timeline, of the same index. All must outlive this.
    Triggers(Scenario const& scenario, Directory const& directory, world::World& world);
    void record(trace::Record const& record) override;
    /// Calls of programs made of steps are counted by steps: a `read: {exactly: …}` is one read.
    void step_of_program(StepLog::Entry const& entry, bool returned);

    /// Lets the steps that wait for this one come, also if it found nothing to do.
    void step_applied(std::uint32_t applied, Instant at);

    /// Where a step's rule stands on its link, once it is armed.
    struct ArmedAt {
        trace::LinkId link{};
        std::uint32_t rule{0};
        Instant at{};
    };
    [[nodiscard]] std::optional<ArmedAt> armed(std::uint32_t step) const;

  private:
    void happened(trace::Record const& record, trace::Happened const& what);
    [[nodiscard]] bool fulfils(Predicate const& condition, trace::Event const& event) const;
    [[nodiscard]] bool frame_fulfils(Predicate const& condition, trace::FramePassed const& passed) const;
    [[nodiscard]] bool happening_fulfils(Predicate const& condition, trace::Happened const& what) const;
    [[nodiscard]] bool call_fulfils(Predicate const& condition, trace::ProcessRef process, trace::Call call) const;
    void count(std::size_t step, Instant now);
    void schedule(std::size_t step, Instant at);

    Scenario const& scenario_;
    Directory const& directory_;
    world::World& world_;
    std::vector<std::uint32_t> counts_;
    std::vector<bool> scheduled_;
    std::map<trace::ProcessRef, std::string> processes_{};
    std::map<std::uint32_t, ArmedAt> armed_{};
};

}  // namespace tcpsim::scenario

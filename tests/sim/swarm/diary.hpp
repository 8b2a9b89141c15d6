// What a schedule does and what came of it, for a person who looks for a bug.
#pragma once

#include "sim/trace/record.hpp"
#include "tests/sim/swarm/plan.hpp"

#include <cstdint>
#include <string>

namespace tcpsim::swarm {

/// The world and its troubles, but for those whose bit in `without` is set.
std::string told(Plan const& plan, std::uint64_t without);

/// Writes every record to the standard error stream, a line each.
class Diary : public trace::Sink {
  public:
    explicit Diary(Plan const& plan) : plan_{&plan} {}
    void record(trace::Record const& record) override;

  private:
    [[nodiscard]] std::string line(trace::Record const& record) const;
    Plan const* plan_;
};

}  // namespace tcpsim::swarm

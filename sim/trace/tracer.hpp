// Hands each record to every sink. With no sink attached it costs one branch.
#pragma once

#include "sim/trace/record.hpp"

#include <utility>
#include <vector>

namespace tcpsim::trace {

class Tracer {
  public:
    [[nodiscard]] bool listening() const { return !sinks_.empty(); }
    /// The sink must outlive the tracer or be detached.
    void attach(Sink& sink) { sinks_.push_back(&sink); }
    /// Call only when listening(): building the event is what costs.
    void record(Instant at, Because const& because, Event what);

  private:
    std::vector<Sink*> sinks_{};
    std::uint64_t serial_{0};
};

}  // namespace tcpsim::trace

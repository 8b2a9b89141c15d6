#include "sim/trace/tracer.hpp"

namespace tcpsim::trace {

void Tracer::record(Instant at, Because const& because, Event what) {
    Record const record{at, ++serial_, because, std::move(what)};
    for (Sink* const sink : sinks_) {
        sink->record(record);
    }
}

}  // namespace tcpsim::trace

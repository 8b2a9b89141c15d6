// What the world lends to its parts for the duration of one event.
#pragma once

#include "sim/core/event_queue.hpp"
#include "sim/net/frame.hpp"
#include "sim/trace/tracer.hpp"

#include <utility>

namespace tcpsim::net {

struct Context {
    Instant now{};
    trace::Because because{};
    core::EventQueue& queue;
    trace::Tracer& tracer;
    FramePool& frames;

    /// Makes a record if anybody listens; `make` is called only then and returns an Event.
    template <class Make>
    void trace(Make&& make) {
        if (tracer.listening()) {
            tracer.record(now, because, std::forward<Make>(make)());
        }
    }
};

}  // namespace tcpsim::net

#include "sim/trace/tracer.hpp"

#include "sim/trace/memory.hpp"
#include "tests/sim/trace/records.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::trace;
using namespace tcpsim::trace::testing;

TEST_CASE("tracer: it listens from its first sink on") {
    Tracer tracer;
    CHECK_FALSE(tracer.listening());
    Memory memory;
    tracer.attach(memory);
    CHECK(tracer.listening());
}

TEST_CASE("tracer: every sink gets every record, numbered from 1 without gaps") {
    Tracer tracer;
    Memory first;
    Memory second;
    tracer.attach(first);
    tracer.attach(second);
    Because because;
    because.kind = Because::Kind::timeline_step;
    because.step = 4;
    for (std::uint32_t boot = 1; boot <= 3; ++boot) {
        tracer.record(Instant{Duration{boot * 10}}, because, Happened{.what = Happening::boot, .boot = boot});
    }
    for (Memory const* memory : {&first, &second}) {
        REQUIRE(memory->records().size() == 3);
        for (std::uint32_t i = 0; i < 3; ++i) {
            Record const& record = memory->records()[i];
            CHECK(record.serial == i + 1);
            CHECK(record.at == Instant{Duration{(i + 1) * 10}});
            CHECK(record.because == because);
            CHECK(std::get<Happened>(record.what).boot == i + 1);
        }
    }
}

TEST_CASE("memory: it keeps copies of frames that outlive the frames and its own growth") {
    Memory memory;
    constexpr std::uint32_t count = 100;
    for (std::uint32_t i = 0; i < count; ++i) {
        wire::Frame frame = tcp_frame(Payload::pattern(1, i, 10));
        memory.record(record_of(FramePassed{.frame = &frame}));
        memory.record(record_of(FrameDropped{.frame = &frame}));
        segment_in(frame).payload.clear();  // the world goes on with it
    }
    REQUIRE(memory.records().size() == 2 * count);
    for (std::uint32_t i = 0; i < count; ++i) {
        wire::Frame const expected = tcp_frame(Payload::pattern(1, i, 10));
        CHECK(*std::get<FramePassed>(memory.records()[2 * i].what).frame == expected);
        CHECK(*std::get<FrameDropped>(memory.records()[2 * i + 1].what).frame == expected);
    }
}

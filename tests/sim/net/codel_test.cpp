// sim/net: RFC 8289's control law, decision by decision, and a link whose queue obeys it.
#include "sim/net/codel.hpp"

#include "tests/sim/net/bench.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <chrono>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace tcpsim::net::testing;
using namespace std::chrono_literals;

namespace {

constexpr CodelSettings by_the_book{.target = 5ms, .interval = 100ms};
constexpr std::uint32_t full_frame = 1514;

/// A queue whose every frame has waited for exactly as long as one says.
struct Standing {
    /// The fate of a frame that has waited for `sojourn` at `now`, when `behind` bytes wait behind it: how many dropped.
    std::size_t dropped(Duration sojourn, Instant now, std::uint32_t behind = 100 * full_frame) {
        while (!queue.empty()) {
            (void)queue.pop();
        }
        queue.enqueue({.since = now - sojourn, .bytes = full_frame});
        for (; behind > 0; behind -= std::min(behind, full_frame)) {
            queue.enqueue({.since = now - sojourn, .bytes = std::min(behind, full_frame)});
        }
        return queue.dequeue(by_the_book, now).dropped.size();
    }
    CodelQueue queue{};
};

LinkSettings ten_megabits(CodelSettings codel) {
    return {.name = "slow", .bits_per_second = 10'000'000, .queue_packets = 10'000, .codel = codel};
}
constexpr std::uint64_t payload = 1000 - headers;  // frames of 1000 bytes: 0.8 ms at 10 Mbit/s
constexpr Duration turn = 800us;

/// Twice as much as the link can carry, for so long.
void overload(LinkBench& bench, Instant until) {
    std::uint64_t number = 0;
    for (Instant next = bench.now; next < until; next += turn / 2) {
        bench.run(next);
        bench.send(End::a, number++, tcp_frame(payload));
    }
}
std::vector<Instant> drops(Surroundings const& bench) {
    std::vector<Instant> found;
    for (trace::Record const& record : bench.memory.records()) {
        auto const* const drop = std::get_if<trace::FrameDropped>(&record.what);
        if (drop != nullptr && drop->reason == trace::DropReason::early_drop) {
            found.push_back(record.at);
        }
    }
    return found;
}

}  // namespace

TEST_CASE("RFC 8289 control_law(): the interval, divided by the square root of the count") {
    CHECK(codel_step(100ms, 1) == 100ms);
    CHECK(codel_step(100ms, 2) == Duration{70'710'678});  // sqrt(2) = 1.41421356…
    CHECK(codel_step(100ms, 3) == Duration{57'735'026});  // sqrt(3) = 1.73205080…
    CHECK(codel_step(100ms, 4) == 50ms);
    CHECK(codel_step(100ms, 10'000) == 1ms);
    CHECK(codel_step(4s, 1) == 4s);
    CHECK(codel_step(Duration{3}, 9) == Duration{1});
}

TEST_CASE("RFC 8289 dodequeue(): whoever waited for the target or longer, for an interval, may be dropped") {
    for (Duration const sojourn : {Duration{5ms - 1ns}, Duration{5ms}}) {
        Standing queue;
        CHECK(queue.dropped(sojourn, at(1s)) == 0);  // from now on it is above
        CHECK(queue.dropped(5ms, at(1s + 100ms)) == (sojourn >= 5ms ? 1U : 0U));
    }
    for (Duration const later : {Duration{100ms - 1ns}, Duration{100ms}}) {
        Standing queue;
        CHECK(queue.dropped(20ms, at(1s)) == 0);
        CHECK(queue.dropped(20ms, at(1s + later)) == (later >= 100ms ? 1U : 0U));
    }
    Standing interrupted;
    CHECK(interrupted.dropped(20ms, at(1s)) == 0);
    CHECK(interrupted.dropped(4ms, at(1050ms)) == 0);
    CHECK(interrupted.dropped(20ms, at(1s + 100ms)) == 0);  // the interval begins here
    CHECK(interrupted.dropped(20ms, at(1s + 200ms)) == 1);
}

TEST_CASE("RFC 8289 dodequeue(): no queue of a full frame or less stands") {
    for (std::uint32_t const behind : {full_frame, full_frame + 1}) {
        Standing queue;
        CHECK(queue.dropped(20ms, at(1s), behind) == 0);
        CHECK(queue.dropped(20ms, at(1s + 100ms)) == (behind > full_frame ? 1U : 0U));
    }
}

TEST_CASE("RFC 8289 dequeue(): while the queue stands, it drops ever more often; one turn makes good what it missed") {
    Standing queue;
    CHECK(queue.dropped(20ms, at(0s)) == 0);
    CHECK(queue.dropped(20ms, at(100ms)) == 1);
    Instant next = at(200ms);
    for (std::uint32_t count = 2; count < 7; ++count) {
        CHECK(queue.dropped(20ms, next - 1ns) == 0);
        CHECK(queue.dropped(20ms, next) == 1);
        next += codel_step(100ms, count);
    }
    // Three drops are due: those of `next`, and after 1 / sqrt(7) and 1 / sqrt(8) of an interval.
    CHECK(queue.dropped(20ms, next + codel_step(100ms, 7) + codel_step(100ms, 8)) == 3);
    CHECK(queue.dropped(4ms, next + 200ms) == 0);
    CHECK(queue.dropped(20ms, next + 250ms) == 0);  // an interval must pass again
}

TEST_CASE("RFC 8289 dequeue(): who drops again soon goes on where it stopped, later from the beginning") {
    for (bool const soon : {true, false}) {
        CAPTURE(soon);
        Standing queue;
        CHECK(queue.dropped(20ms, at(0s)) == 0);
        Instant now = at(100ms);
        for (std::uint32_t count = 1; count <= 4; ++count) {
            CHECK(queue.dropped(20ms, now) == 1);
            now += codel_step(100ms, count);
        }
        CHECK(queue.dropped(1ms, now - 1ns) == 0);  // four drops; `now` is drop_next
        Instant const again = now + 1600ms - (soon ? 1ns : 0ns);
        CHECK(queue.dropped(20ms, again - 100ms) == 0);
        CHECK(queue.dropped(20ms, again) == 1);
        // The count is now 4 - 1, or 1.
        Duration const step = codel_step(100ms, soon ? 3 : 1);
        CHECK(queue.dropped(20ms, again + step - 1ns) == 0);
        CHECK(queue.dropped(20ms, again + step) == 1);
    }
}

TEST_CASE("Linux codel_dequeue: what is ECN-capable is marked in place of being dropped, at the same pace") {
    CodelSettings settings = by_the_book;
    settings.marks = true;
    CodelQueue queue;
    auto const marked = [&](Instant now) {
        for (int i = 0; i < 10; ++i) {
            queue.enqueue({.since = now - 20ms, .bytes = full_frame, .ecn_capable = true});
        }
        CodelQueue::Turn const its = queue.dequeue(settings, now);
        CHECK(its.dropped.empty());
        return its.marked;
    };
    CHECK_FALSE(marked(at(0s)));
    CHECK(marked(at(100ms)));
    CHECK_FALSE(marked(at(200ms - 1ns)));
    CHECK(marked(at(200ms)));
    CHECK_FALSE(marked(at(200ms) + codel_step(100ms, 2) - 1ns));
    CHECK(marked(at(200ms) + codel_step(100ms, 2)));
}

TEST_CASE("CoDel: an overloaded link drops from an interval after the target on, by the control law") {
    LinkBench bench{ten_megabits(by_the_book)};
    overload(bench, at(500ms));
    auto const found = drops(bench);
    // Frame n comes at n * 0.4 ms and begins to leave at n * 0.8 ms: from n = 13 on it has waited for 5 ms.
    Instant next = at(13 * turn + 100ms);
    REQUIRE(found.size() >= 5);
    for (std::uint32_t count = 1; count <= 5; ++count) {
        CAPTURE(count);
        CHECK(found[count - 1] >= next);
        CHECK(found[count - 1] < next + turn);
        next = (count == 1 ? found[0] : next) + codel_step(100ms, count);
    }
}

TEST_CASE("CoDel: a burst that is gone within an interval is let through, one that stands is not") {
    for (std::uint64_t const frames : {120U, 160U}) {
        LinkBench bench{ten_megabits(by_the_book)};
        for (std::uint64_t i = 0; i < frames; ++i) {
            bench.send(End::a, i, tcp_frame(payload));
        }
        bench.run();
        // The first that has waited for 5 ms begins at 7 * 0.8 ms; an interval later it is the turn of frame 132.
        CHECK(drops(bench).empty() == (frames < 132));
        CHECK(bench.arrivals.size() + drops(bench).size() == frames);
    }
}

TEST_CASE("CoDel: a link marks what is ECN-capable and drops the rest") {
    for (bool const ecn : {false, true}) {
        CAPTURE(ecn);
        LinkSettings settings = ten_megabits(by_the_book);
        settings.codel.marks = true;
        LinkBench bench{settings};
        for (std::uint64_t i = 0; i < 400; ++i) {
            wire::Frame frame = tcp_frame(payload);
            std::get<wire::Ipv4Packet>(frame.body).header.tos = ecn ? 2 : 0;
            bench.send(End::a, i, frame);
        }
        bench.run();
        CHECK(drops(bench).empty() == ecn);
        CHECK((bench.marked_arrivals > 0) == ecn);
    }
}

TEST_CASE("CoDel: a cut loses what waits, and what is sent after it does not wait for it") {
    LinkBench bench{ten_megabits(by_the_book)};
    for (std::uint64_t i = 0; i < 10; ++i) {
        bench.send(End::a, i, tcp_frame(payload));
    }
    bench.run(at(turn));
    CHECK(bench.cut());
    CHECK(bench.arrivals.size() == 1);
    CHECK(bench.all<trace::FrameDropped>().size() == 9);
    CHECK(bench.restore());
    bench.send(End::a, 10, tcp_frame(payload));
    bench.run();
    REQUIRE(bench.arrivals.size() == 2);
    CHECK(bench.arrivals[1] == Arrival{at(2 * turn), End::b, 10});
}

TEST_CASE("CoDel: a rate that changes is that of all frames that have not left, and so is none") {
    LinkBench bench{ten_megabits(by_the_book)};
    for (std::uint64_t i = 0; i < 6; ++i) {
        bench.send(End::a, i, tcp_frame(payload));
    }
    Context lent = bench.context();
    CHECK(bench.link.change({.bits_per_second = 20'000'000}, lent));
    bench.run(at(turn));
    Context later = bench.context();
    CHECK(bench.link.change({.bits_per_second = 0}, later));
    bench.run();
    REQUIRE(bench.arrivals.size() == 6);
    CHECK(bench.arrivals[0].at == at(turn / 2));
    for (std::size_t i = 1; i < 6; ++i) {
        CHECK(bench.arrivals[i].at == at(turn));
    }
}

TEST_CASE("CoDel: with a target that nobody reaches, a link's queue is drop-tail, to the nanosecond") {
    CHECK(rc::check("the same arrivals and drops", [] {
        LinkSettings settings = ten_megabits({});
        settings.delay = Duration{*rc::gen::inRange(0, 3'000'000)};
        settings.queue_packets = *rc::gen::inRange<std::uint32_t>(1, 6);
        settings.queue_bytes = *rc::gen::element<std::uint32_t>(0, 1500, 4000);
        auto const gaps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4));  // of 0.4 ms
        auto const sizes = *rc::gen::container<std::vector<int>>(gaps.size(), rc::gen::element(60, 500, 1000));
        auto const arrivals = [&](CodelSettings codel) {
            settings.codel = codel;
            LinkBench bench{settings};
            Instant next{};
            for (std::size_t i = 0; i < gaps.size(); ++i) {
                next += gaps[i] * turn / 2;
                // Frames of this instant come before or after the transmitter's turn: both are the same.
                bench.run(i % 2 == 0 ? next : next - 1ns);
                bench.now = next;
                bench.send(End::a, i, tcp_frame(static_cast<std::uint64_t>(sizes[i]) - headers));
            }
            bench.run();
            return bench.arrivals;
        };
        RC_ASSERT(arrivals({}) == arrivals({.target = 1h}));
    }));
}

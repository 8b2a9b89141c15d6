#include "sim/net/link.hpp"

#include "tests/sim/net/bench.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace tcpsim::net::testing;
using namespace std::chrono_literals;

namespace {

std::vector<std::uint64_t> dropped_packets(LinkBench const& bench, trace::DropReason reason) {
    std::vector<std::uint64_t> packets;
    for (auto const& drop : bench.all<trace::FrameDropped>()) {
        if (drop.reason == reason) {
            CHECK(drop.link == bench.link.id());
            CHECK(drop.node == trace::no_node);
            REQUIRE(drop.frame != nullptr);
            packets.push_back(drop.packet.number);
        }
    }
    return packets;
}

std::vector<trace::Happening> happenings(LinkBench const& bench) {
    std::vector<trace::Happening> found;
    for (auto const& happened : bench.all<trace::Happened>()) {
        CHECK(happened.link == bench.link.id());
        found.push_back(happened.what);
    }
    return found;
}

Rule rule(std::string name, Match match, Verdict verdict) { return Rule{std::move(name), std::move(match), verdict}; }
constexpr Verdict drop_it{Verdict::Kind::drop};

}  // namespace

TEST_CASE("link: a frame arrives after the delay, at the other end, whichever way it goes") {
    constexpr Duration delay = 10200us;
    LinkBench bench{{.name = "a-b", .delay = delay}};
    bench.now = at(3ms);
    bench.send(End::a, 1);
    bench.send(End::b, 2);
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(3ms + delay), End::b, 1}, {at(3ms + delay), End::a, 2}});
}

TEST_CASE("link: without a delay a frame arrives at the instant it was sent, by an event of its own") {
    LinkBench bench{{}};
    bench.now = at(1s);
    bench.send(End::a, 1);
    CHECK(bench.arrivals.empty());
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(1s), End::b, 1}});
}

TEST_CASE("link: an event names link and direction, and both can be read back") {
    std::set<std::uint32_t> owners;
    for (std::uint32_t const id : {0U, 1U, 77U}) {
        for (End const towards : {End::a, End::b}) {
            std::uint32_t const owner = event_owner(trace::LinkId{id}, towards);
            CHECK(link_of(owner) == trace::LinkId{id});
            CHECK(towards_of(owner) == towards);
            owners.insert(owner);
        }
    }
    CHECK(owners.size() == 6);
}

TEST_CASE("link: transmission takes bits * 10^9 / rate, rounded up to a whole nanosecond") {
    CHECK(transmission_time(1'250'000, 10'000'000) == 1s);
    CHECK(transmission_time(1514, 10'000'000) == Duration{1514 * 8 * 100});
    CHECK(transmission_time(1, 3) == Duration{2'666'666'667});   // 8/3 s
    CHECK(transmission_time(1, 16'000'000'000) == Duration{1});  // half a nanosecond
    CHECK(transmission_time(65'549, 1) == Duration{65'549LL * 8 * 1'000'000'000});
}

TEST_CASE("link: with a rate, frames follow each other by their transmission times") {
    constexpr std::uint64_t rate = 10'000'000;
    constexpr Duration delay = 5ms;
    constexpr std::uint64_t payload = 1000;
    constexpr Duration each{(headers + payload) * 8 * 1'000'000'000 / rate};
    LinkBench bench{{.delay = delay, .bits_per_second = rate}};
    for (std::uint64_t i = 1; i <= 3; ++i) {
        bench.send(End::a, i, tcp_frame(payload));
    }
    bench.send(End::b, 9, tcp_frame(payload));  // the other direction has its own transmitter
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(each + delay), End::b, 1},
                                                 {at(each + delay), End::a, 9},
                                                 {at(2 * each + delay), End::b, 2},
                                                 {at(3 * each + delay), End::b, 3}});
}

TEST_CASE("link: a full queue drops the newcomer; the frame being transmitted is not in the queue") {
    constexpr std::uint64_t rate = 1'000'000;
    constexpr Duration each{headers * 8 * 1'000'000'000 / rate};
    LinkBench bench{{.bits_per_second = rate, .queue_packets = 2}};
    for (std::uint64_t i = 1; i <= 5; ++i) {
        bench.send(End::a, i);  // 1 is transmitted, 2 and 3 wait
    }
    CHECK(dropped_packets(bench, trace::DropReason::queue_full) == std::vector<std::uint64_t>{4, 5});
    bench.run(at(each));  // 2 is transmitted from now on, 3 waits
    bench.send(End::a, 6);
    bench.send(End::a, 7);
    CHECK(dropped_packets(bench, trace::DropReason::queue_full) == std::vector<std::uint64_t>{4, 5, 7});
    bench.run();
    CHECK(bench.arrivals ==
          std::vector<Arrival>{
              {at(each), End::b, 1}, {at(2 * each), End::b, 2}, {at(3 * each), End::b, 3}, {at(4 * each), End::b, 6}});
}

TEST_CASE("link: one pending event per direction, however many frames fly") {
    LinkBench bench{{.delay = 10ms}};
    for (std::uint64_t i = 0; i < 1000; ++i) {
        bench.now = at(Duration{static_cast<std::int64_t>(i)});
        bench.send(End::a, i);
        bench.send(End::b, i);
        CHECK(bench.queue.size() == 2);
    }
    bench.run();
    CHECK(bench.arrivals.size() == 2000);
    CHECK(bench.events == 2000);
}

TEST_CASE("link: a delayed frame is overtaken, and the event it left behind does nothing") {
    LinkBench bench{{.delay = 10ms}};
    bench.arm(rule("late", {.nth = 1}, {Verdict::Kind::delay, 5ms}));
    bench.send(End::a, 1);
    bench.now = at(1ms);
    bench.send(End::a, 2);
    bench.now = at(7ms);
    bench.send(End::a, 3);
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(11ms), End::b, 2}, {at(15ms), End::b, 1}, {at(17ms), End::b, 3}});
    auto const delayed = bench.all<trace::FrameDelayed>();
    REQUIRE(delayed.size() == 1);
    CHECK(delayed[0].rule == 0);
    CHECK(delayed[0].packet.number == 1);
    CHECK(delayed[0].by == 5ms);
    CHECK(bench.events == 3);  // the first event was the right one again when its frame was in front
}

TEST_CASE("link: frames that arrive at one instant keep the order in which they were sent") {
    LinkBench bench{{.delay = 10ms}};
    bench.arm(rule("late", {.nth = 1}, {Verdict::Kind::delay, 5ms}));
    bench.send(End::a, 1);  // arrives at 15 ms
    bench.now = at(5ms);
    bench.send(End::a, 2);  // too
    bench.send(End::a, 3);
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(15ms), End::b, 1}, {at(15ms), End::b, 2}, {at(15ms), End::b, 3}});
}

TEST_CASE("link: a cut loses what flies, one record each, and everything sent until it is restored") {
    LinkBench bench{{.name = "a-b", .delay = 10ms}};
    bench.send(End::a, 1);
    bench.send(End::b, 2);
    bench.send(End::a, 3);
    bench.run(at(5ms));
    CHECK(bench.cut());
    CHECK(dropped_packets(bench, trace::DropReason::link_cut) == std::vector<std::uint64_t>{1, 3, 2});
    bench.send(End::a, 4);
    CHECK(dropped_packets(bench, trace::DropReason::link_cut) == std::vector<std::uint64_t>{1, 3, 2, 4});
    CHECK(bench.restore());
    bench.send(End::a, 5);
    bench.send(End::b, 6);
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(15ms), End::b, 5}, {at(15ms), End::a, 6}});
    CHECK(happenings(bench) == std::vector{trace::Happening::link_cut, trace::Happening::link_restored});
    CHECK(bench.all<trace::Happened>()[0].name == "a-b");
}

TEST_CASE("link: an event left over from before a cut does nothing, even if new frames fly") {
    LinkBench bench{{.delay = 10ms}};
    bench.send(End::a, 1);
    bench.cut();
    bench.restore();
    bench.arm(rule("late", {.nth = 1}, {Verdict::Kind::delay, 1ms}));
    bench.send(End::a, 2);
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(11ms), End::b, 2}});
    CHECK(bench.events == 2);
}

TEST_CASE("link: a cut empties the queue and frees the transmitter") {
    constexpr std::uint64_t rate = 1'000'000;
    constexpr Duration each{headers * 8 * 1'000'000'000 / rate};
    LinkBench bench{{.bits_per_second = rate, .queue_packets = 1}};
    bench.send(End::a, 1);
    bench.send(End::a, 2);
    bench.cut();
    bench.restore();
    bench.send(End::a, 3);
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(each), End::b, 3}});
}

TEST_CASE("link: cutting twice or restoring what is whole says so and records nothing") {
    LinkBench bench{{}};
    CHECK_FALSE(bench.restore());
    CHECK(bench.cut());
    CHECK_FALSE(bench.cut());
    CHECK(happenings(bench).size() == 1);
}

TEST_CASE("rule: drop(nth 2) drops the second that matches, counts both, and the record names the rule") {
    LinkBench bench{{}};
    CHECK(bench.arm(rule("idle", {.flags = "R"}, drop_it)) == 0);
    CHECK(bench.arm(rule("second", {.data = true, .nth = 2}, drop_it)) == 1);
    bench.send(End::a, 1, tcp_frame(10));
    bench.send(End::a, 2);  // no data: not counted
    bench.send(End::a, 3, tcp_frame(10));
    bench.send(End::a, 4, tcp_frame(10));
    bench.run();
    CHECK(dropped_packets(bench, trace::DropReason::rule) == std::vector<std::uint64_t>{3});
    CHECK(bench.all<trace::FrameDropped>()[0].rule == 1);
    CHECK(bench.arrivals.size() == 3);
    CHECK(bench.link.rules()[0].seen == 0);
    CHECK(bench.link.rules()[1].seen == 3);
    CHECK(bench.link.rules()[1].fired == 1);
}

TEST_CASE("rule: the first that matches wins, and the others count the packet all the same") {
    LinkBench bench{{}};
    bench.arm(rule("first", {.nth = 1}, drop_it));
    bench.arm(rule("second", {.nth = 2}, drop_it));
    bench.arm(rule("all", {}, Verdict{Verdict::Kind::pass}));
    for (std::uint64_t i = 1; i <= 3; ++i) {
        bench.send(End::a, i);
    }
    CHECK(dropped_packets(bench, trace::DropReason::rule) == std::vector<std::uint64_t>{1, 2});
    std::vector<std::uint64_t> fired;
    for (ArmedRule const& armed : bench.link.rules()) {
        CHECK(armed.seen == 3);
        fired.push_back(armed.fired);
    }
    CHECK(fired == std::vector<std::uint64_t>{1, 1, 1});
}

TEST_CASE("rule: it acts before the queue, so that a dropped frame costs the transmitter nothing") {
    constexpr std::uint64_t rate = 1'000'000;
    constexpr Duration each{headers * 8 * 1'000'000'000 / rate};
    LinkBench bench{{.bits_per_second = rate}};
    bench.arm(rule("first", {.nth = 1}, drop_it));
    bench.send(End::a, 1);
    bench.send(End::a, 2);
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(each), End::b, 2}});
}

TEST_CASE("rule: a removed one looks at nothing any more, and cannot be removed twice") {
    LinkBench bench{{}};
    std::uint32_t const number = bench.arm(rule("all", {}, drop_it));
    bench.send(End::a, 1);
    CHECK(bench.remove(number));
    bench.send(End::a, 2);
    CHECK_FALSE(bench.remove(number));
    CHECK_FALSE(bench.remove(number + 1));
    bench.run();
    CHECK(bench.arrivals == std::vector<Arrival>{{at(0ms), End::b, 2}});
    CHECK(bench.link.rules()[number].seen == 1);
    CHECK(happenings(bench) == std::vector{trace::Happening::rule_armed, trace::Happening::rule_removed});
    CHECK(bench.all<trace::Happened>()[0].name == "all");
}

TEST_CASE("frame pool: a returned frame is used again, as new") {
    FramePool pool;
    FramePtr first = pool.take();
    first->frame = tcp_frame(100);
    first->number = 7;
    FlyingFrame const* const slot = first.get();
    first.reset();
    FramePtr const again = pool.take();
    CHECK(again.get() == slot);
    CHECK(again->frame == wire::Frame{});
    CHECK(again->number == 0);
    FramePtr const other_one = pool.take();
    CHECK(other_one.get() != slot);
    CHECK(pool.size() == 2);
}

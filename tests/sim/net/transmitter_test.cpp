// sim/net: queues by packets and bytes, RED, random loss, jitter, changes in time.
#include "sim/net/red.hpp"
#include "tests/sim/net/bench.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <set>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace tcpsim::net::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t megabit = 1'000'000;
constexpr std::uint64_t payload = 1000 - headers;  // frames of 1000 bytes: 8 ms at a megabit

LinkSettings slow(std::uint32_t packets, std::uint32_t bytes) {
    return {.name = "slow", .bits_per_second = megabit, .queue_packets = packets, .queue_bytes = bytes};
}
std::size_t lost(Surroundings const& bench, trace::DropReason reason) {
    std::size_t count = 0;
    for (auto const& drop : bench.all<trace::FrameDropped>()) {
        count += drop.reason == reason ? 1U : 0U;
    }
    return count;
}
constexpr Probability percent(std::uint32_t n) { return {n * 10'000}; }

}  // namespace

TEST_CASE("queue: bytes limit what waits, not what is being sent") {
    for (std::uint32_t const room : {2999U, 3000U}) {
        LinkBench bench{slow(1000, room)};
        for (std::uint64_t i = 0; i < 5; ++i) {
            bench.send(End::a, i, tcp_frame(payload));
        }
        bench.run();
        CHECK(bench.arrivals.size() == (room == 3000 ? 4 : 3));
        CHECK(lost(bench, trace::DropReason::queue_full) == 5 - bench.arrivals.size());
    }
}

TEST_CASE("queue: what has begun to be sent makes room") {
    LinkBench bench{slow(1000, 1000)};
    bench.send(End::a, 0, tcp_frame(payload));
    bench.send(End::a, 1, tcp_frame(payload));
    bench.run(at(8ms));  // the second begins
    bench.send(End::a, 2, tcp_frame(payload));
    bench.run();
    CHECK(bench.arrivals.size() == 3);
}

TEST_CASE("change: delay and queue are those of the moment at which a frame is sent, a rate is everybody's") {
    LinkBench bench{slow(1000, 0)};
    bench.send(End::a, 0, tcp_frame(payload));
    bench.send(End::a, 1, tcp_frame(payload));
    Context lent = bench.context();
    CHECK(bench.link.change({.delay = 5ms, .bits_per_second = 2 * megabit}, lent));
    CHECK_FALSE(bench.link.change({.delay = 5ms}, lent));
    bench.send(End::a, 2, tcp_frame(payload));
    bench.run();
    REQUIRE(bench.arrivals.size() == 3);
    CHECK(bench.arrivals[0].at == at(4ms));
    CHECK(bench.arrivals[1].at == at(8ms));
    CHECK(bench.arrivals[2].at == at(12ms + 5ms));
    CHECK(bench.all<trace::Happened>().back().what == trace::Happening::link_changed);
}

namespace {
/// Both ways, `change` comes when half of the first frame of 8 ms has been sent.
std::vector<Arrival> changed_halfway(LinkSettings const& settings, std::uint64_t rate) {
    LinkBench bench{settings};
    bench.send(End::a, 0, tcp_frame(payload));
    bench.send(End::a, 1, tcp_frame(payload));
    bench.send(End::b, 2, tcp_frame(payload));
    bench.run(at(4ms));
    Context lent = bench.context();
    CHECK(bench.link.change({.bits_per_second = rate}, lent));
    bench.run();
    return bench.arrivals;
}
}  // namespace

TEST_CASE("change: the rest of what is being sent takes its time at the new rate, and what waits all of it") {
    using Arrivals = std::vector<Arrival>;
    for (CodelSettings const codel : {CodelSettings{}, CodelSettings{.target = 1h}}) {
        LinkSettings settings = slow(1000, 0);
        settings.delay = 1ms;
        settings.codel = codel;
        CAPTURE((codel.target == 1h));
        CHECK(changed_halfway(settings, 2 * megabit) ==
              Arrivals{{at(7ms), End::b, 0}, {at(7ms), End::a, 2}, {at(11ms), End::b, 1}});
        CHECK(changed_halfway(settings, megabit / 2) ==
              Arrivals{{at(13ms), End::b, 0}, {at(13ms), End::a, 2}, {at(29ms), End::b, 1}});
        CHECK(changed_halfway(settings, 0) ==
              Arrivals{{at(5ms), End::b, 0}, {at(5ms), End::b, 1}, {at(5ms), End::a, 2}});
    }
}

TEST_CASE("change: a rate that is not even is rounded up, so that it is never exceeded") {
    LinkBench bench{{.name = "odd", .bits_per_second = 3}};
    bench.send(End::a, 0, tcp_frame(0));
    Context lent = bench.context();
    CHECK(bench.link.change({.bits_per_second = 7}, lent));
    bench.run();
    // Rounded up at 3 bit/s and again at 7: at most one nanosecond late.
    Duration const exact = transmission_time(headers, 7);
    CHECK(bench.arrivals.front().at >= at(exact));
    CHECK(bench.arrivals.front().at <= at(exact + 1ns));
}

TEST_CASE("change: a slower rate begins to count at the frame that is being sent, not at those that have left") {
    LinkSettings settings = slow(1000, 0);
    settings.delay = 100ms;
    LinkBench bench{settings};
    for (std::uint64_t i = 0; i < 3; ++i) {
        bench.send(End::a, i, tcp_frame(payload));
    }
    bench.run(at(8ms));  // the first is on its way, the second begins
    Context lent = bench.context();
    CHECK(bench.link.change({.bits_per_second = megabit / 2}, lent));
    bench.run();
    REQUIRE(bench.arrivals.size() == 3);
    CHECK(bench.arrivals[0].at == at(108ms));
    CHECK(bench.arrivals[1].at == at(124ms));
    CHECK(bench.arrivals[2].at == at(140ms));
}

TEST_CASE("change: nobody passes a stall because the rate grows") {
    LinkBench bench{slow(1000, 0)};
    bench.arm({.name = "stall", .match = {.nth = 2, .times = 1}, .verdict = {Verdict::Kind::stall, 50ms}});
    for (std::uint64_t i = 0; i < 3; ++i) {
        bench.send(End::a, i, tcp_frame(payload));
    }
    Context lent = bench.context();
    CHECK(bench.link.change({.bits_per_second = 4 * megabit}, lent));
    bench.send(End::a, 3, tcp_frame(payload));
    bench.run();
    REQUIRE(bench.arrivals.size() == 4);
    CHECK(bench.arrivals[0].at == at(2ms));
    CHECK(bench.arrivals[1].at == at(52ms));
    CHECK(bench.arrivals[2].at == at(54ms));
    CHECK(bench.arrivals[3].at == at(56ms));
}

TEST_CASE("change: who waits behind a stall without a rate gets the new one") {
    LinkBench bench{{.name = "fast"}};
    bench.arm({.name = "stall", .match = {.nth = 1, .times = 1}, .verdict = {Verdict::Kind::stall, 50ms}});
    bench.send(End::a, 0, tcp_frame(payload));
    bench.send(End::a, 1, tcp_frame(payload));
    Context lent = bench.context();
    CHECK(bench.link.change({.bits_per_second = megabit}, lent));
    bench.run();
    REQUIRE(bench.arrivals.size() == 2);
    CHECK(bench.arrivals[0].at == at(58ms));
    CHECK(bench.arrivals[1].at == at(66ms));
}

TEST_CASE("change: a faster rate makes room in the queue, a slower one does not lose what waits") {
    for (std::uint64_t const rate : {8 * megabit, megabit / 8}) {
        LinkBench bench{slow(2, 0)};
        for (std::uint64_t i = 0; i < 3; ++i) {
            bench.send(End::a, i, tcp_frame(payload));
        }
        Context lent = bench.context();
        CHECK(bench.link.change({.bits_per_second = rate}, lent));
        bench.run(at(2ms));
        bench.send(End::a, 3, tcp_frame(payload));
        bench.run();
        CHECK(bench.arrivals.size() == (rate > megabit ? 4 : 3));
        CHECK(lost(bench, trace::DropReason::queue_full) == 4 - bench.arrivals.size());
    }
}

TEST_CASE("change: jitter does not reorder when the rate changes, and each frame arrives once") {
    LinkSettings settings = slow(1000, 0);
    settings.jitter = 30ms;
    LinkBench bench{settings};
    for (std::uint64_t i = 0; i < 100; ++i) {
        bench.send(End::a, i, tcp_frame(payload));
    }
    for (std::uint64_t const factor : {16U, 1U, 64U}) {
        bench.run(bench.now + 20ms);
        Context lent = bench.context();
        CHECK(bench.link.change({.bits_per_second = factor * megabit + 1}, lent));
    }
    bench.run();
    REQUIRE(bench.arrivals.size() == 100);
    for (std::uint64_t i = 0; i < 100; ++i) {
        CHECK(bench.arrivals[i].packet == i);
    }
}

TEST_CASE("jitter: within its bound, in order, and not always the same") {
    LinkBench bench{{.name = "jittery", .delay = 10ms, .jitter = 4ms}};
    for (std::uint64_t i = 0; i < 200; ++i) {
        bench.run(at(static_cast<std::int64_t>(i) * 1ms));
        bench.send(End::a, i);
    }
    bench.run();
    REQUIRE(bench.arrivals.size() == 200);
    std::set<Duration> seen;
    for (std::uint64_t i = 0; i < 200; ++i) {
        CHECK(bench.arrivals[i].packet == i);
        Duration const late = bench.arrivals[i].at - at(static_cast<std::int64_t>(i) * 1ms + 10ms);
        CHECK(late >= 0ms);
        CHECK(late <= 4ms);
        seen.insert(late);
    }
    CHECK(seen.size() > 100);
}

TEST_CASE("loss: a probability of one loses all, of zero nothing, of a half about half, each direction by itself") {
    for (std::uint32_t const rate : {0U, 50U, 100U}) {
        CAPTURE(rate);
        LinkBench bench{{.name = "lossy", .loss = {.good = percent(rate)}}};
        for (std::uint64_t i = 0; i < 1000; ++i) {
            bench.send(End::a, i);
        }
        bench.run();
        std::size_t const arrived = bench.arrivals.size();
        CHECK(lost(bench, trace::DropReason::link_loss) == 1000 - arrived);
        // Six standard deviations of a binomial: sqrt(1000 / 4) * 6 < 95.
        CHECK(arrived + 95 * (rate % 100 != 0 ? 1 : 0) >= 10 * (100 - rate));
        CHECK(arrived <= 10 * (100 - rate) + 95 * (rate % 100 != 0 ? 1 : 0));
    }
}

TEST_CASE("loss: Gilbert-Elliott turns bad and good again before the frame that shows it") {
    core::Random stream{1, "test"};
    LossProcess process;
    LossModel const alternates{
        .good = percent(0), .bad = percent(100), .turns_bad = percent(100), .turns_good = percent(100)};
    for (int i = 0; i < 6; ++i) {
        CHECK(process.loses(alternates, stream) == (i % 2 == 0));
    }
    LossProcess stays;
    LossModel const sinks{.bad = percent(100), .turns_bad = percent(100)};
    CHECK(stays.loses(sinks, stream));
    CHECK(stays.loses(sinks, stream));
    CHECK(stays.is_bad());
}

TEST_CASE("loss: bursts are longer than independent losses of the same rate") {
    auto const bursts = [](LossModel const& model) {
        core::Random stream{1, "test"};
        LossProcess process;
        std::size_t losses = 0;
        std::size_t begun = 0;
        bool before = false;
        for (int i = 0; i < 20'000; ++i) {
            bool const now = process.loses(model, stream);
            losses += now ? 1U : 0U;
            begun += now && !before ? 1U : 0U;
            before = now;
        }
        return losses * 100 / std::max<std::size_t>(begun, 1);  // mean length, in hundredths
    };
    // Mean length of a burst: 1 / to_good = 5 frames; of independent losses 1 / (1 - p), here 1.1.
    std::size_t const gilbert = bursts({.bad = percent(100), .turns_bad = percent(2), .turns_good = percent(20)});
    std::size_t const independent = bursts({.good = percent(9)});
    CHECK(gilbert > 450);
    CHECK(gilbert < 550);
    CHECK(independent > 100);
    CHECK(independent < 120);
}

TEST_CASE("RED: below min nothing is dropped, from max on everything, between them some") {
    RedSettings const settings{.min_packets = 5, .max_packets = 15, .at_max = percent(10), .weight_shift = 1};
    core::Random stream{1, "red"};
    Red below;
    for (int i = 0; i < 100; ++i) {
        CHECK_FALSE(below.drops(settings, 4, 0, stream));
    }
    CHECK(below.average() == 3);  // just under 4
    Red above;
    int dropped = 0;
    for (int i = 0; i < 100; ++i) {
        dropped += above.drops(settings, 40, 0, stream) ? 1 : 0;
    }
    CHECK(dropped == 100);  // the average is 20 after the first packet
    Red between;
    dropped = 0;
    for (int i = 0; i < 2000; ++i) {
        dropped += between.drops(settings, 10, 0, stream) ? 1 : 0;
    }
    // pb = 5 %; spread evenly that is one drop in (1 + 20) / 2 packets on average.
    CHECK(dropped > 120);
    CHECK(dropped < 260);
}

TEST_CASE("RED: figure 2: the first packet above min is dropped with pb, the next with more, the 1/pb-th for certain") {
    // min 2, max 4, maxp 100 %, average 3: pb = 50 %, so that pa = 50 %, then 50 % / (1 - 50 %).
    RedSettings const settings{.min_packets = 2, .max_packets = 4, .at_max = percent(100), .weight_shift = 0};
    int first = 0;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        core::Random stream{seed, "red"};
        Red red;
        bool const at_once = red.drops(settings, 3, 0, stream);
        first += at_once ? 1 : 0;
        CHECK(red.drops(settings, 3, 0, stream));
    }
    CHECK(first > 450);
    CHECK(first < 550);
}

TEST_CASE("RED: an average of exactly max drops for certain") {
    core::Random stream{1, "red"};
    Red red;
    for (int i = 0; i < 20; ++i) {
        CHECK(red.drops({.min_packets = 2, .max_packets = 4, .at_max = percent(1), .weight_shift = 0}, 4, 0, stream));
    }
}

TEST_CASE("RED: an idle queue's average falls as if packets had come") {
    RedSettings const settings{.min_packets = 5, .max_packets = 15, .weight_shift = 1};
    core::Random stream{1, "red"};
    Red red;
    (void)red.drops(settings, 16, 0, stream);
    CHECK(red.average() == 8);
    (void)red.drops(settings, 0, 1, stream);  // (1 - 1/2)^1 for the idle time
    CHECK(red.average() == 4);
    (void)red.drops(settings, 0, 2, stream);
    CHECK(red.average() == 1);
    (void)red.drops(settings, 0, 0, stream);  // the transmitter is busy, nobody waits: a look like any other
    CHECK(red.average() == 0);
}

TEST_CASE("RED: a link with it drops before its queue is full, or marks what is ECN-capable") {
    for (bool const ecn : {false, true}) {
        CAPTURE(ecn);
        LinkSettings settings = slow(1000, 0);
        settings.red = {.min_packets = 2, .max_packets = 6, .at_max = percent(50), .weight_shift = 1, .marks = true};
        LinkBench bench{settings};
        for (std::uint64_t i = 0; i < 40; ++i) {
            wire::Frame frame = tcp_frame(payload);
            std::get<wire::Ipv4Packet>(frame.body).header.tos = ecn ? 2 : 0;
            bench.send(End::a, i, frame);
        }
        bench.run();
        CHECK(lost(bench, trace::DropReason::queue_full) == 0);
        CHECK((lost(bench, trace::DropReason::early_drop) > 20) == !ecn);
        CHECK((bench.arrivals.size() == 40) == ecn);
    }
}

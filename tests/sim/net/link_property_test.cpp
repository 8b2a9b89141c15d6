// Random traffic over a link against a model that looks at each frame by itself: no queue of events, no order kept.
#include "tests/sim/net/bench.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <tuple>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace tcpsim::net::testing;

namespace {

/// A frame to send: how long after the one before, from where, how large.
struct Sending {
    int wait{0};
    bool from_a{true};
    int payload{0};
};
rc::Gen<Sending> any_sending() {
    return rc::gen::construct<Sending>(rc::gen::inRange(0, 30'000), rc::gen::arbitrary<bool>(),
                                       rc::gen::inRange(0, 1400));
}

/// One direction as arithmetic: when each frame's transmission begins and ends.
struct Model {
    LinkSettings settings{};
    Instant free{};
    std::vector<Instant> begins{};

    /// When it arrives, or never if the queue is full.
    Instant send(Instant now, std::uint64_t bytes) {
        if (settings.bits_per_second == 0) {
            return now + settings.delay;
        }
        auto const waiting = std::count_if(begins.begin(), begins.end(), [&](Instant b) { return b > now; });
        Instant const begin = std::max(now, free);
        if (begin > now && waiting >= static_cast<std::int64_t>(settings.queue_packets)) {
            return never;
        }
        std::uint64_t const bits = bytes * 8;
        free = begin + Duration{(bits * 1'000'000'000 + settings.bits_per_second - 1) / settings.bits_per_second};
        begins.push_back(begin);
        return free + settings.delay;
    }
};

/// Arrivals sorted by time, then direction (towards b first), then by the order of sending.
std::vector<Arrival> in_order(std::vector<Arrival> arrivals) {
    std::stable_sort(arrivals.begin(), arrivals.end(), [](Arrival const& x, Arrival const& y) {
        return std::tuple{x.at, x.towards == End::a, x.packet} < std::tuple{y.at, y.towards == End::a, y.packet};
    });
    return arrivals;
}

LinkSettings any_settings() {
    LinkSettings settings;
    settings.delay = Duration{*rc::gen::inRange(0, 100'000)};
    settings.bits_per_second = *rc::gen::element<std::uint64_t>(0, 1'000'000'000, 999'999'937);
    settings.queue_packets = *rc::gen::inRange<std::uint32_t>(0, 4);
    return settings;
}

}  // namespace

TEST_CASE("link: random traffic arrives when arithmetic says, in order, with one event per direction") {
    CHECK(rc::check("arrivals are those of the model", [] {
        LinkSettings const settings = any_settings();
        auto const sendings = *rc::gen::container<std::vector<Sending>>(any_sending());
        LinkBench bench{settings};
        Model to_a{settings};
        Model to_b{settings};
        std::vector<Arrival> expected;
        std::uint64_t packet = 0;
        Instant now{};
        for (Sending const& sending : sendings) {
            now += Duration{sending.wait};
            bench.run(now);
            auto const bytes = static_cast<std::uint64_t>(sending.payload);
            bench.send(sending.from_a ? End::a : End::b, ++packet, tcp_frame(bytes));
            RC_ASSERT(bench.queue.size() <= 2U);
            Instant const arrives = (sending.from_a ? to_b : to_a).send(now, headers + bytes);
            if (arrives != never) {
                expected.push_back({arrives, sending.from_a ? End::b : End::a, packet});
            }
        }
        bench.run();
        RC_ASSERT(in_order(bench.arrivals) == in_order(expected));
        RC_ASSERT(bench.arrivals.size() + bench.all<trace::FrameDropped>().size() == packet);
        RC_ASSERT(bench.events == bench.arrivals.size());
    }));
}

TEST_CASE("link: however frames are delayed by rules, each arrives once, at its own time, in order of arrival") {
    CHECK(rc::check("delays of one frame touch no other", [] {
        constexpr Duration delay{1000};
        auto const extras = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 300));
        LinkBench bench{{.delay = delay}};
        std::vector<Arrival> expected;
        std::uint64_t packet = 0;
        for (int const extra : extras) {
            ++packet;
            Rule late{"late", {.nth = 1}, {Verdict::Kind::delay, Duration{extra}}};
            std::uint32_t const number = bench.arm(std::move(late));
            Instant const now{Duration{static_cast<std::int64_t>(packet) * 40}};
            bench.run(now);
            bench.send(End::a, packet);
            RC_ASSERT(bench.remove(number));
            expected.push_back({now + delay + Duration{extra}, End::b, packet});
        }
        bench.run();
        RC_ASSERT(bench.arrivals == in_order(expected));
        RC_ASSERT(bench.events == packet);
    }));
}

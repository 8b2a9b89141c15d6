// sim/machine: NICs, cables, clocks and sleep.
#include "sim/app/programs.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::Process;
using app::Task;

namespace {

app::Main const echo_server = [](Process& p) { return app::echo(p, port); };

struct Seen {
    std::map<std::string, Instant> at{};
    std::map<std::string, Errno> error{};
    std::string heard{};
};

/// Connects, waits until `when`, writes, and reads the echo.
Task<> write_at(Process& p, Instant when, Seen& seen) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.connect(fd, server_endpoint);
    (void)co_await p.sleep_until(when);
    Result<std::uint64_t> const written = co_await p.write(fd, Payload::text("hello"));
    seen.error["write"] = written.error();
    seen.at["write"] = p.now();
    Result<Payload> const got = co_await p.read(fd, 1024);
    seen.error["read"] = got.error();
    seen.at["read"] = p.now();
    seen.heard = got.ok() ? got.value().to_string() : "";
    (void)co_await p.close(fd);
}
Task<> connect_at(Process& p, Instant when, Seen& seen) {
    (void)co_await p.sleep_until(when);
    std::int32_t const fd = (co_await p.socket()).value();
    seen.error["connect"] = (co_await p.connect(fd, server_endpoint)).error();
    seen.at["connect"] = p.now();
}

/// A client that writes at 1 s to an echo server.
struct Bench : TwoHosts {
    explicit Bench(Setting const& setting = {}, Duration when = 1s) : TwoHosts{setting} {
        install(server, "echo", echo_server);
        install(client, "client", [this, when](Process& p) { return write_at(p, at(when), seen); });
    }
    Seen seen{};
};

Setting few_retries() {
    Setting setting;
    REQUIRE_FALSE(profile::set(setting.profile, "tcp_retries2", "5").has_value());
    return setting;
}
constexpr Duration rto = 220ms;  // RTT 20 ms + 200 ms: whole jiffies of 4 ms

std::size_t data_sent(TwoHosts const& two) {
    return two
        .all<trace::FramePassed>([&](auto const& event) {
            auto const* segment = wire::tcp_of(*event.frame);
            return event.node == two.client && event.outwards && segment != nullptr && !segment->payload.empty();
        })
        .size();
}

}  // namespace

TEST_CASE("own_nic_down: a write succeeds, nothing is sent, and the persist timer gives up after tcp_retries2 tries") {
    Bench bench{few_retries()};
    bench.schedule(500ms, world::SetNic{bench.client, 0, false});
    bench.run();
    CHECK(bench.seen.error["write"] == Errno::none);
    CHECK(bench.seen.at["write"] == at(1s));
    CHECK(bench.seen.error["read"] == Errno::etimedout);
    // Recorded: five tries, each after twice the time, then the time-out: rto * (1 + 2 + 4 + 8 + 16 + 32).
    CHECK(bench.seen.at["read"] == at(1s + 63 * rto));
    CHECK(data_sent(bench) == 0);
}

TEST_CASE("own_nic_down: new connections fail at once with ENETUNREACH") {
    Bench bench;
    Seen other;
    bench.install(bench.client, "other", [&](Process& p) { return connect_at(p, at(700ms), other); });
    bench.schedule(500ms, world::SetNic{bench.client, 0, false});
    bench.schedule(800ms, world::SetNic{bench.client, 0, true});
    bench.run();
    CHECK(other.error["connect"] == Errno::enetunreach);
    CHECK(other.at["connect"] == at(700ms));
    CHECK(bench.seen.heard == "hello");
}

TEST_CASE("own_nic_down_up: what was written meanwhile goes out at the next try of the persist timer") {
    Bench bench;
    bench.schedule(500ms, world::SetNic{bench.client, 0, false});
    bench.schedule(3s, world::SetNic{bench.client, 0, true});
    bench.run();
    CHECK(bench.seen.heard == "hello");
    // Tries at rto * 1, 3, 7 find nothing; that at 15 * 220 ms = 3.3 s after the write is past 3 s.
    CHECK(bench.seen.at["read"] == at(1s + 15 * rto + round_trip));
    CHECK(bench.happened(trace::Happening::nic_down).size() == 1);
    CHECK(bench.happened(trace::Happening::nic_up).size() == 1);
}

TEST_CASE("own_address_removed: as with the NIC down, and what still arrives is nobody's") {
    Bench bench{few_retries()};
    bench.schedule(500ms, world::RemoveAddress{bench.client, 0});
    bench.run();
    CHECK(bench.seen.error["read"] == Errno::etimedout);
    CHECK(bench.seen.at["read"] == at(1s + 63 * rto));
    CHECK(data_sent(bench) == 0);
}

TEST_CASE("an address that comes back brings the connection back, another one does not") {
    for (bool const same : {true, false}) {
        CAPTURE(same);
        Bench bench{few_retries()};
        wire::Ipv4Address const other{client_address.value + 7};
        bench.schedule(500ms, world::RemoveAddress{bench.client, 0});
        bench.schedule(2s, world::AddAddress{bench.client, 0, {same ? client_address : other, 24}});
        bench.run();
        CHECK(bench.seen.error["read"] == (same ? Errno::none : Errno::etimedout));
    }
}

TEST_CASE("address_added: an interface has one address: a second one is refused until the first is removed") {
    Bench bench;
    std::uint32_t const second = bench.schedule(500ms, world::AddAddress{bench.client, 0, {client_address, 16}});
    bench.run();
    CHECK_FALSE(bench.world.steps()[second].effective);
    CHECK(bench.seen.heard == "hello");
}

TEST_CASE("own_carrier_lost_for_good: as silent loss: ETIMEDOUT after the full time") {
    Bench silent{few_retries()};
    silent.schedule(500ms, world::BlackHole{silent.link, {}});
    silent.run();
    Bench cut{few_retries()};
    cut.schedule(500ms, world::CutLink{cut.link});
    cut.run();
    CHECK(cut.seen.error["read"] == Errno::etimedout);
    CHECK(cut.seen.at["read"] == silent.seen.at["read"]);
    CHECK(data_sent(cut) == 0);  // not even a capture sees what an interface without carrier throws away
    CHECK(data_sent(silent) > 5);
    CHECK(cut.dropped(trace::DropReason::no_carrier).size() == data_sent(silent));
    CHECK(silent.dropped(trace::DropReason::black_hole).size() == data_sent(silent));
}

TEST_CASE("a cut is seen at both ends, a black hole at none") {
    Bench cut;
    cut.schedule(500ms, world::CutLink{cut.link});
    cut.schedule(1500ms, world::RestoreLink{cut.link});
    cut.run();
    CHECK(cut.happened(trace::Happening::carrier_lost).size() == 2);
    CHECK(cut.happened(trace::Happening::carrier_found).size() == 2);
    CHECK(cut.seen.heard == "hello");
    Bench silent;
    silent.schedule(500ms, world::BlackHole{silent.link, {}});
    silent.schedule(1500ms, world::RestoreLink{silent.link});
    silent.run();
    CHECK(silent.happened(trace::Happening::carrier_lost).empty());
    CHECK(silent.seen.heard == "hello");
}

TEST_CASE("a black hole one way lets the other way pass") {
    Bench bench{few_retries()};
    bench.schedule(500ms, world::BlackHole{bench.link, net::End::a});  // towards the client
    bench.run();
    CHECK(bench.seen.error["read"] == Errno::etimedout);
    auto const lost = bench.dropped(trace::DropReason::black_hole);
    REQUIRE_FALSE(lost.empty());
    for (auto const& each : lost) {
        CHECK(std::get<wire::Ipv4Packet>(each->frame->body).header.source == server_address);
    }
}

TEST_CASE("power_loss: the peer's NIC notices only on a direct cable") {
    for (bool const direct : {false, true}) {
        CAPTURE(direct);
        Setting setting = few_retries();
        setting.link.direct = direct;
        Bench bench{setting};
        bench.schedule(500ms, world::PowerLoss{bench.server});
        bench.schedule(2s, world::Boot{bench.server});
        bench.run();
        auto const lost = bench.happened(trace::Happening::carrier_lost);
        auto const found = bench.happened(trace::Happening::carrier_found);
        REQUIRE(lost.size() == (direct ? 1 : 0));
        REQUIRE(found.size() == lost.size());
        if (direct) {
            CHECK(lost[0]->node == bench.client);
            CHECK(lost[0].at() == at(500ms));
            CHECK(found[0].at() == at(2s));
        }
        CHECK(bench.seen.error["read"] == Errno::econnreset);
    }
}

TEST_CASE("shutdown: on a direct cable the peer's carrier goes with the power, and comes back with a reboot") {
    Setting setting = few_retries();
    setting.link.direct = true;
    Bench bench{setting};
    bench.schedule(500ms, world::Shutdown{bench.server, {.boots_after = 30s}});
    bench.run();
    auto const lost = bench.happened(trace::Happening::carrier_lost);
    auto const found = bench.happened(trace::Happening::carrier_found);
    REQUIRE(lost.size() == 1);
    REQUIRE(found.size() == 1);
    CHECK(lost[0]->node == bench.client);
    CHECK(lost[0].at() == at(500ms));
    CHECK(found[0].at() == at(30s + 500ms));
}

TEST_CASE("crash: the NIC goes on shining") {
    Setting setting = few_retries();
    setting.link.direct = true;
    Bench bench{setting};
    bench.schedule(500ms, world::Crash{bench.server});
    bench.run();
    CHECK(bench.happened(trace::Happening::carrier_lost).empty());
    CHECK(bench.seen.error["read"] == Errno::etimedout);
}

TEST_CASE("flapping: the link is cut so often, for so long") {
    Bench bench;
    bench.schedule(900ms, world::Flap{.link = bench.link, .down = 200ms, .up = 300ms, .times = 3});
    bench.run();
    auto const cuts = bench.happened(trace::Happening::link_cut);
    auto const restored = bench.happened(trace::Happening::link_restored);
    REQUIRE(cuts.size() == 3);
    REQUIRE(restored.size() == 3);
    for (int i = 0; i < 3; ++i) {
        CHECK(cuts[static_cast<std::size_t>(i)].at() == at(900ms + i * 500ms));
        CHECK(restored[static_cast<std::size_t>(i)].at() == at(1100ms + i * 500ms));
    }
    CHECK(bench.seen.heard == "hello");
}

TEST_CASE("suspend with a clock that stops: timers go on where they stood") {
    Bench bench{few_retries()};
    bench.schedule(500ms, world::BlackHole{bench.link, {}});
    bench.run();
    Bench slept{few_retries()};
    slept.schedule(500ms, world::BlackHole{slept.link, {}});
    slept.schedule(2s, world::Suspend{slept.client, {.clock_stops = true}});
    slept.schedule(1h, world::Resume{slept.client});
    slept.run();
    CHECK(slept.seen.error["read"] == Errno::etimedout);
    CHECK(slept.seen.at["read"] == bench.seen.at["read"] + (1h - 2s));
}

TEST_CASE("suspend with a clock that runs: what was due expires at the resumption") {
    Bench slept{few_retries()};
    slept.schedule(500ms, world::BlackHole{slept.link, {}});
    slept.schedule(2s, world::Suspend{slept.client, {.clock_stops = false}});
    slept.schedule(1h, world::Resume{slept.client});
    slept.run();
    // The first expiry after the pause is past the limit of tcp_retries2.
    CHECK(slept.seen.error["read"] == Errno::etimedout);
    CHECK(slept.seen.at["read"] == at(1h));
}

TEST_CASE("suspend: what was due expires before what waited in the queue is heard") {
    for (bool const stops : {true, false}) {
        CAPTURE(stops);
        Bench bench;
        // Asleep before the echo comes, and for longer than the tail loss probe waits.
        bench.schedule(1s + one_way, world::Suspend{bench.client, {stops, machine::SleepingNic::queues}});
        bench.schedule(10s, world::Resume{bench.client});
        bench.run();
        CHECK(bench.seen.heard == "hello");
        CHECK(bench.seen.at["read"] == at(10s));
        CHECK(data_sent(bench) == (stops ? 1 : 2));
    }
}

TEST_CASE("clock_skew: what was due expires before anything else is heard at that instant") {
    Bench bench;
    bench.schedule(1s + one_way, world::SkewClock{bench.client, 10s, std::nullopt});
    bench.run();
    CHECK(bench.seen.heard == "hello");
    CHECK(data_sent(bench) == 2);
}

TEST_CASE("clock_skew: a sleep goes by the kernel's clock: a jump shortens it, a rate stretches what is left") {
    struct Case {
        world::SkewClock skew;
        Duration ends;
    };
    trace::NodeId const client{0};
    for (Case const& each : {Case{{client, 3s}, 7s}, Case{{client, 1h}, 2s}, Case{{client, 0s, 1'000'000}, 6s},
                             Case{{client, 0s, -500'000}, 18s}}) {
        TwoHosts two;
        Instant woken{};
        two.install(two.client, "sleeper", [&](Process& p) -> Task<> {
            (void)co_await p.sleep_until(at(10s));
            woken = p.now();
        });
        two.schedule(2s, each.skew);
        two.run();
        CHECK(woken == at(each.ends));
    }
}

TEST_CASE("clock_skew: an alarm goes by it, too") {
    TwoHosts two;
    two.install(two.client, "alarmed", [&](Process& p) -> Task<> {
        (void)co_await p.signal(machine::Signal::sigalrm, machine::OnSignal::ignore);
        (void)co_await p.alarm(10s);
        (void)co_await p.sleep_until(at(1h));
    });
    two.install(two.client, "victim", [&](Process& p) -> Task<> {
        (void)co_await p.alarm(10s);
        (void)co_await p.sleep_until(at(1h));
    });
    two.schedule(2s, world::SkewClock{.machine = two.client, .by = 3s});
    two.run();
    auto const killed = two.happened(trace::Happening::process_killed);
    REQUIRE(killed.size() == 1);
    CHECK(killed[0].at() == at(7s));
}

namespace {
/// When each of four ways to wait for 10 s ended; all begin after the clock has changed.
struct Waited {
    Instant begun{}, sleep{}, poll{}, receive{};
};
Task<> waits_ten_seconds(Process& p, Waited& waited) {
    (void)co_await p.sleep_until(at(2s));
    waited.begun = p.now();
    (void)co_await p.sleep(10s);
    waited.sleep = p.now();
    (void)co_await p.poll({}, 10s);
    waited.poll = p.now();
    std::int32_t const fd = (co_await p.socket(socket::SocketType::datagram)).value();
    (void)co_await p.bind(fd, {.port = port});
    (void)co_await p.setsockopt(fd, socket::Option::so_rcvtimeo, 10'000'000);
    Result<Payload> const nothing = co_await p.recv(fd, 1);
    CHECK(nothing.error() == Errno::eagain);
    waited.receive = p.now();
    (void)co_await p.alarm(10s);
    (void)co_await p.sleep(1h);
}
}  // namespace

TEST_CASE("clock_skew: what a program begins afterwards goes by the kernel's clock, too") {
    struct Case {
        std::int32_t parts_per_million;
        Duration each;
    };
    for (Case const& skew : {Case{0, 10s}, Case{1'000'000, 5s}, Case{-500'000, 20s}}) {
        CAPTURE(skew.parts_per_million);
        TwoHosts two;
        Waited waited;
        two.install(two.client, "waiter", [&](Process& p) { return waits_ten_seconds(p, waited); });
        two.schedule(1s, world::SkewClock{two.client, 1s, skew.parts_per_million});
        two.run();
        CHECK(waited.sleep == waited.begun + skew.each);
        CHECK(waited.poll == waited.begun + 2 * skew.each);
        CHECK(waited.receive == waited.begun + 3 * skew.each);
        auto const killed = two.happened(trace::Happening::process_killed);
        REQUIRE(killed.size() == 1);
        CHECK(killed[0].at() == waited.begun + 4 * skew.each);
    }
}

TEST_CASE("clock_skew: a poll() that has begun ends early, too") {
    TwoHosts two;
    Instant woken{};
    two.install(two.client, "poller", [&](Process& p) -> Task<> {
        (void)co_await p.poll({}, 10s);
        woken = p.now();
    });
    two.schedule(2s, world::SkewClock{.machine = two.client, .by = 3s});
    two.run();
    CHECK(woken == at(7s));
}

TEST_CASE("suspend: a program's sleep is prolonged by what its clock stood still, and by nothing else") {
    for (bool const stops : {true, false}) {
        CAPTURE(stops);
        Bench bench{{}, 5s};
        bench.schedule(1s, world::Suspend{bench.client, {.clock_stops = stops}});
        bench.schedule(3s, world::Resume{bench.client});
        bench.run();
        CHECK(bench.seen.at["write"] == at(stops ? 7s : 5s));
        CHECK(bench.seen.heard == "hello");
    }
}

TEST_CASE("suspend: a sleep that ends meanwhile ends at the resumption if the clock runs") {
    Bench bench{{}, 2s};
    bench.schedule(1s, world::Suspend{bench.client, {.clock_stops = false}});
    bench.schedule(3s, world::Resume{bench.client});
    bench.run();
    CHECK(bench.seen.at["write"] == at(3s));
}

TEST_CASE("suspend: a NIC that is down or deaf loses what arrives, one that queues gives it later") {
    using machine::SleepingNic;
    for (SleepingNic const nic : {SleepingNic::down, SleepingNic::deaf, SleepingNic::queues}) {
        CAPTURE(static_cast<int>(nic));
        Bench bench;
        bench.schedule(900ms, world::Suspend{bench.server, {.clock_stops = true, .nic = nic}});
        bench.schedule(1100ms, world::Resume{bench.server});
        bench.run();
        bool const queued = nic == SleepingNic::queues;
        CHECK(bench.seen.heard == "hello");
        // Queued: the echo leaves when the server wakes up. Lost: after the client's tail loss probe.
        CHECK(bench.seen.at["read"] == (queued ? at(1100ms + one_way) : at(1s + rto + round_trip)));
        CHECK(bench.dropped(trace::DropReason::suspended).size() == (nic == SleepingNic::deaf ? 1 : 0));
        CHECK(bench.dropped(trace::DropReason::no_carrier).size() == (nic == SleepingNic::down ? 1 : 0));
    }
}

TEST_CASE("suspend: who sleeps cannot be suspended, who is awake cannot be resumed") {
    Bench bench;
    bench.schedule(100ms, world::Resume{bench.client});
    bench.schedule(200ms, world::Suspend{bench.client, {}});
    bench.schedule(300ms, world::Suspend{bench.client, {}});
    bench.schedule(400ms, world::Resume{bench.client});
    bench.run();
    std::vector<bool> effective;
    for (world::Step const& step : bench.world.steps()) {
        effective.push_back(step.effective);
    }
    CHECK(effective == std::vector<bool>{false, true, false, true});
}

TEST_CASE("suspend: nobody on it can be killed") {
    Bench bench;
    bench.schedule(500ms, world::Suspend{bench.server, {.clock_stops = false, .nic = machine::SleepingNic::queues}});
    bench.schedule(10s, world::Kill{bench.server, "echo"});
    bench.schedule(20s, world::Resume{bench.server});
    bench.run();
    CHECK_FALSE(bench.world.steps()[1].effective);
    CHECK(bench.seen.heard == "hello");
}

TEST_CASE("suspend: nobody on it changes its network; what its cables did meanwhile it sees when it wakes up") {
    for (bool const mended : {false, true}) {
        CAPTURE(mended);
        Bench bench;
        bench.schedule(2s, world::Suspend{bench.server, {.clock_stops = false, .nic = machine::SleepingNic::deaf}});
        std::vector<std::uint32_t> const refused{
            bench.schedule(3s, world::SetNic{bench.server, 0, false}),
            bench.schedule(3s, world::RemoveAddress{bench.server, 0}),
            bench.schedule(3s, world::AddAddress{bench.server, 0, {server_address, 24}}),
            bench.schedule(3s, world::ForgetNeighbours{bench.server}),
            bench.schedule(3s, world::DropInput{bench.server, true}),
            bench.schedule(3s, world::SendRaw{bench.server, {}}),
        };
        bench.schedule(4s, world::CutLink{bench.link});
        if (mended) {
            bench.schedule(5s, world::RestoreLink{bench.link});
        }
        bench.schedule(6s, world::Resume{bench.server});
        bench.world.run(at(7s));
        for (std::uint32_t const step : refused) {
            CHECK_FALSE(bench.world.steps()[step].effective);
        }
        std::vector<Instant> lost;
        for (trace::Record const& record : bench.memory.records()) {
            auto const* const what = std::get_if<trace::Happened>(&record.what);
            if (what != nullptr && what->node == bench.server && what->what == trace::Happening::carrier_lost) {
                lost.push_back(record.at);
            }
        }
        CHECK(lost == (mended ? std::vector<Instant>{} : std::vector<Instant>{at(6s)}));
    }
}

TEST_CASE("suspend: a power loss ends it, and the next boot is awake") {
    Bench bench;
    bench.schedule(100ms, world::Suspend{bench.server, {}});
    bench.schedule(200ms, world::PowerLoss{bench.server});
    bench.schedule(300ms, world::Boot{bench.server});
    bench.run();
    CHECK(bench.seen.error["read"] == Errno::econnreset);
}

TEST_CASE("clock_skew: a clock that jumps lets timers expire early, one that is fast in proportion") {
    Bench exact{few_retries()};
    exact.schedule(500ms, world::BlackHole{exact.link, {}});
    exact.run();
    Duration const waited = exact.seen.at["read"] - at(1s);

    Bench jumps{few_retries()};
    jumps.schedule(500ms, world::BlackHole{jumps.link, {}});
    jumps.schedule(2s, world::SkewClock{.machine = jumps.client, .by = 1h});
    jumps.run();
    CHECK(jumps.seen.at["read"] == at(2s));

    Bench fast{few_retries()};
    fast.schedule(500ms, world::BlackHole{fast.link, {}});
    fast.schedule(1s, world::SkewClock{.machine = fast.client, .parts_per_million = 1'000'000});
    fast.run();
    CHECK(fast.seen.at["read"] == at(1s + waited / 2));
}

TEST_CASE("a boot wipes what the administrator did: interfaces, addresses and clocks are as configured") {
    Bench bench;
    bench.schedule(100ms, world::SetNic{bench.server, 0, false});
    bench.schedule(150ms, world::RemoveAddress{bench.server, 0});
    bench.schedule(200ms, world::PowerLoss{bench.server});
    bench.schedule(300ms, world::Boot{bench.server});
    bench.run();
    CHECK(bench.seen.error["read"] == Errno::econnreset);  // it answers: the address is there, the interface up
}

TEST_CASE(
    "drop_input: a capture sees what arrives, TCP does not, until the filter is taken away or the machine boots") {
    Bench filtered{few_retries()};
    filtered.schedule(500ms, world::DropInput{filtered.server, true});
    filtered.schedule(600ms, world::DropInput{filtered.server, true});
    filtered.run();
    CHECK(filtered.seen.error["read"] == Errno::etimedout);
    CHECK(filtered.dropped(trace::DropReason::rule).size() == data_sent(filtered));
    CHECK_FALSE(filtered.world.steps()[1].effective);

    Bench open{few_retries()};
    open.schedule(500ms, world::DropInput{open.server, true});
    open.schedule(2s, world::DropInput{open.server, false});
    open.run();
    CHECK(open.seen.heard == "hello");

    Bench booted{few_retries()};
    booted.schedule(500ms, world::DropInput{booted.server, true});
    booted.schedule(600ms, world::PowerLoss{booted.server});
    booted.schedule(700ms, world::Boot{booted.server});
    booted.run();
    CHECK(booted.seen.error["read"] == Errno::econnreset);
}

TEST_CASE("a raw socket's packet leaves as it is, whoever it says it is from; a machine that is off sends none") {
    Bench bench;
    wire::Ipv4Packet packet;
    packet.header.source = wire::Ipv4Address{0x01020304};
    packet.header.destination = server_address;
    packet.header.ttl = 7;
    packet.header.protocol = wire::protocol_tcp;
    packet.body = wire::TcpSegment{.source_port = 1, .destination_port = 2, .flags = wire::Flags{wire::Flags::rst}};
    bench.schedule(100ms, world::SendRaw{bench.client, packet});
    bench.schedule(10s, world::PowerLoss{bench.client});
    bench.schedule(11s, world::SendRaw{bench.client, packet});
    bench.run();
    auto const sent = bench.all<trace::FramePassed>([&](auto const& event) {
        auto const* const ip = std::get_if<wire::Ipv4Packet>(&event.frame->body);
        return event.node == bench.client && event.outwards && ip != nullptr && *ip == packet;
    });
    CHECK(sent.size() == 1);
    CHECK(bench.world.steps()[0].effective);
    CHECK_FALSE(bench.world.steps()[2].effective);
}

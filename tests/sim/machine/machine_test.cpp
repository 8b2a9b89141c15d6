// sim/machine: power, boots, processes and what the kernel does for the dead.
#include "sim/machine/machine.hpp"

#include "sim/app/programs.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::Process;
using app::Task;

namespace {

app::Main const echo_server = [](Process& p) { return app::echo(p, port); };

/// What a client saw: an echo, then whatever the next read gave, and when.
struct Seen {
    Result<Payload> read{Errno::einval};
    Instant at{};
};
Task<std::int32_t> connected(Process& p) {
    std::int32_t const fd = (co_await p.socket()).value();
    Result<Done> const done = co_await p.connect(fd, server_endpoint);
    co_return done.ok() ? fd : -1;
}
Task<> echo_then_read(Process& p, Seen& seen) {
    std::int32_t const fd = co_await connected(p);
    (void)co_await p.write(fd, Payload::text("hello"));
    (void)co_await p.read(fd, 1024);
    seen.read = co_await p.read(fd, 1024);
    seen.at = p.now();
    (void)co_await p.close(fd);
}
Task<> echo_then_write_at(Process& p, Instant when, Seen& seen) {
    std::int32_t const fd = co_await connected(p);
    (void)co_await p.write(fd, Payload::text("hello"));
    (void)co_await p.read(fd, 1024);
    (void)co_await p.sleep_until(when);
    (void)co_await p.write(fd, Payload::text("again"));
    seen.read = co_await p.read(fd, 1024);
    seen.at = p.now();
    (void)co_await p.close(fd);
}
Task<> never_reads(Process& p) {
    std::int32_t const listener = (co_await p.socket()).value();
    (void)co_await p.bind(listener, {.port = port});
    (void)co_await p.listen(listener, 1);
    (void)co_await p.accept(listener);
    (void)co_await p.sleep(1h);
}
Task<> open_and_close(Process& p, std::vector<std::int32_t>& numbers, Errno& closed_twice) {
    for (int i = 0; i < 3; ++i) {
        numbers.push_back((co_await p.socket()).value());
    }
    (void)co_await p.close(numbers[1]);
    numbers.push_back((co_await p.socket()).value());
    (void)co_await p.close(numbers[0]);
    closed_twice = (co_await p.close(numbers[0])).error();
}
/// Writes when it has connected, at `later`, and again as soon as that is echoed.
Task<> write_write_write(Process& p, Instant later) {
    std::int32_t const fd = co_await connected(p);
    (void)co_await p.write(fd, Payload::text("one"));
    (void)co_await p.read(fd, 1024);
    (void)co_await p.sleep_until(later);
    (void)co_await p.write(fd, Payload::text("two"));
    (void)co_await p.read(fd, 1024);
    (void)co_await p.write(fd, Payload::text("three"));
    (void)co_await p.read(fd, 1024);
}
Task<> sleep_and_note(Process& p, Duration pause, std::vector<Instant>& woken) {
    (void)co_await p.sleep(pause);
    woken.push_back(p.now());
}
Task<> count_runs(Process&, int& runs) {
    ++runs;
    co_return;
}
/// Holds memory that only its frame owns, three tasks deep, while it waits.
Task<std::size_t> deep(Process& p, std::int32_t fd, int levels) {
    std::vector<std::string> const luggage(3, std::string(100, 'x'));
    if (levels > 0) {
        std::size_t const below = co_await deep(p, fd, levels - 1);
        co_return below + luggage.size();
    }
    Result<Payload> const got = co_await p.read(fd, 1024);
    co_return luggage.size() + got.value().size();
}
Task<> wait_deep(Process& p) {
    std::int32_t const fd = co_await connected(p);
    (void)co_await deep(p, fd, 3);
}
/// A write that cannot return: its payload lives in the suspended call.
Task<> write_for_ever(Process& p) {
    std::int32_t const fd = co_await connected(p);
    (void)co_await p.write(fd, Payload::text(std::string(1000, 'x') + std::string(64ULL << 20U, 'y')));
}

}  // namespace

TEST_CASE("descriptors: the lowest free number, from 3; a closed one is EBADF") {
    TwoHosts two;
    std::vector<std::int32_t> numbers;
    Errno closed_twice = Errno::none;
    two.install(two.client, "opener", [&](Process& p) { return open_and_close(p, numbers, closed_twice); });
    two.run();
    CHECK(numbers == std::vector<std::int32_t>{3, 4, 5, 4});
    CHECK(closed_twice == Errno::ebadf);
}

TEST_CASE("kill: the kernel closes the dead process's files, and the peer reads the end of the stream") {
    TwoHosts two;
    Seen seen;
    two.install(two.server, "echo", echo_server);
    two.install(two.client, "client", [&](Process& p) { return echo_then_read(p, seen); });
    two.schedule(1s, world::Kill{two.server, "echo"});
    two.run();
    REQUIRE(seen.read.ok());
    CHECK(seen.read.value().empty());
    CHECK(seen.at == at(1s + one_way));
    CHECK(two.happened(trace::Happening::process_killed).size() == 2);  // the listener and its child
    auto const fins = two.sent(two.server, wire::Flags::fin);
    REQUIRE(!fins.empty());
    CHECK(fins[0]->cause.why == tcp::Why::program_ended);
    CHECK(fins[0].record->because.kind == trace::Because::Kind::timeline_step);
}

TEST_CASE("kill: unread data make it a reset") {
    TwoHosts two;
    Seen seen;
    two.install(two.server, "deaf", never_reads);
    two.install(two.client, "client", [&](Process& p) { return echo_then_read(p, seen); });
    two.schedule(1s, world::Kill{two.server, "deaf"});
    two.run();
    auto const reads = two.returned(two.client, trace::Call::read);
    REQUIRE(reads.size() == 2);
    CHECK(reads[0]->error == Errno::econnreset);
    CHECK(reads[0].at() == at(1s + one_way));
    CHECK(two.sent(two.server, wire::Flags::rst).size() == 1);
}

TEST_CASE("kill: a name that nobody has kills nobody") {
    TwoHosts two;
    two.install(two.server, "echo", echo_server);
    two.schedule(1s, world::Kill{two.server, "ping"});
    two.run();
    CHECK_FALSE(two.world.steps()[0].effective);
    CHECK(two.happened(trace::Happening::process_killed).empty());
}

TEST_CASE("power loss: says nothing, hears nothing, destroys every task") {
    TwoHosts two;
    Seen seen;
    two.install(two.server, "echo", echo_server);
    two.install(two.client, "deep", wait_deep);
    two.install(two.server, "silent", never_reads);
    two.install(two.client, "client", [&](Process& p) { return echo_then_write_at(p, at(2s), seen); });
    two.schedule(1s, world::PowerLoss{two.client});
    two.schedule(1500ms, world::PowerLoss{two.server});
    two.run();
    CHECK(two.world.now() == at(1500ms));  // nobody is left to do anything
    for (auto const& frame : two.sent(two.client)) {
        CHECK(frame.at() < at(1s));
    }
    CHECK(two.world.machine(two.client)->power() == machine::Power::off);
    CHECK(two.world.machine(two.client)->host() == nullptr);
}

TEST_CASE("power loss: in the middle of a blocked write") {
    TwoHosts two;
    two.install(two.server, "silent", never_reads);
    two.install(two.client, "writer", write_for_ever);
    two.schedule(1s, world::PowerLoss{two.client});
    two.world.run(at(2s));
    CHECK(two.returned(two.client, trace::Call::write).empty());
    CHECK(two.happened(trace::Happening::process_exited).empty());
}

TEST_CASE("a machine that is off drops frames for want of power, a crashed one for want of a kernel") {
    for (bool const crashes : {false, true}) {
        TwoHosts two;
        Seen seen;
        two.install(two.server, "echo", echo_server);
        two.install(two.client, "client", [&](Process& p) { return echo_then_write_at(p, at(2s), seen); });
        two.schedule(1s, crashes ? world::Verb{world::Crash{two.server}} : world::Verb{world::PowerLoss{two.server}});
        two.run();
        auto const dropped = two.dropped(crashes ? trace::DropReason::kernel_stopped : trace::DropReason::no_power);
        REQUIRE(!dropped.empty());
        CHECK(dropped[0]->node == two.server);
        CHECK(dropped[0].at() == at(2s + one_way));
        CHECK(two.dropped(crashes ? trace::DropReason::no_power : trace::DropReason::kernel_stopped).empty());
        CHECK(seen.read.error() == Errno::etimedout);
    }
}

TEST_CASE("boot: a new number, and a kernel that answers RST for a connection it never had") {
    TwoHosts two;
    Seen seen;
    two.install(two.server, "echo", echo_server, machine::Restart::never);
    two.install(two.client, "client", [&](Process& p) { return echo_then_write_at(p, at(2s), seen); });
    two.schedule(500ms, world::PowerLoss{two.server});
    two.schedule(1500ms, world::Boot{two.server});
    two.run();
    CHECK(seen.read.error() == Errno::econnreset);
    CHECK(seen.at == at(2s + round_trip));
    auto const boots = two.all<trace::Happened>(
        [&](auto const& event) { return event.what == trace::Happening::boot && event.node == two.server; });
    REQUIRE(boots.size() == 2);
    CHECK(boots[0]->boot == 1);
    CHECK(boots[1]->boot == 2);
    CHECK(two.world.machine(two.server)->boot_number() == 2);
    auto const resets = two.sent(two.server, wire::Flags::rst);
    REQUIRE(resets.size() == 1);
    CHECK(resets[0]->cause.why == tcp::Why::no_connection);
}

TEST_CASE("boot: starts again what restarts at boot, and nothing else") {
    TwoHosts two;
    int always = 0;
    int once = 0;
    two.install(two.server, "always", [&](Process& p) { return count_runs(p, always); });
    two.install(
        two.server, "once", [&](Process& p) { return count_runs(p, once); }, machine::Restart::never);
    two.schedule(1s, world::Crash{two.server});
    two.schedule(2s, world::Boot{two.server});
    two.schedule(3s, world::Crash{two.server});
    two.schedule(4s, world::Boot{two.server});
    two.run();
    CHECK(always == 3);
    CHECK(once == 1);
}

TEST_CASE("boot: on-failure starts again what crashed, failed or was killed, and nothing that came to a good end") {
    struct Case {
        world::Verb end;
        bool again;
    };
    using machine::Signal;
    auto const killed = [](Signal signal) { return world::Kill{trace::NodeId{1}, "unit", signal}; };
    auto const exits = [](std::int32_t status) { return world::Exit{trace::NodeId{1}, "unit", status}; };
    std::vector<Case> const cases{{world::Crash{trace::NodeId{1}}, true},
                                  {world::PowerLoss{trace::NodeId{1}}, true},
                                  {exits(1), true},
                                  {exits(0), false},
                                  {killed(Signal::sigkill), true},
                                  {killed(Signal::sigquit), true},
                                  {killed(Signal::sighup), false},
                                  {killed(Signal::sigint), false},
                                  {killed(Signal::sigterm), false},
                                  {killed(Signal::sigpipe), false},
                                  {world::Shutdown{trace::NodeId{1}}, false}};  // SIGTERM, too
    for (std::size_t i = 0; i < cases.size(); ++i) {
        CAPTURE(i);
        TwoHosts two;
        two.install(two.server, "unit", echo_server, machine::Restart::on_failure);
        two.schedule(1s, cases[i].end);
        two.schedule(2s, world::Crash{two.server});
        two.schedule(3s, world::Boot{two.server});
        two.run();
        CHECK(two.world.machine(two.server)->boot_number() == 2);
        CHECK(two.happened(trace::Happening::process_started).size() == (cases[i].again ? 2 : 1));
    }
}

TEST_CASE("exit: the process ends with its status, its kernel closes its files, and nobody else is meant") {
    TwoHosts two;
    Seen seen;
    two.install(two.server, "echo", echo_server);
    two.install(two.client, "client", [&](Process& p) { return echo_then_write_at(p, at(2s), seen); });
    two.schedule(1s, world::Exit{two.server, "echo", 3});
    two.schedule(1s, world::Exit{two.server, "nobody", 3});
    two.run();
    auto const exited = two.all<trace::Happened>(
        [&](auto const& event) { return event.what == trace::Happening::process_exited && event.node == two.server; });
    REQUIRE(exited.size() == 2);  // the child that serves the client, too
    for (auto const& each : exited) {
        CHECK(each->status == 3);
        CHECK(each.at() == at(1s));
    }
    CHECK(two.sent(two.server, wire::Flags::fin).size() == 1);
    CHECK(two.world.steps()[0].effective);
    CHECK_FALSE(two.world.steps()[1].effective);
}

TEST_CASE("boot: programs start after the other steps of that instant") {
    TwoHosts two;
    int runs = 0;
    two.install(two.server, "program", [&](Process& p) { return count_runs(p, runs); });
    two.schedule(1s, world::Crash{two.server});
    two.schedule(2s, world::Boot{two.server});
    two.schedule(2s, world::Crash{two.server});
    two.run();
    CHECK(runs == 1);  // that of the first boot
    CHECK(two.happened(trace::Happening::process_started).size() == 2);
}

TEST_CASE("boot: each has its own secret, so that sequence numbers do not repeat") {
    TwoHosts two;
    Seen seen;
    two.install(two.client, "client", [&](Process& p) { return echo_then_read(p, seen); });
    two.schedule(1s, world::PowerLoss{two.client});
    two.schedule(2s, world::Boot{two.client});
    two.run();
    auto const syns = two.sent(two.client, wire::Flags::syn);
    REQUIRE(syns.size() == 2);
    // RFC 6528: the clock alone would make them differ by its four-microsecond ticks in between.
    auto const ticks = static_cast<std::int32_t>((syns[1].at() - syns[0].at()) / 4us);
    CHECK(wire::tcp_of(*syns[1]->frame)->seq - wire::tcp_of(*syns[0]->frame)->seq != ticks);
}

TEST_CASE("verbs: what cannot apply does nothing and is not recorded") {
    TwoHosts two;
    two.schedule(1s, world::Boot{two.server});
    two.schedule(2s, world::Crash{two.server});
    two.schedule(3s, world::Crash{two.server});
    two.schedule(4s, world::PowerLoss{two.server});
    two.schedule(5s, world::PowerLoss{two.server});
    two.schedule(6s, world::Crash{two.server});
    two.run();
    std::vector<bool> effective;
    for (world::Step const& step : two.world.steps()) {
        CHECK(step.applied);
        effective.push_back(step.effective);
    }
    CHECK(effective == std::vector<bool>{false, true, false, true, false, false});
    CHECK(two.happened(trace::Happening::crash).size() == 1);
    CHECK(two.happened(trace::Happening::power_loss).size() == 1);
    CHECK(two.happened(trace::Happening::boot).size() == 2);
}

TEST_CASE("boot: what an earlier boot was to be woken for reaches nobody in this one") {
    TwoHosts two;
    std::vector<Instant> woken;
    two.install(two.client, "sleeper", [&](Process& p) { return sleep_and_note(p, 5s, woken); });
    two.schedule(1s, world::Crash{two.client});
    two.schedule(2s, world::Boot{two.client});
    two.run();
    CHECK(woken == std::vector<Instant>{at(2s + 5s)});
}

TEST_CASE("deadlines: each is met to the nanosecond, be its queue entry moved earlier or later") {
    // The first write's deadline comes before that of the SYN, whose entry is still queued; that of the write that
    // follows an echo comes after that of the write before.
    for (Instant const lost : {at(round_trip), at(2s + round_trip)}) {
        TwoHosts two;
        two.install(two.server, "echo", echo_server);
        two.install(two.client, "client", [](Process& p) { return write_write_write(p, at(2s)); });
        two.schedule(lost.time_since_epoch() + 1ns, world::BlackHole{two.link, {}});
        two.world.run(lost + 1ns);
        host::Host const& host = *two.world.machine(two.client)->host();
        REQUIRE(host.connections().size() == 1);
        tcp::Connection const& connection = *host.find(host.connections()[0]);
        for (int expiry = 0; expiry < 3; ++expiry) {
            Instant const deadline = connection.next_deadline();
            std::size_t const before = two.sent(two.client).size();
            two.world.run(deadline - 1ns);
            CHECK(two.sent(two.client).size() == before);
            two.world.run(deadline);
            CHECK(two.sent(two.client).size() == before + 1);
        }
    }
}

TEST_CASE("deadlines: what a timer sent says how long it ran, up to the give-up") {
    TwoHosts two;
    Seen seen;
    two.install(two.server, "echo", echo_server);
    two.install(two.client, "client", [&](Process& p) { return echo_then_write_at(p, at(1s), seen); });
    two.schedule(900ms, world::BlackHole{two.link, {}});
    two.run();
    CHECK(seen.read.error() == Errno::etimedout);
    Instant last = at(1s);
    std::size_t repetitions = 0;
    for (auto const& frame : two.sent(two.client, wire::Flags::psh)) {
        if (frame->cause.why == tcp::Why::retransmission_timeout || frame->cause.why == tcp::Why::tail_loss_probe) {
            ++repetitions;
            CHECK(frame.at() == last + frame->cause.waited);
            CHECK(frame.record->because.kind == trace::Because::Kind::timer);
            last = frame.at();
        }
    }
    CHECK(repetitions > 10);
    CHECK(seen.at > last);
}

// Signals, children and the orderly end of a machine, as programs see them.
#include "sim/app/programs.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::Process;
using app::Task;
using machine::OnSignal;
using machine::Signal;

namespace {

/// What programs of a test did, in order: "what 1500ms".
using Log = std::vector<std::string>;
void note(Log& log, Process const& p, std::string const& what) {
    log.push_back(what + " " + std::to_string(p.now().time_since_epoch() / 1ms) + "ms");
}
std::string name_or(Errno error, std::string const& success) {
    return error == Errno::none ? success : std::string{name(error)};
}

Task<std::int32_t> listening(Process& p) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.bind(fd, {.port = port});
    (void)co_await p.listen(fd, 8);
    co_return fd;
}
Task<std::int32_t> connected(Process& p) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.connect(fd, server_endpoint);
    co_return fd;
}

Task<> on_signal(Process& p, Log& log) {
    note(log, p, "handler");
    co_return;
}
Task<> slow_handler(Process& p, Log& log) {
    note(log, p, "handler");
    (void)co_await p.sleep(1s);
    note(log, p, "handler ends");
}
Task<> leave(Process& p, std::int32_t status) { co_await p.exit(status); }

Task<> accept_with_handler(Process& p, Log& log, bool restart) {
    std::int32_t const fd = co_await listening(p);
    (void)co_await p.sigaction(
        Signal::sigterm, [&log](Process& q) { return on_signal(q, log); }, restart);
    Result<std::int32_t> const accepted = co_await p.accept(fd);
    note(log, p, name_or(accepted.error(), "accepted"));
}
Task<> sleep_with_handler(Process& p, Log& log) {
    (void)co_await p.sigaction(
        Signal::sigterm, [&log](Process& q) { return slow_handler(q, log); }, true);
    Result<Done> const slept = co_await p.sleep(10s);
    note(log, p, name_or(slept.error(), "slept"));
}
Task<> sleep_ignoring(Process& p, Log& log) {
    (void)co_await p.signal(Signal::sigterm, OnSignal::ignore);
    (void)co_await p.sleep(20s);
    note(log, p, "slept");
}
Task<> sleep_long(Process& p) { (void)co_await p.sleep(1h); }

Task<> write_twice_after(Process& p, Log& log, bool ignore, app::MessageFlags flags) {
    if (ignore) {
        (void)co_await p.signal(Signal::sigpipe, OnSignal::ignore);
    }
    std::int32_t const fd = co_await connected(p);
    (void)co_await p.sleep(1s);
    for (int i = 0; i < 2; ++i) {
        Result<std::uint64_t> const sent = co_await p.send(fd, Payload::text("again"), flags);
        note(log, p, name_or(sent.error(), "sent"));
        (void)co_await p.sleep(1s);
    }
}
Task<> write_handling_sigpipe(Process& p, Log& log) {
    (void)co_await p.sigaction(
        Signal::sigpipe, [&log](Process& q) { return on_signal(q, log); }, false);
    co_await write_twice_after(p, log, false, {});
}
Task<> accept_and_exit(Process& p) {
    std::int32_t const fd = co_await listening(p);
    (void)co_await p.accept(fd);
}

Task<> exit_after(Process& p, Duration pause, std::int32_t status) {
    (void)co_await p.sleep(pause);
    co_await p.exit(status);
}
Task<> wait_for_two(Process& p, Log& log) {
    std::int32_t const first = (co_await p.fork(exit_after, Duration{2s}, 7)).value();
    (void)co_await p.fork(sleep_long);
    Result<machine::Reaped> const none = co_await p.waitpid_now(-1);
    note(log, p, "now " + std::to_string(none.value().process));
    Result<machine::Reaped> const one = co_await p.waitpid(first);
    note(log, p, "status " + std::to_string(one.value().end.wait_status()));
    (void)co_await p.kill(first + 1, Signal::sigterm);
    Result<machine::Reaped> const two = co_await p.waitpid(-1);
    note(log, p, "status " + std::to_string(two.value().end.wait_status()));
    Result<machine::Reaped> const three = co_await p.waitpid(-1);
    note(log, p, name_or(three.error(), "a third"));
}
Task<> on_child(Process& p, Log& log) {
    note(log, p, "SIGCHLD");
    for (;;) {
        Result<machine::Reaped> const reaped = co_await p.waitpid_now(-1);
        if (!reaped.ok() || reaped.value().process == 0) {
            break;
        }
        note(log, p, "reaped " + std::to_string(reaped.value().process));
    }
}
Task<> fork_and_pause(Process& p, Log& log) {
    (void)co_await p.sigaction(
        Signal::sigchld, [&log](Process& q) { return on_child(q, log); }, false);
    (void)co_await p.fork(exit_after, Duration{1s}, 0);
    (void)co_await p.fork(exit_after, Duration{1s}, 0);
    while (log.size() < 4) {
        Result<Done> const paused = co_await p.pause();
        note(log, p, name_or(paused.error(), "paused"));
    }
}
Task<> ignore_children(Process& p, Log& log) {
    (void)co_await p.signal(Signal::sigchld, OnSignal::ignore);
    (void)co_await p.fork(exit_after, Duration{1s}, 0);
    Result<machine::Reaped> const reaped = co_await p.waitpid(-1);
    note(log, p, name_or(reaped.error(), "reaped"));
}
Task<> ask_about_zombie(Process& p, Log& log) {
    std::int32_t const child = (co_await p.fork(exit_after, Duration{0}, 0)).value();
    (void)co_await p.sleep(1s);
    note(log, p, name_or((co_await p.kill(child, std::nullopt)).error(), "exists"));
    (void)co_await p.waitpid(child);
    note(log, p, name_or((co_await p.kill(child, std::nullopt)).error(), "exists"));
    note(log, p, name_or((co_await p.kill(-1, std::nullopt)).error(), "exists"));
}
Task<> fork_grandchild(Process& p, Log& log) {
    std::int32_t const middle =
        (co_await p.fork([](Process& q) -> Task<> { (void)co_await q.fork(exit_after, Duration{2s}, 0); })).value();
    (void)co_await p.waitpid(middle);
    note(log, p, "middle");
    note(log, p, name_or((co_await p.waitpid(-1)).error(), "grandchild"));
}
Task<> kill_itself(Process& p, Log& log) {
    (void)co_await p.kill(static_cast<std::int32_t>(p.kernel().ref().process), Signal::sigterm);
    note(log, p, "went on");
}
Task<> alarmed(Process& p, Log& log) {
    (void)co_await p.sigaction(
        Signal::sigalrm, [&log](Process& q) { return on_signal(q, log); }, true);
    (void)co_await p.alarm(3s);
    (void)co_await p.alarm(2s);
    note(log, p, name_or((co_await p.pause()).error(), "paused"));
    (void)co_await p.alarm(2s);
    (void)co_await p.alarm(0s);
    (void)co_await p.sleep(5s);
    note(log, p, "quiet");
}
Task<> exits_from_handler(Process& p) {
    (void)co_await p.sigaction(
        Signal::sigterm, [](Process& q) { return leave(q, 3); }, true);
    (void)co_await p.sleep(1h);
}

}  // namespace

TEST_CASE("signal(7): accept() is made again after a handler with SA_RESTART, and fails with EINTR without") {
    for (bool const restart : {true, false}) {
        TwoHosts two;
        Log log;
        two.install(two.server, "server", [&](Process& p) { return accept_with_handler(p, log, restart); });
        two.install(two.client, "client", [](Process& p) -> Task<> {
            (void)co_await p.sleep(5s);
            (void)co_await connected(p);
        });
        two.schedule(2s, world::Kill{two.server, "server", Signal::sigterm});
        two.run();
        auto const accepts = two.returned(two.server, trace::Call::accept);
        REQUIRE(accepts.size() == (restart ? 2 : 1));
        CHECK(accepts[0]->error == Errno::eintr);
        CHECK(accepts[0]->restarts == restart);
        CHECK(accepts[0].at() == at(2s));
        // The connection is there when the handshake's ACK arrives: three times one way.
        CHECK(log == (restart ? Log{"handler 2000ms", "accepted 5030ms"} : Log{"handler 2000ms", "EINTR 2000ms"}));
    }
}

TEST_CASE("signal(7): sleep() fails with EINTR whatever SA_RESTART says, after the handler has ended") {
    TwoHosts two;
    Log log;
    two.install(two.client, "sleeper", [&](Process& p) { return sleep_with_handler(p, log); });
    two.schedule(2s, world::Kill{two.client, "sleeper", Signal::sigterm});
    two.schedule(2500ms, world::Kill{two.client, "sleeper", Signal::sigterm});
    two.run();
    // The second one waits until the first has been handled.
    CHECK(log == Log{"handler 2000ms", "handler ends 3000ms", "handler 3000ms", "handler ends 4000ms", "EINTR 4000ms"});
}

TEST_CASE("kill: SIGTERM ends who did not care, not who ignores it; SIGKILL ends both") {
    TwoHosts two;
    Log log;
    two.install(two.client, "careless", sleep_long);
    two.install(two.client, "stubborn", [&](Process& p) { return sleep_ignoring(p, log); });
    two.install(two.client, "victim", [&](Process& p) { return sleep_ignoring(p, log); });
    two.schedule(1s, world::Kill{two.client, "careless", Signal::sigterm});
    two.schedule(1s, world::Kill{two.client, "stubborn", Signal::sigterm});
    two.schedule(1s, world::Kill{two.client, "victim", Signal::sigkill});
    two.run();
    auto const killed = two.happened(trace::Happening::process_killed);
    REQUIRE(killed.size() == 2);
    CHECK(killed[0]->name == "careless");
    CHECK(killed[0]->status == 15);
    CHECK(killed[1]->name == "victim");
    CHECK(killed[1]->status == 9);
    CHECK(log == Log{"slept 20000ms"});
}

TEST_CASE("exit from a handler ends the process with its status") {
    TwoHosts two;
    two.install(two.client, "polite", exits_from_handler);
    two.schedule(1s, world::Kill{two.client, "polite", Signal::sigterm});
    two.run();
    auto const exited = two.happened(trace::Happening::process_exited);
    REQUIRE(exited.size() == 1);
    CHECK(exited[0]->status == 3);
    CHECK(exited[0].at() == at(1s));
}

TEST_CASE("kill(2): to oneself, death comes before the call returns") {
    TwoHosts two;
    Log log;
    two.install(two.client, "self", [&](Process& p) { return kill_itself(p, log); });
    two.run();
    CHECK(log.empty());
    auto const killed = two.happened(trace::Happening::process_killed);
    REQUIRE(killed.size() == 1);
    CHECK(killed[0]->status == 15);
}

TEST_CASE("SIGPIPE: by default the second write after the peer's end kills with signal 13") {
    TwoHosts two;
    Log log;
    two.install(two.server, "gone", accept_and_exit);
    two.install(two.client, "writer", [&](Process& p) { return write_twice_after(p, log, false, {}); });
    two.run();
    CHECK(log.size() == 1);  // the first was taken; the second never returned
    auto const killed = two.happened(trace::Happening::process_killed);
    REQUIRE(killed.size() == 1);
    CHECK(killed[0]->status == 13);
    auto const sends = two.returned(two.client, trace::Call::send);
    REQUIRE(sends.size() == 2);
    CHECK(sends[1]->error == Errno::epipe);
    CHECK(sends[1].record->serial < killed[0].record->serial);
}

TEST_CASE("SIGPIPE: ignored, or not raised with MSG_NOSIGNAL, leaves EPIPE") {
    for (bool const ignore : {true, false}) {
        TwoHosts two;
        Log log;
        two.install(two.server, "gone", accept_and_exit);
        two.install(two.client, "writer", [&](Process& p) {
            return write_twice_after(p, log, ignore, ignore ? app::MessageFlags{} : app::msg_nosignal);
        });
        two.run();
        CHECK(log == Log{"sent 1020ms", "EPIPE 2020ms"});
        CHECK(two.happened(trace::Happening::process_killed).empty());
    }
}

TEST_CASE("SIGPIPE: a handler runs between the call's result and its return") {
    TwoHosts two;
    Log log;
    two.install(two.server, "gone", accept_and_exit);
    two.install(two.client, "writer", [&](Process& p) { return write_handling_sigpipe(p, log); });
    two.run();
    CHECK(log == Log{"sent 1020ms", "handler 2020ms", "EPIPE 2020ms"});
}

TEST_CASE("waitpid(2): WNOHANG, one child, any child, ECHILD; statuses as Linux encodes them") {
    TwoHosts two;
    Log log;
    two.install(two.client, "parent", [&](Process& p) { return wait_for_two(p, log); });
    two.run();
    CHECK(log == Log{"now 0 0ms", "status 1792 2000ms", "status 15 2000ms", "ECHILD 2000ms"});
}

TEST_CASE("SIGCHLD: interrupts pause(); of two children that end at one instant each is told and waited for") {
    TwoHosts two;
    Log log;
    two.install(two.client, "parent", [&](Process& p) { return fork_and_pause(p, log); });
    two.run();
    CHECK(log == Log{"SIGCHLD 1000ms", "reaped 2 1000ms", "EINTR 1000ms", "SIGCHLD 1000ms", "reaped 3 1000ms",
                     "EINTR 1000ms"});
}

TEST_CASE("§2.4.3, SIGCHLD ignored: no zombie, and waitpid fails with ECHILD when the last child has ended") {
    TwoHosts two;
    Log log;
    two.install(two.client, "parent", [&](Process& p) { return ignore_children(p, log); });
    two.run();
    CHECK(log == Log{"ECHILD 1000ms"});
}

TEST_CASE("kill(2): a zombie exists until it is waited for; then ESRCH, as for a number that nobody has") {
    TwoHosts two;
    Log log;
    two.install(two.client, "parent", [&](Process& p) { return ask_about_zombie(p, log); });
    two.run();
    CHECK(log == Log{"exists 1000ms", "ESRCH 1000ms", "ESRCH 1000ms"});
}

TEST_CASE("orphans are init's: their grandparent waits for them in vain") {
    TwoHosts two;
    Log log;
    two.install(two.client, "grandparent", [&](Process& p) { return fork_grandchild(p, log); });
    two.run();
    CHECK(log == Log{"middle 0ms", "ECHILD 0ms"});
}

TEST_CASE("alarm(2): the last one counts, zero takes it back") {
    TwoHosts two;
    Log log;
    two.install(two.client, "alarmed", [&](Process& p) { return alarmed(p, log); });
    two.run();
    CHECK(log == Log{"handler 2000ms", "EINTR 2000ms", "quiet 7000ms"});
}

TEST_CASE("shutdown: SIGTERM to all; the power goes off when the last one has ended") {
    TwoHosts two;
    two.install(two.server, "careless", sleep_long);
    two.install(two.server, "polite", exits_from_handler);
    two.schedule(1s, world::Shutdown{two.server});
    two.run();
    auto const off = two.happened(trace::Happening::powered_off);
    REQUIRE(off.size() == 1);
    CHECK(off[0].at() == at(1s));
    CHECK(two.happened(trace::Happening::process_killed).size() == 1);
    CHECK(two.happened(trace::Happening::process_exited).size() == 1);
    CHECK(two.world.machine(two.server)->power() == machine::Power::off);
}

TEST_CASE("shutdown: who ignores SIGTERM is killed when the grace of 10 s is over, or of what was set") {
    for (Duration const grace : {Duration{10s}, Duration{90s}}) {
        TwoHosts two;
        two.install(two.server, "stubborn", [](Process& p) -> Task<> {
            (void)co_await p.signal(Signal::sigterm, OnSignal::ignore);
            (void)co_await p.sleep(1h);
        });
        machine::ShutdownPlan plan;
        if (grace != plan.grace) {
            plan.grace = grace;
        }
        two.schedule(1s, world::Shutdown{two.server, plan});
        two.schedule(2s, world::Shutdown{two.server, plan});  // it is under way already
        two.run();
        auto const killed = two.happened(trace::Happening::process_killed);
        REQUIRE(killed.size() == 1);
        CHECK(killed[0]->status == 9);
        CHECK(killed[0].at() == at(1s + grace));
        CHECK(two.happened(trace::Happening::powered_off)[0].at() == at(1s + grace));
        CHECK_FALSE(two.world.steps()[1].effective);
    }
}

TEST_CASE("reboot: off for so long, then a new boot that starts the units again") {
    TwoHosts two;
    two.install(two.server, "careless", sleep_long);
    two.schedule(1s, world::Shutdown{two.server, {.boots_after = 30s}});
    two.run();
    CHECK(two.world.machine(two.server)->boot_number() == 2);
    auto const boots = two.all<trace::Happened>([&](auto const& event) {
        return event.what == trace::Happening::boot && event.node == two.server && event.boot == 2;
    });
    REQUIRE(boots.size() == 1);
    CHECK(boots[0].at() == at(31s));
    CHECK(two.happened(trace::Happening::process_started).size() == 2);
}

TEST_CASE("shutdown: a machine that is suspended on its way goes on with its grace when it wakes up") {
    for (bool const clock_stops : {true, false}) {
        TwoHosts two;
        two.install(two.server, "stubborn", [](Process& p) -> Task<> {
            (void)co_await p.signal(Signal::sigterm, OnSignal::ignore);
            (void)co_await p.sleep(1h);
        });
        two.schedule(1s, world::Shutdown{two.server});
        two.schedule(5s, world::Suspend{two.server, {.clock_stops = clock_stops}});
        two.schedule(6s, world::Shutdown{two.server});  // nobody hears it
        two.schedule(65s, world::Resume{two.server});
        two.run();
        auto const off = two.happened(trace::Happening::powered_off);
        REQUIRE(off.size() == 1);
        CHECK(off[0].at() == at(clock_stops ? 71s : 65s));  // 4 s of the grace were over
        CHECK_FALSE(two.world.steps()[2].effective);
    }
}

TEST_CASE("shutdown: who sleeps cannot be shut down") {
    TwoHosts two;
    two.install(two.server, "careless", sleep_long);
    two.schedule(1s, world::Suspend{two.server, {}});
    two.schedule(2s, world::Shutdown{two.server});
    two.schedule(3s, world::Resume{two.server});
    two.run();
    CHECK_FALSE(two.world.steps()[1].effective);
    CHECK(two.world.machine(two.server)->power() == machine::Power::running);
}

TEST_CASE("reboot: who switches the machine on earlier is not disturbed by its end") {
    TwoHosts two;
    two.install(two.server, "careless", sleep_long);
    two.schedule(1s, world::Shutdown{two.server, {.boots_after = 30s}});
    two.schedule(5s, world::Boot{two.server});
    two.run();
    CHECK(two.world.machine(two.server)->boot_number() == 2);
}

namespace {
Task<> talks_to_a_stopped_server(Process& p, Log& log) {
    std::int32_t const fd = co_await connected(p);
    for (int i = 0; i < 3; ++i) {
        (void)co_await p.write(fd, Payload::text("x"));
        (void)co_await p.read(fd, 10);
        note(log, p, "heard");
        (void)co_await p.sleep(1s);
    }
}
}  // namespace

TEST_CASE("SIGSTOP: the kernel acknowledges, the program is silent; SIGCONT lets it go on where it stood") {
    TwoHosts two;
    Log log;
    two.install(two.server, "echo", [](Process& p) { return app::echo(p, port); });
    two.install(two.client, "client", [&](Process& p) { return talks_to_a_stopped_server(p, log); });
    two.schedule(500ms, world::Kill{two.server, "echo", machine::Signal::sigstop});
    two.schedule(5s, world::Kill{two.server, "echo", machine::Signal::sigcont});
    two.run();
    CHECK(log == Log{"heard 40ms", "heard 5010ms", "heard 6030ms"});
    CHECK(two.happened(trace::Happening::process_stopped).size() == 2);  // who listens, and its child
    CHECK(two.happened(trace::Happening::process_continued).size() == 2);
    CHECK(two.sent(two.client).size() < 12);  // acknowledged by the kernel, so nothing is repeated
}

TEST_CASE("SIGSTOP: other signals wait for SIGCONT, SIGKILL does not") {
    for (bool const killed : {false, true}) {
        CAPTURE(killed);
        TwoHosts two;
        two.install(two.server, "echo", [](Process& p) { return app::echo(p, port); });
        two.schedule(1s, world::Kill{two.server, "echo", machine::Signal::sigtstp});
        two.schedule(2s, world::Kill{two.server, "echo", machine::Signal::sigterm});
        two.schedule(3s, world::Kill{two.server, "echo", machine::Signal::sigchld});
        if (killed) {
            two.schedule(4s, world::Kill{two.server, "echo", machine::Signal::sigkill});
        }
        two.schedule(5s, world::Kill{two.server, "echo", machine::Signal::sigcont});
        two.run();
        auto const ended = two.happened(trace::Happening::process_killed);
        REQUIRE(ended.size() == 1);
        CHECK(ended[0].at() == at(killed ? 4s : 5s));
        CHECK(ended[0]->status == (killed ? 9 : 15));
    }
}

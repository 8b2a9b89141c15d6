// The blocking calls: who is woken, what ends a wait, and what a call gives then.
#include "tests/sim/app/sockets.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::PollFd;
using app::Process;
using app::SelectSets;
using app::Task;

namespace {

using Log = std::vector<std::string>;
void note(Log& log, Process const& p, std::string const& what) {
    log.push_back(what + " " + std::to_string(p.now().time_since_epoch() / 1ms) + "ms");
}
template <class T>
std::string told(Result<T> const& result) {
    if constexpr (std::is_same_v<T, Payload>) {
        return result.ok() ? result.value().to_string() : std::string{name(result.error())};
    } else if constexpr (std::is_same_v<T, Done>) {
        return result.ok() ? "done" : std::string{name(result.error())};
    } else {
        return result.ok() ? std::to_string(result.value()) : std::string{name(result.error())};
    }
}

/// Writes each word a second after the one before it, the first one second after the handshake.
Task<> say_slowly(Process& p, std::vector<std::string> words) {
    std::int32_t const fd = co_await connected(p);
    for (std::string const& word : words) {
        (void)co_await p.sleep(1s);
        (void)co_await p.write(fd, Payload::text(word));
    }
    (void)co_await p.sleep(1s);
}

Task<> accept_one(Process& p, Log& log, std::int32_t listener, std::string who) {
    Result<std::int32_t> const fd = co_await p.accept(listener);
    note(log, p, who + " " + told(fd));
    (void)co_await p.sleep(1h);
}
/// Children wait in the order of their pauses, not of their numbers.
Task<> accept_later(Process& p, Log& log, std::int32_t listener, std::string who, Duration pause) {
    (void)co_await p.sleep(pause);
    co_await accept_one(p, log, listener, who);
}
Task<> three_acceptors(Process& p, Log& log) {
    std::int32_t const listener = co_await listening(p);
    (void)co_await p.fork([&log, listener](Process& q) { return accept_later(q, log, listener, "second", 2ms); });
    (void)co_await p.fork([&log, listener](Process& q) { return accept_later(q, log, listener, "first", 1ms); });
    (void)co_await p.sleep(3ms);
    co_await accept_one(p, log, listener, "third");
}
Task<> connect_at(Process& p, Instant when) {
    (void)co_await p.sleep_until(when);
    (void)co_await connected(p);
    (void)co_await p.sleep(1h);
}

Task<> poll_listener(Process& p, Log& log, std::int32_t listener, std::string who) {
    (void)co_await p.fcntl_setfl(listener, app::o_nonblock);
    std::vector<PollFd> const asked{{.fd = listener, .events = {.in = true}}};
    Result<std::vector<PollFd>> const found = co_await p.poll(asked, Duration{-1});
    note(log, p, who + " woken " + std::to_string(found.value().front().revents.in));
    Result<std::int32_t> const fd = co_await p.accept(listener);
    note(log, p, who + " " + told(fd));
    (void)co_await p.sleep(1h);
}
Task<> two_pollers(Process& p, Log& log) {
    std::int32_t const listener = co_await listening(p);
    (void)co_await p.fork([&log, listener](Process& q) { return poll_listener(q, log, listener, "child"); });
    co_await poll_listener(p, log, listener, "parent");
}

Task<> receive_in_ways(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    note(log, p, told(co_await p.recv(fd, 10, app::msg_dontwait)));
    note(log, p, told(co_await p.recv(fd, 10, app::msg_peek)));
    note(log, p, told(co_await p.recv(fd, 6, app::msg_waitall)));
    note(log, p, told(co_await p.recv(fd, 100, app::msg_waitall)));
}
Task<> receive_all(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    note(log, p, told(co_await p.recv(fd, 100, app::msg_waitall)));
    note(log, p, told(co_await p.recv(fd, 100, app::msg_waitall)));
}
Task<> poll_in_ways(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    std::vector<PollFd> const asked{{.fd = fd, .events = {.in = true}}, {.fd = -1}, {.fd = 77}};
    std::vector<PollFd> const one{{.fd = fd, .events = {.in = true}}};
    auto const all = co_await p.poll(asked, 5s);
    note(log, p,
         "invalid " + std::to_string(all.value()[2].invalid) + std::to_string(all.value()[0].ready()) +
             std::to_string(all.value()[1].ready()));
    auto const none = co_await p.poll(one, 500ms);
    note(log, p, "ready " + std::to_string(none.value()[0].ready()));
    auto const some = co_await p.poll(one, 5s);
    note(log, p, "ready " + std::to_string(some.value()[0].ready()));
}
Task<> select_in_ways(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    SelectSets const reading{.read = {0, fd}};
    SelectSets const wrong{.write = {fd, 77}};
    note(log, p, std::string{name((co_await p.select(wrong, 1s)).error())});
    auto const none = co_await p.select(reading, 500ms);
    note(log, p, "ready " + std::to_string(none.value().read.size()));
    auto const some = co_await p.select(reading, 5s);
    note(log, p, "ready " + std::to_string(some.value().read == std::vector{fd}));
    SelectSets const writing{.write = {fd}, .except = {fd}};
    auto const write = co_await p.select(writing, 5s);
    note(log, p, "ready " + std::to_string(write.value() == SelectSets{.write = {fd}}));
}
Task<> dup_and_close(Process& p, Log& log) {
    std::int32_t const fd = co_await connected(p);
    note(log, p, "dup " + told(co_await p.dup(fd)));
    note(log, p, "dup2 " + told(co_await p.dup2(fd, 9)));
    note(log, p, "dup2 " + told(co_await p.dup2(fd, fd)));
    note(log, p, "dup2 " + told(co_await p.dup2(77, 9)));
    note(log, p, "dup2 " + told(co_await p.dup2(fd, 1024)));
    note(log, p, "nonblocking " + told(co_await p.fcntl_getfl(9)));
    (void)co_await p.fcntl_setfl(fd, app::o_nonblock);
    note(log, p, "nonblocking " + told(co_await p.fcntl_getfl(9)));
    (void)co_await p.sleep(1s);
    (void)co_await p.close(fd);
    (void)co_await p.close(4);
    (void)co_await p.sleep(1s);
    note(log, p, "closes");
    (void)co_await p.close(9);
}
Task<> read_to_end(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    note(log, p, "read " + told(co_await p.read(fd, 10)));
}
Task<> linger(Process& p, Log& log, std::int64_t seconds, bool shared) {
    std::int32_t const fd = co_await connected(p);
    (void)co_await p.setsockopt(fd, socket::Option::so_linger, seconds);
    if (shared) {
        (void)co_await p.dup(fd);
    }
    (void)co_await p.write(fd, Payload::text("last words"));
    note(log, p, "close " + told(co_await p.close(fd)));
}
Task<> linger_interrupted(Process& p, Log& log) {
    (void)co_await p.sigaction(
        machine::Signal::sigterm, [](Process&) -> Task<> { co_return; }, true);
    co_await linger(p, log, 100, false);
}
Task<> type_and_read(Process& p, Log& log) {
    note(log, p, told(co_await p.read(0, 100)));
    note(log, p, told(co_await p.read(0, 100)));
    note(log, p, "end " + told(co_await p.read(0, 100)));
    note(log, p, "end " + told(co_await p.read(0, 100)));
    note(log, p, "shown " + told(co_await p.write(1, Payload::text("hello"))));
}
Task<> nonblocking_connect(Process& p, Log& log) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.fcntl_setfl(fd, app::o_nonblock);
    note(log, p, told(co_await p.connect(fd, server_endpoint)));
    note(log, p, told(co_await p.connect(fd, server_endpoint)));
    (void)co_await p.fcntl_setfl(fd, 0);
    note(log, p, told(co_await p.connect(fd, server_endpoint)));
    note(log, p, told(co_await p.connect(fd, server_endpoint)));
}

}  // namespace

TEST_CASE("accept(2): of several that wait, each connection wakes the one that came first") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&](Process& p) { return three_acceptors(p, log); });
    for (Duration const when : {1s, 2s}) {
        two.install(two.client, "client", [when](Process& p) { return connect_at(p, at(when)); });
    }
    two.world.run(at(10s));
    CHECK(log == Log{"first 4 1030ms", "second 4 2030ms"});
}

TEST_CASE("poll(2): one connection wakes all who poll, and only one gets it") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&](Process& p) { return two_pollers(p, log); });
    two.install(two.client, "client", [](Process& p) { return connect_at(p, at(1s)); });
    two.world.run(at(10s));
    // The first one has taken the connection before the second looks again, so that poll() tells it nothing.
    REQUIRE(log.size() == 2);
    CHECK(log == Log{"parent woken 1 1030ms", "parent 4 1030ms"});
    auto const polls = two.returned(two.server, trace::Call::poll);
    CHECK(polls.size() == 1);
}

TEST_CASE("recv(2): MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&](Process& p) { return receive_in_ways(p, log); });
    two.install(two.client, "client", [](Process& p) { return say_slowly(p, {"abc", "def", "ghi"}); });
    two.run();
    CHECK(log == Log{"EAGAIN 30ms", "abc 1030ms", "abcdef 2030ms", "ghi 4030ms"});
}

TEST_CASE("recv(2): MSG_WAITALL gives what came before a reset, and the next call its error") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&](Process& p) { return receive_all(p, log); });
    two.install(two.client, "client", [](Process& p) -> Task<> {
        std::int32_t const fd = co_await connected(p);
        (void)co_await p.setsockopt(fd, socket::Option::so_linger, 0);
        (void)co_await p.write(fd, Payload::text("abc"));
        (void)co_await p.sleep(1s);
        (void)co_await p.close(fd);
    });
    two.run();
    CHECK(log == Log{"abc 1030ms", "ECONNRESET 1030ms"});
}

TEST_CASE("poll(2): a closed descriptor is POLLNVAL, a negative one nothing; the time-out") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&](Process& p) { return poll_in_ways(p, log); });
    two.install(two.client, "client", [](Process& p) { return say_slowly(p, {"abc"}); });
    two.run();
    CHECK(log == Log{"invalid 100 30ms", "ready 0 530ms", "ready 1 1030ms"});
}

TEST_CASE("select(2): EBADF, the time-out, and the sets that are ready") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&](Process& p) { return select_in_ways(p, log); });
    two.install(two.client, "client", [](Process& p) { return say_slowly(p, {"abc"}); });
    two.run();
    CHECK(log == Log{"EBADF 30ms", "ready 0 530ms", "ready 1 1030ms", "ready 1 1030ms"});
}

TEST_CASE("dup(2), dup2(2), fcntl(2): descriptors share the open file, and the last one closes it") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&](Process& p) { return read_to_end(p, log); });
    two.install(two.client, "client", [&](Process& p) { return dup_and_close(p, log); });
    two.run();
    CHECK(log == Log{"dup 4 20ms", "dup2 9 20ms", "dup2 3 20ms", "dup2 EBADF 20ms", "dup2 EBADF 20ms",
                     "nonblocking 2 20ms", "nonblocking 2050 20ms", "closes 2020ms", "read  2030ms"});
}

TEST_CASE("close(2): SO_LINGER waits for the acknowledgment, unless others share the file") {
    for (bool const shared : {false, true}) {
        TwoHosts two;
        Log log;
        two.install(two.server, "server", [](Process& p) -> Task<> {
            std::int32_t const fd = co_await accepted(p);
            (void)co_await p.read(fd, 100);
            (void)co_await p.read(fd, 100);
        });
        two.install(two.client, "client", [&, shared](Process& p) { return linger(p, log, 5, shared); });
        two.run();
        CHECK(log == (shared ? Log{"close done 20ms"} : Log{"close done 40ms"}));
    }
}

TEST_CASE("close(2): SO_LINGER waits no longer than its time, or until a signal comes, and succeeds") {
    for (bool const interrupted : {false, true}) {
        TwoHosts two;
        Log log;
        two.install(two.server, "server", [](Process& p) -> Task<> { (void)co_await accepted(p); });
        two.install(two.client, "client", [&, interrupted](Process& p) {
            return interrupted ? linger_interrupted(p, log) : linger(p, log, 5, false);
        });
        // What the client sends once it is connected, at 20 ms, meets no power.
        two.schedule(25ms, world::PowerLoss{two.server});
        if (interrupted) {
            two.schedule(1s, world::Kill{two.client, "client", machine::Signal::sigterm});
        }
        two.run();
        CHECK(log == (interrupted ? Log{"close done 1000ms"} : Log{"close done 5020ms"}));
    }
}

TEST_CASE("a terminal: lines at their times, then the end for ever; what is written is shown") {
    TwoHosts two;
    Log log;
    machine::Unit unit{"typist",
                       app::coroutine_program([&](Process& p) { return type_and_read(p, log); }),
                       machine::Restart::always,
                       {{at(1s), "one\n"}, {at(1s), "two\n"}, {at(3s), ""}}};
    two.world.install(two.client, unit);
    two.run();
    CHECK(log == Log{"one\n 1000ms", "two\n 1000ms", "end  3000ms", "end  3000ms", "shown 5 3000ms"});
}

TEST_CASE("connect(2): EINPROGRESS, EALREADY, then a blocking one waits for the first, then EISCONN") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [](Process& p) -> Task<> { (void)co_await accepted(p); });
    two.install(two.client, "client", [&](Process& p) { return nonblocking_connect(p, log); });
    two.run();
    CHECK(log == Log{"EINPROGRESS 0ms", "EALREADY 0ms", "done 20ms", "EISCONN 20ms"});
}

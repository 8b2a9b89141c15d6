// epoll(7) as programs use it: level, edge, one-shot, several who wait; and recvmsg(2) with MSG_ERRQUEUE.
#include "sim/app/programs.hpp"
#include "tests/sim/app/sockets.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::EpollControl;
using app::Process;
using app::Task;

namespace {

using Log = std::vector<std::string>;
using Events = Result<std::vector<socket::EpollEvent>>;
void note(Log& log, Process const& p, std::string const& what) {
    log.push_back(what + " " + std::to_string(p.now().time_since_epoch() / 1ms) + "ms");
}
std::string told(Events const& events) {
    return events.ok() ? std::to_string(events.value().size()) : std::string{name(events.error())};
}

Task<> say(Process& p, std::vector<std::string> words) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.connect(fd, server_endpoint);
    for (std::string const& word : words) {
        (void)co_await p.sleep(1s);
        (void)co_await p.write(fd, Payload::text(word));
    }
    (void)co_await p.sleep(10s);
}
/// Waits four times for a second and a half at most; reads nothing.
Task<> wait_and_leave(Process& p, Log& log, socket::EpollInterest interest) {
    std::int32_t const fd = co_await accepted(p);
    std::int32_t const epoll = (co_await p.epoll_create()).value();
    (void)co_await p.epoll_ctl(epoll, EpollControl::add, fd, interest);
    for (int i = 0; i < 4; ++i) {
        Events const events = co_await p.epoll_wait(epoll, 8, 1500ms);
        note(log, p, told(events));
        if (events.ok() && !events.value().empty()) {
            CHECK(events.value()[0] == socket::EpollEvent{{.in = true}, interest.data});
            (void)co_await p.sleep(1ms);
        }
    }
}
Log waits(socket::EpollInterest interest) {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&](Process& p) { return wait_and_leave(p, log, interest); });
    two.install(two.client, "client", [](Process& p) { return say(p, {"one", "two"}); });
    two.run();
    return log;
}
socket::EpollInterest const readable{.events = {.in = true}, .data = 42};

}  // namespace

TEST_CASE("epoll_wait, level-triggered: as long as something is there") {
    // The handshake is over at 20 ms for the client, which speaks a second later, and at 30 ms for the server.
    CHECK(waits(readable) == Log{"1 1030ms", "1 1031ms", "1 1032ms", "1 1033ms"});
}

TEST_CASE("epoll_wait, EPOLLET: once for each arrival, then the timeout") {
    socket::EpollInterest edge = readable;
    edge.edge_triggered = true;
    CHECK(waits(edge) == Log{"1 1030ms", "1 2030ms", "0 3531ms", "0 5031ms"});
}

TEST_CASE("epoll_wait, EPOLLONESHOT: once, until it is armed again") {
    socket::EpollInterest once = readable;
    once.one_shot = true;
    CHECK(waits(once) == Log{"1 1030ms", "0 2531ms", "0 4031ms", "0 5531ms"});
}

namespace {

Task<> mistakes(Process& p, Log& log) {
    std::int32_t const fd = (co_await p.socket()).value();
    std::int32_t const epoll = (co_await p.epoll_create()).value();
    auto const outcome = [&](Result<Done> const& done) { log.emplace_back(name(done.error())); };
    outcome(co_await p.epoll_ctl(epoll, EpollControl::modify, fd, readable));
    outcome(co_await p.epoll_ctl(epoll, EpollControl::add, fd, readable));
    outcome(co_await p.epoll_ctl(epoll, EpollControl::add, fd, readable));
    outcome(co_await p.epoll_ctl(epoll, EpollControl::modify, fd, readable));
    outcome(co_await p.epoll_ctl(epoll, EpollControl::remove, fd));
    outcome(co_await p.epoll_ctl(epoll, EpollControl::remove, fd));
    outcome(co_await p.epoll_ctl(epoll, EpollControl::add, 77, readable));
    outcome(co_await p.epoll_ctl(77, EpollControl::add, fd, readable));
    outcome(co_await p.epoll_ctl(fd, EpollControl::add, epoll, readable));
    Events const none = co_await p.epoll_wait(fd, 1, 0ms);
    log.push_back(told(none));
    Events const closed = co_await p.epoll_wait(77, 1, 0ms);
    log.push_back(told(closed));
}

Task<> share_epoll(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    std::int32_t const epoll = (co_await p.epoll_create()).value();
    (void)co_await p.epoll_ctl(epoll, EpollControl::add, fd, readable);
    std::vector<std::string> const names{"first", "second"};
    for (std::string const& who : names) {
        app::Main const waiter = [&log, epoll, fd, who](Process& q) -> Task<> {
            return [](Process& child, Log& out, std::int32_t waits, std::int32_t reads, std::string name) -> Task<> {
                Events const events = co_await child.epoll_wait(waits, 1, 5s);
                note(out, child, name + " " + told(events));
                (void)co_await child.read(reads, 100);
            }(q, log, epoll, fd, who);
        };
        (void)co_await p.fork(waiter);
    }
    (void)co_await p.sleep(10s);
}

Task<> zero_copy(Process& p, Log& log) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.connect(fd, server_endpoint);
    (void)co_await p.setsockopt(fd, socket::Option::so_zerocopy, 1);
    (void)co_await p.send(fd, Payload::text("hello"), app::msg_zerocopy);
    Result<socket::Received> const early = co_await p.recvmsg(fd, 0, app::msg_errqueue);
    note(log, p, std::string{name(early.error())});
    std::vector<app::PollFd> const watched(1, app::PollFd{.fd = fd});
    (void)co_await p.poll(watched, 5s);
    Result<socket::Received> const free = co_await p.recvmsg(fd, 0, app::msg_errqueue);
    note(log, p, free.ok() && free.value().report ? "free" : "not free");
}
Task<> take_datagram(Process& p, Log& log) {
    std::int32_t const fd = (co_await p.socket(socket::SocketType::datagram)).value();
    (void)co_await p.bind(fd, {.port = port});
    Result<socket::Received> const got = co_await p.recvfrom(fd, 100);
    note(log, p, got.ok() ? got.value().data.to_string() : "nothing");
}
Task<> send_datagram(Process& p) {
    std::int32_t const fd = (co_await p.socket(socket::SocketType::datagram)).value();
    (void)co_await p.sleep(1s);
    (void)co_await p.sendto(fd, Payload::text("hello"), {}, server_endpoint);
}
Task<> watch(Process& p, std::vector<std::pair<Instant, machine::LinkState>>& seen) {
    for (int i = 0; i < 4; ++i) {
        auto const links = co_await p.watch_links();
        REQUIRE(links.value().size() == 1);
        seen.emplace_back(p.now(), links.value()[0]);
    }
}

}  // namespace

TEST_CASE("epoll_ctl and epoll_wait: their errors (epoll_ctl(2), epoll_wait(2))") {
    TwoHosts two;
    Log log;
    two.install(two.client, "client", [&](Process& p) { return mistakes(p, log); });
    two.run();
    CHECK(log == Log{"ENOENT", "0", "EEXIST", "0", "0", "ENOENT", "EBADF", "EBADF", "EINVAL", "EINVAL", "EBADF"});
}

TEST_CASE("epoll_wait: of two processes that wait for one epoll, one arrival wakes the first (Linux ep_poll)") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&](Process& p) { return share_epoll(p, log); });
    two.install(two.client, "client", [](Process& p) { return say(p, {"one"}); });
    two.run();
    CHECK(log == Log{"first 1 1030ms", "second 0 5030ms"});
}

TEST_CASE("recvmsg with MSG_ERRQUEUE never waits; poll() says when a zero-copy buffer is free") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [](Process& p) { return app::sink(p, port); });
    two.install(two.client, "client", [&](Process& p) { return zero_copy(p, log); });
    two.run();
    REQUIRE(log.size() == 2);
    CHECK(log[0] == "EAGAIN 20ms");
    CHECK(log[1].starts_with("free "));
}

TEST_CASE("recvfrom on UDP waits for the datagram") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&](Process& p) { return take_datagram(p, log); });
    two.install(two.client, "client", send_datagram);
    two.run();
    CHECK(log == Log{"hello 1010ms"});
}

TEST_CASE("watch_links: a program sees its cable pulled, its interface taken down and its address removed") {
    TwoHosts two;
    std::vector<std::pair<Instant, machine::LinkState>> seen;
    two.install(two.client, "watcher", [&](Process& p) { return watch(p, seen); });
    two.schedule(1s, world::CutLink{two.link});
    two.schedule(2s, world::RestoreLink{two.link});
    two.schedule(3s, world::RemoveAddress{two.client, 0});
    two.schedule(4s, world::SetNic{two.client, 0, false});
    two.run();
    wire::Ipv4Prefix const address{client_address, 24};
    using Seen = std::pair<Instant, machine::LinkState>;
    REQUIRE(seen.size() == 4);
    CHECK(seen[0] == Seen{at(1s), {"eth0", true, false, address}});
    CHECK(seen[1] == Seen{at(2s), {"eth0", true, true, address}});
    CHECK(seen[2] == Seen{at(3s), {"eth0", true, true, std::nullopt}});
    CHECK(!seen[3].second.up);
    CHECK(seen[3].first == at(4s));
}

TEST_CASE("echo_epoll: two clients at once are served by one process, which sees both end") {
    TwoHosts two;
    Log log;
    two.install(two.server, "echo", [](Process& p) { return app::echo_epoll(p, port); });
    for (std::string const word : {"hello", "world"}) {
        two.install(two.client, word, [&log, word](Process& p) -> Task<> {
            return [](Process& q, Log& out, std::string text) -> Task<> {
                std::int32_t const fd = (co_await q.socket()).value();
                (void)co_await q.connect(fd, server_endpoint);
                (void)co_await q.write(fd, Payload::text(text));
                Result<Payload> const got = co_await q.read(fd, 100);
                note(out, q, got.value().to_string());
                (void)co_await q.close(fd);
            }(p, log, word);
        });
    }
    two.run();
    CHECK(log == Log{"hello 40ms", "world 40ms"});
    CHECK(two.returned(two.server, trace::Call::accept).size() == 2);
    CHECK(two.returned(two.server, trace::Call::close).size() == 2);
}

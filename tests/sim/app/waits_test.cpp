// What ends the waits of calls on sockets beside what they wait for.
#include "tests/sim/app/sockets.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::PollFd;
using app::Process;
using app::Task;
using socket::Option;

namespace {

using Log = std::vector<std::string>;
void note(Log& log, Process const& p, std::string const& what) {
    log.push_back(what + " " + std::to_string(p.now().time_since_epoch() / 1ms) + "ms");
}
std::string told(Result<Payload> const& result) {
    return result.ok() ? result.value().to_string() : std::string{name(result.error())};
}
std::string told(Result<Done> const& result) { return result.ok() ? "done" : std::string{name(result.error())}; }
std::string told(Result<std::int32_t> const& result) {
    return result.ok() ? std::to_string(result.value()) : std::string{name(result.error())};
}
std::string told(Result<socket::Received> const& result) {
    return result.ok() ? result.value().data.to_string() + "/" + std::to_string(result.value().length)
                       : std::string{name(result.error())};
}

Task<> accept_shared(Process& p, Log& log, std::int32_t listener) {
    note(log, p, "accept " + told(co_await p.accept(listener)));
}
Task<> poll_shared(Process& p, Log& log, std::int32_t listener) {
    std::vector<PollFd> const asked{{.fd = listener, .events = {.in = true}}};
    auto const found = co_await p.poll(asked, 5s);
    bool const hung_up = found.value()[0].revents == socket::Readiness{.hup = true};
    note(log, p, std::string{"poll "} + (hung_up ? "HUP" : "something else"));
}
Task<> shut_listener(Process& p, Log& log, socket::ShutdownHow how) {
    std::int32_t const listener = co_await listening(p);
    app::Main const accepting = [&log, listener](Process& q) { return accept_shared(q, log, listener); };
    app::Main const polling = [&log, listener](Process& q) { return poll_shared(q, log, listener); };
    (void)co_await p.fork(accepting);
    (void)co_await p.fork(accepting);
    (void)co_await p.fork(polling);
    (void)co_await p.sleep(1s);
    note(log, p, "shutdown " + told(co_await p.shutdown(listener, how)));
}

Task<> send_urgently(Process& p, Log&) {
    std::int32_t const fd = co_await connected(p);
    (void)co_await p.write(fd, Payload::text("ab"));
    (void)co_await p.send(fd, Payload::text("!"), app::msg_oob);
    (void)co_await p.sleep(1s);
    (void)co_await p.write(fd, Payload::text("cdef"));
    (void)co_await p.sleep(1s);
}
Task<> wait_for_all(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    (void)co_await p.setsockopt(fd, Option::so_rcvlowat, 4);
    note(log, p, "recv " + told(co_await p.recv(fd, 4, app::msg_waitall)));
    note(log, p, "recv " + told(co_await p.recv(fd, 4, app::msg_waitall)));
}
Task<> wait_for_low_water(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    (void)co_await p.setsockopt(fd, Option::so_rcvlowat, 4);
    note(log, p, "recv " + told(co_await p.recv(fd, 10)));
    note(log, p, "recv " + told(co_await p.recv(fd, 10)));
}

Task<> send_datagrams(Process& p, Log&) {
    std::int32_t const fd = (co_await p.socket(socket::SocketType::datagram)).value();
    for (char const* const text : {"one", "two"}) {
        Payload const data = Payload::text(text);
        (void)co_await p.sendto(fd, data, {}, server_endpoint);
    }
}
Task<> receive_datagrams(Process& p, Log& log) {
    std::int32_t const fd = (co_await p.socket(socket::SocketType::datagram)).value();
    wire::Endpoint const local{{}, port};
    (void)co_await p.bind(fd, local);
    (void)co_await p.setsockopt(fd, Option::so_rcvlowat, 100);
    note(log, p, "waitall " + told(co_await p.recvfrom(fd, 100, app::msg_waitall)));
    note(log, p, "trunc " + told(co_await p.recvfrom(fd, 2, app::msg_trunc)));
    wire::Endpoint const somebody{client_address, 9};
    (void)co_await p.connect(fd, somebody);
    app::Main const shutting = [&log, fd](Process& q) -> Task<> {
        (void)co_await q.sleep(1s);
        (void)co_await q.shutdown(fd, socket::ShutdownHow::read);
        note(log, q, "dontwait " + told(co_await q.recv(fd, 10, app::msg_dontwait)));
    };
    (void)co_await p.fork(shutting);
    note(log, p, "shut " + told(co_await p.recvfrom(fd, 10)));
}

Task<> throw_away(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    (void)co_await p.sleep(1s);
    note(log, p, "trunc " + told(co_await p.recvmsg(fd, 4, app::msg_trunc)));
    (void)co_await p.recv(fd, 1, app::msg_trunc);
    note(log, p, "rest " + told(co_await p.recv(fd, 4)));
    (void)co_await p.recv(fd, 4, app::msg_trunc);
}
Task<> write_six(Process& p, Log&) {
    std::int32_t const fd = co_await connected(p);
    (void)co_await p.write(fd, Payload::text("abcdef"));
}

void install(TwoHosts& two, Task<> (*client)(Process&, Log&), Task<> (*server)(Process&, Log&), Log& log) {
    two.install(
        two.server, "server", [&log, server](Process& p) { return server(p, log); }, machine::Restart::never);
    two.install(
        two.client, "client", [&log, client](Process& p) { return client(p, log); }, machine::Restart::never);
}

}  // namespace

TEST_CASE("shutdown(2) of a listener: each who waits in accept(2) has EINVAL, who polls HUP (Linux inet_shutdown)") {
    for (auto const how : {socket::ShutdownHow::read, socket::ShutdownHow::both}) {
        TwoHosts two;
        Log log;
        two.install(two.server, "server", [&log, how](Process& p) { return shut_listener(p, log, how); });
        two.run();
        CHECK(log == Log{"shutdown done 1000ms", "accept EINVAL 1000ms", "accept EINVAL 1000ms", "poll HUP 1000ms"});
    }
}

TEST_CASE("shutdown(2) of a listener for writing wakes nobody") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [&log](Process& p) { return shut_listener(p, log, socket::ShutdownHow::write); });
    two.world.run(at(4s));
    CHECK(log == Log{"shutdown done 1000ms"});
}

TEST_CASE("recv(2), MSG_WAITALL and SO_RCVLOWAT: what stands before the mark of urgent data is given alone") {
    TwoHosts two;
    Log log;
    install(two, send_urgently, wait_for_all, log);
    two.run();
    // Linux tcp_recvmsg_locked: "stop if we have read anything". The octet itself is out of band.
    CHECK(log == Log{"recv ab 30ms", "recv cdef 1030ms"});
    TwoHosts again;
    Log second;
    install(again, send_urgently, wait_for_low_water, second);
    again.run();
    CHECK(second == log);
}

TEST_CASE("recv(2) on UDP: one datagram, whatever MSG_WAITALL and SO_RCVLOWAT say; MSG_TRUNC tells its length") {
    TwoHosts two;
    Log log;
    install(two, send_datagrams, receive_datagrams, log);
    two.run();
    CHECK(log == Log{"waitall one/3 10ms", "trunc tw/3 10ms", "dontwait EAGAIN 1010ms", "shut /0 1010ms"});
}

TEST_CASE("recv(2), MSG_TRUNC on TCP: thrown away and counted, which is not the end (tcp(7))") {
    TwoHosts two;
    Log log;
    install(two, write_six, throw_away, log);
    two.run();
    CHECK(log == Log{"trunc /4 1030ms", "rest f 1030ms"});
    auto const calls = two.returned(two.server, trace::Call::recv);
    REQUIRE(calls.size() == 3);
    CHECK(calls[0]->value == 1);
    CHECK_FALSE(calls[0]->end_of_stream);
    CHECK(calls[2]->end_of_stream);
}

TEST_CASE("connect(2), SO_SNDTIMEO: EINPROGRESS when the time is over, EALREADY of a second one that waits as well") {
    TwoHosts two;
    Log log;
    two.install(two.client, "client", [&log](Process& p) -> Task<> {
        std::int32_t const fd = (co_await p.socket()).value();
        (void)co_await p.setsockopt(fd, Option::so_sndtimeo, 1'000'000);
        note(log, p, told(co_await p.connect(fd, server_endpoint)));
        note(log, p, told(co_await p.connect(fd, server_endpoint)));
    });
    two.schedule(0ms, world::PowerLoss{two.server});
    two.run();
    CHECK(log == Log{"EINPROGRESS 1000ms", "EALREADY 2000ms"});
}

TEST_CASE("connect(2) to AF_UNSPEC: RST to the peer, a fresh socket here, ECONNRESET once to who waited; then again") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [](Process& p) -> Task<> {
        std::int32_t const listener = co_await listening(p);
        (void)co_await p.accept(listener);
        (void)co_await p.accept(listener);
        (void)co_await p.sleep(10s);
    });
    two.install(two.client, "client", [&log](Process& p) -> Task<> {
        std::int32_t const fd = co_await connected(p);
        app::Main const reading = [&log, fd](Process& q) -> Task<> {
            note(log, q, "read " + told(co_await q.read(fd, 1)));
            note(log, q, "read " + told(co_await q.read(fd, 1)));
        };
        (void)co_await p.fork(reading);
        (void)co_await p.sleep(1s);
        note(log, p, "disconnect " + told(co_await p.disconnect(fd)));
        (void)co_await p.sleep(1s);
        note(log, p, "connect " + told(co_await p.connect(fd, server_endpoint)));
    });
    two.run();
    CHECK(log ==
          Log{"disconnect done 1020ms", "read ECONNRESET 1020ms", "read ENOTCONN 1020ms", "connect done 2040ms"});
    CHECK(two.sent(two.client, wire::Flags::rst).size() == 1);
}

TEST_CASE("send(2) on UDP after shutdown(2): EPIPE without SIGPIPE (Linux sock_alloc_send_pskb)") {
    TwoHosts two;
    Log log;
    two.install(two.client, "client", [&log](Process& p) -> Task<> {
        std::int32_t const fd = (co_await p.socket(socket::SocketType::datagram)).value();
        (void)co_await p.connect(fd, server_endpoint);
        (void)co_await p.shutdown(fd, socket::ShutdownHow::write);
        Payload const text = Payload::text("x");
        Result<std::uint64_t> const sent = co_await p.send(fd, text);
        note(log, p, std::string{name(sent.error())});
    });
    two.run();
    CHECK(log == Log{"EPIPE 0ms"});
}

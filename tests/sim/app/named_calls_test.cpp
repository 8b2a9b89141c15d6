// Calls that have no test file of their own, each by what its manual page says of it.
#include "tests/sim/app/sockets.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::Process;
using app::Task;

namespace {

using Log = std::vector<std::string>;

std::string told(Result<Payload> const& result) {
    return result.ok() ? result.value().to_string() : std::string{name(result.error())};
}
std::string told(Result<Done> const& result) { return result.ok() ? "done" : std::string{name(result.error())}; }
std::string told(Result<wire::Endpoint> const& result) {
    return result.ok() ? to_string(result.value()) : std::string{name(result.error())};
}
std::string told(Result<socket::Received> const& result) {
    return result.ok() ? result.value().data.to_string() + "/" + std::to_string(result.value().length)
                       : std::string{name(result.error())};
}
template <class Number>
std::string told(Result<Number> const& result) {
    return result.ok() ? std::to_string(result.value()) : std::string{name(result.error())};
}

void install(TwoHosts& two, Task<> (*client)(Process&, Log&), Task<> (*server)(Process&, Log&), Log& log) {
    two.install(two.server, "server", [&log, server](Process& p) { return server(p, log); });
    two.install(two.client, "client", [&log, client](Process& p) { return client(p, log); });
}

Task<> writes_twice(Process& p, Log& log) {
    std::int32_t const fd = co_await connected(p);
    log.push_back("writev " + told(co_await p.writev(fd, Payload::text("one block"))));
    (void)co_await p.sleep(1s);
    log.push_back("sendmsg " + told(co_await p.sendmsg(fd, Payload::text("message"))));
    log.push_back("send " + told(co_await p.send(fd, Payload::text(" sent"))));
    // sendto(2): the address is ignored where there is a peer.
    wire::Endpoint const elsewhere{server_address, 9};
    log.push_back("sendto " + told(co_await p.sendto(fd, Payload::text(" to"), {}, elsewhere)));
    (void)co_await p.sleep(1s);
}
Task<> reads_in_ways(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    log.push_back("readv " + told(co_await p.readv(fd, 4)));
    log.push_back("readv " + told(co_await p.readv(fd, 100)));
    (void)co_await p.sleep(2s);
    log.push_back("recvfrom " + told(co_await p.recvfrom(fd, 7)));
    log.push_back("recvmsg " + told(co_await p.recvmsg(fd, 5)));
    log.push_back("read " + told(co_await p.read(fd, 100)));
    log.push_back("end " + told(co_await p.readv(fd, 100)));
}

Task<> asks_for_names(Process& p, Log& log) {
    std::int32_t const fd = (co_await p.socket()).value();
    log.push_back(told(co_await p.getsockname(fd)));
    log.push_back(told(co_await p.getpeername(fd)));
    wire::Endpoint const chosen{{}, 5000};
    (void)co_await p.bind(fd, chosen);
    log.push_back(told(co_await p.getsockname(fd)));
    (void)co_await p.connect(fd, server_endpoint);
    log.push_back(told(co_await p.getsockname(fd)));
    log.push_back(told(co_await p.getpeername(fd)));
    std::int32_t const epoll = (co_await p.epoll_create()).value();
    log.push_back(told(co_await p.getsockname(epoll)));
    log.push_back(told(co_await p.getsockname(77)));
    log.push_back(told(co_await p.getpeername(77)));
}
Task<> accepts(Process& p, Log&) {
    (void)co_await accepted(p);
    (void)co_await p.sleep(10s);
}

Task<> accept4_in_ways(Process& p, Log& log) {
    std::int32_t const listener = co_await listening(p);
    (void)co_await p.fcntl_setfl(listener, app::o_nonblock);
    log.push_back("accept4 " + told(co_await p.accept4(listener, app::sock_nonblock)));
    (void)co_await p.fcntl_setfl(listener, 0);
    Result<std::int32_t> const first = co_await p.accept4(listener, app::sock_nonblock);
    log.push_back("flags " + told(co_await p.fcntl_getfl(first.value())));
    log.push_back("read " + told(co_await p.read(first.value(), 1)));
    Result<std::int32_t> const second = co_await p.accept4(listener, 0);
    log.push_back("flags " + told(co_await p.fcntl_getfl(second.value())));
}
Task<> connects_twice(Process& p, Log&) {
    (void)co_await connected(p);
    (void)co_await connected(p);
    (void)co_await p.sleep(1s);
}

Task<> asks_ioctl(Process& p, Log& log) {
    std::int32_t const fd = co_await connected(p);
    (void)co_await p.write(fd, Payload::text("12345"));
    using socket::Inquiry;
    log.push_back("SIOCOUTQ " + told(co_await p.ioctl(fd, Inquiry::siocoutq)));
    log.push_back("SIOCOUTQNSD " + told(co_await p.ioctl(fd, Inquiry::siocoutqnsd)));
    (void)co_await p.shutdown(fd, socket::ShutdownHow::write);
    log.push_back("with the FIN " + told(co_await p.ioctl(fd, Inquiry::siocoutq)));
    (void)co_await p.sleep(1s);
    log.push_back("acknowledged " + told(co_await p.ioctl(fd, Inquiry::siocoutq)));
    log.push_back("closed " + told(co_await p.ioctl(77, Inquiry::fionread)));
    std::int32_t const epoll = (co_await p.epoll_create()).value();
    log.push_back("epoll " + told(co_await p.ioctl(epoll, Inquiry::fionread)));
}
Task<> counts_unread(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    (void)co_await p.sleep(100ms);
    log.push_back("FIONREAD " + told(co_await p.ioctl(fd, socket::Inquiry::fionread)));
    (void)co_await p.sleep(10s);
}

}  // namespace

TEST_CASE("readv(2), writev(2): as read() and write(), into and from several buffers as one block") {
    TwoHosts two;
    Log log;
    install(two, writes_twice, reads_in_ways, log);
    two.run();
    // The write is one segment; a read of less leaves the rest to the next.
    CHECK(log == Log{"writev 9", "readv one ", "readv block", "sendmsg 7", "send 5", "sendto 3", "recvfrom message/7",
                     "recvmsg  sent/5", "read  to", "end "});
    auto const texts = two.sent(two.client, wire::Flags::psh);
    REQUIRE(texts.size() >= 1);
    CHECK(wire::tcp_of(*texts[0]->frame)->payload.to_string() == "one block");
}

TEST_CASE(
    "send(2), sendto(2), sendmsg(2): on a connection the same; recvfrom(2) and recvmsg(2) tell no address there") {
    TwoHosts two;
    Log log;
    install(two, writes_twice, reads_in_ways, log);
    two.run();
    for (trace::Call const call : {trace::Call::send, trace::Call::sendto, trace::Call::sendmsg}) {
        REQUIRE(two.returned(two.client, call).size() == 1);
        CHECK(two.returned(two.client, call)[0]->error == Errno::none);
    }
    for (trace::Call const call : {trace::Call::recvfrom, trace::Call::recvmsg}) {
        REQUIRE(two.returned(two.server, call).size() == 1);
        CHECK(two.returned(two.server, call)[0]->address == wire::Endpoint{});
    }
}

TEST_CASE("getsockname(2), getpeername(2): none, what bind() chose, what connect() made; ENOTCONN, ENOTSOCK, EBADF") {
    TwoHosts two;
    Log log;
    install(two, asks_for_names, accepts, log);
    two.run();
    CHECK(log ==
          Log{"0.0.0.0:0", "ENOTCONN", "0.0.0.0:5000", "10.0.0.1:5000", "10.0.0.2:7", "ENOTSOCK", "EBADF", "EBADF"});
}

TEST_CASE("accept4(2): SOCK_NONBLOCK is the new socket's, not the listener's; without it as accept()") {
    TwoHosts two;
    Log log;
    install(two, connects_twice, accept4_in_ways, log);
    two.run();
    CHECK(log == Log{"accept4 EAGAIN", "flags 2050", "read EAGAIN", "flags 2"});
}

TEST_CASE("ioctl(2): SIOCOUTQ and SIOCOUTQNSD count the FIN; EBADF, EINVAL (tcp(7), Linux tcp_ioctl)") {
    TwoHosts two;
    Log log;
    install(two, asks_ioctl, counts_unread, log);
    two.run();
    CHECK(log == Log{"SIOCOUTQ 5", "SIOCOUTQNSD 0", "with the FIN 6", "FIONREAD 5", "acknowledged 0", "closed EBADF",
                     "epoll EINVAL"});
}

TEST_CASE("socket(2), epoll_create(2): the lowest number that is free") {
    TwoHosts two;
    Log log;
    two.install(two.client, "client", [&log](Process& p) -> Task<> {
        log.push_back(told(co_await p.socket()));
        log.push_back(told(co_await p.epoll_create()));
        log.push_back(told(co_await p.socket(socket::SocketType::datagram)));
        (void)co_await p.close(4);
        log.push_back(told(co_await p.socket()));
        log.push_back(told(co_await p.epoll_create()));
    });
    two.run();
    CHECK(log == Log{"3", "4", "5", "4", "6"});
}

TEST_CASE("socket(2), accept(2), dup(2), pipe(2), epoll_create(2): EMFILE; who waits for accept() goes on waiting") {
    TwoHosts two;
    Log log;
    two.install(two.client, "client", [](Process& p) -> Task<> {
        (void)co_await connected(p);
        (void)co_await p.sleep(10s);
    });
    two.install(two.server, "server", [&log](Process& p) -> Task<> {
        std::int32_t const listener = co_await listening(p);
        (void)co_await p.sleep(1s);
        std::int32_t last = -1;
        for (Result<std::int32_t> fd = co_await p.dup(listener); fd.ok(); fd = co_await p.dup(listener)) {
            last = fd.value();
        }
        log.push_back("last " + std::to_string(last));
        log.push_back(told(co_await p.socket()));
        log.push_back(told(co_await p.accept(listener)));
        log.push_back(told(co_await p.dup(listener)));
        log.push_back(told(co_await p.epoll_create()));
        (void)co_await p.close(last);
        Result<machine::PipeEnds> const pipe = co_await p.pipe();  // which takes two
        log.push_back(std::string{name(pipe.error())});
        log.push_back(told(co_await p.accept(listener)));
    });
    two.run();
    CHECK(log == Log{"last 1023", "EMFILE", "EMFILE", "EMFILE", "EMFILE", "EMFILE", "1023"});
}

TEST_CASE("read(2), write(2): EBADF; of nothing they give 0; the end is 0 bytes, again and again") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", [](Process& p) -> Task<> {
        std::int32_t const fd = co_await accepted(p);
        (void)co_await p.write(fd, Payload::text("x"));
    });
    two.install(two.client, "client", [&log](Process& p) -> Task<> {
        log.push_back(told(co_await p.read(77, 1)));
        log.push_back(told(co_await p.write(77, Payload::text("x"))));
        std::int32_t const fd = co_await connected(p);
        log.push_back(told(co_await p.write(fd, Payload{})));
        log.push_back(told(co_await p.read(fd, 0)));
        log.push_back(told(co_await p.read(fd, 10)));
        log.push_back("end" + told(co_await p.read(fd, 10)));
        log.push_back("end" + told(co_await p.read(fd, 10)));
    });
    two.run();
    CHECK(log == Log{"EBADF", "EBADF", "0", "", "x", "end", "end"});
}

TEST_CASE("setsockopt(2), getsockopt(2): EBADF, ENOTSOCK, ENOPROTOOPT, EINVAL; what was set is told") {
    TwoHosts two;
    Log log;
    two.install(two.client, "client", [&log](Process& p) -> Task<> {
        using socket::Option;
        std::int32_t const fd = (co_await p.socket()).value();
        std::int32_t const epoll = (co_await p.epoll_create()).value();
        log.push_back(told(co_await p.setsockopt(77, Option::tcp_nodelay, 1)));
        log.push_back(told(co_await p.getsockopt(77, Option::tcp_nodelay)));
        log.push_back(told(co_await p.setsockopt(epoll, Option::tcp_nodelay, 1)));
        log.push_back(told(co_await p.getsockopt(epoll, Option::tcp_nodelay)));
        log.push_back(told(co_await p.setsockopt(fd, Option::so_error, 1)));
        log.push_back(told(co_await p.setsockopt(fd, Option::tcp_keepcnt, 0)));
        log.push_back(told(co_await p.setsockopt(fd, Option::tcp_keepcnt, 7)));
        log.push_back(told(co_await p.getsockopt(fd, Option::tcp_keepcnt)));
    });
    two.run();
    CHECK(log == Log{"EBADF", "EBADF", "ENOTSOCK", "ENOTSOCK", "ENOPROTOOPT", "EINVAL", "done", "7"});
}

TEST_CASE("listen(2): EBADF, ENOTSOCK, EOPNOTSUPP, EADDRINUSE") {
    TwoHosts two;
    Log log;
    two.install(two.client, "client", [&log](Process& p) -> Task<> {
        std::int32_t const udp = (co_await p.socket(socket::SocketType::datagram)).value();
        std::int32_t const epoll = (co_await p.epoll_create()).value();
        log.push_back(told(co_await p.listen(77, 1)));
        log.push_back(told(co_await p.listen(epoll, 1)));
        log.push_back(told(co_await p.listen(udp, 1)));
        wire::Endpoint const local{{}, 80};
        for (int i = 0; i < 2; ++i) {  // both may bind, one may listen
            std::int32_t const fd = (co_await p.socket()).value();
            (void)co_await p.setsockopt(fd, socket::Option::so_reuseaddr, 1);
            log.push_back(told(co_await p.bind(fd, local)));
        }
        log.push_back(told(co_await p.listen(5, 1)));
        log.push_back(told(co_await p.listen(6, 1)));
    });
    two.run();
    CHECK(log == Log{"EBADF", "ENOTSOCK", "EOPNOTSUPP", "done", "done", "done", "EADDRINUSE"});
}

TEST_CASE("sleep(3), pause(2), exit(3): a time, a signal that is handled, and the status that waitpid() tells") {
    TwoHosts two;
    Log log;
    two.install(two.client, "client", [&log](Process& p) -> Task<> {
        (void)co_await p.sigaction(
            machine::Signal::sigalrm, [](Process&) -> Task<> { co_return; }, true);
        Instant const before = p.now();
        log.push_back("sleep " + told(co_await p.sleep(2s)) + " " + std::to_string((p.now() - before) / 1s));
        (void)co_await p.alarm(3s);
        log.push_back("pause " + told(co_await p.pause()) + " " + std::to_string((p.now() - before) / 1s));
        app::Main const child = [](Process& q) -> Task<> { co_await q.exit(7); };
        (void)co_await p.fork(child);
        Result<machine::Reaped> const reaped = co_await p.waitpid(-1);
        log.push_back("exit " + std::to_string(reaped.value().end.status));
    });
    two.run();
    CHECK(log == Log{"sleep done 2", "pause EINTR 5", "exit 7"});
}

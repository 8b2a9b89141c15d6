// MSG_OOB, SO_OOBINLINE, SIOCATMARK and POLLPRI, as a Linux 6.18 answered the same calls over its loopback (tcp(7), send(2)).
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

/// The client reads what the server sends.
struct UrgentBench : SocketBench {
    Ends ends{two_ends(*this)};

    void send(std::string_view text, SendFlags flags = {}) {
        CHECK(b.send(ends.server, Payload::text(text), flags, now, out).value() == text.size());
        settle_from_b();
    }
    void send_urgent(std::string_view text) { send(text, {.out_of_band = true}); }
    std::string receive(std::uint64_t at_most = 100, ReceiveFlags flags = {}) {
        Result<Received> result = a.receive(ends.client, at_most, flags, now, out);
        settle();
        return result.ok() ? result.value().data.to_string() : "!" + std::string{name(result.error())};
    }
    std::string octet(bool peek = false) { return receive(1, {.peek = peek, .out_of_band = true}); }
    /// The readiness, without OUT; whether reading has come to the mark; what can be read.
    std::string state() {
        Readiness ready = a.poll(ends.client);
        ready.out = false;
        std::string const at_mark = a.ioctl(ends.client, Inquiry::siocatmark).value() == 1 ? " mark " : " ";
        return mask(ready) + at_mark + std::to_string(a.ioctl(ends.client, Inquiry::fionread).value());
    }
    void set_inline() { REQUIRE(a.setsockopt(ends.client, Option::so_oobinline, 1, now, out).ok()); }
};

}  // namespace

TEST_CASE("MSG_OOB: the last octet comes by itself, and reading stops where it was") {
    UrgentBench t;
    CHECK(t.state() == "0 0");
    CHECK(t.octet() == "!EINVAL");
    t.send_urgent("abcD");
    t.send("ef");
    CHECK(t.state() == "IN|PRI 3");
    CHECK(t.octet(true) == "D");
    CHECK(t.octet() == "D");
    CHECK(t.octet() == "!EINVAL");
    CHECK(t.state() == "IN 3");
    CHECK(t.receive(100, {.peek = true}) == "abc");
    CHECK(t.receive() == "abc");
    CHECK(t.state() == "IN mark 0");
    CHECK(t.receive(100, {.peek = true}) == "ef");
    CHECK(t.receive() == "ef");
    CHECK(t.state() == "0 0");
    CHECK(t.receive() == "!EAGAIN");
}

TEST_CASE("MSG_OOB: an octet alone wakes for PRI only; reading passes it over, peeking does not") {
    UrgentBench t;
    t.send_urgent("X");
    CHECK(t.woken_a == std::vector<FileId>{t.ends.client});
    CHECK(t.state() == "PRI mark 0");
    CHECK(t.receive(100, {.peek = true}) == "!EAGAIN");
    CHECK(t.state() == "PRI mark 0");
    CHECK(t.receive() == "!EAGAIN");
    CHECK(t.state() == "0 0");
    CHECK(t.octet() == "!EINVAL");
}

TEST_CASE("MSG_OOB twice: the first octet is lost to a reader who stands at it, and text to any other") {
    UrgentBench at_first;
    at_first.send_urgent("X");
    at_first.send_urgent("Y");
    CHECK(at_first.state() == "PRI mark 0");
    CHECK(at_first.receive() == "!EAGAIN");
    CHECK(at_first.octet() == "!EINVAL");

    UrgentBench before;
    before.send_urgent("abX");
    before.send_urgent("cdY");
    CHECK(before.state() == "IN|PRI 5");
    CHECK(before.octet() == "Y");
    CHECK(before.receive() == "abXcd");
    CHECK(before.state() == "0 mark 0");
}

TEST_CASE("SO_OOBINLINE: the octet is text behind the mark") {
    UrgentBench t;
    t.set_inline();
    t.send_urgent("abX");
    t.send("cd");
    CHECK(t.state() == "IN|PRI 5");
    CHECK(t.octet() == "!EINVAL");
    CHECK(t.receive() == "ab");
    CHECK(t.state() == "IN|PRI mark 3");
    CHECK(t.receive() == "Xcd");
    CHECK(t.state() == "0 0");
}

TEST_CASE("MSG_OOB and the end: the octet can be had until the reader passes it") {
    UrgentBench read_first;
    read_first.send_urgent("X");
    read_first.close_b(read_first.ends.server);
    CHECK(read_first.state() == "IN|RDHUP|PRI mark 0");
    CHECK(read_first.receive().empty());
    CHECK(read_first.octet() == "!EINVAL");

    UrgentBench octet_first;
    octet_first.send_urgent("X");
    octet_first.close_b(octet_first.ends.server);
    CHECK(octet_first.octet() == "X");
    CHECK(octet_first.receive().empty());
}

TEST_CASE("MSG_OOB: an octet that was taken leaves the mark, and what follows is read from there") {
    UrgentBench t;
    t.send_urgent("X");
    CHECK(t.octet() == "X");
    CHECK(t.state() == "0 mark 0");
    t.send("cd");
    CHECK(t.state() == "IN mark 0");
    CHECK(t.receive(1) == "c");
    CHECK(t.state() == "IN 1");
}

TEST_CASE("MSG_OOB and a reset: no connection, no octet") {
    UrgentBench t;
    t.send_urgent("X");
    REQUIRE(t.b.setsockopt(t.ends.server, Option::so_linger, 0, t.now, t.out).ok());
    t.close_b(t.ends.server);
    CHECK(t.octet() == "!ENOTCONN");
    CHECK(t.receive() == "!ECONNRESET");
    CHECK(t.receive().empty());
}

TEST_CASE("SIOCATMARK: of what is no connection 0 (Linux tcp_ioctl)") {
    UrgentBench t;
    CHECK(t.b.ioctl(t.ends.listening, Inquiry::siocatmark).value() == 0);
    CHECK(t.a.ioctl(t.a.socket().value(), Inquiry::siocatmark).value() == 0);
}

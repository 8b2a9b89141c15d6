// SO_TIMESTAMPING (Linux Documentation/networking/timestamping.rst) and MSG_ZEROCOPY (…/msg_zerocopy.rst).
#include "stack/host/notices.hpp"
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;
using namespace std::chrono_literals;

namespace {

namespace stamps = host::timestamping;
constexpr std::uint32_t sent = 0, scheduled = 1, acknowledged = 2;  // SCM_TSTAMP_SND, _SCHED, _ACK
constexpr std::int64_t every_time =
    stamps::send_scheduled | stamps::send_software | stamps::send_acknowledged | stamps::software | stamps::numbered;

struct Noted {
    std::uint32_t info{0}, data{0};
    std::optional<Instant> at{};
    bool operator==(Noted const&) const = default;
};

struct Sender : SocketBench {
    Ends e = two_ends(*this);
    Errno set(Option option, std::int64_t value) { return a.setsockopt(e.client, option, value, now, out).error(); }
    Result<Received> report() { return a.receive(e.client, 0, {.error_queue = true}, now, out); }
    /// Everything in the error queue.
    std::vector<Noted> notes(host::ReportOrigin origin) {
        std::vector<Noted> all;
        for (Result<Received> one = report(); one.ok(); one = report()) {
            CHECK(one.value().report->origin == origin);
            all.push_back({one.value().report->info, one.value().report->data, one.value().at});
        }
        return all;
    }
    std::vector<Noted> times() { return notes(host::ReportOrigin::timestamping); }
    std::vector<Noted> copies() { return notes(host::ReportOrigin::zerocopy); }
    Result<std::uint64_t> send(std::uint64_t bytes, SendFlags flags = {}) {
        Result<std::uint64_t> taken = a.send(e.client, Payload::pattern(1, 0, bytes), flags, now, out);
        settle();
        return taken;
    }
};
constexpr SendFlags zero_copy{.zero_copy = true};

}  // namespace

TEST_CASE("SO_TIMESTAMPING: scheduled, sent and acknowledged, each at its time, about the last byte of the write") {
    Sender t;
    REQUIRE(t.set(Option::so_timestamping, every_time) == Errno::none);
    CHECK(t.a.getsockopt(t.e.client, Option::so_timestamping).value() == every_time);
    Instant const left = t.now;
    t.cut = true;
    REQUIRE(t.a.send(t.e.client, Payload::pattern(1, 0, 2000), {}, t.now, t.out).ok());
    CHECK(t.a.woken_by(t.out) == std::vector<FileId>{t.e.client});
    CHECK(mask(t.a.poll(t.e.client)) == "OUT|ERR");
    CHECK(t.times() == std::vector<Noted>{{scheduled, 1999, left}, {sent, 1999, left}});
    CHECK(mask(t.a.poll(t.e.client)) == "OUT");
    t.cut = false;
    t.now += 10ms;
    t.settle();
    CHECK(t.times() == std::vector<Noted>{{acknowledged, 1999, t.now}});
    REQUIRE(t.send(1).ok());
    CHECK(t.times() == std::vector<Noted>{{scheduled, 2000, t.now}, {sent, 2000, t.now}, {acknowledged, 2000, t.now}});
}

TEST_CASE("SO_TIMESTAMPING: ENOMSG, the text of the segment unless OPT_TSONLY, MSG_TRUNC where it does not fit") {
    Sender t;
    REQUIRE(t.set(Option::so_timestamping, stamps::send_software | stamps::software) == Errno::none);
    REQUIRE(t.send(10).ok());
    Result<Received> const told = t.report();
    REQUIRE(told.ok());
    CHECK(told.value().report->error == Errno::enomsg);
    CHECK(told.value().report->data == 0);
    CHECK(told.value().truncated);
    CHECK(told.value().length == 0);
    REQUIRE(t.send(10).ok());
    Result<Received> const whole = t.a.receive(t.e.client, 10, {.error_queue = true}, t.now, t.out);
    CHECK(!whole.value().truncated);
    CHECK(whole.value().length == 10);
    REQUIRE(t.set(Option::so_timestamping, stamps::send_software | stamps::without_text) == Errno::none);
    REQUIRE(t.send(10).ok());
    Result<Received> const bare = t.report();
    CHECK(!bare.value().truncated);
    CHECK(!bare.value().at);
}

TEST_CASE("SO_TIMESTAMPING: only what is asked for, and nothing of what was written before") {
    Sender t;
    REQUIRE(t.send(1000).ok());
    REQUIRE(t.set(Option::so_timestamping, stamps::send_acknowledged | stamps::software | stamps::numbered) ==
            Errno::none);
    REQUIRE(t.send(1).ok());
    CHECK(t.times() == std::vector<Noted>{{acknowledged, 0, t.now}});
    REQUIRE(t.set(Option::so_timestamping, 0) == Errno::none);
    REQUIRE(t.send(1).ok());
    CHECK(t.times().empty());
}

TEST_CASE(
    "SO_TIMESTAMPING: of writes that share a packet the last is told of (Linux tcp_tx_timestamp), MSG_EOR parts them") {
    auto const told = [](SendFlags how) {
        Sender t;
        REQUIRE(t.set(Option::so_timestamping, stamps::send_acknowledged | stamps::software | stamps::numbered) ==
                Errno::none);
        REQUIRE(t.set(Option::tcp_cork, 1) == Errno::none);
        REQUIRE(t.send(100, how).ok());
        REQUIRE(t.send(100, how).ok());
        REQUIRE(t.set(Option::tcp_cork, 0) == Errno::none);
        t.settle();
        std::vector<std::uint32_t> last;
        for (Noted const& note : t.times()) {
            last.push_back(note.data);
        }
        return last;
    };
    CHECK(told({}) == std::vector<std::uint32_t>{199});
    CHECK(told({.record = true}) == std::vector<std::uint32_t>{99, 199});
}

TEST_CASE("SO_TIMESTAMPING: EINVAL for unknown bits, for OPT_ID before there is a connection, for OPT_ID_TCP alone") {
    Sender t;
    CHECK(t.set(Option::so_timestamping, std::int64_t{stamps::all} + 1) == Errno::einval);
    CHECK(t.set(Option::so_timestamping, stamps::numbered_by_write) == Errno::einval);
    FileId const fresh = t.a.socket().value();
    CHECK(t.a.setsockopt(fresh, Option::so_timestamping, stamps::numbered, t.now, t.out).error() == Errno::einval);
    CHECK(t.a.setsockopt(fresh, Option::so_timestamping, stamps::software, t.now, t.out).ok());
}

TEST_CASE(
    "SO_TIMESTAMPING: received text with the time when its last byte came; chosen before connect() and listen(), too") {
    SocketBench t;
    std::int64_t const bits = stamps::receive_software | stamps::software;
    FileId const listening = t.listener();
    REQUIRE(t.b.setsockopt(listening, Option::so_timestamping, bits, t.now, t.out).ok());
    FileId const client = t.a.socket().value();
    REQUIRE(t.connect(client) == Errno::einprogress);
    FileId const server = t.b.accept(listening).value();
    Instant const first = t.now;
    REQUIRE(t.write(client, 100).ok());
    t.now += 1s;
    REQUIRE(t.write(client, 100).ok());
    auto const receive = [&](std::uint64_t bytes) { return t.b.receive(server, bytes, {}, t.now, t.out).value().at; };
    CHECK(t.b.receive(server, 150, {.peek = true}, t.now, t.out).value().at == t.now);
    CHECK(receive(100) == first);
    CHECK(receive(100) == t.now);
    CHECK(!t.a.receive(client, 1, {}, t.now, t.out).ok());
}

TEST_CASE("SO_TIMESTAMPING on UDP: when the datagram came") {
    SocketBench t;
    FileId const server = t.b.socket(SocketType::datagram).value();
    REQUIRE(t.b.bind(server, {{}, 7}).ok());
    FileId const client = t.a.socket(SocketType::datagram).value();
    auto const receive = [&] {
        REQUIRE(t.a.send(client, Payload::pattern(1, 0, 1), {}, t.now, t.out, wire::Endpoint{address_b, 7}).ok());
        t.settle();
        return t.b.receive(server, 10, {}, t.now + 1s, t.out).value().at;
    };
    CHECK(!receive());
    REQUIRE(t.b.setsockopt(server, Option::so_timestamping, stamps::receive_software | stamps::software, t.now, t.out)
                .ok());
    CHECK(receive() == t.now);
    REQUIRE(t.b.setsockopt(server, Option::so_timestamping, stamps::receive_software, t.now, t.out).ok());
    CHECK(!receive());
}

TEST_CASE("MSG_ZEROCOPY: a number for each send, told when all of it is acknowledged; ranges grow in the queue") {
    Sender t;
    REQUIRE(t.set(Option::so_zerocopy, 1) == Errno::none);
    t.cut = true;
    REQUIRE(t.a.send(t.e.client, Payload::pattern(1, 0, 4000), zero_copy, t.now, t.out).ok());
    CHECK(t.copies().empty());
    CHECK(mask(t.a.poll(t.e.client)) == "OUT");
    t.cut = false;
    t.settle();
    CHECK(mask(t.a.poll(t.e.client)) == "OUT|ERR");
    CHECK(t.woken_a == std::vector<FileId>{t.e.client});
    REQUIRE(t.send(4000, zero_copy).ok());
    CHECK(t.copies() == std::vector<Noted>{{0, 1, {}}});
    REQUIRE(t.send(1, zero_copy).ok());
    CHECK(t.copies() == std::vector<Noted>{{2, 2, {}}});
}

TEST_CASE("MSG_ZEROCOPY: without SO_ZEROCOPY it is not heard, nor without the flag; the option is 0 or 1") {
    Sender t;
    REQUIRE(t.send(100, zero_copy).ok());
    CHECK(t.copies().empty());
    CHECK(t.set(Option::so_zerocopy, 2) == Errno::einval);
    CHECK(t.set(Option::so_zerocopy, -1) == Errno::einval);
    REQUIRE(t.set(Option::so_zerocopy, 1) == Errno::none);
    REQUIRE(t.send(100).ok());
    CHECK(t.copies().empty());
    REQUIRE(t.send(100, zero_copy).ok());
    CHECK(t.copies() == std::vector<Noted>{{0, 0, {}}});
}

TEST_CASE("MSG_ZEROCOPY: SO_EE_CODE_ZEROCOPY_COPIED tells of a device, or a way to oneself, that copied") {
    Sender t;
    REQUIRE(t.set(Option::so_zerocopy, 1) == Errno::none);
    REQUIRE(t.send(100, zero_copy).ok());
    CHECK(t.report().value().report->code == 0);
    FileId const listening = t.a.socket().value();
    REQUIRE(t.a.bind(listening, {loopback, 77}).ok());
    REQUIRE(t.a.listen(listening, 1).ok());
    FileId const own = t.a.socket().value();
    REQUIRE(t.a.connect(own, {loopback, 77}, t.now, t.out).error() == Errno::einprogress);
    REQUIRE(t.a.setsockopt(own, Option::so_zerocopy, 1, t.now, t.out).ok());
    REQUIRE(t.a.send(own, Payload::pattern(1, 0, 9), zero_copy, t.now, t.out).ok());
    CHECK(t.a.receive(own, 0, {.error_queue = true}, t.now, t.out).value().report->code == 1);
}

TEST_CASE("MSG_ZEROCOPY: sends that share a packet are free together (Linux msg_zerocopy_realloc)") {
    Sender t;
    REQUIRE(t.set(Option::so_zerocopy, 1) == Errno::none);
    REQUIRE(t.set(Option::tcp_cork, 1) == Errno::none);
    REQUIRE(t.send(100, zero_copy).ok());
    REQUIRE(t.send(100, zero_copy).ok());
    REQUIRE(t.set(Option::tcp_cork, 0) == Errno::none);
    t.settle();
    CHECK(t.copies() == std::vector<Noted>{{0, 1, {}}});
}

namespace {

/// Of what a has said, the first segment reaches b, and b's answer a.
void deliver_first(Sender& t) {
    std::vector<host::Outgoing> const said = std::exchange(t.out.frames, {});
    REQUIRE(said.size() == 2);
    t.out.clear();
    t.host_b.frame_arrives(0, said[0].frame, t.now, t.out);
    t.settle_from_b();
}

}  // namespace

TEST_CASE("SO_TIMESTAMPING: a byte that is still to be sent has no time, nor one that is still to be acknowledged") {
    Sender t;
    REQUIRE(t.set(Option::so_timestamping, every_time) == Errno::none);
    REQUIRE(t.set(Option::tcp_nodelay, 1) == Errno::none);
    REQUIRE(t.a.send(t.e.client, Payload::pattern(1, 0, 1449), {}, t.now, t.out).ok());  // the last byte travels alone
    CHECK(t.times() == std::vector<Noted>{{scheduled, 1448, t.now}, {sent, 1448, t.now}});
    deliver_first(t);
    CHECK(t.a.ioctl(t.e.client, Inquiry::siocoutq).value() == 1);
    CHECK(t.times().empty());
}

TEST_CASE("MSG_ZEROCOPY: of sends that share a packet the first is not free before the last") {
    Sender t;
    REQUIRE(t.set(Option::so_zerocopy, 1) == Errno::none);
    REQUIRE(t.set(Option::tcp_nodelay, 1) == Errno::none);
    REQUIRE(t.set(Option::tcp_cork, 1) == Errno::none);
    REQUIRE(t.send(100, zero_copy).ok());
    REQUIRE(t.a.send(t.e.client, Payload::pattern(1, 0, 1400), zero_copy, t.now, t.out).ok());
    REQUIRE(t.set(Option::tcp_cork, 0) == Errno::none);
    deliver_first(t);
    CHECK(t.a.ioctl(t.e.client, Inquiry::siocoutq).value() == 1500 - 1448);
    CHECK(t.copies().empty());
}

TEST_CASE("MSG_ZEROCOPY: a reset frees what was never acknowledged; what fails has no number") {
    Sender t;
    REQUIRE(t.set(Option::so_zerocopy, 1) == Errno::none);
    t.cut = true;
    REQUIRE(t.a.send(t.e.client, Payload::pattern(1, 0, 100), zero_copy, t.now, t.out).ok());
    t.out.clear();
    t.cut = false;
    REQUIRE(t.b.setsockopt(t.e.server, Option::so_linger, 0, t.now, t.out).ok());
    t.close_b(t.e.server);
    CHECK(t.copies() == std::vector<Noted>{{0, 0, {}}});
    CHECK(t.so_error(t.e.client) == Errno::econnreset);
    CHECK(t.a.send(t.e.client, Payload::pattern(1, 0, 100), zero_copy, t.now, t.out).error() == Errno::epipe);
    CHECK(t.copies().empty());
}

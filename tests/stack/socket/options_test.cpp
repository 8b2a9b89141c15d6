// Every socket option: what may be set, what is told, before and after connect(): socket(7), tcp(7), ip(7).
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t int_min = std::numeric_limits<std::int32_t>::min();

struct Ranged {
    Option option{};
    std::int64_t usual{0};  ///< what a fresh socket tells
    std::int64_t least{0}, most{0};
};

// Linux sk_setsockopt, do_tcp_setsockopt, and sysctl defaults.
constexpr Ranged ranged[]{
    {Option::tcp_maxseg, 536, 88, 32'767},
    {Option::tcp_keepidle, 7200, 1, 32'767},
    {Option::tcp_keepintvl, 75, 1, 32'767},
    {Option::tcp_keepcnt, 9, 1, 127},
    {Option::tcp_syncnt, 6, 1, 127},
    {Option::tcp_user_timeout, 0, 0, int_max},
    {Option::tcp_rto_max_ms, 120'000, 1000, 120'000},
    {Option::tcp_notsent_lowat, 0, 0, int_max},
    {Option::tcp_fastopen_connect, 0, 0, 1},
};

constexpr Option switches[]{Option::so_keepalive, Option::so_oobinline, Option::tcp_nodelay,
                            Option::tcp_cork,     Option::so_reuseaddr, Option::so_reuseport};

struct Both {
    SocketBench& t;
    FileId file{};
    Errno set(Option option, std::int64_t value) { return t.a.setsockopt(file, option, value, t.now, t.out).error(); }
    std::int64_t get(Option option) { return t.a.getsockopt(file, option).value(); }
};

}  // namespace

TEST_CASE("options with a range: both ends are taken and told, beyond them EINVAL and nothing changes") {
    for (Ranged const& r : ranged) {
        CAPTURE(static_cast<int>(r.option));
        SocketBench t;
        Both s{t, t.a.socket().value()};
        CHECK(s.get(r.option) == r.usual);
        for (std::int64_t const value : {r.least, r.most}) {
            CHECK(s.set(r.option, value) == Errno::none);
            bool const default_told = value == 0 && r.usual != 0;
            CHECK(s.get(r.option) == (default_told ? r.usual : value));
        }
        if (r.option == Option::tcp_notsent_lowat) {
            continue;  // any number is one of bytes
        }
        CHECK(s.set(r.option, r.least - 1) == Errno::einval);
        if (r.most < int_max) {
            CHECK(s.set(r.option, r.most + 1) == Errno::einval);
        }
        CHECK(s.get(r.option) == r.most);
    }
}

TEST_CASE("options that switch: off at first, any number but zero switches on (Linux valbool)") {
    for (Option const option : switches) {
        CAPTURE(static_cast<int>(option));
        SocketBench t;
        Both s{t, t.a.socket().value()};
        CHECK(s.get(option) == 0);
        for (std::int64_t const on : {std::int64_t{1}, std::int64_t{-1}, int_max, int_min}) {
            CHECK(s.set(option, on) == Errno::none);
            CHECK(s.get(option) == 1);
            CHECK(s.set(option, 0) == Errno::none);
            CHECK(s.get(option) == 0);
        }
    }
}

TEST_CASE("options of a connection: set and told as before connect(), and inherited by accepted sockets") {
    for (Ranged const& r : ranged) {
        bool const before_only = r.option == Option::tcp_fastopen_connect;
        bool const told_otherwise = r.option == Option::tcp_maxseg;
        if (before_only || told_otherwise) {
            continue;
        }
        CAPTURE(static_cast<int>(r.option));
        SocketBench t;
        FileId const listening = t.listener();
        CHECK(t.b.setsockopt(listening, r.option, r.most, t.now, t.out).ok());
        CHECK(t.b.getsockopt(listening, r.option).value() == r.most);
        Both s{t, t.connected()};
        CHECK(s.get(r.option) == r.usual);
        CHECK(s.set(r.option, r.least) == Errno::none);
        CHECK(s.get(r.option) == (r.least == 0 ? r.usual : r.least));
        CHECK(t.b.getsockopt(t.b.accept(listening).value(), r.option).value() == r.most);
    }
}

TEST_CASE("SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN tell what a socket is; nobody sets them, nor SO_ERROR") {
    SocketBench t;
    Ends const e = two_ends(t);
    for (FileId const file : {e.client, t.a.socket().value()}) {
        CHECK(t.a.getsockopt(file, Option::so_type).value() == 1);
        CHECK(t.a.getsockopt(file, Option::so_domain).value() == 2);
        CHECK(t.a.getsockopt(file, Option::so_protocol).value() == 6);
        CHECK(t.a.getsockopt(file, Option::so_acceptconn).value() == 0);
        for (Option const option :
             {Option::so_type, Option::so_domain, Option::so_protocol, Option::so_acceptconn, Option::so_error}) {
            CHECK(t.a.setsockopt(file, option, 1, t.now, t.out).error() == Errno::enoprotoopt);
        }
    }
    CHECK(t.b.getsockopt(e.listening, Option::so_acceptconn).value() == 1);
    CHECK(t.b.getsockopt(e.server, Option::so_acceptconn).value() == 0);
}

TEST_CASE("SO_RCVBUF, SO_SNDBUF: doubled, never less than a packet, never more than rmem_max and wmem_max allow") {
    struct Asked {
        std::int64_t value, receive, send;
    };
    constexpr std::int64_t ceiling = 2 * 4'194'304;  // sysctl net.core.rmem_max, wmem_max
    // As measured on Linux 6.18; the floors are SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF.
    constexpr Asked asked[]{{0, 2304, 4608},
                            {100, 2304, 4608},
                            {2304, 4608, 4608},
                            {4608, 9216, 9216},
                            {212'992, 425'984, 425'984},
                            {10'000'000, ceiling, ceiling},
                            {int_max, ceiling, ceiling},
                            {-1, ceiling, ceiling}};
    for (Asked const& a : asked) {
        CAPTURE(a.value);
        SocketBench t;
        Ends const e = two_ends(t);
        for (FileId const file : {e.client, t.a.socket().value()}) {
            Both s{t, file};
            CHECK(s.set(Option::so_rcvbuf, a.value) == Errno::none);
            CHECK(s.set(Option::so_sndbuf, a.value) == Errno::none);
            CHECK(s.get(Option::so_rcvbuf) == a.receive);
            CHECK(s.get(Option::so_sndbuf) == a.send);
        }
    }
}

TEST_CASE("4.4BSD SO_RCVBUF, SO_SNDBUF: as they are, ENOBUFS beyond what sbreserve gives") {
    SocketBench t;
    t.profile = *profile::find("bsd44");
    Both s{t, t.a.socket().value()};
    CHECK(s.set(Option::so_rcvbuf, 246'723) == Errno::none);
    CHECK(s.get(Option::so_rcvbuf) == 246'723);
    CHECK(s.set(Option::so_rcvbuf, 246'724) == Errno::enobufs);
    CHECK(s.set(Option::so_sndbuf, 100) == Errno::none);
    CHECK(s.get(Option::so_sndbuf) == 100);
}

TEST_CASE("SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO: off at first, told as they were set") {
    SocketBench t;
    Both s{t, t.a.socket().value()};
    CHECK(s.get(Option::so_linger) == linger_off);
    CHECK(s.set(Option::so_linger, 0) == Errno::none);
    CHECK(s.get(Option::so_linger) == 0);
    CHECK(s.set(Option::so_linger, 17) == Errno::none);
    CHECK(s.get(Option::so_linger) == 17);
    CHECK(s.set(Option::so_linger, linger_off) == Errno::none);
    CHECK(s.get(Option::so_linger) == linger_off);
    for (Option const option : {Option::so_rcvtimeo, Option::so_sndtimeo}) {
        CHECK(s.get(option) == 0);
        CHECK(s.set(option, 2'500'000) == Errno::none);
        CHECK(s.get(option) == 2'500'000);
    }
}

TEST_CASE(
    "SO_RCVTIMEO, SO_SNDTIMEO: up to the next jiffy; a negative time is no waiting, told as 0 (sock_set_timeout)") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    Both s{t, file};
    for (auto const& [asked, told] :
         {std::pair<std::int64_t, std::int64_t>{1, 4000}, {4000, 4000}, {4001, 8000}, {0, 0}, {-1, 0}}) {
        CHECK(s.set(Option::so_rcvtimeo, asked) == Errno::none);
        CHECK(s.get(Option::so_rcvtimeo) == told);
    }
    CHECK(t.a.timeout(file, true) == Duration{0});
    CHECK_FALSE(t.a.timeout(file, false));
}

TEST_CASE("SO_RCVTIMEO, SO_SNDTIMEO of 4.4BSD: ticks of 10 ms, what is left over is cut off (sosetopt)") {
    SocketBench t;
    t.profile = *profile::find("bsd44");
    Both s{t, t.a.socket().value()};
    CHECK(s.set(Option::so_sndtimeo, 19'999) == Errno::none);
    CHECK(s.get(Option::so_sndtimeo) == 10'000);
}

TEST_CASE("SO_RCVLOWAT: one byte at first and at least; poll and a waiting recv ask for so many") {
    SocketBench t;
    Ends const e = two_ends(t);
    Both s{t, e.client};
    CHECK(s.get(Option::so_rcvlowat) == 1);
    CHECK(s.set(Option::so_rcvlowat, 0) == Errno::none);
    CHECK(s.get(Option::so_rcvlowat) == 1);
    CHECK(s.set(Option::so_rcvlowat, 100) == Errno::none);
    CHECK(t.a.receive_target(e.client, 500, {}) == 100);
    CHECK(t.a.receive_target(e.client, 50, {}) == 50);
    t.write_b(e.server, 99);
    CHECK(mask(t.a.poll(e.client)) == "OUT");
    t.write_b(e.server, 1);
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT");
    CHECK(t.read(e.client, 1).ok());
    CHECK(mask(t.a.poll(e.client)) == "OUT");
    CHECK(s.set(Option::so_rcvlowat, -1) == Errno::none);
    CHECK(s.get(Option::so_rcvlowat) == t.profile.buffers.receive_max.value / 2);
    t.close_b(e.server);
    CHECK(mask(t.a.poll(e.client)) == "IN|OUT|RDHUP");  // the end is always told
}

TEST_CASE("TCP_MAXSEG: 0 takes it back; of a connection what segments carry is told (tcp(7))") {
    SocketBench t;
    FileId const listening = t.listener();
    Both s{t, t.a.socket().value()};
    CHECK(s.set(Option::tcp_maxseg, 1000) == Errno::none);
    CHECK(s.set(Option::tcp_maxseg, 0) == Errno::none);
    CHECK(s.get(Option::tcp_maxseg) == 536);
    CHECK(s.set(Option::tcp_maxseg, 1000) == Errno::none);
    CHECK(t.connect(s.file) == Errno::einprogress);
    CHECK(s.get(Option::tcp_maxseg) == 1000 - 12);  // less timestamps
    CHECK(t.b.getsockopt(t.b.accept(listening).value(), Option::tcp_maxseg).value() == 1000 - 12);
}

TEST_CASE("TCP_LINGER2: negative is -1, more than two minutes are two minutes, none is tcp_fin_timeout (tcp(7))") {
    SocketBench t;
    Both s{t, t.a.socket().value()};
    CHECK(s.get(Option::tcp_linger2) == 60);
    CHECK(s.set(Option::tcp_linger2, -7) == Errno::none);
    CHECK(s.get(Option::tcp_linger2) == -1);
    CHECK(s.set(Option::tcp_linger2, 120) == Errno::none);
    CHECK(s.get(Option::tcp_linger2) == 120);
    CHECK(s.set(Option::tcp_linger2, 121) == Errno::none);
    CHECK(s.get(Option::tcp_linger2) == 120);
    CHECK(s.set(Option::tcp_linger2, 0) == Errno::none);
    CHECK(s.get(Option::tcp_linger2) == 60);
}

TEST_CASE("TCP_WINDOW_CLAMP: half of the least buffer at least; taken back only before there is a connection") {
    SocketBench t;
    Ends const e = two_ends(t);
    for (FileId const file : {e.client, t.a.socket().value()}) {
        Both s{t, file};
        CHECK(s.set(Option::tcp_window_clamp, 1) == Errno::none);
        CHECK(s.get(Option::tcp_window_clamp) == 2304 / 2);
        CHECK(s.set(Option::tcp_window_clamp, 50'000) == Errno::none);
        CHECK(s.get(Option::tcp_window_clamp) == 50'000);
        CHECK(s.set(Option::tcp_window_clamp, 0) == (file == e.client ? Errno::einval : Errno::none));
    }
}

TEST_CASE(
    "TCP_FASTOPEN: a listener's, or of one to be; a connection's is EINVAL. TCP_FASTOPEN_CONNECT: before connect()") {
    SocketBench t;
    Ends const e = two_ends(t);
    CHECK(t.b.setsockopt(e.listening, Option::tcp_fastopen, 5, t.now, t.out).ok());
    CHECK(t.b.getsockopt(e.listening, Option::tcp_fastopen).value() == 5);
    CHECK(t.b.setsockopt(e.listening, Option::tcp_fastopen, -1, t.now, t.out).error() == Errno::einval);
    Both s{t, e.client};
    CHECK(s.set(Option::tcp_fastopen, 5) == Errno::einval);
    CHECK(s.get(Option::tcp_fastopen) == 0);
    CHECK(s.set(Option::tcp_fastopen_connect, 1) == Errno::einval);
}

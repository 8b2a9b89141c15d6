// RFC 4821, active: Linux tcp_mtu_probe, tcp_mtu_probing = 2.
#include "stack/tcp/mtu_search.hpp"

#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using profile::Profile;

namespace {

constexpr std::uint32_t headers = 40;
constexpr std::uint32_t base = 1024;                                                 // tcp_base_mss
constexpr std::uint32_t largest = 1460;                                              // what the peer takes
constexpr std::uint32_t first_probe = (base + largest + 2 * headers) / 2 - headers;  // 1242

Profile searching() {
    Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_mtu_probing", "2"));
    p.congestion.initial_window.value = 20;
    p.buffers.send_default.value = 1'000'000;
    return p;
}

using Lengths = std::vector<std::uint64_t>;

Lengths sent(Dialogue& d) {
    Lengths lengths;
    while (auto const emit = d.take()) {
        lengths.push_back(emit->segment.payload.size());
    }
    return lengths;
}

/// What a probe needs behind it: as much as tells of its loss.
constexpr std::uint32_t needed(std::uint32_t probe, std::uint32_t mss) { return probe + (3 + 1) * mss; }

/// The peer acknowledges all that was sent.
void acknowledge_all(Dialogue& d) { d.peer(ACK.ack(d.connection().tcb().snd.nxt - d.connection().tcb().snd.iss - 1)); }

}  // namespace

TEST_CASE("RFC 4821 §7.2: the search begins with tcp_base_mss, the first probe lies half way to what the peer takes") {
    Dialogue d = Dialogue::established(searching());
    CHECK(d.connection().tcb().snd.mss == base);
    d.write(needed(first_probe, base));
    Lengths const lengths = sent(d);
    REQUIRE(lengths.size() == 5);
    CHECK(lengths[0] == first_probe);
    CHECK(lengths[1] == base);
    CHECK(d.connection().tcb().congestion.cwnd() == 20 - 1);  // it counts as two
}

TEST_CASE("RFC 4821 §7.4: no probe without text behind it that tells of its loss") {
    Dialogue d = Dialogue::established(searching());
    d.write(needed(first_probe, base) - 1);
    CHECK(sent(d).front() == base);
}

TEST_CASE("Linux tcp_mtu_probe: no probe with a window below eleven segments, nor through a hole of the peer's") {
    Profile small = searching();
    small.congestion.initial_window.value = 10;
    Dialogue d = Dialogue::established(small);
    d.write(20 * base);
    CHECK(sent(d).front() == base);
    small.congestion.initial_window.value = 11;
    Dialogue enough = Dialogue::established(small);
    enough.write(20 * base);
    CHECK(sent(enough).front() == first_probe);

    Dialogue hole = Dialogue::established(searching());
    hole.peer(text(10).seq(10));
    (void)sent(hole);
    hole.write(20 * base);
    constexpr std::uint32_t one_block = 12;  // RFC 2018 §3, aligned
    CHECK(sent(hole).front() == base - one_block);
}

TEST_CASE("RFC 4821 §7.6.1: a probe that arrives makes all segments as large, and the window is the same in bytes") {
    Dialogue d = Dialogue::established(searching());
    d.write(needed(first_probe, base));
    (void)sent(d);
    acknowledge_all(d);
    auto const& tcb = d.connection().tcb();
    CHECK(tcb.snd.mss == first_probe);
    constexpr std::uint32_t second_probe = (first_probe + largest + 2 * headers) / 2 - headers;
    d.write(needed(second_probe, first_probe));
    CHECK(sent(d).front() == second_probe);
}

TEST_CASE("Linux tcp_mtup_probe_success: cwnd in segments shrinks as they grow") {
    Dialogue d = Dialogue::established(searching());
    d.write(needed(first_probe, base));
    (void)sent(d);
    std::uint32_t const cwnd = d.connection().tcb().congestion.cwnd();
    d.peer(ACK.ack(first_probe));
    CHECK(d.connection().tcb().congestion.cwnd() <= cwnd * (base + headers) / (first_probe + headers) + 1);
    CHECK(d.connection().tcb().congestion.cwnd() >= cwnd * (base + headers) / (first_probe + headers));
}

TEST_CASE(
    "RFC 4821 §7.6.2: a lost probe is no congestion: its text goes again in pieces, and smaller sizes are tried") {
    Dialogue d = Dialogue::established(searching());
    d.write(needed(first_probe, base));
    (void)sent(d);
    std::uint32_t const cwnd = d.connection().tcb().congestion.cwnd();
    d.after(10ms);
    std::int64_t const end = d.connection().tcb().snd.nxt - d.connection().tcb().snd.iss - 1;
    d.peer(ACK.ack(0).sack({{first_probe, end}}));
    CHECK(d.connection().tcb().congestion.cwnd() == cwnd + 1);
    CHECK(d.connection().tcb().snd.mss == base);
    CHECK(sent(d) == Lengths{base, first_probe - base});
    acknowledge_all(d);
    (void)sent(d);
    constexpr std::uint32_t next = (base + (first_probe - 1) + 2 * headers) / 2 - headers;
    d.write(needed(next, base) + 20 * base);
    CHECK(sent(d).front() == next);
}

TEST_CASE("RFC 4821 §7.6.3: a probe that a timeout repeats says nothing") {
    Dialogue d = Dialogue::established(searching());
    d.write(needed(first_probe, base));
    (void)sent(d);
    d.after(300ms);
    d.after(1s);
    CHECK(d.connection().tcb().rare->mtu.probe == 0);
    acknowledge_all(d);
    CHECK(d.connection().tcb().snd.mss == base);
}

TEST_CASE("Linux tcp_probe_threshold, tcp_probe_interval: a narrow search is over, and begins anew in time") {
    constexpr std::uint32_t left = first_probe - 1 - base;  // once the first probe is lost
    for (bool const narrow : {false, true}) {
        CAPTURE(narrow);
        Profile p = searching();
        REQUIRE_FALSE(profile::set(p, "tcp_probe_threshold", std::to_string(narrow ? left + 1 : left)));
        REQUIRE_FALSE(profile::set(p, "tcp_probe_interval", "60"));
        Dialogue d = Dialogue::established(p);
        auto const write = [&] {
            d.write(20 * base);
            std::uint64_t const length = sent(d).front();
            acknowledge_all(d);
            (void)sent(d);
            acknowledge_all(d);
            return length;
        };
        d.write(needed(first_probe, base));
        (void)sent(d);
        d.after(10ms);
        std::int64_t const end = d.connection().tcb().snd.nxt - d.connection().tcb().snd.iss - 1;
        d.peer(ACK.ack(0).sack({{first_probe, end}}));
        acknowledge_all(d);
        (void)sent(d);
        constexpr std::uint32_t next = (base + (first_probe - 1) + 2 * headers) / 2 - headers;
        CHECK(write() == (narrow ? base : next));
        if (narrow) {
            d.after(60s - 10ms - 1ns);  // since the handshake
            CHECK(write() == base);
            d.after(1ns);
            CHECK(write() == base);  // this one notices
            CHECK(write() == first_probe);
        }
    }
}

TEST_CASE("RFC 4821 §7.7, tcp_mtu_probing = 1: nothing is searched before a black hole is suspected") {
    Profile p = searching();
    REQUIRE_FALSE(profile::set(p, "tcp_mtu_probing", "1"));
    Dialogue d = Dialogue::established(p);
    CHECK(d.connection().tcb().snd.mss == largest);
    d.write(20 * largest);
    CHECK(sent(d).front() == largest);
    CHECK_FALSE(tcp::searches_mtu(d.connection().tcb()));
}

TEST_CASE("Linux tcp_enter_loss: while a probe is out no timeout is suspected to be spurious (F-RTO)") {
    for (char const* probing : {"0", "2"}) {
        CAPTURE(probing);
        Profile p = searching();
        REQUIRE_FALSE(profile::set(p, "tcp_mtu_probing", probing));
        REQUIRE_FALSE(profile::set(p, "tcp_early_retrans", "0"));
        Dialogue d = Dialogue::established(p);
        d.write(20 * largest);
        (void)sent(d);
        bool const searches = tcp::searches_mtu(d.connection().tcb());
        REQUIRE(searches == (probing == std::string{"2"}));
        d.after(d.connection().next_deadline() - d.now());
        REQUIRE(d.connection().tcb().recovery.phase == tcp::Recovery::Phase::loss);
        CHECK(d.connection().tcb().recovery.frto == !searches);
    }
}

TEST_CASE("Linux tcp_mtu_probe: no probe while something is out of order") {
    Dialogue d = Dialogue::established(searching());
    d.write(needed(first_probe, base) - 1);
    (void)sent(d);
    d.after(20ms);
    d.peer(ACK.ack(0).sack({{base, 2 * base}}));
    REQUIRE(d.connection().tcb().recovery.phase == tcp::Recovery::Phase::disorder);
    d.write(20 * base);
    CHECK(sent(d).front() == base);
}

TEST_CASE("Linux tcp_mtu_probe: the window must hold the probe and what follows it; one that is in use is waited for") {
    constexpr std::uint32_t unit = 128;  // of the peer's windows
    constexpr std::uint32_t low = 1004;  // so that what is needed is a multiple of it
    constexpr std::uint32_t probe = (low + largest + 2 * headers) / 2 - headers;
    constexpr std::uint32_t enough = needed(probe, low) / unit;
    static_assert(needed(probe, low) % unit == 0);
    Profile p = searching();
    REQUIRE_FALSE(profile::set(p, "tcp_base_mss", std::to_string(low)));
    for (std::uint32_t const window : {enough - 1, enough}) {
        CAPTURE(window);
        Dialogue d = Dialogue::established(p);
        d.peer(text(1).win(static_cast<std::uint16_t>(window)));
        (void)sent(d);
        d.write(20 * low);
        CHECK(sent(d).front() == (window == enough ? probe : low));
    }
    Dialogue d = Dialogue::established(p);
    d.peer(text(1).win(enough));
    (void)sent(d);
    d.write(low);
    CHECK(sent(d) == Lengths{low});
    d.write(20 * low);
    CHECK(sent(d).empty());
    d.peer(ACK.ack(low).win(enough));
    CHECK(sent(d).front() == probe);
}

TEST_CASE("Linux tcp_mtu_probe: it counts as two; without room for both it waits") {
    constexpr int cwnd = 11;
    for (int const out : {cwnd - 2, cwnd - 1}) {
        CAPTURE(out);
        Profile p = searching();
        p.congestion.initial_window.value = cwnd;
        Dialogue d = Dialogue::established(p);
        for (int i = 0; i < out; ++i) {
            d.write(base);
        }
        CHECK(sent(d) == Lengths(static_cast<std::size_t>(out), base));
        d.write(needed(first_probe, base));
        CHECK(sent(d) == (out == cwnd - 2 ? Lengths{first_probe} : Lengths{}));
    }
}

TEST_CASE("RFC 4821 §7.6.2: a loss before the probe is congestion") {
    Dialogue d = Dialogue::established(searching());
    d.write(base);
    d.write(needed(first_probe, base));
    REQUIRE(sent(d).at(1) == first_probe);
    d.after(10ms);
    std::int64_t const end = d.connection().tcb().snd.nxt - d.connection().tcb().snd.iss - 1;
    d.peer(ACK.ack(0).sack({{base, end}}));
    CHECK(d.connection().tcb().recovery.phase == tcp::Recovery::Phase::recovery);
    CHECK(sent(d) == Lengths{base});
}

TEST_CASE(
    "Linux tcp_mtu_probe: where nothing is outstanding and nothing may leave, the persist timer runs, no probe is "
    "awaited") {
    Dialogue d = Dialogue::established(searching());
    d.set_path(false);
    d.write(needed(first_probe, base));
    CHECK(sent(d).empty());
    CHECK(d.connection().next_deadline() != never);
}

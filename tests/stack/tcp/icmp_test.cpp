#include "stack/tcp/icmp.hpp"

#include "stack/tcp/give_up.hpp"
#include "stack/wire/icmp.hpp"
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;
using wire::icmp_host;
using wire::icmp_net;
using wire::icmp_parameter_problem;
using wire::icmp_port;
using wire::icmp_protocol;
using wire::icmp_source_quench;
using wire::icmp_time_exceeded;
using wire::icmp_unreachable;

namespace {

constexpr Duration rtt = 20400us;
constexpr Duration rtt_in_jiffies = 24ms;
constexpr Duration rto = 224ms;  // recorded at this RTT
constexpr std::uint8_t filtered = 13;

struct Message {
    std::uint8_t type{};
    std::uint8_t code{};
    Errno error{};
};

/// Linux's, as include/net/icmp.h and its recordings have it; 3/4 is about path MTU, not an error.
constexpr auto linux_messages = std::to_array<Message>({
    {3, 0, Errno::enetunreach},
    {3, 1, Errno::ehostunreach},
    {3, 2, Errno::enoprotoopt},
    {3, 3, Errno::econnrefused},
    {3, 5, Errno::eopnotsupp},
    {3, 6, Errno::enetunreach},
    {3, 7, Errno::ehostdown},
    {3, 9, Errno::enetunreach},
    {3, 10, Errno::ehostunreach},
    {3, 11, Errno::enetunreach},
    {3, 12, Errno::ehostunreach},
    {3, 13, Errno::ehostunreach},
    {3, 15, Errno::ehostunreach},
    {11, 0, Errno::ehostunreach},
    {11, 1, Errno::ehostunreach},
    {12, 0, Errno::eproto},
});

Dialogue with_five_bytes_out(std::string_view retries = "5") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_retries2", retries));
    Dialogue d = Dialogue::established(p, rtt);
    d.write(5);
    d.expect(text(5).seq(0));
    return d;
}

/// Answers every repetition, a round trip later; how many there were until the end, and when that was.
struct Course {
    int repetitions{0};
    Duration lasted{0};
};
Course answered_by(Dialogue& d, std::uint8_t code) {
    Course course;
    Instant const start = d.now();
    d.after(rtt).icmp(icmp_unreachable, code, 0);
    while (d.state() != State::closed) {
        REQUIRE(course.repetitions < 200);
        d.after(d.connection().next_deadline() - d.now());
        if (d.state() != State::closed) {
            d.expect(text(5).seq(0));
            ++course.repetitions;
            d.after(rtt).icmp(icmp_unreachable, code, 0);
        }
        d.expect_silence();
    }
    course.lasted = d.now() - start;
    return course;
}

}  // namespace

TEST_CASE(
    "RFC 9293 §3.9.2.2 [MUST-54]: in SYN-SENT Linux takes every error for final (connect_icmp_host_unreachable)") {
    for (Message const& message : linux_messages) {
        CAPTURE(message.type);
        CAPTURE(message.code);
        Dialogue d = Dialogue::syn_sent(profile_of("linux"));
        d.expect(SYN);
        d.after(rtt).icmp(message.type, message.code, 0);
        CHECK(d.state() == State::closed);
        CHECK(d.connection().error() == message.error);
        REQUIRE(d.ended());
        CHECK(d.ended()->reason == tcp::EndReason::unreachable);
        d.expect_silence_for(1h);
    }
}

TEST_CASE("RFC 9293 §3.9.2.2 [MUST-56][SHLD-25]: established, Linux keeps every error in mind and goes on") {
    for (Message const& message : linux_messages) {
        CAPTURE(message.type);
        CAPTURE(message.code);
        Dialogue d = with_five_bytes_out();
        d.after(rtt).icmp(message.type, message.code, 0);
        CHECK(d.state() == State::established);
        CHECK(d.connection().error() == Errno::none);
        CHECK(d.connection().soft_error() == message.error);
        CHECK(d.count_notes<tcp::SoftError>() == 1);
        d.expect_silence();
        d.after(1h);
        CHECK(d.state() == State::closed);
        CHECK(d.connection().error() == message.error);
        CHECK(d.ended()->reason == tcp::EndReason::gave_up);
    }
}

TEST_CASE("Linux: the error comes when tcp_retries2's time is over (crash_icmp_admin_prohibited, _port, _proto)") {
    for (std::uint8_t const code : {filtered, icmp_port, icmp_protocol}) {
        CAPTURE(code);
        Dialogue d = with_five_bytes_out();
        Course const course = answered_by(d, code);
        CHECK(course.repetitions == 6);    // recorded: 6
        CHECK(course.lasted == 64 * rto);  // recorded: 14.9 s, each wait late by a few percent
    }
}

TEST_CASE(
    "RFC 6069: 3/0 and 3/1 about the first segment undo a doubling: the RTO stays (crash_icmp_host_unreachable)") {
    for (std::uint8_t const code : {icmp_net, icmp_host}) {
        CAPTURE(code);
        Dialogue d = with_five_bytes_out();
        for (int i = 0; i < 5; ++i) {  // the probe, then the timeout, each after 224 ms
            d.after(rtt).icmp(icmp_unreachable, code, 0);
            // What has passed since the timeout counts in whole jiffies (Linux usecs_to_jiffies rounds up).
            bool const doubled = d.connection().tcb().retransmission.retransmits > 0;
            d.expect_silence_for(rto - (doubled ? rtt_in_jiffies : rtt) - 1ns);
            d.after(1ns);
            d.expect(text(5).seq(0));
        }
        CHECK(d.connection().tcb().retransmission.backoff == 1);
        // Without an answer the next wait is twice as long, as recorded where the router's rate limit struck.
        d.expect_silence_for(2 * rto - 1ns);
        d.after(1ns);
        d.expect(text(5).seq(0));
    }
    Dialogue d = with_five_bytes_out();
    Course const course = answered_by(d, icmp_host);
    // At the first timeout later than 12.6 s after the repetition at 448 ms, 58.25 times the RTO; each comes after an RTO less
    // what rounding the RTT up takes.
    CHECK(course.lasted > 58 * rto);
    CHECK(course.lasted < 60 * rto);
    CHECK(d.connection().error() == Errno::ehostunreach);
}

TEST_CASE("RFC 6069: nothing is undone before the first timeout, nor by what quotes another segment") {
    Dialogue d = with_five_bytes_out();
    d.after(rto);
    d.expect(text(5), Why::tail_loss_probe);
    d.after(rtt).icmp(icmp_unreachable, icmp_host, 0);
    d.expect_silence_for(rto - rtt - 1ns);
    d.after(1ns);
    d.expect(text(5), Why::retransmission_timeout);
    d.after(rtt).icmp(icmp_unreachable, icmp_host, 5);  // what is to be sent next: in the window, not the first
    d.expect_silence_for(2 * rto - rtt - 1ns);
    d.after(1ns);
    d.expect(text(5), Why::retransmission_timeout);
}

TEST_CASE("RFC 6069: a wait that is over after the undoing repeats at once") {
    for (Duration const late : {8 * rto - 4ms, 8 * rto}) {
        CAPTURE(late.count());
        Dialogue d = with_five_bytes_out();
        d.after(16 * rto);  // after 1, 2, 4, 8 and 16 times the RTO; now 16 times it is waited for
        while (d.pending() > 0) {
            d.expect(text(5));
        }
        d.after(late).icmp(icmp_unreachable, icmp_host, 0);
        CHECK(d.pending() == (late < 8 * rto ? 0 : 1));
        d.after(4ms);
        d.expect(text(5).seq(0), Why::retransmission_timeout);
        d.expect_silence();
    }
}

TEST_CASE("RFC 5927 §4.1: an error must quote what is in flight: SND.UNA to SND.NXT") {
    Dialogue d = Dialogue::established(profile_of("linux"), rtt);
    d.write(3000);
    while (d.pending() > 0) {
        d.expect(ACK);
    }
    d.peer(ACK.ack(1460));
    for (std::int64_t const seq : {std::int64_t{1459}, std::int64_t{3001}, std::int64_t{1} << 31}) {
        CAPTURE(seq);
        d.icmp(icmp_unreachable, icmp_host, seq);
        CHECK(d.connection().soft_error() == Errno::none);
    }
    CHECK(d.count_notes<tcp::SegmentRefused>() == 3);
    d.icmp(icmp_unreachable, icmp_host, 1460);
    CHECK(d.connection().soft_error() == Errno::ehostunreach);
    d.icmp(icmp_unreachable, icmp_port, 3000);
    CHECK(d.connection().soft_error() == Errno::econnrefused);

    Dialogue opening = Dialogue::syn_sent(profile_of("linux"));
    opening.icmp(icmp_unreachable, icmp_port, -1);
    opening.icmp(icmp_unreachable, icmp_port, 2);
    CHECK(opening.state() == State::syn_sent);
    opening.icmp(icmp_unreachable, icmp_port, 1);
    CHECK(opening.state() == State::closed);
}

TEST_CASE("Linux: an error about a keepalive probe lies outside that window: ETIMEDOUT (keepalive_icmp)") {
    Dialogue d = Dialogue::established(profile_of("linux"), rtt);
    d.change_options([](tcp::UserOptions& options) {
        options.keepalive = true;
        options.keepalive_idle = 2s;
        options.keepalive_interval = 1s;
        options.keepalive_probes = 3;
    });
    d.after(2s);
    for (int i = 0; i < 3; ++i) {
        d.expect(ACK.seq(-1), Why::keepalive_probe);
        d.icmp(icmp_unreachable, icmp_host, -1);
        d.after(1s);
    }
    CHECK(d.connection().error() == Errno::etimedout);
}

TEST_CASE("Linux tcp_ack: an answer from the peer shows that the error was wrong") {
    Dialogue d = with_five_bytes_out();
    d.icmp(icmp_unreachable, icmp_host, 0);
    d.peer(ACK.ack(5));
    CHECK(d.connection().soft_error() == Errno::none);
    d.write(5);
    d.after(1h);
    CHECK(d.connection().error() == Errno::etimedout);
}

TEST_CASE(
    "RFC 9293 §3.9.2.2 [MUST-55]: a source quench, a redirect, an unknown code and no error mean nothing (Linux)") {
    for (Message const& message : {Message{4, 0}, Message{5, 1}, Message{3, 16}, Message{3, 255}, Message{0, 0}}) {
        CAPTURE(message.type);
        for (bool const opening : {true, false}) {
            Dialogue d = opening ? Dialogue::syn_sent(profile_of("linux")) : with_five_bytes_out();
            State const state = d.state();
            std::uint32_t const cwnd = d.connection().tcb().congestion.cwnd();
            d.icmp(message.type, message.code, 0);
            CHECK(d.state() == state);
            CHECK(d.connection().soft_error() == Errno::none);
            CHECK(d.connection().tcb().congestion.cwnd() == cwnd);
            CHECK(d.count_notes<tcp::SegmentRefused>() == 0);
        }
    }
}

TEST_CASE("Linux: TIME-WAIT takes no errors") {
    Dialogue d = Dialogue::established(profile_of("linux"), rtt);
    d.close();
    d.expect(FIN_ACK);
    d.peer(FIN_ACK);
    REQUIRE(d.state() == State::time_wait);
    d.icmp(icmp_unreachable, icmp_port, 1);
    CHECK(d.state() == State::time_wait);
    CHECK(d.connection().soft_error() == Errno::none);
}

TEST_CASE("Linux tcp_req_err: a request ends without a word when there is no way back; a refusal ends nothing") {
    for (Message const& message : {Message{3, 0}, Message{3, 1}, Message{11, 0}, Message{12, 0}, Message{3, 2},
                                   Message{3, 3}, Message{3, 4}, Message{3, 13}}) {
        CAPTURE(message.type);
        CAPTURE(message.code);
        Dialogue d = Dialogue::syn_received(profile_of("linux"));
        d.expect(SYN_ACK.seq(0));
        d.icmp(message.type, message.code, 1);
        CHECK(d.state() == State::syn_received);
        d.icmp(message.type, message.code, 0);
        bool const no_way = message.type != 3 || message.code <= 1;
        CHECK((d.state() == State::closed) == no_way);
        CHECK(d.connection().error() == Errno::none);
        d.expect_silence();
    }
}

TEST_CASE("Linux: in SYN-RECEIVED of a simultaneous open an error ends it, as in SYN-SENT") {
    Dialogue d = Dialogue::syn_sent(profile_of("linux"));
    d.peer(SYN);
    REQUIRE(d.state() == State::syn_received);
    d.icmp(icmp_unreachable, icmp_port, 0);
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::econnrefused);
}

TEST_CASE("Linux tcp_orphan_retries: what ICMP says of an orphan whose timeout cannot grow ends it") {
    for (bool const told : {false, true}) {
        CAPTURE(told);
        profile::Profile p = profile_of("linux");
        REQUIRE_FALSE(profile::set(p, "tcp_rto_max_ms", "1000"));
        REQUIRE_FALSE(profile::set(p, "tcp_orphan_retries", "5"));  // 4.4 s: 200, 400, 800 ms, three times a second
        Dialogue d = Dialogue::established(p, rtt);
        d.close();
        if (told) {
            d.icmp(icmp_unreachable, filtered, 0);
        }
        // The first repetition at 448 ms; from 1792 ms on a second between them.
        Duration const end = 8 * rto + (told ? 1s : 4s);
        d.after(end - 1ns);
        CHECK(d.state() == State::fin_wait_1);
        d.after(1ns);
        CHECK(d.state() == State::closed);
    }
}

TEST_CASE("4.4BSD tcp_notify: unreachable nets and hosts mean nothing to an established connection, others are kept") {
    struct Case {
        Message message{};
        bool opening_too{};
    };
    for (Case const& c :
         {Case{{3, 0, Errno::none}, true}, Case{{3, 1, Errno::none}, true}, Case{{3, 2, Errno::econnrefused}, false},
          Case{{3, 3, Errno::econnrefused}, false}, Case{{3, 4, Errno::emsgsize}, false},
          Case{{3, 5, Errno::none}, true}, Case{{3, 12, Errno::none}, true}, Case{{3, 13, Errno::none}, false},
          Case{{11, 0, Errno::none}, false}, Case{{12, 0, Errno::enoprotoopt}, false},
          Case{{12, 1, Errno::enoprotoopt}, false}, Case{{12, 2, Errno::none}, false}}) {
        CAPTURE(c.message.type);
        CAPTURE(c.message.code);
        Dialogue d = Dialogue::established(profile_of("bsd44"), rtt);
        d.icmp(c.message.type, c.message.code, 12345);  // it checks no number
        CHECK(d.state() == State::established);
        CHECK(d.connection().soft_error() == c.message.error);
        Dialogue opening = Dialogue::syn_sent(profile_of("bsd44"));
        opening.icmp(c.message.type, c.message.code, 12345);
        CHECK(opening.state() == State::syn_sent);
        CHECK(opening.connection().soft_error() == (c.opening_too ? Errno::ehostunreach : c.message.error));
        opening.after(75s);
        CHECK(opening.connection().error() == tcp::error_of_silence(opening.connection().tcb()));
    }
    Dialogue silent = Dialogue::syn_sent(profile_of("bsd44"));
    silent.icmp(icmp_unreachable, icmp_host, 0);
    silent.after(75s);
    CHECK(silent.connection().error() == Errno::ehostunreach);
}

TEST_CASE("4.4BSD tcp_notify: a second error after more than three repetitions of a SYN ends it") {
    profile::Profile p = profile_of("bsd44");
    REQUIRE_FALSE(profile::set(p, "TCPTV_KEEP_INIT", "3600"));
    Dialogue d = Dialogue::syn_sent(p);
    d.icmp(icmp_unreachable, icmp_host, 0);
    for (int repetitions = 1; repetitions <= 4; ++repetitions) {
        CHECK(d.state() == State::syn_sent);
        d.after(d.connection().next_deadline() - d.now());
        d.icmp(icmp_unreachable, icmp_host, 0);
    }
    CHECK(d.state() == State::closed);
    CHECK(d.connection().error() == Errno::ehostunreach);
    Dialogue first = Dialogue::syn_sent(p);
    first.after(6s + 24s + 48s + 64s);  // 6, 24, 48 and 64 s: four repetitions
    REQUIRE(first.connection().tcb().retransmission.retransmits == 4);
    first.icmp(icmp_unreachable, icmp_host, 0);
    CHECK(first.state() == State::syn_sent);
}

TEST_CASE("4.4BSD tcp_quench: a source quench shuts the congestion window to a segment") {
    Dialogue d = Dialogue::established(profile_of("bsd44"), rtt);
    for (int i = 0; i < 3; ++i) {
        d.write(1460);
        d.peer(ACK);
    }
    REQUIRE(d.connection().tcb().congestion.cwnd() > 1);
    std::uint32_t const cwnd = d.connection().tcb().congestion.cwnd();
    d.icmp(icmp_source_quench, 1, 0);
    CHECK(d.connection().tcb().congestion.cwnd() == cwnd);
    d.icmp(icmp_source_quench, 0, 0);
    CHECK(d.connection().tcb().congestion.cwnd() == 1);
}

TEST_CASE("RFC 9293 §3.8.3 (b) [SHLD-10]: R1 is three repetitions: Linux tcp_retries1, 4.4BSD in_losing") {
    struct Case {
        char const* system{};
        Duration doubted{};
    };
    // Linux: the expiry that is 3 s after the first repetition; 4.4BSD: the fourth, after 1.5, 3, 6 and 12 s.
    for (Case const& c : {Case{"linux", 16 * rto}, Case{"bsd44", 22500ms}}) {
        CAPTURE(c.system);
        Dialogue d = Dialogue::established(profile_of(c.system), rtt);
        d.write(5);
        d.after(c.doubted - 1ns);
        CHECK(d.count_notes<tcp::DeliveryDoubted>() == 0);
        d.after(1ns);
        CHECK(d.count_notes<tcp::DeliveryDoubted>() == 1);
        CHECK(d.connection().tcb().retransmission.retransmits == 4);
        CHECK(d.state() == State::established);
    }
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_retries1", "2"));  // 1.4 s
    Dialogue d = Dialogue::established(p, rtt);
    d.write(5);
    d.after(8 * rto);  // 1.344 s after the first repetition
    CHECK(d.count_notes<tcp::DeliveryDoubted>() == 0);
    Dialogue syn = Dialogue::syn_sent(profile_of("linux"));
    syn.after(60s);
    CHECK(syn.count_notes<tcp::DeliveryDoubted>() == 0);
}

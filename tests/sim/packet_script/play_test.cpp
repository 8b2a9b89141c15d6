// How a script is judged: times, packets, calls, blocking, what is refused.
#include "sim/packet_script/play.hpp"

#include "stack/profile/profile.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tcpsim;
using namespace tcpsim::packet_script;

namespace {

Outcome outcome(std::string const& text, bool exact = false) {
    auto const parsed = parse(text);
    REQUIRE(std::holds_alternative<Script>(parsed));
    Conditions conditions;
    conditions.profile = *profile::find("linux");
    conditions.exact = exact;
    return play(std::get<Script>(parsed), conditions);
}

bool passes(std::string const& text, bool exact = false) {
    return outcome(text, exact).verdict == Outcome::Verdict::pass;
}

std::string const accepted =
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
    "+0 bind(3, ..., ...) = 0\n"
    "+0 listen(3, 1) = 0\n"
    "+0 < S 0:0(0) win 65535 <mss 1000>\n"
    "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
    "+.02 < . 1:1(0) ack 1 win 65535\n"
    "+0 accept(3, ..., ...) = 4\n";

}  // namespace

TEST_CASE("Play: a packet must be the one that is written") {
    std::string const sent = accepted + "+0 write(4, ..., 100) = 100\n";
    CHECK(passes(sent + "+0 > P. 1:101(100) ack 1\n"));
    for (char const* wrong :
         {"> . 1:101(100) ack 1", "> P. 2:102(100) ack 1", "> P. 1:101(100) ack 2", "> P. 1:102(101) ack 1",
          "> P. 1:101(100) ack 1 win 1", "> P. 1:101(100) ack 1 urg 1", "> P. 1:101(100) ack 1 <nop,nop,sackOK>",
          "> [ect0] P. 1:101(100) ack 1", "> (ttl 3) P. 1:101(100) ack 1", "> FP. 1:101(100) ack 1"}) {
        CAPTURE(wrong);
        Outcome const found = outcome(sent + "+0 " + wrong + "\n");
        CHECK(found.verdict == Outcome::Verdict::fail);
        CHECK(found.place.line == 9);
        CHECK(found.connection.starts_with("ESTABLISHED"));
    }
}

TEST_CASE("Play: what is failed is told in the script's notation, with our reason") {
    Outcome const found = outcome(accepted + "+0 write(4, ..., 100) = 100\n+0 > P. 1:91(90) ack 1\n");
    CHECK(found.expected == "> P. 1:91(90) ack 1");
    CHECK(found.seen.starts_with("> P. 1:101(100) ack 1"));
    REQUIRE(found.cause.has_value());
    CHECK(found.cause->why == tcp::Why::data_written);
    CHECK(found.at == std::chrono::milliseconds{20});
}

TEST_CASE("Play: times have the script's tolerance, an eighth of the time since the event before, or none") {
    std::string const timeout = accepted + "+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n";
    Duration const probe = std::chrono::milliseconds{220};  // no later than the RTO: an RTT of 20 ms and tcp_rto_min
    auto const at = [&](Duration when, std::string const& options = {}, bool exact = false) {
        std::string const seconds = std::to_string(when.count() / 1000);
        std::string const padded = "0." + std::string(6 - seconds.size(), '0') + seconds;
        return passes(options + timeout + "+" + padded + " > P. 1:101(100) ack 1\n", exact);
    };
    Duration exact_at{0};
    for (Duration when{std::chrono::milliseconds{200}}; when < std::chrono::milliseconds{300};
         when += std::chrono::milliseconds{4}) {
        exact_at = at(when, {}, true) ? when : exact_at;
    }
    REQUIRE(exact_at != Duration{0});
    CHECK(exact_at == probe);
    CHECK(at(exact_at));
    CHECK(at(exact_at * 8 / 7 - std::chrono::microseconds{100}));
    CHECK_FALSE(at(exact_at * 8 / 7 + std::chrono::microseconds{100}));
    CHECK_FALSE(at(exact_at * 8 / 9 - std::chrono::microseconds{100}));
    CHECK(at(exact_at + std::chrono::milliseconds{60}, "--tolerance_usecs=60000\n"));
    CHECK_FALSE(at(exact_at + std::chrono::milliseconds{1}, {}, true));
}

TEST_CASE("Play: a range of times, and any time") {
    std::string const timeout = accepted + "+0 write(4, ..., 100) = 100\n+0 > P. 1:101(100) ack 1\n";
    CHECK(passes(timeout + "+.2~+.3 > P. 1:101(100) ack 1\n", true));
    CHECK_FALSE(passes(timeout + "+.1~+.2 > P. 1:101(100) ack 1\n", true));
    CHECK(passes(timeout + "* > P. 1:101(100) ack 1\n"));
}

TEST_CASE("Play: segments that follow one another are one packet, unless the script is strict") {
    std::string const sent = accepted + "+0 write(4, ..., 3000) = 3000\n";
    CHECK(passes(sent + "+0 > P. 1:3001(3000) ack 1\n"));
    CHECK(passes(sent + "+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:3001(2000) ack 1\n"));
    CHECK_FALSE(passes(sent + "+0 > P. 1:2501(2500) ack 1\n"));
    CHECK_FALSE(passes("--strict_segments\n" + sent + "+0 > P. 1:3001(3000) ack 1\n"));
    CHECK_FALSE(
        passes(sent.substr(0, sent.size()) + "+0 `ethtool -K tun0 tso off gso off`\n+0 > P. 1:3001(3000) ack 1\n"));
}

TEST_CASE("Play: a call must give what is written") {
    CHECK_FALSE(passes(accepted + "+0 write(4, ..., 100) = 99\n"));
    CHECK_FALSE(passes(accepted + "+0 write(9, ..., 100) = 100\n"));
    CHECK(passes(accepted + "+0 write(9, ..., 100) = -1 EBADF (Bad file descriptor)\n"));
    CHECK_FALSE(passes(accepted + "+0 write(9, ..., 100) = -1 EPIPE (Broken pipe)\n"));
    CHECK(passes(accepted + "+0 fcntl(4, F_SETFL, O_NONBLOCK) = 0\n+0 read(4, ..., 9) = -1 EAGAIN (Again)\n"));
    CHECK(passes(accepted + "+0 fcntl(4, F_SETFL, O_NONBLOCK) = 0\n+0 read(4, ..., 9) = -1 EWOULDBLOCK (Again)\n"));
}

TEST_CASE("Play: a call that blocks returns when the script says, or the script fails") {
    std::string const arrives = "+.05 < P. 1:11(10) ack 1 win 65535\n+0 > . 1:1(0) ack 11\n";
    CHECK(passes(accepted + "+0...0.05 read(4, ..., 100) = 10\n" + arrives));
    CHECK(passes(accepted + "+0...0.05 read(4, ..., 100) = 10\n" + arrives, true));
    CHECK_FALSE(passes(accepted + "+0...0.02 read(4, ..., 100) = 10\n" + arrives));
    CHECK_FALSE(passes(accepted + "+0...0.09 read(4, ..., 100) = 10\n" + arrives));
    Outcome const for_ever = outcome(accepted + "+0...0.05 read(4, ..., 100) = 10\n");
    CHECK(for_ever.verdict == Outcome::Verdict::fail);
    CHECK(for_ever.message == "the call still blocks");
    CHECK(for_ever.place.line == 8);
    CHECK_FALSE(passes(accepted + "+0 read(4, ..., 100) = 10\n" + arrives));
}

TEST_CASE("Play: silence is a failure where a packet is expected, and packets that nobody asks for are none") {
    Outcome const silent = outcome(accepted + "+0 > . 1:1(0) ack 1\n");
    CHECK(silent.verdict == Outcome::Verdict::fail);
    CHECK(silent.message == "the stack sends nothing");
    CHECK(passes(accepted + "+0 write(4, ..., 100) = 100\n"));
}

TEST_CASE("Play: what no machine of ours can do is refused by name") {
    auto const refused = [](std::string const& line) {
        Outcome const found = outcome(accepted + line + "\n");
        CHECK(found.verdict == Outcome::Verdict::unsupported);
        CHECK(found.place.line == 8);
        return found.message;
    };
    CHECK(refused("+0 mmap(4, 1) = 0").find("mmap") != std::string::npos);
    CHECK(refused("+0 setsockopt(4, SOL_TCP, TCP_COLOUR, [1], 4) = 0").find("TCP_COLOUR") != std::string::npos);
    CHECK(refused("+0 < gre: . 1:1(0) ack 1").find("gre") != std::string::npos);
    CHECK(refused("+0 `make coffee`").find("make") != std::string::npos);
    CHECK(refused("+0 %{ assert tcpi_colour }%").find("tcpi_colour") != std::string::npos);
    CHECK(outcome("--ip_version=ipv6\n" + accepted).message == "IPv6");
    CHECK(outcome("--colour=blue\n" + accepted).message.find("--colour") != std::string::npos);
}

TEST_CASE("Play: timestamps are mapped, and compared where the script asks for it") {
    std::string const opened =
        "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 fcntl(3, F_SETFL, O_NONBLOCK) = 0\n"
        "+0 connect(3, ..., ...) = -1 EINPROGRESS (Now in progress)\n"
        "+0 > S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 10>\n";
    std::string const answer = "+.05 < S. 0:0(0) ack 1 win 65535 <mss 1000,nop,nop,TS val 700 ecr 100>\n";
    CHECK(passes(opened + answer + "+0 > . 1:1(0) ack 1 <nop,nop,TS val 999 ecr 700>\n"));
    std::string const strict = "--tcp_ts_tick_usecs=1000\n" + opened + answer;
    CHECK(passes(strict + "+0 > . 1:1(0) ack 1 <nop,nop,TS val 150 ecr 700>\n"));
    CHECK_FALSE(passes(strict + "+0 > . 1:1(0) ack 1 <nop,nop,TS val 190 ecr 700>\n"));
    Outcome const unknown = outcome(opened + "+.05 < S. 0:0(0) ack 1 win 65535 <mss 1000,nop,nop,TS val 700 ecr 55>\n");
    CHECK(unknown.verdict == Outcome::Verdict::fail);
    CHECK(unknown.message.find("ecr 55") != std::string::npos);
}

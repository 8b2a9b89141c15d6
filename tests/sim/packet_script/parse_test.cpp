#include "sim/packet_script/script.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::packet_script;
using namespace std::chrono_literals;

namespace {

Script script(std::string const& text, std::vector<Definition> const& definitions = {}) {
    auto parsed = parse(text, definitions);
    if (auto const* mistake = std::get_if<Mistake>(&parsed)) {
        FAIL(mistake->place.line, ":", mistake->place.column, ": ", mistake->message);
    }
    return std::get<Script>(std::move(parsed));
}

/// The first event of a script of one line.
Event event(std::string const& line) { return script(line).events.front(); }

TcpPattern tcp(std::string const& packet) {
    return std::get<TcpPattern>(std::get<Packet>(event("0 " + packet).what).body);
}

Call call(std::string const& line) { return std::get<Call>(event("0 " + line).what); }

Mistake mistake(std::string const& text) {
    auto parsed = parse(text);
    REQUIRE_MESSAGE(std::holds_alternative<Mistake>(parsed), "understood: ", text);
    return std::get<Mistake>(std::move(parsed));
}

void check_mistake(std::string const& text, int line, int column, std::string const& words) {
    Mistake const found = mistake(text);
    CAPTURE(text);
    CAPTURE(found.message);
    CHECK(found.place.line == line);
    CHECK(found.place.column == column);
    CHECK(found.message.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("Mistakes: nesting without end is refused, not followed") {
    for (char const* each : {"[", "{", "f("}) {
        CAPTURE(each);
        std::string deep = "0 f(";
        for (int i = 0; i < 100'000; ++i) {
            deep += each;
        }
        CHECK(mistake(deep).message.find("nested") != std::string::npos);
    }
    std::string well = "0 f(";
    for (int i = 0; i < 49; ++i) {
        well += "[";
    }
    well += "1";
    for (int i = 0; i < 49; ++i) {
        well += "]";
    }
    CHECK(script(well + ") = 0").events.size() == 1);
    CHECK(script(well.substr(0, 4) + "[1], [2]) = 0").events.size() == 1);
}

TEST_CASE("Mistakes: the value of an option, at its place") {
    check_mistake("--mtu=67\n0 close(3) = 0", 1, 3, "68");
    check_mistake("--ip_version=ipv4\n--tolerance_usecs=soon\n0 close(3) = 0", 2, 3, "soon");
    check_mistake("--bind_port=65536\n0 close(3) = 0", 1, 3, "65535");
    CHECK(script("--mtu=68\n0 close(3) = 0").options.size() == 1);
    CHECK(script("--no_such_option\n0 close(3) = 0").options.size() == 1);  // unsupported, not mistaken
}

TEST_CASE("Mistakes: time that goes back") {
    check_mistake("0.5 close(3) = 0\n0.4 close(4) = 0", 2, 1, "goes back");
    check_mistake("0.5 close(3) = 0\n+.1 close(4) = 0\n.55 close(5) = 0", 3, 1, "goes back");
    CHECK(script("0.5 close(3) = 0\n+.1 close(4) = 0\n.6 close(5) = 0").events.size() == 3);
    CHECK(script("0.5 close(3) = 0\n* > . 1:1(0) ack 1\n.5 close(5) = 0").events.size() == 3);
}

TEST_CASE("Times: absolute, relative, ranges, any, and the return of a blocking call") {
    CHECK(event("0.1 close(3) = 0").when.kind == When::Kind::absolute);
    CHECK(event("0.1 close(3) = 0").when.from == 100ms);
    CHECK(event("+.01 close(3) = 0").when.kind == When::Kind::relative);
    CHECK(event("+.01 close(3) = 0").when.from == 10ms);
    CHECK(event("2 close(3) = 0").when.from == 2s);
    CHECK(event("* > . 1:1(0) ack 1").when.kind == When::Kind::any);

    When const range = event("1~1.5 > . 1:1(0) ack 1").when;
    CHECK(range.from == 1s);
    CHECK(range.until == 1500ms);
    When const relative_range = event("+1~+1.5 > . 1:1(0) ack 1").when;
    CHECK(relative_range.kind == When::Kind::relative);
    CHECK(relative_range.until == 1500ms);

    When const blocking = event("+0...0.3 read(3, ..., 10) = 10").when;
    CHECK(blocking.from == 0s);
    CHECK(blocking.returns == 300ms);
    CHECK(!event("0 read(3, ..., 10) = 10").when.returns);
}

TEST_CASE("TCP packets: direction, flags, numbers, window, urgent pointer") {
    auto const packet = std::get<Packet>(event("0 < S. 0:1000(1000) ack 7 win 257 urg 3").what);
    CHECK(packet.direction == Direction::inbound);
    auto const& syn_ack = std::get<TcpPattern>(packet.body);
    CHECK(syn_ack.flags.bits == (wire::Flags::syn | wire::Flags::ack));
    CHECK(syn_ack.range.first == 0);
    CHECK(syn_ack.range.last == 1000);
    CHECK(syn_ack.range.length == 1000);
    CHECK(syn_ack.ack == 7U);
    CHECK(syn_ack.window == 257);
    CHECK(syn_ack.urgent == 3);
    CHECK(std::get<Packet>(event("0 > S 0:0(0)").what).direction == Direction::outbound);

    CHECK(tcp("> . 1:1(0) ack 1").flags.bits == wire::Flags::ack);
    CHECK(tcp("> FP. 1:1(0) ack 1").flags.bits == (wire::Flags::fin | wire::Flags::psh | wire::Flags::ack));
    CHECK(tcp("> SEW 0:0(0)").flags.bits == (wire::Flags::syn | wire::Flags::ece | wire::Flags::cwr));
    CHECK(tcp("> R 1:1(0)").flags.bits == wire::Flags::rst);
    CHECK(tcp("> U. 1:1(0) ack 1").flags.bits == (wire::Flags::urg | wire::Flags::ack));
    CHECK(tcp("> - 1:1(0)").flags.bits == 0);
    CHECK(tcp("> S.5 0:0(0) ack 1").accurate_ecn == 5);
    CHECK(!tcp("> . 1:1(0) ack 1").window);
    CHECK(!tcp("> R 1:1(0)").ack);
}

TEST_CASE("Sequence numbers wrap, and may be absolute or any") {
    CHECK(tcp("< . 4294967295:0(1) ack 1").range.length == 1);
    CHECK(tcp("> R. 0:0(0)! ack 2").range.absolute);
    CHECK(!tcp("> R. 0:0(0) ack 2").range.absolute);
    CHECK(tcp("> R ...(0)").range.any);
}

TEST_CASE("TCP packets may name ports and a tunnel") {
    CHECK(tcp("< 1000 > 2000 . 1:1(0) ack 1").ports == std::pair<std::uint16_t, std::uint16_t>{1000, 2000});
    CHECK(tcp("< . 1:1(0) ack 1/udp(1 > 9811)").udp_tunnel == std::pair<std::uint16_t, std::uint16_t>{1, 9811});
    CHECK(!tcp("< . 1:1(0) ack 1").udp_tunnel);
}

TEST_CASE("TCP options in the order of writing") {
    auto const options = tcp("< S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 7,nop,wscale 8,eol,eol,eol,eol>").options;
    REQUIRE(options.size() == 9);
    CHECK(std::get<MssOption>(options[0]).mss == 1460);
    CHECK(std::get<PlainOption>(options[1]).kind == PlainOption::Kind::sack_permitted);
    CHECK(std::get<TimestampOption>(options[2]).value == 100);
    CHECK(std::get<TimestampOption>(options[2]).echo == 7);
    CHECK(std::get<PlainOption>(options[3]).kind == PlainOption::Kind::nop);
    CHECK(std::get<WindowScaleOption>(options[4]).shift == 8);
    CHECK(std::get<PlainOption>(options[5]).kind == PlainOption::Kind::end);

    auto const sack = std::get<SackOption>(tcp("> . 1:1(0) ack 1 <nop,nop,sack 2001:3001 4001:5001>").options[2]);
    REQUIRE(sack.blocks.size() == 2);
    CHECK(sack.blocks[1] == std::pair<std::uint32_t, std::uint32_t>{4001, 5001});
    CHECK(tcp("> . 1:1(0) ack 1 <...>").any_options);
    CHECK(!tcp("> . 1:1(0) ack 1").any_options);
}

TEST_CASE("Fast Open cookies, digests, AccECN and unknown options") {
    // Padded to whole words, as a header needs it.
    auto const first = [](std::string const& option) {
        for (std::string padded = option; padded.size() < option.size() + 16; padded += ",nop") {
            auto const parsed = parse("0 < S 0:0(0) <" + padded + ">");
            if (auto const* script = std::get_if<Script>(&parsed)) {
                return std::get<TcpPattern>(std::get<Packet>(script->events.front().what).body).options.front();
            }
        }
        FAIL("not understood: ", option);
        return TcpOption{};
    };
    CHECK(std::get<FastOpenOption>(first("FO")).cookie.empty());
    CHECK(std::get<FastOpenOption>(first("FO 0123456789abcdef")).cookie ==
          std::vector<std::uint8_t>{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef});
    CHECK(std::get<FastOpenOption>(first("FO 12345678")).cookie == std::vector<std::uint8_t>{0x12, 0x34, 0x56, 0x78});
    CHECK(std::get<FastOpenOption>(first("FOEXP a1b2")).experimental);
    CHECK(!std::get<FastOpenOption>(first("FO a1b2")).experimental);
    CHECK(!std::get<Md5Option>(first("md5 valid")).digest);
    CHECK(std::get<Md5Option>(first("md5 00ff")).digest == std::vector<std::uint8_t>{0x00, 0xff});
    CHECK(std::get<AccEcnOption>(first("ECN e1b 1 ceb 0 e0b 2")).counters.size() == 3);
    auto const unknown = std::get<UnknownOption>(first("unknown 77 0102"));
    CHECK(unknown.kind == 77);
    CHECK(unknown.data == std::vector<std::uint8_t>{1, 2});
}

TEST_CASE("RFC 9293 §3.1: TCP options fill whole words, and no more than forty bytes") {
    check_mistake("0 < S 0:0(0) <mss 1000,nop>", 1, 15, "make 5 bytes");
    check_mistake("0 < S 0:0(0) <sack 1:2 3:4 5:6 7:8,TS val 1 ecr 2>", 1, 15, "make 44 bytes");
}

TEST_CASE("What is said of the IP header") {
    auto const ip = [](std::string const& packet) { return std::get<Packet>(event("0 " + packet).what).ip; };
    CHECK(ip("< [noecn] . 1:1(0) ack 1").ecn == 0);
    CHECK(ip("< [ect1] . 1:1(0) ack 1").ecn == 1);
    CHECK(ip("< [ect0] . 1:1(0) ack 1").ecn == 2);
    CHECK(ip("< [ce] . 1:1(0) ack 1").ecn == 3);
    CHECK(ip("> [ect01] . 1:1(0) ack 1").any_ect);
    CHECK(ip("> (tos 0x28) . 1:1(0) ack 1").tos == 0x28);
    CHECK(ip("> (ttl 17) . 1:1(0) ack 1").ttl == 17);
    CHECK(!ip("> . 1:1(0) ack 1").ecn);
}

TEST_CASE("UDP and ICMP") {
    auto const body = [](std::string const& packet) { return std::get<Packet>(event("0 " + packet).what).body; };
    CHECK(std::get<UdpPattern>(body("< udp (1000)")).length == 1000);
    auto const needed = std::get<IcmpPattern>(body("< icmp unreachable frag_needed mtu 1200 [1:1461(1460)]"));
    CHECK(needed.type == "unreachable");
    CHECK(needed.code == "frag_needed");
    CHECK(needed.mtu == 1200U);
    CHECK(std::get<SequenceRange>(needed.about).length == 1460);
    CHECK(std::get<IcmpPattern>(body("< icmp source_quench [0:0(0)]")).code.empty());
    CHECK(std::get<UdpPattern>(std::get<IcmpPattern>(body("< icmp unreachable port_unreachable [udp (9)]")).about)
              .length == 9);
}

TEST_CASE("Calls: values of every kind, results, errors and notes") {
    Call const set = call("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
    CHECK(set.name == "setsockopt");
    REQUIRE(set.arguments.size() == 5);
    CHECK(set.arguments[0].value == 3);
    CHECK(set.arguments[1].text == "SOL_SOCKET");
    CHECK(set.arguments[3].kind == Expression::Kind::list);
    CHECK(set.arguments[3].items[0].value == 1);
    CHECK(set.result.value == 0);

    Call const failing = call("connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)");
    CHECK(failing.arguments[1].kind == Expression::Kind::ellipsis);
    CHECK(failing.result.value == -1);
    CHECK(failing.error == "EINPROGRESS");
    CHECK(call("write(4, ..., 10) = -1 EPIPE(Broken pipe)").error == "EPIPE");
    CHECK(call("fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)").result.value == 2);

    Expression const flags = call("fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0").arguments[2];
    CHECK(flags.kind == Expression::Kind::either);
    CHECK(flags.items[1].text == "O_NONBLOCK");
    CHECK(call("open(\"files/\" \"file\", O_RDONLY) = 3").arguments[0].text == "files/file");
}

TEST_CASE("Calls: structures keep the names of their members") {
    Expression const polled = call("poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1").arguments[0];
    Expression const& entry = polled.items[0];
    CHECK(entry.kind == Expression::Kind::structure);
    REQUIRE(entry.names.size() == 3);
    CHECK(entry.names[2] == "revents");
    CHECK(entry.items[0].value == 4);

    Expression const message =
        call("recvmsg(3, {msg_name(...)=..., msg_iov(2)=[{...,5},{...,7}], msg_flags=MSG_OOB}, 0) = 12").arguments[1];
    CHECK(message.names[1] == "msg_iov");
    CHECK(message.items[1].items[1].items[1].value == 7);
    Expression const address =
        call("bind(3, {sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr(\"10.0.0.1\")}, ...) = 0")
            .arguments[1];
    CHECK(address.items[1].kind == Expression::Kind::function);
    CHECK(address.items[1].text == "htons");
    CHECK(address.items[1].items[0].value == 80);
    CHECK(address.items[2].items[0].text == "10.0.0.1");
}

TEST_CASE("Options, set-up, code, commands and clean-up each have their place") {
    Script const whole = script(
        "--tolerance_usecs=10000\n--strict_segments // flag\n`setup`\n"
        "0 close(3) = 0 /* a\ncomment */\n+0 `command`\n+0 %{ assert 1 }%\n`cleanup`\n");
    REQUIRE(whole.options.size() == 2);
    CHECK(whole.options[0].name == "tolerance_usecs");
    CHECK(whole.options[0].value == "10000");
    CHECK(whole.options[1].name == "strict_segments");
    CHECK(whole.setup->text == "setup");
    REQUIRE(whole.events.size() == 3);
    CHECK(std::get<Command>(whole.events[1].what).text == "command");
    CHECK(std::get<Code>(whole.events[2].what).text == " assert 1 ");
    CHECK(whole.cleanup->text == "cleanup");
    CHECK(whole.events[0].place.line == 4);
    CHECK(whole.events[0].line == "0 close(3) = 0");
    CHECK(whole.events[1].place.line == 6);
}

TEST_CASE("Symbols may be defined from outside or by the script, and choose lines") {
    CHECK(std::get<Call>(script("0 f(SIZE) = 0", {{"SIZE", "12"}}).events[0].what).arguments[0].value == 12);
    CHECK(std::get<Call>(script("--define=A=B\n0 f(A) = 0").events[0].what).arguments[0].text == "B");
    auto const syn = script("0 < S 0:0(0) <FO COOKIE>", {{"COOKIE", "a1b2"}});
    auto const& options = std::get<TcpPattern>(std::get<Packet>(syn.events[0].what).body).options;
    CHECK(std::get<FastOpenOption>(options[0]).cookie == std::vector<std::uint8_t>{0xa1, 0xb2});

    std::string const lines = "0 a() = 0\n#ifdef X\n0 b() = 0\n#else\n0 c() = 0\n#endif\n";
    CHECK(std::get<Call>(script(lines).events[1].what).name == "c");
    CHECK(std::get<Call>(script(lines, {{"X", "1"}}).events[1].what).name == "b");
    CHECK(script(lines).events[1].place.line == 5);
    CHECK(script("#ifndef X\n0 a() = 0\n#endif\n0 b() = 0").events.size() == 2);
}

TEST_CASE("A mistake is told with its place and what was expected there") {
    check_mistake("0 clse(3 = 0", 1, 10, "expected ')'");
    check_mistake("0 close(3) = 0\n+0 > S 0:0(0) <mss 1460,sackok>", 2, 25, "'sackok' is no TCP option");
    check_mistake("0 > . 1:5(3) ack 1", 1, 7, "the length does not fit");
    check_mistake("0 > X 1:1(0)", 1, 5, "'X' is no TCP flag");
    check_mistake("0 > . 1:1(0) ack 1 win 70000", 1, 24, "outside 0 to 65535");
    check_mistake("0 < . 1:1(0) ack 1 <...>", 1, 20, "expected (>)");
    check_mistake("0 < [ect01] . 1:1(0) ack 1", 1, 5, "expected (>)");
    check_mistake("0 < (colour) . 1:1(0) ack 1", 1, 6, "IP header");
    check_mistake("-1 close(3) = 0", 1, 1, "negative");
    check_mistake("x close(3) = 0", 1, 1, "the time of an event");
    check_mistake("0", 1, 1, "expected a packet");
    check_mistake("2...1 close(3) = 0", 1, 5, "returns before it begins");
    check_mistake("2~1 > . 1:1(0) ack 1", 1, 3, "ends before it begins");
    check_mistake("0...1 > . 1:1(0) ack 1", 1, 1, "only a call can block");
    check_mistake("0 close(3) = ", 1, 12, "expected a value");
    check_mistake("0 close(3) = 0 (open", 1, 20, "')' is missing");
    check_mistake("0 < S 0:0(0) <FO abc>", 1, 18, "pairs of hexadecimal digits");
    check_mistake("0 > S.9 0:0(0) ack 1", 1, 6, "from .0 to .7");
    check_mistake("", 1, 1, "at least one event");
    check_mistake("0 close(3) = 0\n`a`\n`b`", 3, 1, "clean-up");
}

TEST_CASE("What has no end is told where it begins") {
    check_mistake("0 close(3) = 0\n/* and", 2, 1, "*/ is missing");
    check_mistake("0 `echo", 1, 3, "` is missing");
    check_mistake("0 open(\"x) = 3", 1, 8, "\" is missing");
    check_mistake("0 %{ assert", 1, 3, "}% is missing");
    check_mistake("0 close(3) = 0\n#ifdef X\n", 2, 1, "#endif is missing");
    check_mistake("#endif\n0 close(3) = 0", 1, 1, "without an #ifdef");
    check_mistake("#ifdef\n#endif\n0 close(3) = 0", 1, 1, "needs a name");
}

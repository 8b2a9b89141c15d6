#include "sim/packet_script/grammar.hpp"

#include <array>
#include <limits>
#include <string_view>

namespace tcpsim::packet_script {

namespace {

constexpr std::int64_t most_16 = 0xffff;
constexpr std::int64_t most_32 = 0xffffffff;

std::uint16_t port_at(Cursor& at) { return static_cast<std::uint16_t>(at.expect_integer(0, most_16, "a port")); }

/// "a > b"
std::pair<std::uint16_t, std::uint16_t> ports_at(Cursor& at) {
    std::uint16_t const source = port_at(at);
    at.expect_sign('>', "between two ports");
    return {source, port_at(at)};
}

bool numeric(Token const& token) { return token.kind == Token::Kind::integer; }

// --- what stands in brackets about the IP header

std::optional<std::uint8_t> ecn_bits(std::string_view word) {
    constexpr std::array names{"noecn", "ect1", "ect0", "ce"};
    for (std::size_t bits = 0; bits < names.size(); ++bits) {
        if (word == names[bits]) {
            return static_cast<std::uint8_t>(bits);
        }
    }
    return std::nullopt;
}

void ip_part(Cursor& at, IpPattern& ip) {
    Token const token = at.peek();
    if (at.take_word("ecn")) {
        ip_part(at, ip);
    } else if (at.take_word("ect01")) {
        ip.any_ect = true;
    } else if (auto const bits = ecn_bits(token.text)) {
        at.take();
        ip.ecn = bits;
    } else if (at.take_word("tos") || at.take_word("class")) {
        ip.tos = static_cast<std::uint8_t>(at.expect_integer(0, 0xff, "the TOS byte"));
    } else if (at.take_word("ttl") || at.take_word("hlim")) {
        ip.ttl = static_cast<std::uint8_t>(at.expect_integer(0, 0xff, "the TTL"));
    } else {
        at.fail("expected something of the IP header (noecn, ect0, ect1, ect01, ce, tos 0x10, ttl 64), not " +
                shown(token));
    }
}

IpPattern ip_at(Cursor& at) {
    IpPattern ip;
    char const close = at.at_sign('(') ? ')' : ']';
    if (!at.take_sign('(') && !at.take_sign('[')) {
        return ip;
    }
    ip_part(at, ip);
    while (at.take_sign(',')) {
        ip_part(at, ip);
    }
    at.expect_sign(close, "after what is said of the IP header");
    return ip;
}

// --- TCP

/// The control bit of a letter of packetdrill; 0: none.
std::uint8_t flag_of(char letter) {
    using wire::Flags;
    constexpr std::array<std::pair<char, std::uint8_t>, 9> letters{{{'F', Flags::fin},
                                                                    {'S', Flags::syn},
                                                                    {'R', Flags::rst},
                                                                    {'P', Flags::psh},
                                                                    {'.', Flags::ack},
                                                                    {'U', Flags::urg},
                                                                    {'E', Flags::ece},
                                                                    {'W', Flags::cwr},
                                                                    {'C', Flags::cwr}}};
    for (auto const& [name, bit] : letters) {
        if (name == letter) {
            return bit;
        }
    }
    return 0;
}

/// RFC 9768 §3.1: the three ACE bits are AE, CWR and ECE; a digit names their count.
void accurate_ecn_at(Cursor& at, TcpPattern& tcp) {
    Token const digits = at.take();
    auto const count = integer_of(digits.text.substr(1));
    if (digits.text.front() != '.' || !count || *count < 0 || *count > 7) {
        at.fail_at(digits, "expected a count of AccECN from .0 to .7, not " + shown(digits));
    }
    tcp.flags.bits |= wire::Flags::ack;
    tcp.accurate_ecn = static_cast<std::uint8_t>(*count);
}

void flags_at(Cursor& at, TcpPattern& tcp) {
    Token const token = at.peek();
    if (at.take_sign('-')) {
        return;
    }
    if (token.kind == Token::Kind::word) {
        for (char const letter : token.text) {
            std::uint8_t const bit = flag_of(letter);
            if (letter == 'A') {
                tcp.accurate_ecn = static_cast<std::uint8_t>(tcp.accurate_ecn.value_or(0) | 4U);
                continue;
            }
            if (bit == 0) {
                at.fail("'" + std::string{letter} + "' is no TCP flag: there are F S R P U E W A and '.' for ACK");
            }
            tcp.flags.bits |= bit;
        }
        at.take();
    }
    if (at.at(Token::Kind::decimal)) {
        accurate_ecn_at(at, tcp);
    } else if (at.take_sign('.')) {
        tcp.flags.bits |= wire::Flags::ack;
    } else if (token.kind != Token::Kind::word) {
        at.fail("expected TCP flags (such as S, S., P., F., R or . for a plain ACK), not " + shown(token));
    }
}

std::uint32_t number_at(Cursor& at, std::string_view what) {
    return static_cast<std::uint32_t>(at.expect_integer(0, most_32, what));
}

/// first:last(length), with "!" if the numbers are as on the wire; ...(length).
SequenceRange range_at(Cursor& at) {
    SequenceRange range;
    Token const begin = at.peek();
    if (at.at(Token::Kind::ellipsis)) {
        at.take();
        range.any = true;
    } else {
        range.first = number_at(at, "the first sequence number");
        at.expect_sign(':', "between two sequence numbers");
        range.last = number_at(at, "the last sequence number");
    }
    at.expect_sign('(', "and the length");
    range.length = static_cast<std::uint32_t>(at.expect_integer(0, most_16, "the length"));
    at.expect_sign(')', "after the length");
    range.absolute = at.take_sign('!');
    if (!range.any && range.first + range.length != range.last) {
        at.fail_at(begin, "the length does not fit: " + std::to_string(range.first) + " and " +
                              std::to_string(range.length) + " bytes make " +
                              std::to_string(range.first + range.length) + ", not " + std::to_string(range.last));
    }
    return range;
}

/// /udp(a > b)
std::pair<std::uint16_t, std::uint16_t> tunnel_at(Cursor& at) {
    at.expect_sign('/', "before a tunnel");
    at.expect_word("udp", "after '/'");
    at.expect_sign('(', "and the ports of the tunnel");
    auto const ports = ports_at(at);
    at.expect_sign(')', "after the ports");
    return ports;
}

TcpPattern tcp_at(Cursor& at, Direction direction) {
    TcpPattern tcp;
    if (numeric(at.peek()) && at.at_sign('>', 1)) {
        tcp.ports = ports_at(at);
    }
    flags_at(at, tcp);
    tcp.range = range_at(at);
    if (at.take_word("ack")) {
        tcp.ack = number_at(at, "the acknowledgment number");
    }
    if (at.take_word("win")) {
        tcp.window = static_cast<std::uint16_t>(at.expect_integer(0, most_16, "the window"));
    }
    if (at.take_word("urg")) {
        tcp.urgent = static_cast<std::uint16_t>(at.expect_integer(0, most_16, "the urgent pointer"));
    }
    if (at.at_sign('<')) {
        Token const open = at.peek();
        auto options = parse_tcp_options(at);
        tcp.any_options = !options.has_value();
        if (!options && direction == Direction::inbound) {
            at.fail_at(open, "<...> stands for any options: only a packet that is expected (>) can have it");
        }
        tcp.options = std::move(options).value_or(std::vector<TcpOption>{});
    }
    if (at.at_sign('/')) {
        tcp.udp_tunnel = tunnel_at(at);
    }
    return tcp;
}

// --- UDP, ICMP

UdpPattern udp_at(Cursor& at) {
    UdpPattern udp;
    if (numeric(at.peek())) {
        udp.ports = ports_at(at);
    }
    at.expect_sign('(', "and the length of the datagram");
    udp.length = static_cast<std::uint32_t>(at.expect_integer(0, most_16, "the length"));
    at.expect_sign(')', "after the length");
    return udp;
}

IcmpPattern icmp_at(Cursor& at) {
    IcmpPattern icmp{.type = at.expect_name("the type of the ICMP message")};
    if (at.at(Token::Kind::word) && !at.at_word("mtu") && !at.at_word("id")) {
        icmp.code = at.defined(at.take().text);
    }
    if (at.take_word("mtu")) {
        icmp.mtu = number_at(at, "the MTU");
    }
    if (at.take_word("id")) {
        icmp.id = number_at(at, "the identifier");
    }
    if (at.take_sign('[')) {
        if (at.take_word("udp")) {
            icmp.about = udp_at(at);
        } else {
            icmp.about = range_at(at);
            icmp.udp_tunnel = at.at_sign('/') ? std::optional{tunnel_at(at)} : std::nullopt;
        }
        at.expect_sign(']', "after what the message quotes");
    }
    return icmp;
}

/// The word that begins an outer header; empty if the packet's own begins.
std::string encapsulation_at(Cursor const& at) {
    for (std::string_view const outer : {"ipv4", "ipv6", "gre", "GREv0", "mpls"}) {
        if (at.at_word(outer)) {
            return std::string{outer};
        }
    }
    return {};
}

/// Outer headers end at a colon; what they say is kept in the event's line only.
void skip_outer_header(Cursor& at) {
    while (!at.take_sign(':')) {
        if (at.at_end()) {
            at.fail("expected ':' after an outer header");
        }
        at.take();
    }
}

}  // namespace

Packet parse_packet(Cursor& at) {
    Packet packet;
    packet.direction = at.take().text == "<" ? Direction::inbound : Direction::outbound;
    for (std::string outer = encapsulation_at(at); !outer.empty(); outer = encapsulation_at(at)) {
        packet.encapsulation = outer;
        skip_outer_header(at);
    }
    Token const before_ip = at.peek();
    packet.ip = ip_at(at);
    if (packet.ip.any_ect && packet.direction == Direction::inbound) {
        at.fail_at(before_ip, "ect01 stands for either codepoint: only a packet that is expected (>) can have it");
    }
    if (at.take_word("encap")) {
        packet.encapsulation = at.expect_name("a kind of encapsulation");
        at.expect_word("spi", "after the kind of encapsulation");
        (void)at.expect_integer(0, most_32, "the index");
    }
    if (at.take_word("udp")) {
        packet.body = udp_at(at);
    } else if (at.take_word("icmp")) {
        packet.body = icmp_at(at);
    } else {
        packet.body = tcp_at(at, packet.direction);
    }
    return packet;
}

}  // namespace tcpsim::packet_script

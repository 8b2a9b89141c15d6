#include "stack/wire/notation.hpp"

#include "stack/wire/big_endian.hpp"
#include "stack/wire/layout.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tcpsim::wire {
namespace {

std::string hex(std::span<std::uint8_t const> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "0x";
    for (std::uint8_t const byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 0xfU];
    }
    return text;
}

std::string relative(SeqNum number, SeqNum base) { return std::to_string(number.raw() - base.raw()); }

std::string size_text(std::uint64_t size) { return "(" + std::to_string(size) + ")"; }

std::string timestamps_text(std::span<std::uint8_t const> data, Flags flags, RelativeTo const& base) {
    std::uint32_t const value = read_u32(data.data()) - base.timestamp_value;
    std::uint32_t const echo = read_u32(data.data() + 4);
    // RFC 7323 §3.2: without ACK the echo means nothing and is sent as zero.
    std::uint32_t const shown = flags.has(Flags::ack) ? echo - base.timestamp_echo : echo;
    return "TS val " + std::to_string(value) + " ecr " + std::to_string(shown);
}

std::string sack_text(std::span<std::uint8_t const> data, RelativeTo const& base) {
    std::string text = "sack";
    for (std::size_t at = 0; at < data.size(); at += 8) {
        text += " " + relative(SeqNum{read_u32(data.data() + at)}, base.ack) + ":" +
                relative(SeqNum{read_u32(data.data() + at + 4)}, base.ack);
    }
    return text;
}

std::string option_text(RawOption const& option, Flags flags, RelativeTo const& base) {
    auto const& data = option.data;
    switch (static_cast<OptionKind>(option.kind)) {
        case OptionKind::end:
            return "eol";
        case OptionKind::nop:
            return "nop";
        case OptionKind::mss:
            if (data.size() == 2) {
                return "mss " + std::to_string(read_u16(data.data()));
            }
            break;
        case OptionKind::window_scale:
            if (data.size() == 1) {
                return "wscale " + std::to_string(data[0]);
            }
            break;
        case OptionKind::sack_permitted:
            if (data.empty()) {
                return "sackOK";
            }
            break;
        case OptionKind::sack:
            if (!data.empty() && data.size() % 8 == 0) {
                return sack_text(data, base);
            }
            break;
        case OptionKind::timestamps:
            if (data.size() == 8) {
                return timestamps_text(data, flags, base);
            }
            break;
        case OptionKind::md5:
            if (data.size() == Md5Digest{}.size()) {
                return "md5 " + hex(data);
            }
            break;
    }
    return "kind " + std::to_string(option.kind) + (data.empty() ? "" : " " + hex(data));
}

/// Every option in the order of the wire, padding included.
std::string options_text(TcpSegment const& segment, RelativeTo const& base) {
    std::string text;
    auto const add = [&](std::string const& option) { text += (text.empty() ? "" : ",") + option; };
    std::span<std::uint8_t const> rest = segment.options.bytes();
    while (auto const option = take_option(rest)) {
        add(option_text(*option, segment.flags, base));
    }
    if (!rest.empty()) {
        add("malformed " + hex(rest));
    }
    return text;
}

struct IcmpName {
    std::uint8_t type;
    std::uint8_t code;
    std::string_view name;
};
// RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.
constexpr std::array<IcmpName, 15> icmp_names{{
    {0, 0, "echo reply"},
    {3, 0, "net unreachable"},
    {3, 1, "host unreachable"},
    {3, 2, "protocol unreachable"},
    {3, 3, "port unreachable"},
    {3, 4, "fragmentation needed"},
    {3, 5, "source route failed"},
    {3, 9, "net administratively prohibited"},
    {3, 10, "host administratively prohibited"},
    {3, 13, "administratively prohibited"},
    {4, 0, "source quench"},
    {8, 0, "echo request"},
    {11, 0, "time to live exceeded"},
    {11, 1, "reassembly time exceeded"},
    {12, 0, "parameter problem"},
}};

std::string_view icmp_name(IcmpMessage const& message) {
    for (IcmpName const& known : icmp_names) {
        if (known.type == message.type && known.code == message.code) {
            return known.name;
        }
    }
    return {};
}

/// RFC 1122 §3.2.2: the types that quote an offending packet.
bool quotes_a_packet(IcmpMessage const& message) {
    return message.type == 3 || message.type == 4 || message.type == 5 || message.type == 11 || message.type == 12;
}

/// The offending packet, of which an error quotes the header and a few bytes: " about tcp a:p > b:q seq 6".
std::string quoted_text(Payload const& quoted, RelativeTo const& base) {
    std::vector<std::byte> const raw = quoted.part(0, std::min<std::uint64_t>(quoted.size(), 68)).bytes();
    auto const* at = reinterpret_cast<std::uint8_t const*>(raw.data());
    if (raw.size() < layout::ipv4_header) {
        return {};
    }
    std::size_t const header = std::size_t{4} * (at[0] & 0xfU);
    Ipv4Address const source{read_u32(at + 12)};
    Ipv4Address const destination{read_u32(at + 16)};
    std::uint8_t const protocol = at[9];
    bool const has_ports = protocol == protocol_tcp || protocol == protocol_udp;
    if (!has_ports || header < layout::ipv4_header || raw.size() < header + 8) {
        return " about protocol " + std::to_string(protocol) + " " + to_string(source) + " > " + to_string(destination);
    }
    Endpoint const from{source, read_u16(at + header)};
    Endpoint const to{destination, read_u16(at + header + 2)};
    std::string text = protocol == protocol_tcp ? " about tcp " : " about udp ";
    text += to_string(from) + " > " + to_string(to);
    if (protocol == protocol_tcp) {
        text += " seq " + relative(SeqNum{read_u32(at + header + 4)}, base.ack);
    }
    return text;
}

std::string body_text(TcpSegment const& segment, Ipv4Header const&, RelativeTo const& base) {
    return notation(segment, base);
}

std::string body_text(UdpDatagram const& datagram, Ipv4Header const&, RelativeTo const&) {
    return "udp " + size_text(datagram.payload.size());
}

std::string body_text(IcmpMessage const& message, Ipv4Header const&, RelativeTo const& base) {
    std::string text = "icmp " + std::to_string(message.type) + "/" + std::to_string(message.code);
    if (std::string_view const known = icmp_name(message); !known.empty()) {
        text += " " + std::string{known};
    }
    if (message.type == 3 && message.code == 4) {  // RFC 1191 §4
        text += " mtu " + std::to_string(message.rest & 0xffffU);
    }
    if (message.type == 0 || message.type == 8) {
        text += " id " + std::to_string(message.rest >> 16U) + " seq " + std::to_string(message.rest & 0xffffU);
    }
    return quotes_a_packet(message) ? text + quoted_text(message.payload, base) : text;
}

std::string body_text(RawPayload const& raw, Ipv4Header const& header, RelativeTo const&) {
    std::string text = "ip protocol " + std::to_string(header.protocol) + " " + size_text(raw.payload.size());
    if (layout::is_fragment(header)) {
        text += " fragment at " + std::to_string(header.fragment_offset * 8);
        text += header.more_fragments ? ", more follow" : ", the last";
    }
    return text;
}

std::string frame_text(Ipv4Packet const& packet, std::uint16_t, RelativeTo const& base) {
    return std::visit([&](auto const& body) { return body_text(body, packet.header, base); }, packet.body);
}

std::string frame_text(ArpPacket const& arp, std::uint16_t, RelativeTo const&) {
    if (arp.operation == 1) {
        return "arp who-has " + to_string(arp.target) + " tell " + to_string(arp.sender);
    }
    if (arp.operation == 2) {
        return "arp reply " + to_string(arp.sender) + " is-at " + to_string(arp.sender_mac);
    }
    return "arp operation " + std::to_string(arp.operation);
}

std::string frame_text(RawPayload const& raw, std::uint16_t ether_type, RelativeTo const&) {
    std::array<std::uint8_t, 2> const type{high_byte(ether_type), low_byte(ether_type)};
    return "ethertype " + hex(type) + " " + size_text(raw.payload.size());
}

}  // namespace

std::string flags_text(Flags flags) {
    constexpr std::array<std::pair<std::uint8_t, char>, 8> letters{{{Flags::fin, 'F'},
                                                                    {Flags::syn, 'S'},
                                                                    {Flags::rst, 'R'},
                                                                    {Flags::psh, 'P'},
                                                                    {Flags::urg, 'U'},
                                                                    {Flags::ece, 'E'},
                                                                    {Flags::cwr, 'W'},
                                                                    {Flags::ack, '.'}}};
    std::string text;
    for (auto const& [bit, letter] : letters) {
        if (flags.has(bit)) {
            text += letter;
        }
    }
    return text.empty() ? "none" : text;
}

std::string notation(TcpSegment const& segment, RelativeTo const& base) {
    auto const size = static_cast<std::uint32_t>(segment.payload.size());
    std::string text = flags_text(segment.flags) + " " + relative(segment.seq, base.seq) + ":" +
                       relative(segment.seq + size, base.seq) + size_text(size);
    if (segment.flags.has(Flags::ack)) {
        text += " ack " + relative(segment.ack, base.ack);
    }
    text += " win " + std::to_string(segment.window);
    if (segment.flags.has(Flags::urg)) {
        text += " urg " + std::to_string(segment.urgent);
    }
    if (!segment.options.empty()) {
        text += " <" + options_text(segment, base) + ">";
    }
    return text;
}

std::string notation(Frame const& frame, RelativeTo const& base) {
    return std::visit([&](auto const& body) { return frame_text(body, frame.ether_type, base); }, frame.body);
}

}  // namespace tcpsim::wire

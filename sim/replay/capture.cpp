#include "sim/replay/capture.hpp"

#include "stack/wire/options.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string_view>
#include <tuple>

namespace tcpsim::replay {
namespace {

constexpr std::uint8_t icmp_unreachable = 3;
constexpr std::uint8_t icmp_too_big = 4;
constexpr std::uint8_t option_fast_open = 34;  // RFC 7413 §4.1.1

/// In the recorder's order of letters.
std::string letters(wire::Flags flags) {
    using wire::Flags;
    constexpr std::array<std::pair<char, std::uint8_t>, 8> names{{{'S', Flags::syn},
                                                                  {'F', Flags::fin},
                                                                  {'R', Flags::rst},
                                                                  {'P', Flags::psh},
                                                                  {'A', Flags::ack},
                                                                  {'U', Flags::urg},
                                                                  {'E', Flags::ece},
                                                                  {'C', Flags::cwr}}};
    std::string text;
    for (auto const& [letter, bit] : names) {
        if (flags.has(bit)) {
            text += letter;
        }
    }
    return text;
}

std::uint32_t big_endian(std::span<std::uint8_t const> bytes) {
    std::uint32_t value = 0;
    for (std::uint8_t const byte : bytes) {
        value = value << 8U | byte;
    }
    return value;
}

void add(std::string& list, std::string const& item) { list += (list.empty() ? "" : ",") + item; }

}  // namespace

void Capture::record(trace::Record const& record) {
    auto const* const passed = std::get_if<trace::FramePassed>(&record.what);
    if (passed == nullptr || passed->node != where_.node || passed->interface != where_.interface ||
        record.at < from_) {
        return;
    }
    if (auto const* const ip = std::get_if<wire::Ipv4Packet>(&passed->frame->body)) {
        note(*ip, passed->cause, record.at);
    } else if (auto const* const arp = std::get_if<wire::ArpPacket>(&passed->frame->body);
               arp != nullptr && with_arp_) {
        note(*arp, passed->cause, record.at);
    }
}

void Capture::note(wire::ArpPacket const& arp, tcp::Cause const& cause, Instant at) {
    constexpr std::uint16_t request = 1;
    bool const asks = arp.operation == request;
    Packet packet;
    packet.at = at.time_since_epoch();
    packet.from = name_of(arp.sender) + ">" + (asks ? "*" : name_of(arp.target));
    packet.other = asks ? "arp who-has " + name_of(arp.target) : "arp reply";
    if (!began_) {
        began_ = at;
    }
    packets_.push_back({std::move(packet), cause});
}

void Capture::note(wire::Ipv4Packet const& ip, tcp::Cause const& cause, Instant at) {
    auto const* const segment = std::get_if<wire::TcpSegment>(&ip.body);
    if (!began_ && !std::holds_alternative<wire::IcmpMessage>(ip.body)) {
        began_ = at;
    }
    Packet packet;
    packet.at = at.time_since_epoch();
    packet.from = name_of(ip.header.source) + ">" + name_of(ip.header.destination);
    if (segment != nullptr) {
        describe(*segment, ip.header, packet);
    } else if (auto const* const icmp = std::get_if<wire::IcmpMessage>(&ip.body)) {
        packet.other = icmp_text(*icmp);
    } else if (auto const* const datagram = std::get_if<wire::UdpDatagram>(&ip.body)) {
        packet.other = fmt::format("udp {}", datagram->payload.size());
    }
    packets_.push_back({std::move(packet), cause});
}

void Capture::describe(wire::TcpSegment const& segment, wire::Ipv4Header const& header, Packet& packet) {
    constexpr std::array<std::string_view, 4> ecn{"", "ect1", "ect0", "ce"};
    wire::Endpoint const source{header.source, segment.source_port};
    wire::Endpoint const destination{header.destination, segment.destination_port};
    auto const [entry, is_new] =
        flows_.try_emplace(std::minmax(source, destination), Flow{static_cast<std::int64_t>(flows_.size()), {}});
    Flow& flow = entry->second;
    std::vector<SeqNum>& initial = flow.initial[source];
    bool const repeated = std::find(initial.begin(), initial.end(), segment.seq) != initial.end();
    if (segment.flags.has(wire::Flags::syn) && !repeated) {
        initial.push_back(segment.seq);
    }
    packet.connection = flow.number;
    packet.flags = letters(segment.flags);
    packet.seq = relative(flow, source, segment.seq);
    packet.ack = segment.flags.has(wire::Flags::ack) ? relative(flow, destination, segment.ack) : "";
    packet.length = static_cast<std::int64_t>(segment.payload.size());
    packet.window = segment.window;
    packet.options = options_text(flow, destination, segment);
    packet.ecn = ecn.at(header.tos & 3U);
}

std::vector<Seen> Capture::packets(Instant zero) const {
    std::vector<Seen> packets = packets_;
    for (Seen& seen : packets) {
        seen.packet.at -= zero.time_since_epoch();
    }
    return packets;
}

std::string Capture::name_of(wire::Ipv4Address address) const {
    auto const found = names_.find(address);
    return found == names_.end() ? to_string(address) : found->second;
}

/// From the nearest initial number of that side, as the recorder counts.
std::string Capture::relative(Flow const& flow, wire::Endpoint whose, SeqNum number) const {
    constexpr std::int64_t far = 1 << 27;
    std::optional<std::int64_t> best;
    if (auto const known = flow.initial.find(whose); known != flow.initial.end()) {
        for (SeqNum const initial : known->second) {
            std::int64_t const distance = number - initial;
            if (std::abs(distance) < far && (!best || std::abs(distance) < std::abs(*best))) {
                best = distance;
            }
        }
    }
    return best ? std::to_string(*best) : number.raw() == 0 ? "abs0" : "other";
}

std::string Capture::options_text(Flow const& flow, wire::Endpoint acknowledged,
                                  wire::TcpSegment const& segment) const {
    std::string text;
    std::span<std::uint8_t const> rest = segment.options.bytes();
    while (auto const option = wire::take_option(rest)) {
        if (option->kind == static_cast<std::uint8_t>(wire::OptionKind::end)) {
            break;
        }
        switch (static_cast<wire::OptionKind>(option->kind)) {
            case wire::OptionKind::nop:
            case wire::OptionKind::end:
                break;
            case wire::OptionKind::mss:
                add(text, fmt::format("mss={}", big_endian(option->data)));
                break;
            case wire::OptionKind::window_scale:
                add(text, fmt::format("ws={}", big_endian(option->data)));
                break;
            case wire::OptionKind::sack_permitted:
                add(text, "sackok");
                break;
            case wire::OptionKind::timestamps:
                add(text, "ts");
                break;
            case wire::OptionKind::sack: {
                std::string blocks;
                for (std::size_t i = 0; i + 8 <= option->data.size(); i += 8) {
                    blocks += (blocks.empty() ? "" : "+") +
                              relative(flow, acknowledged, SeqNum{big_endian(option->data.subspan(i, 4))}) + "-" +
                              relative(flow, acknowledged, SeqNum{big_endian(option->data.subspan(i + 4, 4))});
                }
                add(text, "sack=" + blocks);
                break;
            }
            default:
                if (option->kind == option_fast_open) {
                    add(text,
                        option->data.empty() ? "tfo=request" : fmt::format("tfo={}-byte-cookie", option->data.size()));
                } else {
                    add(text, fmt::format("opt{}", option->kind));
                }
        }
    }
    return text;
}

/// RFC 792: an error quotes the IP header and the first eight bytes behind it.
std::string Capture::icmp_text(wire::IcmpMessage const& message) const {
    std::string text = fmt::format("icmp {}/{}", message.type, message.code);
    if (message.type == icmp_unreachable && message.code == icmp_too_big) {
        text += fmt::format(" mtu {}", message.rest & 0xffffU);
    }
    std::vector<std::byte> const quoted = message.payload.bytes();
    constexpr std::size_t least = 28;
    if (quoted.size() < least) {
        return text;
    }
    std::vector<std::uint8_t> bytes;
    for (std::byte const byte : quoted) {
        bytes.push_back(std::to_integer<std::uint8_t>(byte));
    }
    std::span<std::uint8_t const> const all{bytes};
    wire::Ipv4Address const from{big_endian(all.subspan(12, 4))};
    wire::Ipv4Address const to{big_endian(all.subspan(16, 4))};
    std::size_t const transport = static_cast<std::size_t>(all[0] & 0x0fU) * 4;
    text += fmt::format(" about {}>{}", name_of(from), name_of(to));
    if (all[9] == wire::protocol_udp) {
        return text + " udp";
    }
    if (all[9] != wire::protocol_tcp || bytes.size() < transport + 8) {
        return text;
    }
    wire::Endpoint const source{from, static_cast<std::uint16_t>(big_endian(all.subspan(transport, 2)))};
    wire::Endpoint const destination{to, static_cast<std::uint16_t>(big_endian(all.subspan(transport + 2, 2)))};
    auto const flow = flows_.find(std::minmax(source, destination));
    SeqNum const seq{big_endian(all.subspan(transport + 4, 4))};
    return text + " tcp seq " + (flow == flows_.end() ? "?" : relative(flow->second, source, seq));
}

}  // namespace tcpsim::replay

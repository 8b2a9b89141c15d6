#include "sim/net/syn_proxy.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tcpsim::net {
namespace {

using wire::Flags;

wire::Ipv4Packet packet_with(wire::FourTuple const& flow, wire::TcpSegment segment) {
    segment.source_port = flow.local.port;
    segment.destination_port = flow.remote.port;
    wire::Ipv4Packet packet;
    packet.header.source = flow.local.address;
    packet.header.destination = flow.remote.address;
    packet.header.protocol = wire::protocol_tcp;
    packet.body = std::move(segment);
    return packet;
}

/// Linux tcp_syncookies, msstab: what of a client's MSS a cookie can remember.
constexpr std::array<std::uint16_t, 4> mss_table{536, 1300, 1440, 1460};
constexpr std::uint32_t mss_mask = mss_table.size() - 1;

/// The largest of them that is not above the client's; RFC 9293 §3.7.1: 536 if it says nothing.
std::uint32_t mss_index(wire::TcpSegment const& syn) {
    std::uint16_t const mss = wire::decode(syn.options).mss.value_or(mss_table[0]);
    auto const above = std::upper_bound(mss_table.begin() + 1, mss_table.end(), mss);
    return static_cast<std::uint32_t>(above - mss_table.begin() - 1);
}

wire::FourTuple reversed(wire::FourTuple const& flow) { return {flow.remote, flow.local}; }

}  // namespace

Passage SynProxy::look(wire::Ipv4Packet& packet, Instant now) {
    auto* const segment = std::get_if<wire::TcpSegment>(&packet.body);
    if (segment == nullptr) {
        return {};
    }
    wire::FourTuple const flow = flow_of(packet, *segment);
    if (flow.remote == settings_.service) {
        return from_client(packet, *segment, now);
    }
    return flow.local == settings_.service ? from_server(packet, *segment, now) : Passage{};
}

Passage SynProxy::from_client(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now) {
    wire::FourTuple const flow = flow_of(packet, segment);
    Spliced* const spliced = find(flow, now);
    if (spliced == nullptr) {
        if (opens(segment)) {
            return answer(packet, segment);
        }
        return connect(packet, segment, now);
    }
    spliced->flow.see(segment, true, now);
    if (!spliced->open) {  // Linux ipv4_synproxy_hook: whatever the client repeats asks the server again
        return segment.flags.has(Flags::rst) ? Passage{trace::DropReason::no_flow, {}}
                                             : ask_server(flow, *spliced, segment.window);
    }
    segment.ack = segment.ack - spliced->shift;
    return {};
}

/// SYN,ACK with a cookie for a sequence number; no window yet, so that no text comes before the server is there.
Passage SynProxy::answer(wire::Ipv4Packet const& syn, wire::TcpSegment const& segment) const {
    wire::FourTuple const flow = flow_of(syn, segment);
    wire::TcpSegment reply;
    reply.seq = cookie(flow, segment.seq, mss_index(segment));
    reply.ack = segment.seq + 1;
    reply.flags = Flags{Flags::syn | Flags::ack};
    reply.options = wire::encode({.mss = settings_.mss}, wire::OptionLayout::linux_order);
    Passage passage{trace::DropReason::no_flow, {}};
    passage.answers.push_back(packet_with(reversed(flow), std::move(reply)));
    return passage;
}

/// The ACK that proves that the client is there: now the server gets a SYN with the client's own number.
Passage SynProxy::connect(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment, Instant now) {
    wire::FourTuple const flow = flow_of(packet, segment);
    SeqNum const client_isn = segment.seq - 1;
    bool const proves = segment.flags.has(Flags::ack) && !segment.flags.has(Flags::rst) &&
                        segment.ack == cookie(flow, client_isn, (segment.ack - 1).raw() & mss_mask) + 1;
    if (!proves) {
        return refuse(packet, segment);
    }
    Spliced& spliced = flows_[flow];
    spliced = Spliced{.cookie = segment.ack - 1, .client_isn = client_isn};
    spliced.flow.see(segment, true, now);
    return ask_server(flow, spliced, segment.window);
}

/// Linux synproxy_tg4: who proves nothing gets nowhere, whatever a preset says of other boxes.
Passage SynProxy::refuse(wire::Ipv4Packet const& packet, wire::TcpSegment const& segment) const {
    bool const resets = settings_.unknown == UnknownFlow::reset;
    return unknown_flow(resets ? UnknownFlow::reset : UnknownFlow::drop, trace::DropReason::no_flow, packet, segment);
}

Passage SynProxy::ask_server(wire::FourTuple const& flow, Spliced const& spliced, std::uint16_t window) {
    wire::TcpSegment syn;
    syn.seq = spliced.client_isn;
    syn.flags = Flags{Flags::syn};
    syn.window = window;
    syn.options = wire::encode({.mss = mss_table[spliced.cookie.raw() & mss_mask]}, wire::OptionLayout::linux_order);
    Passage passage{trace::DropReason::no_flow, {}};
    passage.answers.push_back(packet_with(flow, std::move(syn)));
    return passage;
}

Passage SynProxy::from_server(wire::Ipv4Packet& packet, wire::TcpSegment& segment, Instant now) {
    wire::FourTuple const flow = reversed(flow_of(packet, segment));
    Spliced* const spliced = find(flow, now);
    if (spliced == nullptr) {
        return refuse(packet, segment);
    }
    spliced->flow.see(segment, false, now);
    bool const accepts = segment.flags.has(Flags::syn) && segment.flags.has(Flags::ack);
    if (!spliced->open && segment.flags.has(Flags::rst)) {
        segment.seq = spliced->cookie + 1;  // Linux nf_synproxy: the refusal must be in the client's window
        return {};
    }
    if (!accepts || spliced->open) {
        segment.seq = segment.seq + spliced->shift;
        return {};
    }
    spliced->shift = static_cast<std::uint32_t>(spliced->cookie - segment.seq);
    spliced->open = true;
    wire::TcpSegment ack;  // completes the server's handshake
    ack.seq = segment.ack;
    ack.ack = segment.seq + 1;
    ack.flags = Flags{Flags::ack};
    ack.window = 0xffff;
    Passage passage{trace::DropReason::no_flow, {}};
    passage.answers.push_back(packet_with(flow, std::move(ack)));
    wire::TcpSegment update;  // the window that the client waits for
    update.seq = spliced->cookie + 1;
    update.ack = segment.ack;
    update.flags = Flags{Flags::ack};
    update.window = segment.window;
    passage.answers.push_back(packet_with(reversed(flow), std::move(update)));
    return passage;
}

SynProxy::Spliced* SynProxy::find(wire::FourTuple const& flow, Instant now) {
    auto const found = flows_.find(flow);
    if (found == flows_.end()) {
        return nullptr;
    }
    if (now >= found->second.flow.expires(settings_.timeouts)) {
        flows_.erase(found);
        return nullptr;
    }
    return &found->second;
}

/// RFC 4987 §3.6's idea: what the proxy must remember stands in the number itself.
SeqNum SynProxy::cookie(wire::FourTuple const& flow, SeqNum client_isn, std::uint32_t mss) const {
    std::array<std::uint64_t, 4> const words{std::uint64_t{flow.local.address.value} << 16U | flow.local.port,
                                             std::uint64_t{flow.remote.address.value} << 16U | flow.remote.port,
                                             client_isn.raw(), mss};
    return SeqNum{(static_cast<std::uint32_t>(siphash(key_, words)) & ~mss_mask) | mss};
}

bool SynProxy::forget() {
    bool const knew_some = !flows_.empty();
    flows_.clear();
    return knew_some;
}

}  // namespace tcpsim::net

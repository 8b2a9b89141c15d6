// Listeners that answer SYNs without remembering them (RFC 4987 §3.6).
#include "stack/host/host.hpp"
#include "stack/host/slots.hpp"
#include "stack/host/syn_cookies.hpp"

#include <algorithm>

namespace tcpsim::host {
namespace {

using wire::Flags;

wire::OptionBytes encoded(wire::Options const& options) {
    return wire::encode(options, wire::OptionLayout::linux_order);
}

}  // namespace

/// The SYN,ACK of a connection that is forgotten as soon as it is sent. Without timestamps only the MSS survives.
void Host::answer_with_cookie(Listener& listener, wire::FourTuple const& tuple, wire::TcpSegment const& syn,
                              Instant now, Output& out) {
    listener.overflowed = now;
    wire::Options offered = wire::decode(syn.options);
    std::uint16_t const mss = offered.mss.value_or(static_cast<std::uint16_t>(profile_->options.default_mss.value));
    tcp::OpenWith with = opening(tuple, listener.options, now);
    with.iss = make_cookie(secret_, tuple, syn.seq, mss, now);
    wire::TcpSegment understood = syn;
    if (offered.timestamps && profile_->options.timestamps.value) {
        auto const ticks = static_cast<std::uint32_t>(now.time_since_epoch() / profile_->options.timestamp_tick.value);
        CookieOptions const said{offered.window_scale, offered.sack_permitted,
                                 syn.flags.has(Flags::ece) && syn.flags.has(Flags::cwr)};
        with.timestamp_offset += cookie_timestamp(ticks, said) - ticks;
    } else {
        offered = wire::Options{.mss = offered.mss};
        understood.flags.bits = static_cast<std::uint8_t>(syn.flags.bits & ~(Flags::ece | Flags::cwr));
    }
    understood.options = encoded(offered);
    actions_.clear();
    tcp::Connection::passive_open(with, understood, *profile_, now, actions_);
    send_segment(tuple, std::move(actions_[0]), listener.options.user, out);
}

/// An ACK at a listener. False: it brings no cookie of ours.
bool Host::cookie_arrives(Listener& listener, wire::Ipv4Packet const& packet, wire::TcpSegment const& segment,
                          Instant now, Output& out) {
    bool const expected = listener.overflowed != never && now - listener.overflowed <= cookies_expected;
    if (!expected || segment.flags.has(Flags::rst) || segment.flags.has(Flags::syn)) {
        return false;
    }
    wire::FourTuple const tuple{{packet.header.destination, segment.destination_port},
                                {packet.header.source, segment.source_port}};
    auto const mss = mss_of_cookie(secret_, tuple, segment.seq - 1, segment.ack - 1, now);
    if (!mss) {
        return false;
    }
    if (listener.is_full()) {
        out.discarded.push_back(Discarded::accept_queue_full);
        return true;
    }
    tcp::OpenWith with = opening(tuple, listener.options, now);
    with.iss = segment.ack - 1;
    wire::TcpSegment syn;
    syn.flags = Flags{Flags::syn};
    syn.seq = segment.seq - 1;
    syn.window = segment.window;
    wire::Options options = wire::decode(segment.options);
    options.sack.clear();
    options.mss = mss;
    if (options.timestamps) {
        CookieOptions const said = options_of_timestamp(options.timestamps->echo - with.timestamp_offset);
        options.window_scale = said.window_scale;
        options.sack_permitted = said.sack_permitted;
        syn.flags.bits = static_cast<std::uint8_t>(syn.flags.bits | (said.ecn ? Flags::ece | Flags::cwr : 0));
    }
    syn.options = encoded(options);
    actions_.clear();
    std::uint32_t const slot = new_slot(tcp::Connection::from_cookie(with, syn, *profile_, now, actions_));
    slots_[slot]->listener = listener.id;
    slots_[slot]->port_bound = true;
    slots_[slot]->reuse = listener.options.reuse;
    ++listener.requests;
    ++listener.young;
    slots_[slot]->connection.segment_arrives(segment, now, actions_, packet.header.ecn());
    walk(slot, now, out);
    return true;
}

}  // namespace tcpsim::host

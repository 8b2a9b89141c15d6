// Fast Open (RFC 7413) at a host: cookies it gives, cookies it was given, and whose SYN's text it takes at once.
#include "stack/host/host.hpp"
#include "stack/host/secret.hpp"
#include "stack/host/slots.hpp"

#include <algorithm>
#include <array>

namespace tcpsim::host {
namespace {

/// Bits of Linux's tcp_fastopen.
enum Bit : int { client = 0x1, server = 0x2, client_no_cookie = 0x4, server_no_cookie = 0x200, every_listener = 0x400 };

bool on(profile::Profile const& profile, Bit bit) { return (profile.fast_open.mode.value & bit) != 0; }

/// The bytes of a word in the other order.
constexpr std::uint32_t reversed(std::uint32_t word) {
    return word << 24U | (word & 0xff00U) << 8U | (word >> 8U & 0xff00U) | word >> 24U;
}

/// What options may take of a SYN, all in all.
constexpr std::uint32_t option_space = 40;

}  // namespace

/// RFC 7413 §4.1.2: a keyed hash of the addresses.
wire::FastOpenOption Host::fast_open_cookie(wire::FourTuple const& tuple) const {
    // Linux __tcp_fastopen_cookie_gen: SipHash of both addresses as they stand in the SYN, so that servers with one key
    // (tcp_fastopen_key) take one another's cookies.
    std::uint64_t const addresses =
        std::uint64_t{reversed(tuple.remote.address.value)} | std::uint64_t{reversed(tuple.local.address.value)} << 32U;
    std::uint64_t const hash = siphash(fast_open_key_, std::array{addresses});
    wire::FastOpenOption option;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        option.cookie.push_back(static_cast<std::uint8_t>(hash >> shift));
    }
    return option;
}

/// RFC 7413 §4.2.2; Linux tcp_try_fastopen.
tcp::FastOpenWith Host::fast_open_for(Listener const& listener, wire::FourTuple const& tuple,
                                      wire::TcpSegment const& syn) const {
    tcp::FastOpenWith with;
    int const most = listener.options.fast_open_backlog != 0 || !on(*profile_, every_listener)
                         ? std::min(listener.options.fast_open_backlog, profile_->host.backlog_max.value)
                         : listener.backlog;
    auto const asked = wire::fast_open_of(syn.options);
    bool const fast = asked || !syn.payload.empty();
    if (!on(*profile_, server) || !fast || listener.fast_open_pending >= most) {
        return with;
    }
    if (on(*profile_, server_no_cookie)) {
        with.accept = true;
        return with;
    }
    if (!asked) {
        return with;
    }
    wire::FastOpenOption ours = fast_open_cookie(tuple);
    with.accept = asked->cookie == ours.cookie;
    if (!with.accept) {
        ours.experimental = asked->experimental;
        with.option = ours;
    }
    return with;
}

/// A connection that a program may accept although its handshake is not complete.
void Host::accept_fast_open(std::uint32_t slot, Listener& listener, Output& out) {
    slots_[slot]->fast_open = listener.id;
    slots_[slot]->held = true;
    slots_[slot]->queued = listener.id;
    ++listener.fast_open_pending;
    listener.ready.push_back(id_of(slot));
    out.acceptable.push_back({listener.id});
}

/// It has left SYN-RECEIVED: its place is free.
void Host::fast_open_over(Slot& here) {
    if (Listener* const listener = listener_of(*here.fast_open)) {
        --listener->fast_open_pending;
    }
    here.fast_open.reset();
}

/// RFC 7413 §4.1.3.1: what a server's SYN,ACK says of Fast Open; Linux tcp_rcv_fastopen_synack.
void Host::learn_fast_open(Slot const& here, wire::TcpSegment const& syn_ack) {
    tcp::FastOpen const& ours = here.connection.tcb().fast_open;
    if (!ours.option && !ours.text) {
        return;
    }
    FastOpenAnswer answer;
    answer.mss = wire::decode(syn_ack.options).mss.value_or(0);
    if (ours.option) {
        answer.cookie = wire::fast_open_of(syn_ack.options);
    }
    bool const repeated = here.tally.retransmitted > 0;  // who knows which SYN it answers
    if (ours.option && !ours.text && !answer.cookie && !repeated) {
        answer.unanswered = ours.experimental ? 2 : 1;
    }
    wire::FourTuple const& tuple = here.connection.tuple();
    peers_.learn({tuple.local.address, tuple.remote.address}, answer);
}

/// RFC 7413 §4.2.1; Linux tcp_fastopen_cookie_check, tcp_send_syn_data: text goes only with a cookie, or where none is asked
/// for.
tcp::FastOpenWith Host::fast_open_to(tcp::OpenWith const& opening, FirstText const& first) const {
    tcp::FastOpenWith with;
    if (!on(*profile_, client)) {
        return with;
    }
    FastOpenMemory const known = peers_.fast_open({opening.tuple.local.address, opening.tuple.remote.address});
    bool const have_cookie = !known.cookie.cookie.empty();
    bool const without_cookie = on(*profile_, client_no_cookie);
    if (!without_cookie) {
        with.option = have_cookie ? known.cookie : wire::FastOpenOption{.experimental = known.unanswered == 1};
    }
    if (have_cookie || without_cookie) {
        std::uint16_t mss = known.mss != 0 ? std::min(opening.link_mss, known.mss) : opening.link_mss;
        mss = opening.options.max_segment != 0 ? std::min(mss, opening.options.max_segment) : mss;
        std::uint32_t const room = mss > option_space ? mss - option_space : 0;
        with.text = first.text.part(0, std::min<std::uint64_t>(first.text.size(), room));
    }
    bool const all_goes = (have_cookie || without_cookie) && with.text.size() == first.text.size();
    with.writer_waits = first.waits && !all_goes;
    return with;
}

bool Host::opens_fast(wire::Ipv4Address local, wire::Ipv4Address server) const {
    Result<wire::Ipv4Address> const source = local == wire::Ipv4Address{} ? source_towards(server, local) : local;
    return on(*profile_, client_no_cookie) ||
           (source.ok() && !peers_.fast_open({source.value(), server}).cookie.cookie.empty());
}

Result<FastOpened> Host::connect_with(wire::Endpoint local, wire::Endpoint remote, ConnectionOptions options,
                                      FirstText const& first, Instant now, Output& out) {
    return open(local, remote, options, &first, now, out);
}

}  // namespace tcpsim::host

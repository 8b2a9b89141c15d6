#include "stack/tcp/mtu.hpp"

#include "stack/tcp/loss.hpp"
#include "stack/tcp/mtu_search.hpp"
#include "stack/tcp/sendable.hpp"
#include "stack/tcp/window.hpp"

#include <algorithm>
#include <array>

namespace tcpsim::tcp {
namespace {

constexpr std::uint32_t least_payload = 68 - 20;  // Linux tcp_bound_to_half_wnd: of a packet of 68 bytes

/// RFC 2385 §4.3: a signature makes segments smaller.
std::uint16_t options_length(Tcb const& tcb) {
    int const length = (tcb.timestamps.enabled ? timestamps_length : 0) + (signs(tcb) ? signature_length : 0);
    return static_cast<std::uint16_t>(length);
}

/// RFC 1191 §7, table 7-1.
std::uint16_t plateau_below(std::uint16_t mtu) {
    constexpr std::array<std::uint16_t, 11> plateaus{65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};
    auto const next = std::find_if(plateaus.begin(), plateaus.end(), [&](std::uint16_t p) { return p < mtu; });
    return next == plateaus.end() ? plateaus.back() : *next;
}

std::uint16_t believed(Turn const& turn, std::uint16_t next_hop) {
    if (next_hop == 0 && turn.profile.mtu.unnamed.value == profile::UnnamedMtu::plateau) {
        return plateau_below(turn.tcb.path.mtu);
    }
    // Linux ip_rt_update_pmtu: below min_pmtu it is that, and packets may be cut up on their way from then on.
    return std::max(next_hop, static_cast<std::uint16_t>(turn.profile.mtu.min.value));
}

}  // namespace

// RFC 9293 §3.7.1, MUST-16: Eff.snd.MSS = min(SendMSS+20, MMS_S) - TCPhdrsize - IPoptionsize.
std::uint16_t effective_mss(Turn const& turn, std::uint16_t mtu) {
    Tcb const& tcb = turn.tcb;
    int const by_path = mtu - wire::ipv4_and_tcp_headers;
    // Linux tcp_min_snd_mss: no peer, and no router, may ask for segments that are all header.
    int const mss = std::max(std::min<int>(by_path, tcb.path.peer_mss), turn.profile.mtu.min_mss.value);
    return static_cast<std::uint16_t>(mss - options_length(tcb));
}

// Linux tcp_mss_to_mtu.
std::uint16_t mtu_of(Tcb const& tcb, int mss) {
    return static_cast<std::uint16_t>(mss + options_length(tcb) + wire::ipv4_and_tcp_headers);
}

std::uint16_t largest_mtu(Tcb const& tcb) {
    return static_cast<std::uint16_t>(tcb.path.peer_mss + wire::ipv4_and_tcp_headers);
}

// Linux tcp_sync_mss.
void sync_mss(Turn& turn) {
    PathMtu const& path = turn.tcb.path;
    if (searches_mtu(turn.tcb)) {
        std::uint16_t& high = turn.tcb.rare->mtu.high;
        high = std::min(high, path.mtu);
    }
    std::uint16_t const mtu = path.search_low > 0 ? std::min(path.mtu, path.search_low) : path.mtu;
    turn.tcb.snd.mss = effective_mss(turn, mtu);
    if (turn.profile.mtu.mss_within_half_window.value && turn.tcb.snd.max_wnd > 0) {
        auto const most = std::max<std::uint32_t>(half_of_largest_window(turn.tcb), least_payload);
        turn.tcb.snd.mss = static_cast<std::uint16_t>(std::min<std::uint32_t>(turn.tcb.snd.mss, most));
    }
}

// Linux tcp_simple_retransmit: what is too big for the path is lost, and repeated at once in pieces, by no congestion. Of a
// SYN with text all is: its text is no segment of its own yet.
void resend_what_is_too_big(Turn& turn) {
    Tcb& tcb = turn.tcb;
    Scoreboard& sent = tcb.send_queue.sent();
    bool const syn_with_text = tcb.state == State::syn_sent && tcb.fast_open.text;
    bool too_big = false;
    for (std::size_t i = 0; i < sent.size(); ++i) {  // of a packet all: tcp_skb_seglen
        too_big = sent[i].text() > tcb.snd.mss || (too_big && !sent[i].begins_packet);
        if (too_big || syn_with_text) {
            sent.mark_lost(i);
        }
    }
    if (sent.lost() > 0) {
        sent.limit_assumed();
        repeat_lost_by_no_congestion(turn);
    }
}

void start_path_mtu(Tcb& tcb, std::uint16_t link_mss) {
    tcb.path.mtu = static_cast<std::uint16_t>(link_mss + wire::ipv4_and_tcp_headers);
    tcb.advertised_mss =
        tcb.options.max_segment > 0 ? std::min(link_mss, tcb.options.max_segment) : link_mss;  // TCP_MAXSEG
}

void take_mss(Turn& turn, wire::Options const& of_syn) {
    Tcb& tcb = turn.tcb;
    // RFC 9293 §3.7.1, MUST-15: a peer that names none takes 536.
    auto const named = of_syn.mss.value_or(static_cast<std::uint16_t>(turn.profile.options.default_mss.value));
    // Linux tcp_parse_options: TCP_MAXSEG binds both directions.
    tcb.path.peer_mss = tcb.options.max_segment > 0 ? std::min(named, tcb.options.max_segment) : named;
    if (turn.profile.mtu.probing.value == profile::MtuProbing::always) {  // Linux tcp_mtup_init
        start_mtu_search(turn);
        tcb.path.search_low = mtu_of(tcb, turn.profile.mtu.base_mss.value);
    }
    sync_mss(turn);
}

void too_big(Turn& turn, std::uint16_t next_hop) {
    PathMtu const& path = turn.tcb.path;
    std::uint16_t const mtu = believed(turn, next_hop);
    // RFC 1191 §3: never raises it, whatever a router says.
    if (turn.profile.mtu.discovery.value == profile::PathMtuDiscovery::none || mtu >= path.mtu) {
        return;
    }
    turn.out.path_mtu(mtu);
    take_path_mtu(turn, mtu);
    resend_what_is_too_big(turn);
}

void take_path_mtu(Turn& turn, std::uint16_t mtu) {
    if (mtu >= turn.tcb.path.mtu) {
        return;
    }
    turn.tcb.path.mtu = mtu;
    if (turn.tcb.state ==
        State::syn_sent) {  // Linux tcp_advertise_mss: a SYN that goes again offers what the path takes
        std::uint16_t& offered = turn.tcb.advertised_mss;
        offered = std::min(offered, static_cast<std::uint16_t>(mtu - wire::ipv4_and_tcp_headers));
    }
    sync_mss(turn);
    turn.out.note(PathMtuFell{mtu, turn.tcb.snd.mss});
}

void suspect_black_hole(Turn& turn) {
    if (turn.profile.mtu.probing.value == profile::MtuProbing::never) {
        return;
    }
    // Linux tcp_mtu_probing: first the base, then half of what was tried last.
    auto const& values = turn.profile.mtu;
    Tcb& tcb = turn.tcb;
    int mss = values.base_mss.value;
    if (tcb.path.search_low > 0) {
        int const tried = std::min<int>(tcb.path.search_low - mtu_of(tcb, 0), tcb.path.peer_mss - options_length(tcb));
        mss = std::max({std::min(mss, tried / 2), values.probe_floor.value, values.min_mss.value});
    } else {
        start_mtu_search(turn);
    }
    tcb.path.search_low = mtu_of(tcb, mss);
    std::uint16_t const before = tcb.snd.mss;
    sync_mss(turn);
    if (tcb.snd.mss != before) {
        turn.out.note(PathMtuFell{std::min(tcb.path.mtu, tcb.path.search_low), tcb.snd.mss});
    }
}

}  // namespace tcpsim::tcp

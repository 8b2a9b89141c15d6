#include "stack/tcp/mtu_search.hpp"

#include "stack/tcp/mtu.hpp"
#include "stack/tcp/sendable.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

/// RFC 4821 §7.4: nothing else is going on that a probe would disturb, and its loss would be noticed by what follows it.
bool may_probe(Tcb const& tcb) {
    constexpr std::uint32_t least_window = 11;
    bool const reports =
        tcb.receive_queue.has_holes() || (tcb.receiving_state && tcb.receiving_state->duplicate);  // SACK takes room
    return tcb.rare->mtu.probe == 0 && tcb.recovery.phase == Recovery::Phase::open &&
           tcb.congestion.cwnd() >= least_window && !reports;
}

/// Linux tcp_mtu_check_reprobe: the path may have changed.
void search_again_in_time(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (turn.now - tcb.rare->mtu.since >= turn.profile.mtu.probe_interval.value) {
        start_mtu_search(turn);
        tcb.path.search_low = mtu_of(tcb, tcb.snd.mss);
    }
}

}  // namespace

void start_mtu_search(Turn& turn) {
    Tcb& tcb = turn.tcb;
    rare(tcb).mtu = {.high = largest_mtu(tcb), .since = turn.now};
}

MtuProbe next_mtu_probe(Turn& turn) {
    Tcb const& tcb = turn.tcb;
    if (!may_probe(tcb)) {
        return {};
    }
    int const low = tcb.path.search_low;
    int const high = tcb.rare->mtu.high;
    std::uint32_t const size = effective_mss(turn, static_cast<std::uint16_t>((low + high) / 2));
    if (size > effective_mss(turn, static_cast<std::uint16_t>(high)) ||
        high - low < turn.profile.mtu.probe_threshold.value) {
        search_again_in_time(turn);
        return {};
    }
    // As much behind it as tells of its loss.
    std::uint32_t const needed = size + (tcb.recovery.reordering + 1U) * tcb.snd.mss;
    std::uint32_t const in_flight = tcb.send_queue.sent().in_flight();
    if (unsent_text(tcb) < needed || tcb.snd.wnd < needed) {
        return {};
    }
    if (usable_window(tcb) < needed) {
        return {.waits = in_flight > 0};  // or no timer would run
    }
    if (in_flight + 2 > tcb.congestion.cwnd()) {
        return {.waits = in_flight > 0};
    }
    return {.length = size};
}

void mtu_probe_sent(Turn& turn, std::uint32_t length) {
    Tcb& tcb = turn.tcb;
    tcb.congestion.set_cwnd(tcb.congestion.cwnd() - 1);  // it is as long as two
    MtuSearch& search = tcb.rare->mtu;
    search.probe = mtu_of(tcb, static_cast<int>(length));
    search.start = tcb.snd.nxt - length;
    search.end = tcb.snd.nxt;
}

void mtu_probe_answered(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (!searches_mtu(tcb) || tcb.rare->mtu.probe == 0 || tcb.rare->mtu.end.after(tcb.snd.una)) {
        return;
    }
    // Linux tcp_mtup_probe_success: the window is the same in bytes.
    MtuSearch& search = tcb.rare->mtu;
    std::uint32_t const bytes = tcb.congestion.cwnd() * mtu_of(tcb, tcb.snd.mss);
    tcb.congestion.count_in_larger_segments(std::max(bytes / search.probe, 1U));
    tcb.path.search_low = search.probe;
    search.probe = 0;
    sync_mss(turn);
}

bool mtu_probe_lost(Turn& turn) {
    Tcb& tcb = turn.tcb;
    bool const probe = searches_mtu(tcb) && tcb.rare->mtu.probe != 0 && tcb.snd.una == tcb.rare->mtu.start;
    if (!probe || tcb.recovery.phase >= Recovery::Phase::cwr) {
        return false;
    }
    MtuSearch& search = tcb.rare->mtu;
    search.high = static_cast<std::uint16_t>(search.probe - 1);
    search.probe = 0;
    tcb.congestion.set_cwnd(tcb.congestion.cwnd() + 1);
    resend_what_is_too_big(turn);
    return true;
}

}  // namespace tcpsim::tcp

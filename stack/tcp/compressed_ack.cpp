#include "stack/tcp/compressed_ack.hpp"

#include "stack/tcp/output.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

/// Linux __tcp_ack_snd_check: a part of the round trip, the shorter of the sender's and the receiver's.
Duration wait(Turn const& turn) {
    auto const& policy = turn.profile.selective_ack;
    Duration round_trip = std::chrono::microseconds{receiving(turn.tcb).autotuning.round_trip / 8};
    if (turn.tcb.rtt.measured()) {
        round_trip = std::min(round_trip, turn.tcb.rtt.srtt(turn.profile));
    }
    Duration const part = round_trip * policy.compressed_percent.value / 100;
    return std::min(policy.compressed_delay.value, part) + policy.compressed_slack.value;
}

}  // namespace

bool shares_ack(Turn& turn) {
    constexpr std::uint8_t to_retransmit = 3;  // RFC 5681 §3.2: so many duplicate ACKs the sender needs
    Tcb& tcb = turn.tcb;
    CompressedAck& c = receiving(tcb).compressed_ack;
    if (!tcb.sack_permitted || c.waiting >= turn.profile.selective_ack.compressed_most.value) {
        return false;
    }
    if (c.nxt != tcb.rcv.nxt) {
        c.nxt = tcb.rcv.nxt;
        c.sent = 0;
    }
    if (c.sent < to_retransmit) {
        ++c.sent;
        return false;
    }
    ++c.waiting;
    if (!tcb.timers.running(Timer::compressed_ack)) {
        tcb.timers.start(Timer::compressed_ack, turn.now, wait(turn));
    }
    return true;
}

void compressed_ack_expired(Turn& turn) {
    CompressedAck const& c = receiving(turn.tcb).compressed_ack;
    Duration const waited = turn.tcb.timers.waited(Timer::compressed_ack);
    turn.out.note(TimerExpired{Timer::compressed_ack, c.waiting, waited});
    send_ack(turn, Cause{Why::compressed_ack_timer, c.waiting, waited});
}

}  // namespace tcpsim::tcp

#include "stack/tcp/receive_autotuning.hpp"

#include "stack/tcp/window.hpp"
#include "stack/tcp/window_space.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::tcp {
namespace {

using Microseconds = std::chrono::microseconds;

std::uint32_t microseconds(Duration time) {
    return static_cast<std::uint32_t>(std::chrono::duration_cast<Microseconds>(time).count());
}

/// Linux tcp_rcv_rtt_update: the least, and slowly more; a sample while text waits for its reader measures the reader.
void take_sample(Tcb& tcb, std::uint32_t sample, bool of_window) {
    std::uint32_t& eighths = receiving(tcb).autotuning.round_trip;
    if (eighths == 0 || 8 * sample < eighths) {
        eighths = 8 * sample;
    } else if (!of_window && tcb.receive_queue.unread() == 0) {
        eighths = eighths - eighths / 8 + sample;
    }
}

}  // namespace

void measure_round_trip_by_echo(Turn& turn, Incoming const& in) {
    Tcb& tcb = turn.tcb;
    auto const echo = echo_of(tcb, in.options);
    bool const nobody_asks = in.text.empty() && !tcb.receiving_state;  // who only sends keeps nothing
    if (!echo || nobody_asks || std::exchange(receiving(tcb).autotuning.last_echo, *echo) == *echo) {
        return;
    }
    auto const ticks = static_cast<std::int32_t>(timestamp_now(turn) - *echo);
    if (in.wire.length() >= tcb.rcv.mss && ticks > 0) {
        take_sample(tcb, microseconds(ticks * turn.profile.options.timestamp_tick.value), false);
    }
}

void measure_round_trip_by_window(Turn& turn, SeqNum nxt) {
    Tcb& tcb = turn.tcb;
    ReceiveAutotuning& a = receiving(tcb).autotuning;
    if (a.window_offered != never) {
        if (nxt.before(a.window_end)) {
            return;
        }
        take_sample(tcb, std::max(1U, microseconds(turn.now - a.window_offered)), true);
    }
    a.window_end = nxt + tcb.rcv.wnd;
    a.window_offered = turn.now;
}

void start_receive_autotuning(Turn& turn) {
    constexpr std::uint32_t initial_window = 10;  // Linux TCP_INIT_CWND, the sender's
    Tcb& tcb = turn.tcb;
    ReceiveAutotuning& a = receiving(tcb).autotuning;
    if (a.counted_from == never) {
        a.counted_from = tcb.delayed_ack.last_received;
        a.clock = turn.now;
        a.counted = tcb.rcv.irs + 1;
        a.space = std::min({tcb.rcv.ssthresh, tcb.rcv.wnd, initial_window * largest_arrival(tcb)});
    }
}

void adjust_receive_buffer(Turn& turn, SeqNum read) {
    Tcb& tcb = turn.tcb;
    ReceiveAutotuning& a = receiving(tcb).autotuning;
    if (a.round_trip == 0 || microseconds(a.clock - a.counted_from) < a.round_trip / 8) {
        return;
    }
    std::int32_t const unread = tcb.rcv.nxt - read;
    std::int32_t const taken = read - a.counted - unread;  // what waits is what the reader is behind
    if (taken > static_cast<std::int64_t>(a.space)) {
        grow_receive_buffer(turn, static_cast<std::uint32_t>(taken));
    }
    a.counted = read;
    a.counted_from = a.clock;
}

void grow_receive_buffer(Turn& turn, std::uint32_t space) {
    Tcb& tcb = turn.tcb;
    std::uint32_t const before = std::exchange(receiving(tcb).autotuning.space, space);
    if (!turn.profile.buffers.receive_autotuned.value || tcb.receive_buffer_fixed || before == 0) {
        return;
    }
    // What was read is a round trip old, and slow start may double it since, and again.
    std::uint64_t window = std::uint64_t{2} * space;
    window += 2 * (window * (space - before) / before);
    if (tcb.receive_queue.has_holes()) {
        window += static_cast<std::uint32_t>(tcb.receive_queue.end() - tcb.rcv.nxt);
    }
    auto const most = static_cast<std::uint64_t>(turn.profile.buffers.receive_max.value);
    auto const wanted = static_cast<std::uint32_t>(std::min(memory_for_window(tcb, turn.profile, window), most));
    if (wanted > tcb.receive_buffer) {
        tcb.receive_buffer = wanted;
        receiving(tcb).window_clamp = full_window(tcb, turn.profile);
    }
}

}  // namespace tcpsim::tcp

// Linux's receive-buffer autotuning (dynamic right-sizing): the buffer follows what the reader takes in a round trip.
#pragma once

#include "stack/tcp/steps.hpp"

namespace tcpsim::tcp {

/// A segment's echo of our timestamp may tell the round trip (Linux tcp_rcv_rtt_measure_ts).
void measure_round_trip_by_echo(Turn& turn, Incoming const& in);
/// Text in order up to `nxt`: what was offered a round trip ago has come (Linux tcp_rcv_rtt_measure).
void measure_round_trip_by_window(Turn& turn, SeqNum nxt);
/// The first text: from here on the reader's bytes are counted.
void start_receive_autotuning(Turn& turn);
/// The reader has taken everything before `read` (Linux tcp_rcv_space_adjust).
void adjust_receive_buffer(Turn& turn, SeqNum read);
/// `space` bytes are read in a round trip; does the buffer hold what will come (Linux tcp_rcvbuf_grow)?
void grow_receive_buffer(Turn& turn, std::uint32_t space);
/// A segment comes or leaves, or a timer expires: the clock that the reader's round trips are measured with.
inline void tick_receive_clock(Turn& turn) {
    if (turn.tcb.receiving_state) {
        turn.tcb.receiving_state->autotuning.clock = turn.now;
    }
}

}  // namespace tcpsim::tcp

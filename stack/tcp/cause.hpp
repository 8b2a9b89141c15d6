// Why a segment was sent: a type, so that a timeline, a capture and an explanation agree.
#pragma once

#include "stack/base/time.hpp"

#include <cstdint>

namespace tcpsim::tcp {

enum class Why : std::uint8_t {
    unknown,                   ///< a frame from outside
    connect,                   ///< SYN: a program called connect()
    syn_received,              ///< SYN,ACK: answers a SYN
    handshake_completed,       ///< ACK of a SYN,ACK
    data_written,              ///< a program wrote
    window_opened,             ///< an ACK made room for more data
    acknowledge_at_once,       ///< ACK: quick-ACK mode, or every second segment
    delayed_ack_timer,         ///< ACK: the delayed-ACK timer expired
    compressed_ack_timer,      ///< ACK: that of several segments beyond a hole (Linux)
    acknowledge_out_of_order,  ///< ACK: text beyond a hole (RFC 5681 §4.2)
    acknowledge_filled_hole,   ///< ACK: text that fills a hole, or a part of one (RFC 5681 §4.2)
    acknowledge_repetition,    ///< ACK: text received before: our ACK was lost
    acknowledge_fin,           ///< ACK of a FIN
    acknowledge_unacceptable,  ///< ACK: a segment outside the window, or too old (RFC 9293 §3.10.7.4, first)
    challenge_ack,             ///< ACK: did the peer send that RST, SYN or ACK (RFC 5961)?
    window_update,             ///< ACK: a read opened the receive window
    retransmission_timeout,    ///< the RTO expired: count-th repetition after `waited`
    lost_with_the_first,       ///< repeated after a timeout, when an ACK made room
    tail_loss_probe,           ///< RFC 8985 §7
    fast_retransmit,           ///< RFC 5681 §3.2
    zero_window_probe,         ///< RFC 9293 §3.8.6.1
    closed,                    ///< FIN: close() or shutdown()
    program_ended,             ///< FIN or RST: the kernel closed a dead process's sockets
    no_connection,             ///< RST: nobody has this connection (RFC 9293 §3.10.7.1)
    nobody_reads,              ///< RST: the program has closed, and more text came (RFC 9293 §3.6.1)
    port_closed,               ///< RST: a SYN to a port without a listener
    aborted,                   ///< RST: close with unread data, or abort
    keepalive_probe,           ///< RFC 9293 §3.8.4
    gave_up,                   ///< RST: the peer does not answer any more
};

/// The reason with its figures. `count`: which repetition. `waited`: how long the timer ran.
struct Cause {
    Why why{Why::unknown};
    std::uint32_t count{0};
    Duration waited{0};
    bool operator==(Cause const&) const = default;
};

}  // namespace tcpsim::tcp

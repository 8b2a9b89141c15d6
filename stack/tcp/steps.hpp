// RFC 9293 §3.10.7.4's steps, as the RFC numbers them. segment_arrives.cpp holds the list; each step decides whether the
// segment goes on.
#pragma once

#include "stack/tcp/turn.hpp"
#include "stack/wire/options.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// A segment on its way through the steps: trimmed to the window as the RFC asks, the wire's form beside it.
struct Incoming {
    wire::TcpSegment const& wire;
    wire::Options const& options;
    SeqNum seq{};
    Payload text{};
    bool fin{false};
    std::uint32_t window{0};  ///< scaled
    wire::Ecn ecn{wire::Ecn::not_ect};
    Why why{Why::acknowledge_at_once};  ///< of the ACK that it provokes
    State found{State::closed};         ///< the state when it came
    bool predicted{false};              ///< see header_prediction.hpp
};

/// The peer's echo of our timestamp (RFC 7323 §3), if timestamps are in force.
inline std::optional<std::uint32_t> echo_of(Tcb const& tcb, wire::Options const& options) {
    return tcb.timestamps.enabled && options.timestamps ? std::optional{options.timestamps->echo} : std::nullopt;
}

/// What a step decides: go on to the next, or the segment is done with.
enum class Step : std::uint8_t { next, done };

/// RFC 9293 §3.10.7.4, sixth and seventh: after the peer's FIN nothing more may come.
inline bool takes_text(State state) {
    return state == State::established || state == State::fin_wait_1 || state == State::fin_wait_2;
}

/// Notes why the segment changed nothing.
inline Step refuse(Turn& turn, Refusal rule) {
    turn.out.note(SegmentRefused{rule});
    return Step::done;
}

/// A RST just below RCV.NXT, from a peer whose FIN has come (Linux tcp_reset_check: some do not count their FIN).
bool reset_after_fin(Turn const& turn, Incoming const& in);

/// What a program is told of a reset in this state.
Errno error_of_reset(Turn const& turn);

/// First: sequence number (and RFC 7323 §5.3, PAWS). What goes on is trimmed to the window.
Step check_sequence(Turn& turn, Incoming& in);
/// Second.
Step check_reset(Turn& turn, Incoming const& in);
/// Fourth. (The third, security and compartment, is obsolete: RFC 9293 appendix A.1.)
Step check_syn(Turn& turn, Incoming const& in);
/// Fifth.
Step check_ack(Turn& turn, Incoming& in);
/// Sixth.
void check_urgent(Turn& turn, Incoming const& in);
/// Of the fifth, ESTABLISHED: the window of an older segment or ACK is not taken.
bool is_newer_window(Turn const& turn, Incoming const& in);
/// Linux tcp_rcv_established: it is what was expected, and its text is queued before its acknowledgment is looked at.
bool takes_short_way(Turn& turn, Incoming const& in);
/// Seventh.
Step take_text(Turn& turn, Incoming& in);
/// Eighth.
void check_fin(Turn& turn, Incoming& in);

}  // namespace tcpsim::tcp

#include "stack/tcp/header_prediction.hpp"

#include "stack/tcp/window.hpp"

namespace tcpsim::tcp {

// Linux tcp_rcv_established: the flags but for PSH, the window, and the options' length are in pred_flags.
bool is_predicted(Tcb const& tcb, Incoming const& in) {
    using wire::Flags;
    constexpr std::uint8_t psh_left_out = static_cast<std::uint8_t>(~unsigned{Flags::psh});
    constexpr std::size_t aligned_timestamps = 12;
    bool const expected = tcb.receiving_state && tcb.receiving_state->predicts_header;
    bool const plain = (in.wire.flags.bits & psh_left_out) == Flags::ack;
    std::size_t const options = tcb.timestamps.enabled ? aligned_timestamps : 0;
    bool const older = tcb.timestamps.enabled && in.options.timestamps &&
                       static_cast<std::int32_t>(in.options.timestamps->value - tcb.timestamps.recent) < 0;
    return expected && !older && tcb.state == State::established && plain && in.wire.options.size() == options &&
           in.wire.seq == tcb.rcv.nxt && in.window == tcb.snd.wnd && in.wire.ack.at_or_before(tcb.snd.nxt);
}

// Linux tcp_fast_path_check. A buffer that is full by now leaves it as it is.
void predict_header(Tcb& tcb) {
    Receiving& state = receiving(tcb);
    bool const no_urgent = !tcb.rare || tcb.rare->urgent.rcv.octet == Urgent::Octet::none;
    bool const has_memory = state.buffers.used() < tcb.receive_buffer;
    if (!tcb.receive_queue.has_holes() && window_left(tcb) > 0 && has_memory && no_urgent) {
        state.predicts_header = true;
    }
}

void predict_no_header(Tcb& tcb) {
    if (tcb.receiving_state) {
        tcb.receiving_state->predicts_header = false;
    }
}

}  // namespace tcpsim::tcp

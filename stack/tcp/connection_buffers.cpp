// What a connection's buffers hold, and how large they are.
#include "stack/tcp/connection.hpp"
#include "stack/tcp/window_space.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

/// Linux write_seq: what was written, with the FIN that follows it. It stays when all is over.
SeqNum written_up_to(Tcb const& tcb) {
    bool const finished = tcb.fin_queued && tcb.state != State::syn_received;
    return tcb.send_queue.end() + (finished ? 1U : 0U);
}

}  // namespace

std::uint64_t Connection::unacknowledged() const {
    bool const opening = tcb_.state == State::syn_sent || tcb_.state == State::syn_received;  // Linux tcp_ioctl
    return opening ? 0 : static_cast<std::uint32_t>(written_up_to(tcb_) - tcb_.snd.una);
}

std::uint64_t Connection::unsent() const {
    SeqNum const end = written_up_to(tcb_);
    return end.after(tcb_.snd.nxt) ? static_cast<std::uint32_t>(end - tcb_.snd.nxt) : 0U;
}

void Connection::set_buffers(std::uint32_t receive, std::uint32_t send, Actions& out) {
    if (receive != 0) {
        tcb_.receive_buffer = receive;
        tcb_.receive_buffer_fixed = true;
    }
    if (send != 0) {  // Linux sk_setsockopt: "wake up sending tasks if we upped the value"
        tcb_.send_buffer = send;
        tcb_.send_buffer_fixed = true;
        if (can_send()) {
            out.writable();
        }
    }
}

// Linux tcp_set_rcvlowat.
void Connection::make_receive_room(std::uint32_t window, Actions& out) {
    auto const needed = static_cast<std::uint32_t>(memory_for_window(tcb_, *profile_, window));
    if (!tcb_.receive_buffer_fixed && needed > tcb_.receive_buffer) {
        std::uint32_t const clamp = std::max(window_clamp(tcb_, *profile_), window);
        tcb_.receive_buffer = needed;
        receiving(tcb_).window_clamp = clamp;
    }
    if (can_receive()) {  // Linux tcp_data_ready
        out.readable();
    }
}

}  // namespace tcpsim::tcp

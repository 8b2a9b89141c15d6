#include "stack/tcp/receive_pressure.hpp"

#include "stack/tcp/window_space.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

/// Linux tcp_can_ingest: a packet may overdraw the buffer, but not an overdrawn one.
bool has_memory(Tcb& tcb) { return receiving(tcb).buffers.used() <= tcb.receive_buffer; }

/// Linux tcp_clamp_window: the buffer is what is in it, if that is allowed; otherwise little may be offered from now on.
void clamp_window(Turn& turn) {
    Tcb& tcb = turn.tcb;
    std::uint32_t const used = receiving(tcb).buffers.used();
    auto const most = static_cast<std::uint32_t>(turn.profile.buffers.receive_max.value);
    tcb.delayed_ack.quick = 0;
    if (tcb.receive_buffer < most && !tcb.receive_buffer_fixed) {
        tcb.receive_buffer = std::min(used, most);
    }
    if (used > tcb.receive_buffer) {
        tcb.rcv.ssthresh = std::min(window_clamp(tcb, turn.profile), 2U * largest_arrival(tcb));
    }
}

/// Linux tcp_prune_queue.
bool prune(Turn& turn, SeqNum seq) {
    Tcb& tcb = turn.tcb;
    if (has_memory(tcb)) {
        return true;
    }
    clamp_window(turn);
    if (has_memory(tcb)) {
        return true;
    }
    PacketBuffers& buffers = receiving(tcb).buffers;
    buffers.collapse(next_unread(tcb), window_share(tcb, turn.profile), turn.profile);
    if (has_memory(tcb)) {
        return true;
    }
    constexpr int least_freed = 8;  // an eighth of the buffer
    if (auto const left = buffers.prune(seq, tcb.receive_buffer / least_freed, tcb.receive_buffer, turn.profile)) {
        tcb.receive_queue.truncate(*left);
    }
    return has_memory(tcb);
}

}  // namespace

// Linux tcp_try_rmem_schedule; when nothing waits for a reader, the packet is taken in any case (tcp_data_queue).
bool make_room(Turn& turn, PacketBuffer const& packet) {
    if (!counts_packets(turn.profile)) {
        return true;
    }
    bool const has_room = prune(turn, packet.begin);
    if (has_room || turn.tcb.receive_queue.unread() == 0) {
        receiving(turn.tcb).buffers.set_aside(packet.cost, turn.profile);
    }
    return has_room;
}

}  // namespace tcpsim::tcp

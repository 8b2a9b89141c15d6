#include "stack/tcp/send_memory.hpp"

#include "stack/tcp/sendable.hpp"

#include <algorithm>
#include <bit>

namespace tcpsim::tcp {
namespace {

using profile::SendMemory;

// Linux 6.18 on 64 bits: SKB_DATA_ALIGN of sizeof(struct sk_buff) and of sizeof(struct skb_shared_info).
constexpr std::uint32_t packet_description = 256, shared_info = 320;

std::uint32_t header_of(profile::Profile const& profile) {
    return static_cast<std::uint32_t>(profile.sockets.packet_header.value);
}

/// The packets that wait for an ACK, and those that what write() laid out will become.
std::uint64_t packets_of(Tcb const& tcb) {
    return std::uint64_t{tcb.send_queue.sent().packets()} + unsent_packets(tcb);
}

/// Linux tcp_stream_memory_free, TCP_NOTSENT_LOWAT; who is to be woken waits until half of it is gone.
bool below_low_water(Tcb const& tcb, unsigned wake) {
    std::uint32_t const low_water = tcb.options.unsent_low_water;
    return low_water == 0 || std::uint64_t{unsent_text(tcb)} << wake < low_water;
}

/// Linux tcp_should_expand_sndbuf: a larger buffer is of no use while the congestion window is full.
bool could_send_more(Tcb const& tcb) { return tcb.send_queue.sent().in_flight() < tcb.congestion.cwnd(); }

}  // namespace

std::uint64_t send_memory(Tcb const& tcb, profile::Profile const& profile) {
    switch (profile.sockets.send_memory.value) {
        case SendMemory::text:
            break;
        case SendMemory::linux_packets:
            return tcb.send_queue.size() + packets_of(tcb) * (packet_description + shared_info + header_of(profile));
    }
    return tcb.send_queue.size();
}

bool has_send_memory(Tcb const& tcb, profile::Profile const& profile) {
    return send_memory(tcb, profile) < tcb.send_buffer && below_low_water(tcb, 0);
}

bool has_send_space(Tcb const& tcb, profile::Profile const& profile) {
    std::uint64_t const used = send_memory(tcb, profile);
    // sk_stream_wspace >= sk_stream_min_wspace: what is free is half of what is used.
    return 3 * (used / 2) + (used % 2) <= tcb.send_buffer && used < tcb.send_buffer && below_low_water(tcb, 1);
}

void expand_send_buffer(Turn& turn) {
    Tcb& tcb = turn.tcb;
    bool const tuned = turn.profile.buffers.send_policy.value == profile::SendBufferPolicy::linux_autotuned;
    if (!tuned || tcb.send_buffer_fixed) {
        return;
    }
    // "Worst case is non GSO/TSO": a packet for each segment, in a power of two.
    std::uint32_t const segment = std::max<std::uint32_t>(tcb.path.peer_mss, tcb.snd.mss);
    std::uint64_t const packet = std::bit_ceil(segment + header_of(turn.profile) + shared_info) + packet_description;
    constexpr std::uint32_t initial_window = 10;  // TCP_INIT_CWND
    std::uint64_t const segments = std::max({initial_window, tcb.congestion.cwnd(), tcb.recovery.reordering + 1U});
    constexpr std::uint64_t recovery_factor = 2;  // fast recovery sends a window beside the one that is acknowledged
    auto const most = static_cast<std::uint64_t>(turn.profile.buffers.send_max.value);
    std::uint64_t const wanted = recovery_factor * segments * packet;
    tcb.send_buffer = static_cast<std::uint32_t>(std::max<std::uint64_t>(tcb.send_buffer, std::min(wanted, most)));
}

void check_send_space(Turn& turn) {
    Tcb& tcb = turn.tcb;
    if (!tcb.writer_waits) {
        return;
    }
    if (could_send_more(tcb)) {
        expand_send_buffer(turn);
    }
    if (has_send_space(tcb, turn.profile)) {
        tcb.writer_waits = false;
        turn.out.writable();
    }
}

}  // namespace tcpsim::tcp

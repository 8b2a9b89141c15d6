#include "stack/host/datagrams.hpp"

#include "stack/base/check.hpp"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace tcpsim::host {
namespace {

bool overlap(wire::Ipv4Address one, wire::Ipv4Address other) {
    return one == other || one.unspecified() || other.unspecified();
}

}  // namespace

DatagramId Datagrams::open() {
    DatagramId const id{++opened_};
    DatagramSocket socket;
    socket.receive_buffer = static_cast<std::uint32_t>(profile_->sockets.datagram_receive_buffer.value);
    socket.send_buffer = static_cast<std::uint32_t>(profile_->sockets.datagram_send_buffer.value);
    sockets_.emplace(id, std::move(socket));
    return id;
}

DatagramSocket const& Datagrams::operator[](DatagramId id) const {
    auto const found = sockets_.find(id);
    check(found != sockets_.end(), "a UDP socket that is open is asked for");
    return found->second;
}

DatagramSocket& Datagrams::operator[](DatagramId id) { return const_cast<DatagramSocket&>(std::as_const(*this)[id]); }

/// Linux inet_rcv_saddr_equal, udp_lib_lport_inuse: all of one port agree by SO_REUSEADDR, or all by SO_REUSEPORT.
bool Datagrams::taken(wire::Endpoint local, Reuse reuse) const {
    return std::any_of(sockets_.begin(), sockets_.end(), [&](auto const& entry) {
        DatagramSocket const& other = entry.second;
        bool const same =
            other.local && other.local->port == local.port && overlap(other.local->address, local.address);
        bool const shared = (reuse.address && other.reuse.address) || (reuse.port && other.reuse.port);
        return same && !shared;
    });
}

Result<Done> Datagrams::bind(DatagramId id, wire::Endpoint local) {
    DatagramSocket& socket = (*this)[id];
    if (socket.local) {
        return Errno::einval;
    }
    if (taken(local, socket.reuse)) {
        return Errno::eaddrinuse;
    }
    socket.local = local;
    socket.bound_as = ++bound_;
    return Done{};
}

// Linux __udp_disconnect.
void Datagrams::disconnect(DatagramId id) {
    DatagramSocket& socket = (*this)[id];
    socket.peer.reset();
    socket.unfinished.reset();
    if (!socket.port_chosen) {
        socket.local.reset();
    } else if (socket.local) {
        socket.local->address = socket.chosen_address;
    }
}

std::optional<std::uint16_t> Datagrams::free_port(wire::Ipv4Address address, Reuse reuse, std::uint64_t start) const {
    auto const first = static_cast<std::uint64_t>(profile_->host.first_port.value);
    auto const last = static_cast<std::uint64_t>(profile_->host.last_port.value);
    for (std::uint64_t i = 0; first + i <= last; ++i) {
        auto const port = static_cast<std::uint16_t>(first + (start + i) % (last - first + 1));
        if (!taken({address, port}, reuse)) {
            return port;
        }
    }
    return std::nullopt;
}

// Linux udp4_lib_lookup, compute_score: whoever was bound last stands first; reuseport_select_sock.
std::optional<DatagramId> Datagrams::receiver(wire::Endpoint local, wire::Endpoint remote, std::uint64_t hash) const {
    std::vector<DatagramId> best;
    int best_score = -1;
    for (auto const& [id, socket] : sockets_) {
        bool const here = socket.local && socket.local->port == local.port &&
                          (socket.local->address == local.address || socket.local->address.unspecified());
        if (!here || (socket.peer && *socket.peer != remote)) {
            continue;
        }
        int const score = (socket.peer ? 2 : 0) + (socket.local->address.unspecified() ? 0 : 1);
        if (score > best_score) {
            best.clear();
            best_score = score;
        }
        if (score == best_score) {
            best.push_back(id);
        }
    }
    if (best.empty()) {
        return std::nullopt;
    }
    auto const shares = [&](DatagramId id) { return sockets_.at(id).reuse.port && !sockets_.at(id).peer; };
    if (std::all_of(best.begin(), best.end(), shares)) {
        return best[hash % best.size()];
    }
    return *std::max_element(best.begin(), best.end(), [&](DatagramId one, DatagramId other) {
        return sockets_.at(one).bound_as < sockets_.at(other).bound_as;
    });
}

/// What a datagram takes of a receive buffer. Linux counts its packet's memory.
std::uint32_t Datagrams::charge(Datagram const& datagram) const {
    auto const text = static_cast<std::uint32_t>(datagram.data.size());
    switch (profile_->buffers.memory.value) {
        case profile::ReceiveMemory::linux_pages: {
            // As measured over loopback (SO_MEMINFO), where the sender's packet is the receiver's: sk_buff; a small head
            // (SKB_SMALL_HEAD_CACHE_SIZE), or a power of two with room for skb_shared_info.
            constexpr std::uint32_t description = 256, shared_info = 320, small_head = 256;
            constexpr std::uint32_t headers = 20 + 8 + 16 + 15;  // IP, UDP, Ethernet, alignment (__ip_append_data)
            if (text + headers <= small_head) {
                return description + shared_info + small_head;
            }
            return description + std::bit_ceil(text + headers + shared_info);
        }
        case profile::ReceiveMemory::text:
            constexpr std::uint32_t address = 16;  // 4.4BSD sbappendaddr: with the sender's sockaddr
            return text + address;
    }
    return text;
}

bool Datagrams::deliver(DatagramId id, Datagram datagram) {
    DatagramSocket& socket = (*this)[id];
    std::uint32_t const needed = charge(datagram);
    if (socket.queued + needed > socket.receive_buffer) {  // Linux __udp_enqueue_schedule_skb; 4.4BSD sbspace
        return false;
    }
    socket.queued += needed;
    socket.queue.push_back(std::move(datagram));
    return true;
}

Result<Datagram> Datagrams::receive(DatagramId id, bool peek) {
    DatagramSocket& socket = (*this)[id];
    if (socket.error != Errno::none) {  // Linux __skb_recv_udp: before what is queued
        return std::exchange(socket.error, Errno::none);
    }
    if (socket.queue.empty()) {
        return Errno::eagain;
    }
    Datagram first = socket.queue.front();
    if (!peek) {
        socket.queued -= charge(first);
        socket.queue.pop_front();
    }
    return first;
}

// Linux __udp4_lib_err; 4.4BSD udp_ctlinput.
bool Datagrams::error_arrives(DatagramId id, ErrorReport const& report, bool is_hard) {
    DatagramSocket& socket = (*this)[id];
    if (socket.receives_errors) {
        socket.errors.push_back(report);
        socket.error = report.error;
        return true;
    }
    bool told = false;
    switch (profile_->sockets.datagram_errors.value) {
        case profile::DatagramErrors::linux_hard:
            told = is_hard && socket.peer.has_value();
            break;
        case profile::DatagramErrors::connected:
            told = socket.peer.has_value();
            break;
        case profile::DatagramErrors::all:
            told = true;
            break;
    }
    if (told) {
        socket.error = report.error;
    }
    return told;
}

}  // namespace tcpsim::host

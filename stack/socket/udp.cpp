// The calls on UDP sockets: udp(7), and what recv(2), send(2) and poll(2) say of datagrams.
#include "stack/socket/sockets.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::socket {

Result<Received> Sockets::receive_datagram(OverUdp const& udp, FileOptions const& options, std::uint64_t at_most,
                                           ReceiveFlags flags) {
    Result<host::Datagram> const came = host_->datagrams().receive(udp.id, flags.peek);
    if (udp.read_shut && flags.waits && came.error() == Errno::eagain) {  // Linux __skb_wait_for_more_packets
        return Received{};
    }
    if (!came.ok()) {
        return came.error();
    }
    // udp(7): what does not fit is lost; with MSG_TRUNC the whole length is told.
    host::Datagram const& datagram = came.value();
    Received message;
    message.truncated = datagram.data.size() > at_most;
    message.data = datagram.data.part(0, std::min(datagram.data.size(), at_most));
    message.length = flags.truncate ? datagram.data.size() : message.data.size();
    message.from = datagram.from;
    constexpr std::uint32_t stamps = host::timestamping::receive_software | host::timestamping::software;
    if ((options.timestamping & stamps) == stamps) {
        message.at = datagram.at;
    }
    return message;
}

Result<std::uint64_t> Sockets::send_datagram(OverUdp const& udp, Payload const& data, SendFlags flags, Instant now,
                                             host::Output& out, std::optional<wire::Endpoint> to) {
    if (flags.out_of_band) {
        return Errno::eopnotsupp;
    }
    bool const begins = !host_->datagrams()[udp.id].unfinished;
    return udp.write_shut && begins ? Errno::epipe : host_->send(udp.id, data, to, flags.more, now, out);
}

// Linux inet_shutdown: where there is no peer it fails, and shuts all the same.
Result<Done> Sockets::shutdown_datagrams(OverUdp& udp, ShutdownHow how, host::Output& out) {
    udp.read_shut = udp.read_shut || how != ShutdownHow::write;
    udp.write_shut = udp.write_shut || how != ShutdownHow::read;
    out.datagrams.push_back({udp.id, true, true});
    return host_->datagrams()[udp.id].peer ? Result<Done>{Done{}} : Errno::enotconn;
}

// Linux udp_poll, datagram_poll.
Readiness Sockets::poll_datagrams(OverUdp const& udp) const {
    host::DatagramSocket const& socket = host_->datagrams()[udp.id];
    Readiness ready;
    ready.in = !socket.queue.empty() || udp.read_shut;
    ready.out = true;  // what is sent is on the wire at once
    ready.rdhup = udp.read_shut;
    ready.hup = udp.read_shut && udp.write_shut;
    ready.err = socket.error != Errno::none || !socket.errors.empty();
    return ready;
}

Result<std::int64_t> Sockets::option_of_datagrams(OverUdp const& udp, Option option) {
    host::DatagramSocket& socket = host_->datagrams()[udp.id];
    switch (option) {
        case Option::so_error:
            return static_cast<std::int64_t>(std::exchange(socket.error, Errno::none));
        case Option::so_rcvbuf:
            return socket.receive_buffer;
        case Option::so_sndbuf:
            return socket.send_buffer;
        case Option::ip_tos:
            return socket.tos;
        case Option::ip_ttl:
            return socket.ttl != 0 ? socket.ttl : host_->profile().host.default_ttl.value;
        case Option::ip_recverr:
            return socket.receives_errors ? 1 : 0;
        case Option::so_keepalive:
            return udp.keepalive ? 1 : 0;
        case Option::so_oobinline:
            return udp.oob_inline ? 1 : 0;
        default:
            return Errno::enoprotoopt;
    }
}

Result<Done> Sockets::set_in_datagrams(OverUdp& udp, Option option, std::int64_t value) {
    host::DatagramSocket& socket = host_->datagrams()[udp.id];
    switch (option) {
        case Option::so_rcvbuf:
        case Option::so_sndbuf: {
            Result<std::uint32_t> const size = buffer_size(option, value, host_->profile());
            if (!size.ok()) {
                return size.error();
            }
            (option == Option::so_rcvbuf ? socket.receive_buffer : socket.send_buffer) = size.value();
            return Done{};
        }
        case Option::ip_tos:
            socket.tos = static_cast<std::uint8_t>(value);
            return Done{};
        case Option::so_keepalive:
            udp.keepalive = value != 0;
            return Done{};
        case Option::so_oobinline:
            udp.oob_inline = value != 0;
            return Done{};
        case Option::ip_ttl: {
            tcp::UserOptions chosen;
            Result<Done> const set = set_user_option(option, value, chosen, host_->profile());
            socket.ttl = set.ok() ? chosen.ttl : socket.ttl;
            return set;
        }
        case Option::ip_recverr:
            socket.receives_errors = value != 0;
            if (value == 0) {
                socket.errors.clear();  // Linux do_ip_setsockopt: skb_errqueue_purge
            }
            return Done{};
        default:
            return Errno::enoprotoopt;
    }
}

/// recv(2), MSG_ERRQUEUE: the oldest report; with the last one the pending error is gone (Linux sock_dequeue_err_skb).
Result<Received> Sockets::receive_report(File& file, std::uint64_t at_most) {
    std::optional<host::ErrorReport> report;
    if (auto const* connected = std::get_if<Connected>(&file.what)) {
        report = host_->take_error_report(connected->id);
    }
    auto const* udp = std::get_if<OverUdp>(&file.what);
    auto& errors = udp != nullptr ? host_->datagrams()[udp->id].errors : file.errors;
    if (!report && !errors.empty()) {
        report = errors.front();
        errors.pop_front();
        if (udp != nullptr) {
            host_->datagrams()[udp->id].error = errors.empty() ? Errno::none : errors.front().error;
        }
    }
    if (!report) {
        return Errno::eagain;
    }
    Received message;
    message.data = report->quoted.part(0, std::min(at_most, report->quoted.size()));
    message.length = message.data.size();
    message.truncated = message.length < report->quoted.size();
    message.from = report->destination;
    message.at = report->at;
    message.report = std::move(report);
    return message;
}

}  // namespace tcpsim::socket

// getsockopt(), setsockopt(), ioctl() and fcntl() on any file.
#include "stack/socket/sockets.hpp"

namespace tcpsim::socket {
namespace {

/// Twice this still fits into the space between two sequence numbers (RFC 9293 §3.4).
constexpr std::int64_t largest_buffer = std::int64_t{1} << 29U;

/// What setsockopt() chose, or the system's own value.
std::int64_t chosen_or(std::uint32_t chosen, int usual) { return chosen != 0 ? std::int64_t{chosen} : usual; }

}  // namespace

Result<std::int64_t> Sockets::getsockopt(FileId file, Option option) {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (option == Option::so_linger) {
        return f->linger;
    }
    auto const& buffers = host_->profile().buffers;
    if (auto const* unbound = std::get_if<Unbound>(&f->what)) {
        switch (option) {
            case Option::so_rcvbuf:
                return chosen_or(unbound->options.receive_buffer, buffers.receive_default.value);
            case Option::so_sndbuf:
                return chosen_or(unbound->options.send_buffer, buffers.send_default.value);
            default:
                return is_user_option(option) ? user_option(option, unbound->options.user, host_->profile()) : 0;
        }
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    tcp::Connection const* connection = connected == nullptr ? nullptr : host_->find(connected->id);
    if (option == Option::so_error && connected == nullptr) {
        return 0;  // a listening socket has none
    }
    if (connection == nullptr) {
        return Errno::enoprotoopt;
    }
    switch (option) {
        case Option::so_error:
            return static_cast<std::int64_t>(host_->take_error(connected->id));
        case Option::so_rcvbuf:
            return connection->tcb().receive_buffer;
        case Option::so_sndbuf:
            return connection->tcb().send_buffer;
        case Option::so_reuseaddr:
            return 0;
        case Option::tcp_quickack:
            return connection->quick_ack() ? 1 : 0;
        default:
            return user_option(option, connection->options(), host_->profile());
    }
}

Result<Done> Sockets::set_before_connection(Unbound& unbound, Option option, std::int64_t value) const {
    if (is_user_option(option)) {
        return set_user_option(option, value, unbound.options.user);
    }
    if (value < 0 || value > largest_buffer) {
        return Errno::einval;
    }
    auto const factor = static_cast<std::uint32_t>(host_->profile().buffers.option_factor.value);
    if (option == Option::so_rcvbuf) {
        unbound.options.receive_buffer = factor * static_cast<std::uint32_t>(value);
    } else if (option == Option::so_sndbuf) {
        unbound.options.send_buffer = factor * static_cast<std::uint32_t>(value);
    }
    return Done{};  // SO_REUSEADDR: there is no TIME-WAIT check in bind() yet that it could lift
}

Result<Done> Sockets::setsockopt(FileId file, Option option, std::int64_t value, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (option == Option::so_error) {
        return Errno::einval;
    }
    if (option == Option::so_linger) {
        f->linger = value;
        return Done{};
    }
    if (auto* unbound = std::get_if<Unbound>(&f->what)) {
        return set_before_connection(*unbound, option, value);
    }
    auto const* connected = std::get_if<Connected>(&f->what);
    if (connected == nullptr || !is_user_option(option)) {
        return Errno::enoprotoopt;  // buffers are chosen before the connection opens
    }
    tcp::Connection const* connection = host_->find(connected->id);
    if (option == Option::tcp_quickack) {  // it does something now, and is not kept
        if (connection != nullptr) {
            host_->set_quick_ack(connected->id, value, now, out);
        }
        return Done{};
    }
    tcp::UserOptions options = connection == nullptr ? tcp::UserOptions{} : connection->options();
    Result<Done> const set = set_user_option(option, value, options);
    if (set.ok() && connection != nullptr) {
        host_->set_options(connected->id, options, now, out);
    }
    return set;
}

Result<std::uint64_t> Sockets::ioctl(FileId file, Inquiry what) const {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Listening>(f->what)) {
        return Errno::einval;  // Linux tcp_ioctl
    }
    tcp::Connection const* connection = this->connection(file);
    if (connection == nullptr) {
        return std::uint64_t{0};
    }
    switch (what) {
        case Inquiry::fionread:
            return connection->unread();
        case Inquiry::siocoutq:
            return connection->unacknowledged();
        case Inquiry::siocoutqnsd:
            return connection->unsent();
        case Inquiry::siocatmark:
            return connection->at_mark() ? 1U : 0U;
    }
    return std::uint64_t{0};
}

Result<Done> Sockets::set_nonblocking(FileId file, bool nonblocking) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    f->nonblocking = nonblocking;
    return Done{};
}

bool Sockets::nonblocking(FileId file) const {
    File const* f = find(file);
    return f != nullptr && f->nonblocking;
}

}  // namespace tcpsim::socket

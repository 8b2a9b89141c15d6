// getsockopt(), setsockopt(), ioctl() and fcntl() on any file.
#include "stack/socket/sockets.hpp"
#include "stack/socket/states.hpp"
#include "stack/tcp/window_space.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::socket {
namespace {

constexpr std::int64_t sock_stream = 1, sock_dgram = 2, af_inet = 2, ipproto_tcp = 6, ipproto_udp = 17;

/// What the socket is, whatever becomes of it; nothing if the option asks for something else.
std::optional<std::int64_t> nature(File const& file, Option option) {
    bool const udp = std::holds_alternative<OverUdp>(file.what);
    switch (option) {
        case Option::so_type:
            return udp ? sock_dgram : sock_stream;
        case Option::so_domain:
            return af_inet;
        case Option::so_protocol:
            return udp ? ipproto_udp : ipproto_tcp;
        case Option::so_acceptconn:
            return std::holds_alternative<Listening>(file.what) ? 1 : 0;
        default:
            return std::nullopt;
    }
}

bool is_buffer(Option option) { return option == Option::so_rcvbuf || option == Option::so_sndbuf; }

/// What setsockopt() chose, or the system's own value.
std::int64_t chosen_or(std::uint32_t chosen, int usual) { return chosen != 0 ? std::int64_t{chosen} : usual; }

std::int64_t option_of(host::ConnectionOptions const& options, Option option, profile::Profile const& profile) {
    switch (option) {
        case Option::so_rcvbuf:
            return chosen_or(options.receive_buffer, host::usual_receive_buffer(options, profile));
        case Option::so_sndbuf:
            return chosen_or(options.send_buffer, profile.buffers.send_default.value);
        case Option::tcp_fastopen:
            return options.fast_open_backlog;
        default:
            return user_option(option, options.user, profile);
    }
}

}  // namespace

std::int64_t Sockets::option_of_connected(Connected const& connected, Option option) {
    if (option == Option::so_error) {
        return static_cast<std::int64_t>(host_->take_any_error(connected.id));
    }
    tcp::Connection const* connection = host_->find(connected.id);
    if (connection == nullptr) {
        return option_of(connected.before.options, option, host_->profile());
    }
    switch (option) {
        case Option::so_rcvbuf:
            return connection->tcb().receive_buffer;
        case Option::so_sndbuf:
            return connection->tcb().send_buffer;
        case Option::tcp_fastopen:
            return 0;
        case Option::tcp_quickack:
            return connection->quick_ack() ? 1 : 0;
        case Option::tcp_maxseg:  // Linux: mss_cache, and in CLOSE again what was chosen
            return is_over(connection) && connection->options().max_segment != 0 ? connection->options().max_segment
                                                                                 : connection->tcb().snd.mss;
        case Option::tcp_window_clamp:
            return tcp::window_clamp(connection->tcb(), host_->profile());
        default:
            return user_option(option, connection->options(), host_->profile());
    }
}

Result<std::int64_t> Sockets::getsockopt(FileId file, Option option) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    if (auto const known = nature(*f, option)) {
        return *known;
    }
    if (std::holds_alternative<OverUdp>(f->what) && is_tcp_option(option)) {
        return Errno::eopnotsupp;  // Linux ip_getsockopt, do_ip_getsockopt
    }
    if (is_file_option(option)) {
        return file_option(option, f->options);
    }
    if (auto const* udp = std::get_if<OverUdp>(&f->what)) {
        return option_of_datagrams(*udp, option);
    }
    if (auto const* connected = std::get_if<Connected>(&f->what)) {
        return option_of_connected(*connected, option);
    }
    auto* unbound = std::get_if<Unbound>(&f->what);
    if (option == Option::so_error) {
        return unbound == nullptr ? 0 : static_cast<std::int64_t>(std::exchange(unbound->error, Errno::none));
    }
    auto const* listening = std::get_if<Listening>(&f->what);
    return option_of(listening != nullptr ? listening->options : std::get<Unbound>(f->what).options, option,
                     host_->profile());
}

Result<Done> Sockets::set_in_options(host::ConnectionOptions& options, Option option, std::int64_t value) const {
    if (is_buffer(option)) {
        Result<std::uint32_t> const size = buffer_size(option, value, host_->profile());
        if (!size.ok()) {
            return size.error();
        }
        (option == Option::so_rcvbuf ? options.receive_buffer : options.send_buffer) = size.value();
        return Done{};
    }
    if (option == Option::tcp_fastopen) {
        if (value < 0) {
            return Errno::einval;
        }
        std::int64_t const most = host_->profile().host.backlog_max.value;
        options.fast_open_backlog = static_cast<int>(std::min(value, most));  // Linux fastopen_queue_tune
        return Done{};
    }
    return set_user_option(option, value, options.user, host_->profile());
}

/// Linux sock_set_timestamping: numbers count from where a connection is.
Result<Done> Sockets::may_stamp(File const& file, std::int64_t value) const {
    namespace stamps = host::timestamping;
    auto const bits = static_cast<std::uint32_t>(value);
    bool const unknown = (value & ~std::int64_t{stamps::all}) != 0;
    bool const asks_anew = (bits & ~file.options.timestamping & stamps::numbered) != 0;
    bool const stream = !std::holds_alternative<OverUdp>(file.what);
    bool const needs_number = (bits & stamps::numbered_by_write) != 0 && (bits & stamps::numbered) == 0;
    bool const needs_silence = (bits & stamps::with_statistics) != 0 && (bits & stamps::without_text) == 0;
    if (unknown || needs_number || (asks_anew && stream && is_over(connection_of(file))) || needs_silence) {
        return Errno::einval;
    }
    return (bits & stamps::by_device_clock) != 0 ? Result<Done>{Errno::eopnotsupp} : Result<Done>{Done{}};
}

/// Linux tcp_set_rcvlowat: at most half of the largest buffer; what is to be waited for must fit into the window.
void Sockets::set_low_water(File& file, Instant now, host::Output& out) {
    std::uint32_t& wanted = file.options.receive_low_water;
    auto const largest = static_cast<std::uint32_t>(host_->profile().buffers.receive_max.value);
    if (auto const* connected = std::get_if<Connected>(&file.what)) {
        tcp::Connection const* const connection = host_->find(connected->id);
        bool const fixed = connection != nullptr && connection->tcb().receive_buffer_fixed;
        wanted = std::min(wanted, (fixed ? connection->tcb().receive_buffer : largest) / 2);
        host_->make_receive_room(connected->id, wanted, now, out);
        return;
    }
    auto* const listening = std::get_if<Listening>(&file.what);
    auto* const unbound = std::get_if<Unbound>(&file.what);
    if (listening == nullptr && unbound == nullptr) {
        return;  // UDP
    }
    host::ConnectionOptions& options = listening != nullptr ? listening->options : unbound->options;
    wanted = std::min(wanted, (options.receive_buffer != 0 ? options.receive_buffer : largest) / 2);
    options.receive_room = std::max(options.receive_room, wanted);
    if (listening != nullptr) {
        host_->set_listener_options(listening->id, options);
    }
}

namespace {

/// Microseconds of SO_RCVTIMEO and SO_SNDTIMEO as the system keeps them.
std::int64_t in_granules(std::int64_t value, profile::Profile const& profile) {
    auto const granule =
        std::chrono::duration_cast<std::chrono::microseconds>(profile.sockets.wait_granule.value).count();
    if (value < 0) {  // Linux sock_set_timeout: does not wait at all
        return value;
    }
    return (value + (profile.sockets.wait_rounded_up.value ? granule - 1 : 0)) / granule * granule;
}

}  // namespace

Result<Done> Sockets::set_in_file(File& file, Option option, std::int64_t value, Instant now, host::Output& out) {
    bool const over = std::holds_alternative<Connected>(file.what) && is_over(connection_of(file));
    bool const fresh = std::holds_alternative<Unbound>(file.what) || over;
    if (option == Option::tcp_fastopen_connect && !fresh) {
        return Errno::einval;
    }
    constexpr int client = 1;  // sysctl tcp_fastopen
    bool const opens_fast = (host_->profile().fast_open.mode.value & client) != 0;
    if (option == Option::tcp_fastopen_connect && !opens_fast && (value == 0 || value == 1)) {
        return Errno::eopnotsupp;
    }
    if (Result<Done> const may = may_stamp(file, value); option == Option::so_timestamping && !may.ok()) {
        return may;
    }
    bool const waits = option == Option::so_rcvtimeo || option == Option::so_sndtimeo;
    Result<Done> const set =
        set_file_option(option, waits ? in_granules(value, host_->profile()) : value, file.options);
    if (option == Option::so_rcvlowat) {
        set_low_water(file, now, out);
    }
    host::Reuse const reuse{file.options.reuse_address, file.options.reuse_port};
    if (file.binding) {
        host_->set_reuse(*file.binding, reuse);
    }
    if (auto const* connected = std::get_if<Connected>(&file.what)) {
        host_->set_reuse(connected->id, reuse);
        if (option == Option::so_timestamping && set.ok()) {
            host_->set_timestamping(connected->id, file.options.timestamping);
        }
    }
    if (auto const* udp = std::get_if<OverUdp>(&file.what)) {
        host_->datagrams()[udp->id].reuse = reuse;
    }
    return set;
}

Result<Done> Sockets::set_in_connection(Connected const& connected, Option option, std::int64_t value, Instant now,
                                        host::Output& out) {
    tcp::Connection const* connection = host_->find(connected.id);
    bool const for_the_closed = option == Option::tcp_fastopen || (option == Option::tcp_window_clamp && value == 0);
    if (for_the_closed && !is_over(connection)) {
        return Errno::einval;
    }
    if (option == Option::tcp_quickack) {  // it does something now, and is not kept
        if (connection != nullptr) {
            host_->set_quick_ack(connected.id, value, now, out);
        }
        return Done{};
    }
    host::ConnectionOptions options;
    options.user = connection == nullptr ? tcp::UserOptions{} : connection->options();
    Result<Done> const set = set_in_options(options, option, value);
    if (!set.ok() || connection == nullptr) {
        return set;
    }
    if (is_buffer(option)) {
        host_->set_buffers(connected.id, options.receive_buffer, options.send_buffer, now, out);
    } else {
        host_->set_options(connected.id, options.user, now, out);
        if (option == Option::tcp_keepidle) {
            host_->keepalive_idle_set(connected.id, now, out);
        }
        if (option == Option::tcp_nodelay && options.user.no_delay) {
            host_->push(connected.id, now, out);
        }
    }
    return set;
}

Result<Done> Sockets::setsockopt(FileId file, Option option, std::int64_t value, Instant now, host::Output& out) {
    File* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::enotsock;
    }
    bool const foreign = std::holds_alternative<OverUdp>(f->what) && is_tcp_option(option);
    if (option == Option::so_error || nature(*f, option) || foreign) {
        return Errno::enoprotoopt;  // Linux sk_setsockopt, ip_setsockopt
    }
    if (is_file_option(option)) {
        return set_in_file(*f, option, value, now, out);
    }
    if (auto* udp = std::get_if<OverUdp>(&f->what)) {
        return set_in_datagrams(*udp, option, value);
    }
    if (auto const* connected = std::get_if<Connected>(&f->what)) {
        return set_in_connection(*connected, option, value, now, out);
    }
    if (auto* listening = std::get_if<Listening>(&f->what)) {
        if (option == Option::tcp_window_clamp && value == 0) {
            return Errno::einval;
        }
        Result<Done> const set = set_in_options(listening->options, option, value);
        host_->set_listener_options(listening->id, listening->options);
        return set;
    }
    return set_in_options(std::get<Unbound>(f->what).options, option, value);
}

// Linux tcp_ioctl.
Result<std::uint64_t> Sockets::ioctl(FileId file, Inquiry what) const {
    File const* f = find(file);
    if (f == nullptr) {
        return Errno::ebadf;
    }
    if (std::holds_alternative<Epoll>(f->what)) {
        return Errno::einval;  // Linux ep_eventpoll_ioctl
    }
    if (std::holds_alternative<Listening>(f->what)) {
        return what == Inquiry::siocatmark ? Result<std::uint64_t>{std::uint64_t{0}} : Errno::einval;
    }
    if (auto const* udp = std::get_if<OverUdp>(&f->what)) {  // Linux udp_ioctl
        if (what == Inquiry::siocoutqnsd || what == Inquiry::siocatmark) {
            return Errno::enotty;
        }
        auto const& queue = host_->datagrams()[udp->id].queue;
        return what == Inquiry::fionread && !queue.empty() ? queue.front().data.size() : std::uint64_t{0};
    }
    tcp::Connection const* connection = connection_of(*f);
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

std::optional<Duration> Sockets::timeout(FileId file, bool receives) const {
    File const* f = find(file);
    if (f == nullptr) {
        return std::nullopt;
    }
    std::int64_t const most = receives ? f->options.receive_timeout_us : f->options.send_timeout_us;
    return most == 0 ? std::nullopt
                     : std::optional{Duration{std::chrono::microseconds{std::max<std::int64_t>(most, 0)}}};
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

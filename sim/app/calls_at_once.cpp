// The calls that return at once.
#include "sim/app/numbers.hpp"
#include "sim/app/process.hpp"
#include "stack/socket/option_names.hpp"
#include "stack/socket/tcp_info_members.hpp"

#include <string>
#include <type_traits>
#include <utility>

namespace tcpsim::app {

namespace {

std::string_view inquiry_name(socket::Inquiry what) {
    switch (what) {
        case socket::Inquiry::fionread:
            return "FIONREAD";
        case socket::Inquiry::siocoutq:
            return "SIOCOUTQ";
        case socket::Inquiry::siocoutqnsd:
            return "SIOCOUTQNSD";
        case socket::Inquiry::siocatmark:
            return "SIOCATMARK";
    }
    return {};
}

std::uint32_t epoll_bits(socket::EpollInterest const& interest) {
    return poll_bits(interest.events) | (interest.edge_triggered ? epollet : 0) |
           (interest.one_shot ? epolloneshot : 0) | (interest.exclusive ? epollexclusive : 0);
}

/// As strace writes the structure.
std::string told_of(socket::TcpInfo const& info) {
    std::string text;
    for (std::string_view const name : socket::info_members()) {
        text +=
            (text.empty() ? "{" : ", ") + std::string{name} + "=" + std::to_string(*socket::info_member(info, name));
    }
    return text + "}";
}

}  // namespace

template <class T, class Call>
Returned<T> Process::at_once(trace::CallMade const& made, Call call) {
    std::uint32_t const number = begin_call();
    if (traced()) {
        record_made(number, made);
    }
    Result<T> result = call();
    trace::CallReturned what{.error = result.error()};
    if constexpr (std::is_same_v<T, wire::Endpoint>) {
        what.address = result.ok() ? result.value() : wire::Endpoint{};
    } else if constexpr (std::is_same_v<T, machine::PipeEnds>) {
        if (result.ok()) {
            what.ready = {{result.value().read, 0}, {result.value().write, 0}};
        }
    } else if constexpr (std::is_same_v<T, std::string>) {
        what.data = Payload::text(result.ok() ? result.value() : "");
    } else if constexpr (std::is_same_v<T, socket::TcpInfo>) {
        what.data = Payload::text(result.ok() ? told_of(result.value()) : "");
    } else if constexpr (!std::is_same_v<T, Done>) {
        what.value = result.ok() ? result.value() : 0;
    }
    record_returned(number, made, what, false);
    return Returned<T>{*this, std::move(result)};
}

Returned<std::int32_t> Process::socket(socket::SocketType type) {
    std::uint32_t const kind = type == socket::SocketType::stream ? sock_stream : sock_dgram;
    return at_once<std::int32_t>({.call = trace::Call::socket, .flags = kind},
                                 [&] { return kernel_->socket(type, *context_); });
}

Returned<Done> Process::bind(std::int32_t fd, wire::Endpoint local) {
    return at_once<Done>({.call = trace::Call::bind, .descriptor = fd, .address = local},
                         [&] { return kernel_->bind(fd, local, *context_); });
}

Returned<Done> Process::disconnect(std::int32_t fd) {
    return at_once<Done>({.call = trace::Call::connect, .descriptor = fd, .option = "AF_UNSPEC"},
                         [&] { return kernel_->disconnect(fd, *context_); });
}

Returned<Done> Process::listen(std::int32_t fd, int backlog) {
    return at_once<Done>({.call = trace::Call::listen, .descriptor = fd, .argument = backlog},
                         [&] { return kernel_->listen(fd, backlog, *context_); });
}

Returned<Done> Process::shutdown(std::int32_t fd, socket::ShutdownHow how) {
    return at_once<Done>({.call = trace::Call::shutdown, .descriptor = fd, .flags = static_cast<std::uint32_t>(how)},
                         [&] { return kernel_->shutdown(fd, how, *context_); });
}

Returned<Done> Process::setsockopt(std::int32_t fd, socket::Option option, std::int64_t value) {
    return at_once<Done>(
        {.call = trace::Call::setsockopt, .descriptor = fd, .argument = value, .option = socket::name(option)},
        [&] { return kernel_->setsockopt(fd, option, value, *context_); });
}

Returned<std::int64_t> Process::getsockopt(std::int32_t fd, socket::Option option) {
    return at_once<std::int64_t>({.call = trace::Call::getsockopt, .descriptor = fd, .option = socket::name(option)},
                                 [&] { return kernel_->getsockopt(fd, option, *context_); });
}

Returned<Done> Process::set_congestion(std::int32_t fd, std::string const& name) {
    return at_once<Done>(
        {.call = trace::Call::setsockopt, .descriptor = fd, .option = "TCP_CONGESTION", .data = Payload::text(name)},
        [&] { return kernel_->set_congestion(fd, name, *context_); });
}

Returned<std::string> Process::congestion(std::int32_t fd) {
    return at_once<std::string>({.call = trace::Call::getsockopt, .descriptor = fd, .option = "TCP_CONGESTION"},
                                [&]() -> Result<std::string> {
                                    Result<std::string_view> const name = kernel_->congestion(fd);
                                    return name.ok() ? Result<std::string>{std::string{name.value()}} : name.error();
                                });
}

Returned<socket::TcpInfo> Process::tcp_info(std::int32_t fd) {
    return at_once<socket::TcpInfo>({.call = trace::Call::getsockopt, .descriptor = fd, .option = "TCP_INFO"},
                                    [&] { return kernel_->tcp_info(fd, *context_); });
}

Returned<Done> Process::set_md5_key(std::int32_t fd, wire::Ipv4Address peer, std::string const& key) {
    return at_once<Done>({.call = trace::Call::setsockopt,
                          .descriptor = fd,
                          .address = {peer, 0},
                          .option = "TCP_MD5SIG",
                          .data = Payload::text(key)},
                         [&] { return kernel_->set_md5_key(fd, peer, key); });
}

Returned<wire::Endpoint> Process::getsockname(std::int32_t fd) {
    return at_once<wire::Endpoint>({.call = trace::Call::getsockname, .descriptor = fd},
                                   [&] { return kernel_->getsockname(fd); });
}

Returned<wire::Endpoint> Process::getpeername(std::int32_t fd) {
    return at_once<wire::Endpoint>({.call = trace::Call::getpeername, .descriptor = fd},
                                   [&] { return kernel_->getpeername(fd); });
}

Returned<std::int64_t> Process::ioctl(std::int32_t fd, socket::Inquiry what) {
    return at_once<std::int64_t>(
        {.call = trace::Call::ioctl, .descriptor = fd, .option = inquiry_name(what)}, [&]() -> Result<std::int64_t> {
            Result<std::uint64_t> const told = kernel_->ioctl(fd, what);
            return told.ok() ? Result<std::int64_t>{static_cast<std::int64_t>(told.value())} : told.error();
        });
}

Returned<std::int32_t> Process::fcntl_getfl(std::int32_t fd) {
    return at_once<std::int32_t>(
        {.call = trace::Call::fcntl, .descriptor = fd, .option = "F_GETFL"}, [&]() -> Result<std::int32_t> {
            auto const flags = static_cast<std::int32_t>(o_rdwr | (kernel_->nonblocking(fd) ? o_nonblock : 0));
            return kernel_->is_open(fd) ? Result<std::int32_t>{flags} : Errno::ebadf;
        });
}

Returned<Done> Process::fcntl_setfl(std::int32_t fd, std::uint32_t flags) {
    return at_once<Done>({.call = trace::Call::fcntl, .descriptor = fd, .flags = flags, .option = "F_SETFL"},
                         [&] { return kernel_->set_nonblocking(fd, (flags & o_nonblock) != 0); });
}

Returned<std::int32_t> Process::dup(std::int32_t fd) {
    return at_once<std::int32_t>({.call = trace::Call::dup, .descriptor = fd}, [&] { return kernel_->dup(fd); });
}

Returned<std::int32_t> Process::dup2(std::int32_t fd, std::int32_t wanted) {
    return at_once<std::int32_t>({.call = trace::Call::dup2, .descriptor = fd, .other = wanted},
                                 [&] { return kernel_->dup2(fd, wanted, *context_); });
}

Returned<machine::PipeEnds> Process::pipe2(std::uint32_t flags) {
    return at_once<machine::PipeEnds>({.call = trace::Call::pipe, .flags = flags}, [&] {
        Result<machine::PipeEnds> const ends = kernel_->pipe(*context_);
        if (ends.ok()) {
            (void)kernel_->set_nonblocking(ends.value().read, (flags & o_nonblock) != 0);
            (void)kernel_->set_nonblocking(ends.value().write, (flags & o_nonblock) != 0);
        }
        return ends;
    });
}

Returned<std::int32_t> Process::open(std::string const& path, std::uint32_t flags) {
    return at_once<std::int32_t>(
        {.call = trace::Call::open, .flags = flags, .data = Payload::text(path)}, [&]() -> Result<std::int32_t> {
            if (flags == (o_wronly | o_creat | o_trunc)) {
                return kernel_->open(path, machine::OpenMode::create);
            }
            return flags == o_rdonly ? kernel_->open(path, machine::OpenMode::read) : Errno::einval;
        });
}

Returned<std::int32_t> Process::epoll_create() {
    return at_once<std::int32_t>({.call = trace::Call::epoll_create}, [&] { return kernel_->epoll_create(); });
}

Returned<Done> Process::epoll_ctl(std::int32_t epoll, EpollControl operation, std::int32_t fd,
                                  socket::EpollInterest const& interest) {
    trace::CallMade made{.call = trace::Call::epoll_ctl,
                         .descriptor = epoll,
                         .flags = static_cast<std::uint32_t>(operation),
                         .other = fd};
    made.argument = static_cast<std::int64_t>(interest.data);
    made.watched.push_back({fd, epoll_bits(interest)});
    return at_once<Done>(made, [&]() -> Result<Done> {
        switch (operation) {
            case EpollControl::add:
                return kernel_->epoll_add(epoll, fd, interest);
            case EpollControl::modify:
                return kernel_->epoll_modify(epoll, fd, interest);
            case EpollControl::remove:
                return kernel_->epoll_remove(epoll, fd);
        }
        return Errno::einval;
    });
}

Returned<std::int32_t> Process::fork(Main child) {
    return at_once<std::int32_t>({.call = trace::Call::fork}, [&]() -> Result<std::int32_t> {
        return static_cast<std::int32_t>(kernel_->fork(coroutine_program(std::move(child), handlers_), *context_));
    });
}

Returned<Done> Process::signal(machine::Signal signal, machine::OnSignal what) {
    std::string_view const chosen = what == machine::OnSignal::ignore ? "SIG_IGN" : "SIG_DFL";
    return at_once<Done>(
        {.call = trace::Call::sigaction, .argument = static_cast<std::int64_t>(signal), .option = chosen},
        [&] { return kernel_->sigaction(signal, {.what = what}); });
}

Returned<Done> Process::sigaction(machine::Signal signal, Main handler, bool restart) {
    return at_once<Done>({.call = trace::Call::sigaction,
                          .flags = restart ? sa_restart : 0,
                          .argument = static_cast<std::int64_t>(signal)},
                         [&] {
                             Result<Done> const set = kernel_->sigaction(signal, {machine::OnSignal::handle, restart});
                             if (set.ok()) {
                                 handlers_[signal] = std::move(handler);
                             }
                             return set;
                         });
}

Returned<Done> Process::kill(std::int32_t process, std::optional<machine::Signal> signal) {
    return at_once<Done>(
        {.call = trace::Call::kill, .other = process, .argument = signal ? static_cast<std::int64_t>(*signal) : 0},
        [&] { return kernel_->kill(process, signal, *context_); });
}

Returned<Done> Process::alarm(Duration after) {
    return at_once<Done>({.call = trace::Call::alarm, .argument = after.count()}, [&]() -> Result<Done> {
        if (after == Duration{0}) {
            kernel_->alarm(never, *context_);
        } else {
            kernel_->alarm_after(after, *context_);
        }
        return Done{};
    });
}

}  // namespace tcpsim::app

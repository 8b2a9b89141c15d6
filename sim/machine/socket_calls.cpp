// A process's socket calls: by descriptor, handed to the kernel; then the machine carries out what the stack said.
#include "sim/machine/machine.hpp"
#include "sim/machine/process.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::machine {

Result<socket::FileId> Process::socket_of(std::int32_t fd) const {
    auto const id = descriptors_.file(fd);
    if (!id) {
        return terminal(fd) != nullptr ? Errno::enotsock : Errno::ebadf;
    }
    return machine_->running().sockets.is_foreign(*id) ? Result<socket::FileId>{Errno::enotsock} : *id;
}

template <class Call>
auto Process::call_stack(std::int32_t fd, net::Context& context, Call call) {
    host::Output& out = machine_->lent_output();
    using Returned = decltype(call(machine_->running().sockets, socket::FileId{}, out));
    Result<socket::FileId> const file = socket_of(fd);
    if (!file.ok()) {
        return Returned{file.error()};
    }
    Returned result = call(machine_->running().sockets, file.value(), out);
    machine_->walk(out, context);
    return result;
}

Result<std::int32_t> Process::socket(socket::SocketType type, net::Context&) {
    if (!descriptors_.has_room()) {
        return Errno::emfile;
    }
    Result<socket::FileId> const made = machine_->running().sockets.socket(type);
    return made.ok() ? Result<std::int32_t>{descriptors_.install(made.value())} : made.error();
}

Result<Done> Process::bind(std::int32_t fd, wire::Endpoint local, net::Context&) {
    Result<socket::FileId> const id = socket_of(fd);
    return id.ok() ? machine_->running().sockets.bind(id.value(), local) : id.error();
}

Result<Done> Process::listen(std::int32_t fd, int backlog, net::Context& context) {
    return call_stack(fd, context, [&](socket::Sockets& sockets, socket::FileId id, host::Output& /*out*/) {
        return sockets.listen(id, backlog);
    });
}

Result<Done> Process::connect(std::int32_t fd, wire::Endpoint remote, net::Context& context) {
    return call_stack(fd, context, [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
        return sockets.connect(id, remote, machine_->kernel_time(context), out);
    });
}

Result<Done> Process::connect_result(std::int32_t fd, net::Context& context) {
    return call_stack(fd, context, [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
        return sockets.connect_result(id, machine_->kernel_time(context), out);
    });
}

Result<std::int32_t> Process::accept(std::int32_t fd, net::Context&) {
    Result<socket::FileId> const id = socket_of(fd);
    if (!id.ok()) {
        return id.error();
    }
    if (!descriptors_.has_room()) {  // who waits there goes on waiting (Linux __sys_accept4_file)
        return Errno::emfile;
    }
    Result<socket::FileId> const accepted = machine_->running().sockets.accept(id.value());
    return accepted.ok() ? Result<std::int32_t>{descriptors_.install(accepted.value())} : accepted.error();
}

Result<socket::Received> Process::receive(std::int32_t fd, std::uint64_t at_most, socket::ReceiveFlags flags,
                                          net::Context& context) {
    return call_stack(fd, context, [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
        return sockets.receive(id, at_most, flags, machine_->kernel_time(context), out);
    });
}

std::uint64_t Process::receive_target(std::int32_t fd, std::uint64_t at_most, socket::ReceiveFlags flags) const {
    auto const id = descriptors_.file(fd);
    return id ? machine_->running().sockets.receive_target(*id, at_most, flags) : 0;
}

Result<std::uint64_t> Process::send(std::int32_t fd, Payload const& data, socket::SendFlags flags,
                                    std::optional<wire::Endpoint> to, net::Context& context) {
    return call_stack(fd, context, [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
        return sockets.send(id, data, flags, machine_->kernel_time(context), out, to);
    });
}

Result<std::uint64_t> Process::ioctl(std::int32_t fd, socket::Inquiry what) const {
    if (auto* file = file_of(fd)) {
        if (what != socket::Inquiry::fionread) {
            return Errno::enotty;
        }
        auto const* end = std::get_if<PipeEnd>(file);
        return end != nullptr ? end->pipe->size() : size_of(fd) - std::min(size_of(fd), *offset_of(fd));
    }
    Result<socket::FileId> const id = socket_of(fd);
    return id.ok() ? machine_->running().sockets.ioctl(id.value(), what) : id.error();
}

Result<wire::Endpoint> Process::getsockname(std::int32_t fd) const {
    Result<socket::FileId> const id = socket_of(fd);
    return id.ok() ? machine_->running().sockets.getsockname(id.value()) : id.error();
}

Result<wire::Endpoint> Process::getpeername(std::int32_t fd) const {
    Result<socket::FileId> const id = socket_of(fd);
    return id.ok() ? machine_->running().sockets.getpeername(id.value()) : id.error();
}

Result<Done> Process::set_nonblocking(std::int32_t fd, bool nonblocking) {
    auto const id = descriptors_.file(fd);
    return id ? machine_->running().sockets.set_nonblocking(*id, nonblocking) : Errno::ebadf;
}

std::optional<Duration> Process::timeout(std::int32_t fd, Direction direction) const {
    Result<socket::FileId> const id = socket_of(fd);
    return id.ok() ? machine_->running().sockets.timeout(id.value(), direction == Direction::receive) : std::nullopt;
}

Result<Done> Process::close(std::int32_t fd, net::Context& context) {
    auto const file = descriptors_.take(fd);
    if (!file) {
        return Errno::ebadf;
    }
    host::Output& out = machine_->lent_output();
    std::optional<Instant> const until = machine_->running().sockets.close(*file, machine_->kernel_time(context), out);
    machine_->walk(out, context);
    machine_->descriptor_closed(*file, context);
    if (until) {
        lingering_ = Lingering{*file, *until};
    }
    return Done{};
}

std::optional<Instant> Process::lingers_until() const {
    bool const lingers = lingering_ && machine_->running().sockets.lingers(lingering_->file);
    return lingers ? std::optional{lingering_->until} : std::nullopt;
}

void Process::end_linger(net::Context& context) {
    if (auto const ended = std::exchange(lingering_, std::nullopt)) {
        host::Output& out = machine_->lent_output();
        machine_->running().sockets.end_linger(ended->file, machine_->kernel_time(context), out);
        machine_->walk(out, context);
    }
}

bool Process::nonblocking(std::int32_t fd) const {
    auto const id = descriptors_.file(fd);
    return id && machine_->running().sockets.nonblocking(*id);
}

Result<Done> Process::shutdown(std::int32_t fd, socket::ShutdownHow how, net::Context& context) {
    return call_stack(fd, context, [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
        return sockets.shutdown(id, how, machine_->kernel_time(context), out);
    });
}

Result<Done> Process::setsockopt(std::int32_t fd, socket::Option option, std::int64_t value, net::Context& context) {
    return call_stack(fd, context, [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
        return sockets.setsockopt(id, option, value, machine_->kernel_time(context), out);
    });
}

Result<std::int64_t> Process::getsockopt(std::int32_t fd, socket::Option option, net::Context&) {
    Result<socket::FileId> const id = socket_of(fd);
    return id.ok() ? machine_->running().sockets.getsockopt(id.value(), option) : id.error();
}

Result<Done> Process::set_congestion(std::int32_t fd, std::string_view name, net::Context& context) {
    return call_stack(fd, context, [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
        return sockets.set_congestion(id, name, machine_->kernel_time(context), out);
    });
}

Result<std::string_view> Process::congestion(std::int32_t fd) const {
    Result<socket::FileId> const id = socket_of(fd);
    return id.ok() ? machine_->running().sockets.congestion(id.value()) : id.error();
}

Result<socket::TcpInfo> Process::tcp_info(std::int32_t fd, net::Context const& context) const {
    Result<socket::FileId> const id = socket_of(fd);
    return id.ok() ? machine_->running().sockets.tcp_info(id.value(), machine_->kernel_time(context)) : id.error();
}

Result<Done> Process::set_md5_key(std::int32_t fd, wire::Ipv4Address peer, std::string const& key) {
    Result<socket::FileId> const id = socket_of(fd);
    return id.ok() ? machine_->running().sockets.set_md5_key(id.value(), peer, key) : id.error();
}

socket::Readiness Process::poll(std::int32_t fd) const {
    auto const id = descriptors_.file(fd);
    return id ? machine_->running().sockets.poll(*id) : socket::Readiness{};
}

Result<std::int32_t> Process::epoll_create() {
    return descriptors_.has_room()
               ? Result<std::int32_t>{descriptors_.install(machine_->running().sockets.epoll_create())}
               : Errno::emfile;
}

Result<Done> Process::epoll_add(std::int32_t epoll, std::int32_t fd, socket::EpollInterest const& interest) {
    auto const id = descriptors_.file(epoll);
    auto const watched = descriptors_.file(fd);
    if (id && kind(fd) == FileKind::regular) {
        return Errno::eperm;  // epoll_ctl(2): it is always ready
    }
    return id && watched ? machine_->running().sockets.epoll_add(*id, {*watched, fd}, interest) : Errno::ebadf;
}

Result<Done> Process::epoll_modify(std::int32_t epoll, std::int32_t fd, socket::EpollInterest const& interest) {
    auto const id = descriptors_.file(epoll);
    auto const watched = descriptors_.file(fd);
    return id && watched ? machine_->running().sockets.epoll_modify(*id, {*watched, fd}, interest) : Errno::ebadf;
}

Result<Done> Process::epoll_remove(std::int32_t epoll, std::int32_t fd) {
    auto const id = descriptors_.file(epoll);
    auto const watched = descriptors_.file(fd);
    return id && watched ? machine_->running().sockets.epoll_remove(*id, {*watched, fd}) : Errno::ebadf;
}

Result<std::vector<socket::EpollEvent>> Process::epoll_ready(std::int32_t epoll, std::size_t most) {
    auto const id = descriptors_.file(epoll);
    return id ? machine_->running().sockets.epoll_ready(*id, most) : Errno::ebadf;
}

Result<Done> Process::disconnect(std::int32_t fd, net::Context& context) {
    return call_stack(fd, context, [&](socket::Sockets& sockets, socket::FileId id, host::Output& out) {
        return sockets.disconnect(id, machine_->kernel_time(context), out);
    });
}

wire::FourTuple Process::connection(std::int32_t fd) const {
    auto const id = descriptors_.file(fd);
    return id ? machine_->running().sockets.tuple(*id).value_or(wire::FourTuple{}) : wire::FourTuple{};
}

tcp::Connection const* Process::tcp(std::int32_t fd) const {
    auto const id = descriptors_.file(fd);
    return id ? machine_->running().sockets.connection(*id) : nullptr;
}

}  // namespace tcpsim::machine

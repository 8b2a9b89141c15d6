#include "sim/scenario/steps_calls.hpp"

#include "sim/scenario/step_words.hpp"
#include "stack/socket/tcp_info_members.hpp"

#include <algorithm>

namespace tcpsim::scenario {

std::int32_t descriptor(Memory const& memory, std::string const& name) {
    auto const found = memory.descriptors.find(name);
    return found == memory.descriptors.end() ? -1 : found->second;
}

namespace {

/// As the scenario writes it, if it is what it means; else by its address.
std::string name_text(wire::Endpoint told, CallStep const& step, wire::Endpoint wanted) {
    return !step.wanted_name.empty() && told == wanted
               ? step.wanted_name
               : wire::to_string(told.address) + ":" + std::to_string(told.port);
}

SeenCall seen_name(Result<wire::Endpoint> const& result, CallStep const& step, wire::Endpoint wanted) {
    SeenCall call = failed(result.error());
    call.told = result.ok() ? name_text(result.value(), step, wanted) : "";
    return call;
}

SeenCall seen_data(Result<Payload> const& result) {
    SeenCall call = failed(result.error());
    if (result.ok()) {
        call.data = result.value();
        call.value = static_cast<std::int64_t>(call.data.size());
        call.end_of_stream = call.data.empty();
    }
    return call;
}

/// Only what the step asks for is told, so that what it does not say does not matter.
SeenCall seen_message(Result<socket::Received> const& result, CallStep const& step, wire::Endpoint wanted) {
    SeenCall call = failed(result.error());
    if (!result.ok()) {
        return call;
    }
    socket::Received const& message = result.value();
    call.data = message.data;
    call.value = static_cast<std::int64_t>(message.length);
    call.end_of_stream = message.length == 0 && !message.from && !message.report;
    auto const add = [&](std::string const& text) { call.told += (call.told.empty() ? "" : ", ") + text; };
    if (!step.wanted_name.empty()) {
        add(name_text(message.from.value_or(wire::Endpoint{}), step, wanted));
    }
    if (step.wants_report) {
        add(message.report ? report_text(*message.report) : "no report");
    }
    if (step.wants_truncated) {
        add(message.truncated ? "truncated" : "whole");
    }
    return call;
}

Task<SeenCall> receive(Process& p, CallStep const& step, std::int32_t fd, wire::Endpoint wanted, Memory& memory) {
    SeenCall result{};
    if (step.links) {
        result = failed((co_await p.watch_links()).error());
    } else if (step.call == trace::Call::readv) {
        result = seen_data(co_await p.readv(fd, step.bytes));
    } else if (step.call == trace::Call::recvmsg) {
        result = seen_message(co_await p.recvmsg(fd, step.bytes, step.flags), step, wanted);
    } else {
        result = seen_message(co_await p.recvfrom(fd, step.bytes, step.flags), step, wanted);
    }
    memory.last_read = result.data;
    co_return result;
}

// --- pipes and files

Task<SeenCall> make_pipe(Process& p, CallStep const& step, Memory& memory) {
    Result<machine::PipeEnds> const ends = co_await p.pipe2(step.bits);
    if (ends.ok()) {
        memory.descriptors[step.socket] = ends.value().read;
        memory.descriptors[step.other] = ends.value().write;
    }
    co_return failed(ends.error());
}

Task<SeenCall> open(Process& p, CallStep const& step, Memory& memory) {
    Result<std::int32_t> const file = co_await p.open(step.text, step.bits);
    if (file.ok()) {
        memory.descriptors[step.accepted_as] = file.value();
    }
    co_return seen(file);
}

Task<SeenCall> dup2(Process& p, CallStep const& step, std::int32_t fd, Memory& memory) {
    Result<std::int32_t> const result = co_await p.dup2(fd, descriptor(memory, step.other));
    co_return seen(result);
}

// --- options

Task<SeenCall> getsockopt(Process& p, CallStep const& step, std::int32_t fd) {
    SeenCall call{};
    if (step.text == "TCP_CONGESTION") {
        Result<std::string> const name = co_await p.congestion(fd);
        call = failed(name.error());
        call.told = name.ok() ? name.value() : "";
    } else if (step.text == "TCP_INFO") {
        Result<socket::TcpInfo> const info = co_await p.tcp_info(fd);
        call = failed(info.error());
        call.value = info.ok() ? socket::info_member(info.value(), step.member).value_or(0) : 0;
    } else {
        call = seen(co_await p.getsockopt(fd, step.option));
    }
    co_return call;
}

Task<SeenCall> setsockopt(Process& p, CallStep const& step, std::int32_t fd, wire::Endpoint peer) {
    std::string const value = step.data.to_string();
    SeenCall call{};
    if (step.text == "TCP_CONGESTION") {
        call = seen(co_await p.set_congestion(fd, value));
    } else if (step.text == "TCP_MD5SIG") {
        call = seen(co_await p.set_md5_key(fd, peer.address, value));
    } else {
        call = seen(co_await p.setsockopt(fd, step.option, step.value));
    }
    co_return call;
}

Task<SeenCall> fcntl(Process& p, CallStep const& step, std::int32_t fd) {
    SeenCall call{};
    if (step.asks) {
        Result<std::int32_t> const flags = co_await p.fcntl_getfl(fd);
        call = failed(flags.error());
        if (flags.ok()) {
            call.told = (flags.value() & static_cast<std::int32_t>(app::o_nonblock)) != 0 ? "nonblock" : "nothing";
        }
    } else {
        std::uint32_t const flags = step.value != 0 ? app::o_nonblock : 0;
        call = seen(co_await p.fcntl_setfl(fd, flags));
    }
    co_return call;
}

// --- waiting for one of several

std::string joined(std::vector<NamedEvents> const& found) {
    std::string text;
    for (NamedEvents const& one : found) {
        text += (text.empty() ? "" : ", ") + watched_text(one);
    }
    return text.empty() ? "nothing" : text;
}

Task<SeenCall> select(Process& p, CallStep const& step, Memory& memory) {
    auto const fd_of = [&](std::string const& name) { return name == terminal_name ? 0 : descriptor(memory, name); };
    app::SelectSets sets;
    for (NamedEvents const& one : step.watched) {
        std::int32_t const fd = fd_of(one.name);
        auto const add = [&](std::uint32_t event, std::vector<std::int32_t>& set) {
            if ((one.events & event) != 0) {
                set.push_back(fd);
            }
        };
        add(app::pollin, sets.read);
        add(app::pollout, sets.write);
        add(app::pollpri, sets.except);
    }
    Result<app::SelectSets> const result = co_await p.select(sets, step.duration);
    SeenCall call = failed(result.error());
    if (result.ok()) {
        std::vector<NamedEvents> found;
        for (NamedEvents const& one : step.watched) {
            std::int32_t const fd = fd_of(one.name);
            auto const has = [fd](std::vector<std::int32_t> const& set) {
                return std::find(set.begin(), set.end(), fd) != set.end();
            };
            std::uint32_t const events = (has(result.value().read) ? app::pollin : 0) |
                                         (has(result.value().write) ? app::pollout : 0) |
                                         (has(result.value().except) ? app::pollpri : 0);
            if (events != 0) {
                found.push_back({one.name, events});
            }
        }
        call.value = static_cast<std::int64_t>(found.size());
        call.told = joined(found);
    }
    co_return call;
}

Task<SeenCall> epoll_create(Process& p, CallStep const& step, Memory& memory) {
    Result<std::int32_t> const made = co_await p.epoll_create();
    if (made.ok()) {
        memory.descriptors[step.socket] = made.value();
    }
    co_return seen(made);
}

Task<SeenCall> epoll_ctl(Process& p, CallStep const& step, std::int32_t fd, Memory const& memory) {
    socket::EpollInterest const interest{.events = app::readiness_of(step.bits),
                                         .edge_triggered = (step.bits & app::epollet) != 0,
                                         .one_shot = (step.bits & app::epolloneshot) != 0,
                                         .exclusive = (step.bits & app::epollexclusive) != 0,
                                         .data = static_cast<std::uint64_t>(fd)};
    Result<Done> const result = co_await p.epoll_ctl(descriptor(memory, step.other), step.control, fd, interest);
    co_return seen(result);
}

Task<SeenCall> epoll_wait(Process& p, CallStep const& step, std::int32_t fd, Memory const& memory) {
    auto const most = static_cast<std::size_t>(step.value);
    Result<std::vector<socket::EpollEvent>> const result = co_await p.epoll_wait(fd, most, step.duration);
    SeenCall call = failed(result.error());
    if (result.ok()) {
        std::vector<NamedEvents> found;
        for (socket::EpollEvent const& event : result.value()) {
            auto const named = std::find_if(memory.descriptors.begin(), memory.descriptors.end(),
                                            [&](auto const& d) { return std::cmp_equal(d.second, event.data); });
            bool const known = named != memory.descriptors.end();
            found.push_back({known ? named->first : std::to_string(event.data), app::poll_bits(event.events)});
        }
        call.value = static_cast<std::int64_t>(found.size());
        call.told = joined(found);
    }
    co_return call;
}

Task<SeenCall> move_data(Process& p, CallStep const& step, std::int32_t fd, wire::Endpoint to, Memory& memory) {
    Payload const& data = step.what_was_read ? memory.last_read : step.data;
    std::int32_t const other = descriptor(memory, step.other);
    SeenCall result{};
    switch (step.call) {
        case trace::Call::writev:
            result = seen(co_await p.writev(fd, data));
            break;
        case trace::Call::sendto:
            result = seen(co_await p.sendto(fd, data, step.flags, to));
            break;
        case trace::Call::sendmsg:
            result = seen(co_await p.sendmsg(fd, data, step.flags));
            break;
        case trace::Call::sendfile:
            result = seen(co_await p.sendfile(fd, other, step.offset, step.bytes));
            result.ended = result.error == Errno::none && result.value == 0;
            break;
        default:
            result = seen(co_await p.splice(fd, other, step.bytes, step.bits));
            result.ended = result.error == Errno::none && result.value == 0;
            break;
    }
    co_return result;
}

}  // namespace

Task<SeenCall> perform_further(Process& p, CallStep const& step, std::int32_t fd, wire::Endpoint remote,
                               Memory& memory) {
    using trace::Call;
    SeenCall result{};
    switch (step.call) {
        case Call::readv:
        case Call::recvfrom:
        case Call::recvmsg:
            result = co_await receive(p, step, fd, remote, memory);
            break;
        case Call::pipe:
            result = co_await make_pipe(p, step, memory);
            break;
        case Call::open:
            result = co_await open(p, step, memory);
            break;
        case Call::dup2:
            result = co_await dup2(p, step, fd, memory);
            break;
        case Call::fcntl:
            result = co_await fcntl(p, step, fd);
            break;
        case Call::getsockname:
            result = seen_name(co_await p.getsockname(fd), step, remote);
            break;
        case Call::getpeername:
            result = seen_name(co_await p.getpeername(fd), step, remote);
            break;
        case Call::getsockopt:
            result = co_await getsockopt(p, step, fd);
            break;
        case Call::setsockopt:
            result = co_await setsockopt(p, step, fd, remote);
            break;
        case Call::select:
            result = co_await select(p, step, memory);
            break;
        case Call::epoll_create:
            result = co_await epoll_create(p, step, memory);
            break;
        case Call::epoll_ctl:
            result = co_await epoll_ctl(p, step, fd, memory);
            break;
        case Call::epoll_wait:
            result = co_await epoll_wait(p, step, fd, memory);
            break;
        default:
            result = co_await move_data(p, step, fd, remote, memory);
            break;
    }
    co_return result;
}

}  // namespace tcpsim::scenario

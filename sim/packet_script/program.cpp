#include "sim/packet_script/program.hpp"

#include "sim/packet_script/symbols.hpp"
#include "stack/socket/message_bits.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tcpsim::packet_script {

Expression const& argument(Call const& call, std::size_t n) {
    if (n >= call.arguments.size()) {
        fail(call.name + "() has " + std::to_string(call.arguments.size()) + " arguments, too few");
    }
    return call.arguments[n];
}

std::int64_t number_argument(Call const& call, std::size_t n) { return number_of(argument(call, n)); }

Program::Handler Program::handler_of(std::string_view name) {
    using Named = std::pair<std::string_view, Handler>;
    static constexpr std::array handlers{
        Named{"socket", &Program::call_socket},
        Named{"bind", &Program::call_bind},
        Named{"listen", &Program::call_listen},
        Named{"accept", &Program::call_accept},
        Named{"connect", &Program::call_connect},
        Named{"shutdown", &Program::call_shutdown},
        Named{"close", &Program::call_close},
        Named{"read", &Program::call_read},
        Named{"recv", &Program::call_recv},
        Named{"recvfrom", &Program::call_recv},
        Named{"write", &Program::call_write},
        Named{"send", &Program::call_send},
        Named{"sendto", &Program::call_send},
        Named{"fcntl", &Program::call_fcntl},
        Named{"ioctl", &Program::call_ioctl},
        Named{"setsockopt", &Program::call_setsockopt},
        Named{"getsockopt", &Program::call_getsockopt},
        Named{"recvmsg", &Program::call_recvmsg},
        Named{"sendmsg", &Program::call_sendmsg},
        Named{"readv", &Program::call_readv},
        Named{"writev", &Program::call_writev},
        Named{"poll", &Program::call_poll},
        Named{"epoll_create", &Program::call_epoll_create},
        Named{"epoll_ctl", &Program::call_epoll_ctl},
        Named{"epoll_wait", &Program::call_epoll_wait},
    };
    auto const found =
        std::find_if(handlers.begin(), handlers.end(), [&](Named const& each) { return each.first == name; });
    return found == handlers.end() ? nullptr : found->second;
}

std::optional<Returned> Program::attempt(Call const& call, bool retried) {
    Handler const handler = handler_of(call.name);
    if (handler == nullptr) {
        unsupported("the call " + call.name + "()");
    }
    if (!retried) {
        partly_sent_ = 0;
        connects_ = false;
        gives_up_ = never;
    }
    return (this->*handler)(call, retried);
}

std::optional<socket::FileId> Program::file(std::int64_t descriptor) const {
    auto const found = files_.find(descriptor);
    return found == files_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<socket::FileId> Program::file_of(Call const& call) const { return file(number_argument(call, 0)); }

Returned Program::install(Call const& call, socket::FileId file) {
    std::int64_t const descriptor = number_of(call.result);
    if (descriptor < 0) {
        return {0};  // the script expects an error
    }
    files_[descriptor] = file;
    return {descriptor};
}

bool Program::woken(Call const& call) const {
    bool const writes = call.name == "write" || call.name.starts_with("send") || call.name == "writev";
    auto const file = writes ? file_of(call) : std::nullopt;
    if (!file) {
        return true;
    }
    socket::Readiness const ready = stage_->sockets().poll(*file);
    return ready.out || ready.err || ready.hup;
}

bool Program::may_wait(Call const& call) {
    constexpr std::int64_t dont_wait = socket::msg_dontwait.bits;
    bool const message = call.name == "sendmsg" || call.name == "recvmsg";
    bool const transfers =
        message || call.name == "send" || call.name == "recv" || call.name == "sendto" || call.name == "recvfrom";
    return !transfers || (number_argument(call, message ? 2 : 3) & dont_wait) == 0;
}

bool Program::may_block(Call const& call) const {
    if (call.name == "poll" || call.name == "epoll_wait") {
        return true;
    }
    if (!may_wait(call)) {
        return false;
    }
    auto const file = call.arguments.empty() ? std::nullopt : file_of(call);
    return file && !stage_->sockets().nonblocking(*file);
}

}  // namespace tcpsim::packet_script

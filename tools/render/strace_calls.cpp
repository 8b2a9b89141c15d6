// How strace writes calls: arguments, results, constants.
#include "sim/app/calls_epoll.hpp"
#include "sim/app/message_flags.hpp"
#include "sim/app/numbers.hpp"
#include "sim/machine/signal.hpp"
#include "stack/socket/option_names.hpp"
#include "tools/render/errno_words.hpp"
#include "tools/render/strace.hpp"
#include "tools/render/why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace tcpsim::render {

namespace {

using trace::Call;

constexpr std::uint64_t longest_string = 32;  // strace's default

/// "\"hello\\n\"", cut where strace cuts.
std::string quoted(Payload const& data) {
    std::uint64_t const shown = std::min(data.size(), longest_string);
    std::string text = "\"";
    for (char const c : data.part(0, shown).to_string()) {
        if (c == '\n') {
            text += "\\n";
        } else if (c == '"' || c == '\\') {
            text += std::string{'\\', c};
        } else if (c < ' ' || c > '~') {
            text += fmt::format("\\{:o}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            text += c;
        }
    }
    return text + (data.size() > shown ? "\"..." : "\"");
}

struct Bit {
    std::uint32_t bits{0};
    std::string_view name{};
};
constexpr auto message_bits = std::to_array<Bit>({
    {app::msg_oob.bits, "MSG_OOB"},
    {app::msg_peek.bits, "MSG_PEEK"},
    {app::msg_trunc.bits, "MSG_TRUNC"},
    {app::msg_dontwait.bits, "MSG_DONTWAIT"},
    {app::msg_waitall.bits, "MSG_WAITALL"},
    {app::msg_nosignal.bits, "MSG_NOSIGNAL"},
    {app::msg_more.bits, "MSG_MORE"},
    {app::msg_eor.bits, "MSG_EOR"},
    {app::msg_errqueue.bits, "MSG_ERRQUEUE"},
    {app::msg_zerocopy.bits, "MSG_ZEROCOPY"},
    {app::msg_fastopen.bits, "MSG_FASTOPEN"},
});
constexpr auto poll_names = std::to_array<Bit>({
    {app::pollin, "POLLIN"},
    {app::pollpri, "POLLPRI"},
    {app::pollout, "POLLOUT"},
    {app::pollerr, "POLLERR"},
    {app::pollhup, "POLLHUP"},
    {app::pollnval, "POLLNVAL"},
    {app::pollrdhup, "POLLRDHUP"},
});

constexpr auto splice_bits = std::to_array<Bit>({
    {app::splice_f_move, "SPLICE_F_MOVE"},
    {app::splice_f_nonblock, "SPLICE_F_NONBLOCK"},
    {app::splice_f_more, "SPLICE_F_MORE"},
    {app::splice_f_gift, "SPLICE_F_GIFT"},
});
constexpr std::array<std::string_view, 3> shutdown_names{"SHUT_RD", "SHUT_WR", "SHUT_RDWR"};
constexpr auto epoll_names = std::to_array<Bit>({
    {app::pollin, "EPOLLIN"},
    {app::pollpri, "EPOLLPRI"},
    {app::pollout, "EPOLLOUT"},
    {app::pollerr, "EPOLLERR"},
    {app::pollhup, "EPOLLHUP"},
    {app::pollrdhup, "EPOLLRDHUP"},
    {app::epollexclusive, "EPOLLEXCLUSIVE"},
    {app::epolloneshot, "EPOLLONESHOT"},
    {app::epollet, "EPOLLET"},
});

std::string joined(std::uint32_t bits, std::span<Bit const> names) {
    std::string text;
    for (Bit const& bit : names) {
        if ((bits & bit.bits) != 0) {
            text += (text.empty() ? "" : "|") + std::string{bit.name};
        }
    }
    return text.empty() ? "0" : text;
}

std::string address(wire::Endpoint const& endpoint) {
    return fmt::format("{{sa_family=AF_INET, sin_port=htons({}), sin_addr=inet_addr(\"{}\")}}", endpoint.port,
                       wire::to_string(endpoint.address));
}

std::string signal_name(std::int64_t number) {
    auto const signal = machine::signal_numbered(static_cast<std::int32_t>(number));
    return signal ? std::string{machine::name(*signal)} : std::to_string(number);
}

std::string chosen_action(trace::CallMade const& made) {
    return fmt::format("{}, {{sa_handler={}, sa_mask=[], sa_flags={}}}, NULL, 8", signal_name(made.argument),
                       made.option.empty() ? "0x401000" : made.option, made.flags != 0 ? "SA_RESTART" : "0");
}

std::string timespec(std::int64_t nanoseconds) {
    constexpr std::int64_t billion = 1'000'000'000;
    return fmt::format("{{tv_sec={}, tv_nsec={}}}", nanoseconds / billion, nanoseconds % billion);
}

std::string polled(std::span<trace::Watched const> all, std::string_view field) {
    std::string text;
    for (trace::Watched const& one : all) {
        text += fmt::format("{}{{fd={}, {}={}}}", text.empty() ? "" : ", ", one.descriptor, field,
                            joined(one.events, poll_names));
    }
    return "[" + text + "]";
}

/// struct epoll_event.
std::string epoll_event(std::uint32_t events, std::int64_t data) {
    return fmt::format("{{events={}, data={{u32={}, u64={}}}}}", joined(events, epoll_names),
                       static_cast<std::uint32_t>(data), static_cast<std::uint64_t>(data));
}

/// epoll_ctl()'s arguments.
std::string controlled(trace::CallMade const& made) {
    constexpr std::array<std::string_view, 4> operations{"0", "EPOLL_CTL_ADD", "EPOLL_CTL_DEL", "EPOLL_CTL_MOD"};
    bool const removes = made.flags == static_cast<std::uint32_t>(app::EpollControl::remove);
    return fmt::format("{}, {}, {}, {}", made.descriptor, operations.at(made.flags), made.other,
                       removes ? "NULL" : epoll_event(made.watched.front().events, made.argument));
}

/// What epoll_wait() fills in: who is ready is told by the data of the interest.
std::string events_found(std::span<trace::Watched const> ready) {
    std::string text;
    for (trace::Watched const& one : ready) {
        text += (text.empty() ? "" : ", ") + epoll_event(one.events, one.descriptor);
    }
    return "[" + text + "]";
}

/// One of select()'s sets: "[0 3]", "NULL".
std::string selected(std::span<trace::Watched const> all, std::uint32_t which) {
    std::string text;
    for (trace::Watched const& one : all) {
        text += one.events == which ? fmt::format("{}{}", text.empty() ? "" : " ", one.descriptor) : "";
    }
    return text.empty() ? "NULL" : "[" + text + "]";
}

std::int64_t milliseconds(std::int64_t nanoseconds) { return nanoseconds < 0 ? -1 : nanoseconds / 1'000'000; }

/// struct timeval of SO_RCVTIMEO and SO_SNDTIMEO.
std::string timeval(std::int64_t microseconds) {
    constexpr std::int64_t million = 1'000'000;
    return fmt::format("{{tv_sec={}, tv_usec={}}}", microseconds / million, microseconds % million);
}

bool is_timeout(std::string_view option) { return option == "SO_RCVTIMEO" || option == "SO_SNDTIMEO"; }

std::string option_value(trace::CallMade const& made) {
    if (made.option == "TCP_CONGESTION") {
        return fmt::format("{}, {}", quoted(made.data), made.data.size());
    }
    if (made.option == "TCP_MD5SIG") {
        return fmt::format("{{tcpm_addr={}, tcpm_keylen={}, tcpm_key={}}}, 216", address(made.address),
                           made.data.size(), quoted(made.data));
    }
    if (is_timeout(made.option)) {
        return timeval(made.argument) + ", 16";
    }
    if (made.option == "SO_LINGER") {
        return made.argument < 0 ? "{l_onoff=0, l_linger=0}, 8"
                                 : fmt::format("{{l_onoff=1, l_linger={}}}, 8", made.argument);
    }
    return fmt::format("[{}], 4", made.argument);
}

std::string wait_status(std::int64_t status) {
    constexpr std::int64_t signal_mask = 0x7f;
    return (status & signal_mask) != 0
               ? fmt::format("[{{WIFSIGNALED(s) && WTERMSIG(s) == {}}}]", signal_name(status & signal_mask))
               : fmt::format("[{{WIFEXITED(s) && WEXITSTATUS(s) == {}}}]", status / 256);
}

/// What the C library's call is for the kernel.
std::string_view system_call(trace::CallMade const& made) {
    switch (made.call) {
        case Call::recv:
            return "recvfrom";
        case Call::send:
            return "sendto";
        case Call::accept:
            return made.flags == 0 ? "accept" : "accept4";
        case Call::sleep:
            return "clock_nanosleep";
        case Call::waitpid:
            return "wait4";
        case Call::sigaction:
            return "rt_sigaction";
        case Call::exit:
            return "exit_group";
        case Call::epoll_create:
            return "epoll_create1";
        case Call::pipe:
            return made.flags == 0 ? "pipe" : "pipe2";
        case Call::open:
            return "openat";
        default:
            return identifier(made.call);
    }
}

/// struct msghdr.
std::string message(std::string_view name, Payload const& data, bool failed, std::uint64_t length,
                    std::string_view flags) {
    return fmt::format(
        "{{msg_name={}, msg_iov=[{{iov_base={}, iov_len={}}}], msg_iovlen=1, msg_controllen=0, msg_flags={}}}", name,
        failed ? std::string{"0x7ffd"} : quoted(data), length, flags);
}

std::string given_to_file_call(trace::CallMade const& made) {
    int const fd = made.descriptor;
    switch (made.call) {
        case Call::sendfile:
            return fmt::format("{}, {}, {}, {}", fd, made.other,
                               made.argument < 0 ? "NULL" : fmt::format("[{}]", made.argument), made.bytes);
        case Call::splice:
            return fmt::format("{}, NULL, {}, NULL, {}, {}", fd, made.other, made.bytes,
                               joined(made.flags, splice_bits));
        case Call::open:
            return fmt::format("AT_FDCWD, {}, {}{}", quoted(made.data),
                               (made.flags & app::o_wronly) != 0 ? "O_WRONLY|O_CREAT|O_TRUNC" : "O_RDONLY",
                               (made.flags & app::o_wronly) != 0 ? ", 0666" : "");
        default:
            return "";
    }
}

std::string address_given(trace::CallMade const& made) {
    return made.option == "AF_UNSPEC" ? "{sa_family=AF_UNSPEC}" : address(made.address);
}

/// The arguments that the kernel is given.
std::string given(trace::CallMade const& made) {
    int const fd = made.descriptor;
    switch (made.call) {
        case Call::socket:
            return fmt::format("AF_INET, {}, IPPROTO_IP", made.flags == app::sock_dgram ? "SOCK_DGRAM" : "SOCK_STREAM");
        case Call::bind:
        case Call::connect:
            return fmt::format("{}, {}, 16", fd, address_given(made));
        case Call::listen:
            return fmt::format("{}, {}", fd, made.argument);
        case Call::write:
            return fmt::format("{}, {}, {}", fd, quoted(made.data), made.bytes);
        case Call::writev:
            return fmt::format("{}, [{{iov_base={}, iov_len={}}}], 1", fd, quoted(made.data), made.bytes);
        case Call::send:
        case Call::sendto:
            return fmt::format("{}, {}, {}, {}, {}", fd, quoted(made.data), made.bytes,
                               joined(made.flags, message_bits),
                               made.call == Call::sendto ? address(made.address) + ", 16" : "NULL, 0");
        case Call::sendmsg:
            return fmt::format("{}, {}, {}", fd, message("NULL, msg_namelen=0", made.data, false, made.bytes, "0"),
                               joined(made.flags, message_bits));
        case Call::sendfile:
        case Call::splice:
        case Call::open:
            return given_to_file_call(made);
        case Call::shutdown:
            return fmt::format("{}, {}", fd, shutdown_names.at(made.flags));
        case Call::setsockopt:
            return fmt::format("{}, {}, {}, {}", fd, socket::level_of(made.option), made.option, option_value(made));
        case Call::fcntl:
            return made.option == "F_SETFL"
                       ? fmt::format("{}, F_SETFL, O_RDWR{}", fd, made.flags != 0 ? "|O_NONBLOCK" : "")
                       : fmt::format("{}, {}", fd, made.option);
        case Call::dup2:
            return fmt::format("{}, {}", fd, made.other);
        case Call::poll:
            return fmt::format("{}, {}, {}", polled(made.watched, "events"), made.watched.size(),
                               milliseconds(made.argument));
        case Call::sleep:
            return fmt::format("CLOCK_MONOTONIC, 0, {}, NULL", timespec(made.argument));
        case Call::alarm:
            return std::to_string(made.argument / 1'000'000'000);
        case Call::kill:
            return fmt::format("{}, {}", made.other, made.argument == 0 ? "0" : signal_name(made.argument));
        case Call::sigaction:
            return chosen_action(made);
        case Call::epoll_create:
            return "0";
        case Call::epoll_ctl:
            return controlled(made);
        case Call::read:
        case Call::readv:
        case Call::recv:
        case Call::recvfrom:
        case Call::recvmsg:
        case Call::accept:
        case Call::getsockopt:
        case Call::getsockname:
        case Call::getpeername:
        case Call::ioctl:
        case Call::epoll_wait:
            return fmt::format("{}, ", fd);
        case Call::waitpid:
            return fmt::format("{}, ", made.other);
        case Call::pipe:
        case Call::fork:
        case Call::pause:
        case Call::select:
        case Call::exit:
            return "";
        default:
            return std::to_string(fd);
    }
}

/// What getsockopt() fills in, with its length.
std::string option_told(trace::CallMade const& made, trace::CallReturned const& back) {
    if (made.option == "TCP_CONGESTION") {
        return fmt::format("{}, [{}]", quoted(back.data), back.data.size() + 1);
    }
    if (made.option == "TCP_INFO") {
        return back.data.to_string() + ", [248]";
    }
    if (made.option == "SO_LINGER") {
        return fmt::format("{{l_onoff={}, l_linger={}}}, [8]", back.value < 0 ? 0 : 1,
                           std::max<std::int64_t>(back.value, 0));
    }
    if (is_timeout(made.option)) {
        return timeval(back.value) + ", [16]";
    }
    bool const is_error = made.option == "SO_ERROR" && back.value != 0;
    return fmt::format("[{}], [4]",
                       is_error ? std::string{name(static_cast<Errno>(back.value))} : std::to_string(back.value));
}

/// The arguments that it fills in.
std::string filled(trace::CallMade const& made, trace::CallReturned const& back) {
    bool const failed = back.error != Errno::none;
    auto const data = failed ? std::string{"0x7ffd"} : quoted(back.data);
    auto const peer = failed ? std::string{"NULL, NULL"} : address(back.address) + ", [16]";
    switch (made.call) {
        case Call::read:
            return fmt::format("{}, {}", data, made.bytes);
        case Call::readv:
            return fmt::format("[{{iov_base={}, iov_len={}}}], 1", data, made.bytes);
        case Call::recv:
        case Call::recvfrom:
            return fmt::format("{}, {}, {}, {}", data, made.bytes, joined(made.flags, message_bits),
                               made.call == Call::recvfrom && back.address != wire::Endpoint{} ? peer : "NULL, NULL");
        case Call::recvmsg: {
            bool const named = !failed && back.address != wire::Endpoint{};
            bool const truncated = !failed && std::cmp_greater(back.value, back.data.size());
            bool const report = !failed && (made.flags & app::msg_errqueue.bits) != 0;
            return fmt::format("{}, {}",
                               message(named ? address(back.address) + ", msg_namelen=16" : "NULL, msg_namelen=0",
                                       back.data, failed, made.bytes,
                                       truncated ? "MSG_TRUNC"
                                       : report  ? "MSG_ERRQUEUE"
                                                 : "0"),
                               joined(made.flags, message_bits));
        }
        case Call::accept:
            return peer + (made.flags != 0 ? ", SOCK_NONBLOCK" : "");
        case Call::pipe:
            return (failed ? std::string{"0x7ffd"}
                           : fmt::format("[{}, {}]", back.ready.at(0).descriptor, back.ready.at(1).descriptor)) +
                   (made.flags != 0 ? ", O_NONBLOCK" : "");
        case Call::getsockname:
        case Call::getpeername:
            return peer;
        case Call::getsockopt:
            return fmt::format("{}, {}, {}", socket::level_of(made.option), made.option,
                               failed ? "0x7ffd, [4]" : option_told(made, back));
        case Call::ioctl:
            return fmt::format("{}, [{}]", made.option, back.value);
        case Call::waitpid:
            return fmt::format("{}, {}, NULL", back.value > 0 ? wait_status(back.told) : "NULL",
                               made.flags != 0 ? "WNOHANG" : "0");
        case Call::epoll_wait:
            return fmt::format("{}, {}, {}", failed ? "0x7ffd" : events_found(back.ready), made.bytes,
                               milliseconds(made.argument));
        case Call::select: {
            int most = 0;
            for (trace::Watched const& one : made.watched) {
                most = std::max(most, one.descriptor + 1);
            }
            return fmt::format("{}, {}, {}, {}, {}", most, selected(made.watched, app::pollin),
                               selected(made.watched, app::pollout), selected(made.watched, app::pollpri),
                               made.argument < 0 ? "NULL" : timespec(made.argument));
        }
        default:
            return "";
    }
}

std::string answer(trace::CallMade const& made, trace::CallReturned const& back) {
    if (back.restarts) {
        return "= ? ERESTARTSYS (To be restarted if SA_RESTART is set)";
    }
    if (back.error != Errno::none) {
        return fmt::format("= -1 {} ({})", name(back.error), words_for(back.error));
    }
    switch (made.call) {
        case Call::getsockopt:
        case Call::ioctl:
            return "= 0";
        case Call::poll:
            return back.value == 0 ? "= 0 (Timeout)"
                                   : fmt::format("= {} ({})", back.value, polled(back.ready, "revents"));
        case Call::select:
            return back.value == 0 ? "= 0 (Timeout)"
                                   : fmt::format("= {} (in {}, out {})", back.value, selected(back.ready, app::pollin),
                                                 selected(back.ready, app::pollout));
        default:
            return fmt::format("= {}", back.value);
    }
}

}  // namespace

std::string opening_of(trace::CallMade const& made) { return fmt::format("{}({}", system_call(made), given(made)); }

CallText call_text(trace::CallMade const& made, trace::CallReturned const& back) {
    return {std::string{system_call(made)}, opening_of(made), filled(made, back) + ")", answer(made, back)};
}

}  // namespace tcpsim::render

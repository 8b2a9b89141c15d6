#include "sim/packet_script/symbols.hpp"

#include "sim/packet_script/verdict.hpp"
#include "stack/socket/message_bits.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tcpsim::packet_script {

namespace {

using Named = std::pair<std::string_view, std::int64_t>;

// include/uapi of Linux: socket.h, fcntl.h, poll.h, eventpoll.h, tcp.h, errqueue.h, net_tstamp.h, in.h.
constexpr std::array symbols{
    Named{"AF_UNSPEC", 0},
    Named{"AF_INET", 2},
    Named{"SOCK_STREAM", 1},
    Named{"SOCK_DGRAM", 2},
    Named{"SOCK_NONBLOCK", 0x800},
    Named{"IPPROTO_IP", 0},
    Named{"IPPROTO_TCP", 6},
    Named{"IPPROTO_UDP", 17},
    Named{"SOL_IP", 0},
    Named{"SOL_SOCKET", 1},
    Named{"SOL_TCP", 6},
    Named{"NULL", 0},
    Named{"O_RDONLY", 0},
    Named{"O_WRONLY", 1},
    Named{"O_RDWR", 2},
    Named{"O_NONBLOCK", 0x800},
    Named{"SHUT_RD", 0},
    Named{"SHUT_WR", 1},
    Named{"SHUT_RDWR", 2},
    Named{"MSG_OOB", socket::msg_oob.bits},
    Named{"MSG_PEEK", socket::msg_peek.bits},
    Named{"MSG_DONTROUTE", 0x4},
    Named{"MSG_CTRUNC", 0x8},
    Named{"MSG_TRUNC", socket::msg_trunc.bits},
    Named{"MSG_DONTWAIT", socket::msg_dontwait.bits},
    Named{"MSG_EOR", socket::msg_eor.bits},
    Named{"MSG_WAITALL", socket::msg_waitall.bits},
    Named{"MSG_ERRQUEUE", socket::msg_errqueue.bits},
    Named{"MSG_NOSIGNAL", socket::msg_nosignal.bits},
    Named{"MSG_MORE", socket::msg_more.bits},
    Named{"MSG_ZEROCOPY", socket::msg_zerocopy.bits},
    Named{"MSG_FASTOPEN", socket::msg_fastopen.bits},
    Named{"POLLIN", 0x1},
    Named{"POLLPRI", 0x2},
    Named{"POLLOUT", 0x4},
    Named{"POLLERR", 0x8},
    Named{"POLLHUP", 0x10},
    Named{"POLLNVAL", 0x20},
    Named{"POLLRDNORM", 0x40},
    Named{"POLLWRNORM", 0x100},
    Named{"POLLRDHUP", 0x2000},
    Named{"EPOLLIN", 0x1},
    Named{"EPOLLPRI", 0x2},
    Named{"EPOLLOUT", 0x4},
    Named{"EPOLLERR", 0x8},
    Named{"EPOLLHUP", 0x10},
    Named{"EPOLLRDNORM", 0x40},
    Named{"EPOLLWRNORM", 0x100},
    Named{"EPOLLRDHUP", 0x2000},
    Named{"EPOLLEXCLUSIVE", 0x10000000},
    Named{"EPOLLONESHOT", 0x40000000},
    Named{"EPOLLET", 0x80000000},
    Named{"IP_PMTUDISC_DONT", 0},
    Named{"IP_PMTUDISC_WANT", 1},
    Named{"IP_PMTUDISC_DO", 2},
    Named{"IP_PMTUDISC_PROBE", 3},
    Named{"IPTOS_LOWDELAY", 0x10},
    Named{"IPTOS_THROUGHPUT", 0x08},
    Named{"IPTOS_RELIABILITY", 0x04},
    Named{"IPTOS_DSCP_CS1", 0x20},
    Named{"CMSG_LEVEL_IP", 0},
    Named{"CMSG_TYPE_RECVERR", 11},
    Named{"IP_RECVERR", 11},
    Named{"SCM_TIMESTAMPING", 37},
    Named{"TCP_CM_INQ", 36},
    Named{"SO_EE_ORIGIN_NONE", 0},
    Named{"SO_EE_ORIGIN_LOCAL", 1},
    Named{"SO_EE_ORIGIN_ICMP", 2},
    Named{"SO_EE_ORIGIN_ICMP6", 3},
    Named{"SO_EE_ORIGIN_TIMESTAMPING", 4},
    Named{"SO_EE_ORIGIN_ZEROCOPY", 5},
    Named{"SO_EE_CODE_ZEROCOPY_COPIED", 1},
    Named{"SCM_TSTAMP_SND", 0},
    Named{"SCM_TSTAMP_SCHED", 1},
    Named{"SCM_TSTAMP_ACK", 2},
    Named{"SOF_TIMESTAMPING_TX_HARDWARE", 0x1},
    Named{"SOF_TIMESTAMPING_TX_SOFTWARE", 0x2},
    Named{"SOF_TIMESTAMPING_RX_HARDWARE", 0x4},
    Named{"SOF_TIMESTAMPING_RX_SOFTWARE", 0x8},
    Named{"SOF_TIMESTAMPING_SOFTWARE", 0x10},
    Named{"SOF_TIMESTAMPING_SYS_HARDWARE", 0x20},
    Named{"SOF_TIMESTAMPING_RAW_HARDWARE", 0x40},
    Named{"SOF_TIMESTAMPING_OPT_ID", 0x80},
    Named{"SOF_TIMESTAMPING_TX_SCHED", 0x100},
    Named{"SOF_TIMESTAMPING_TX_ACK", 0x200},
    Named{"SOF_TIMESTAMPING_OPT_CMSG", 0x400},
    Named{"SOF_TIMESTAMPING_OPT_TSONLY", 0x800},
    // tcp_states.h; FreeBSD's scripts write TCPI_ before the same words.
    Named{"TCP_ESTABLISHED", 1},
    Named{"TCP_SYN_SENT", 2},
    Named{"TCP_SYN_RECV", 3},
    Named{"TCP_FIN_WAIT1", 4},
    Named{"TCP_FIN_WAIT2", 5},
    Named{"TCP_TIME_WAIT", 6},
    Named{"TCP_CLOSE", 7},
    Named{"TCP_CLOSE_WAIT", 8},
    Named{"TCP_LAST_ACK", 9},
    Named{"TCP_LISTEN", 10},
    Named{"TCP_CLOSING", 11},
    Named{"TCPI_ESTABLISHED", 1},
    Named{"TCPI_SYN_SENT", 2},
    Named{"TCPI_SYN_RECEIVED", 3},
    Named{"TCPI_FIN_WAIT_1", 4},
    Named{"TCPI_FIN_WAIT_2", 5},
    Named{"TCPI_TIME_WAIT", 6},
    Named{"TCPI_CLOSED", 7},
    Named{"TCPI_CLOSE_WAIT", 8},
    Named{"TCPI_LAST_ACK", 9},
    Named{"TCPI_LISTEN", 10},
    Named{"TCPI_CLOSING", 11},
    Named{"TCP_CA_Open", 0},
    Named{"TCP_CA_Disorder", 1},
    Named{"TCP_CA_CWR", 2},
    Named{"TCP_CA_Recovery", 3},
    Named{"TCP_CA_Loss", 4},
    Named{"TCPI_OPT_TIMESTAMPS", 1},
    Named{"TCPI_OPT_SACK", 2},
    Named{"TCPI_OPT_WSCALE", 4},
    Named{"TCPI_OPT_ECN", 8},
    Named{"TCPI_OPT_ECN_SEEN", 16},
    Named{"TCPI_OPT_SYN_DATA", 32},
    Named{"TCP_INFINITE_SSTHRESH", 0x7fffffff},
};

using NumberedError = std::pair<Errno, std::int64_t>;
constexpr std::array errors{
    NumberedError{Errno::none, 0},           NumberedError{Errno::eperm, 1},
    NumberedError{Errno::eintr, 4},          NumberedError{Errno::ebadf, 9},
    NumberedError{Errno::eagain, 11},        NumberedError{Errno::enomem, 12},
    NumberedError{Errno::einval, 22},        NumberedError{Errno::emfile, 24},
    NumberedError{Errno::enoent, 2},         NumberedError{Errno::eexist, 17},
    NumberedError{Errno::enomsg, 42},        NumberedError{Errno::epipe, 32},
    NumberedError{Errno::eproto, 71},        NumberedError{Errno::enotsock, 88},
    NumberedError{Errno::enotty, 25},        NumberedError{Errno::eacces, 13},
    NumberedError{Errno::edestaddrreq, 89},  NumberedError{Errno::emsgsize, 90},
    NumberedError{Errno::enoprotoopt, 92},   NumberedError{Errno::eopnotsupp, 95},
    NumberedError{Errno::eafnosupport, 97},  NumberedError{Errno::eaddrinuse, 98},
    NumberedError{Errno::eaddrnotavail, 99}, NumberedError{Errno::enetdown, 100},
    NumberedError{Errno::enetunreach, 101},  NumberedError{Errno::enetreset, 102},
    NumberedError{Errno::econnaborted, 103}, NumberedError{Errno::econnreset, 104},
    NumberedError{Errno::enobufs, 105},      NumberedError{Errno::eisconn, 106},
    NumberedError{Errno::enotconn, 107},     NumberedError{Errno::etimedout, 110},
    NumberedError{Errno::enotty, 25},        NumberedError{Errno::econnrefused, 111},
    NumberedError{Errno::ehostdown, 112},    NumberedError{Errno::ehostunreach, 113},
    NumberedError{Errno::ealready, 114},     NumberedError{Errno::einprogress, 115},
};

}  // namespace

std::optional<std::int64_t> errno_number(Errno error) {
    auto const found =
        std::find_if(errors.begin(), errors.end(), [&](NumberedError const& each) { return each.first == error; });
    return found == errors.end() ? std::nullopt : std::optional{found->second};
}

std::optional<std::int64_t> symbol(std::string_view word) {
    auto const found =
        std::find_if(symbols.begin(), symbols.end(), [&](Named const& each) { return each.first == word; });
    if (found != symbols.end()) {
        return found->second;
    }
    auto const error = errno_named(word == "EWOULDBLOCK" ? "EAGAIN" : word);
    return error ? errno_number(*error) : std::nullopt;
}

std::int64_t number_of(Expression const& expression) {
    switch (expression.kind) {
        case Expression::Kind::integer:
            return expression.value;
        case Expression::Kind::either: {
            std::int64_t bits = 0;
            for (Expression const& item : expression.items) {
                bits |= number_of(item);
            }
            return bits;
        }
        case Expression::Kind::word:
            if (auto const value = symbol(expression.text)) {
                return *value;
            }
            unsupported("the symbol " + expression.text);
        default:
            fail("a number is needed here: line " + std::to_string(expression.place.line) + ", column " +
                 std::to_string(expression.place.column));
    }
}

}  // namespace tcpsim::packet_script

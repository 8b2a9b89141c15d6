#include "stack/tcp/icmp.hpp"

#include "stack/tcp/mtu.hpp"
#include "stack/tcp/retransmit.hpp"
#include "stack/tcp/rto.hpp"
#include "stack/wire/icmp.hpp"

#include <array>
#include <optional>

namespace tcpsim::tcp {
namespace {

bool unreachable(IcmpError const& icmp, std::uint8_t code) {
    return icmp.type == wire::icmp_unreachable && icmp.code == code;
}

// Linux icmp_err_convert. Code 8 is ENONET there, which is no POSIX name.
constexpr std::array<Errno, 16> linux_unreachable{
    Errno::enetunreach,  Errno::ehostunreach, Errno::enoprotoopt,  Errno::econnrefused,
    Errno::emsgsize,     Errno::eopnotsupp,   Errno::enetunreach,  Errno::ehostdown,
    Errno::ehostunreach, Errno::enetunreach,  Errno::ehostunreach, Errno::enetunreach,
    Errno::ehostunreach, Errno::ehostunreach, Errno::ehostunreach, Errno::ehostunreach};

// 4.4BSD icmp_input and inetctlerrmap.
constexpr std::array<Errno, 13> net3_unreachable{
    Errno::ehostunreach, Errno::ehostunreach, Errno::econnrefused, Errno::econnrefused, Errno::emsgsize,
    Errno::ehostunreach, Errno::ehostunreach, Errno::ehostunreach, Errno::ehostunreach, Errno::ehostunreach,
    Errno::ehostunreach, Errno::ehostunreach, Errno::ehostunreach};

template <std::size_t size>
std::optional<Errno> looked_up(std::array<Errno, size> const& table, std::uint8_t code) {
    return code < size ? std::optional{table[code]} : std::nullopt;
}

/// Empty: the message says nothing to TCP. RFC 9293 §3.9.2.2, MUST-55: a source quench never does.
std::optional<Errno> linux_meaning(IcmpError const& icmp) {
    switch (icmp.type) {
        case wire::icmp_unreachable:
            return looked_up(linux_unreachable, icmp.code);
        case wire::icmp_time_exceeded:
            return Errno::ehostunreach;
        case wire::icmp_parameter_problem:
            return Errno::eproto;
        default:
            return std::nullopt;
    }
}

std::optional<Errno> net3_meaning(IcmpError const& icmp) {
    switch (icmp.type) {
        case wire::icmp_unreachable:
            return looked_up(net3_unreachable, icmp.code);
        case wire::icmp_parameter_problem:
            return icmp.code <= 1 ? std::optional{Errno::enoprotoopt} : std::nullopt;
        default:
            return std::nullopt;
    }
}

/// RFC 5461 §2: kept, and told if the connection fails later.
void remember(Turn& turn, Errno error) {
    turn.tcb.retransmission.soft_error = error;
    turn.out.note(SoftError{error});
}

void abort_for(Turn& turn, Errno error) {
    end_connection(turn, Ended{EndReason::unreachable, error, turn.tcb.retransmission.retransmits, {}, {}});
}

// RFC 6069: a router that names the first unacknowledged segment says that no congestion delayed its ACK: the last doubling
// was wrong. (Linux tcp_ld_RTO_revert, in jiffies; recorded: crash_icmp_route_unreachable.)
void revert_backoff(Turn& turn, SeqNum seq) {
    Tcb& tcb = turn.tcb;
    Retransmission& series = tcb.retransmission;
    if (seq != tcb.snd.una || series.retransmits == 0 || series.backoff == 0 || tcb.send_queue.sent().empty()) {
        return;
    }
    series.doubled = --series.backoff;
    Duration const timeout = rto_now(tcb, turn.profile);
    Duration const passed =
        rounded_up(turn.now - tcb.send_queue.sent().front().sent_at, turn.profile.rto.granule.value);
    if (passed < timeout) {
        tcb.timers.start(Timer::retransmit, turn.now, timeout - passed);
    } else {
        retransmission_timeout(turn);
    }
}

// Linux tcp_req_err: a request is no socket yet; what a router says of its peer's network ends it without a word.
void about_request(Turn& turn, IcmpError const& icmp) {
    bool const no_way = icmp.type == wire::icmp_time_exceeded || icmp.type == wire::icmp_parameter_problem ||
                        unreachable(icmp, wire::icmp_net) || unreachable(icmp, wire::icmp_host);
    if (icmp.seq == turn.tcb.snd.iss && no_way) {
        abort_for(turn, Errno::none);
    }
}

/// Linux tcp_v4_err.
void linux_arrives(Turn& turn, IcmpError const& icmp) {
    Tcb& tcb = turn.tcb;
    if (tcb.state == State::time_wait) {
        return;
    }
    if (tcb.state == State::syn_received && tcb.passive && !tcb.fast_open.accepted) {
        about_request(turn, icmp);
        return;
    }
    // RFC 5927 §4.1: only somebody who saw the segment can tell what is in flight.
    if (icmp.seq.before(tcb.snd.una) || icmp.seq.after(tcb.snd.nxt)) {
        turn.out.note(SegmentRefused{Refusal::icmp_out_of_window});
        return;
    }
    auto const error = linux_meaning(icmp);
    if (!error) {
        return;
    }
    if (unreachable(icmp, wire::icmp_fragmentation_needed)) {
        if (icmp.mtu < turn.profile.mtu.min.value) {  // Linux tcp_v4_mtu_reduced: "something is about to be wrong"
            remember(turn, *error);
        }
        too_big(turn, icmp.mtu);
        return;
    }
    if (unreachable(icmp, wire::icmp_net) || unreachable(icmp, wire::icmp_host)) {
        revert_backoff(turn, icmp.seq);
    }
    // Linux: what Fast Open accepted counts as connected once a program has it.
    bool const opening =
        tcb.state == State::syn_sent || (tcb.state == State::syn_received && !tcb.fast_open.handed_over);
    if (opening) {
        abort_for(turn, *error);  // RFC 5461 §3: widespread, though RFC 9293 calls some of them soft
    } else if (tcb.state != State::closed && tcb.options.receive_errors) {  // IP_RECVERR: told, though nothing ends
        tcb.error = *error;
        turn.out.readable();
        turn.out.writable();
    } else if (tcb.state != State::closed) {
        remember(turn, *error);  // Linux deviates from SHLD-26: hard errors, too, only count if nothing better comes
    }
}

/// 4.4BSD tcp_ctlinput, tcp_notify.
void net3_arrives(Turn& turn, IcmpError const& icmp) {
    Tcb& tcb = turn.tcb;
    if (icmp.type == wire::icmp_source_quench && icmp.code == 0) {
        tcb.congestion.set_cwnd(1);  // tcp_quench, which RFC 9293's MUST-55 forbids
        return;
    }
    auto const error = net3_meaning(icmp);
    if (!error || (tcb.state == State::established && error == Errno::ehostunreach)) {
        return;
    }
    bool const opening = tcb.state == State::syn_sent || tcb.state == State::syn_received;
    constexpr std::uint8_t several = 3;
    if (opening && tcb.retransmission.retransmits > several && tcb.retransmission.soft_error != Errno::none) {
        abort_for(turn, *error);
    } else {
        remember(turn, *error);
    }
}

}  // namespace

std::optional<Errno> meaning_of(IcmpError const& icmp, profile::IcmpErrors policy) {
    switch (policy) {
        case profile::IcmpErrors::linux_checked:
            return linux_meaning(icmp);
        case profile::IcmpErrors::net3_notified:
            return net3_meaning(icmp);
    }
    return std::nullopt;
}

bool is_fatal_unreachable(std::uint8_t code) {
    constexpr std::uint8_t protocol = 2, port = 3, network_unknown = 6, host_tos = 12, network_tos = 11;
    bool const transient = code == host_tos || code == network_tos;
    return code == protocol || code == port || (code >= network_unknown && !transient);
}

void icmp_error_arrives(Turn& turn, IcmpError const& icmp) {
    switch (turn.profile.icmp.errors.value) {
        case profile::IcmpErrors::linux_checked:
            return linux_arrives(turn, icmp);
        case profile::IcmpErrors::net3_notified:
            return net3_arrives(turn, icmp);
    }
}

}  // namespace tcpsim::tcp

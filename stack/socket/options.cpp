#include "stack/socket/options.hpp"

#include "stack/base/check.hpp"
#include "stack/host/notices.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace tcpsim::socket {
namespace {

using tcp::UserOptions;
using Profile = profile::Profile;

constexpr std::int64_t int_min = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();

template <class Chosen>
std::int64_t chosen_or(Chosen chosen, std::int64_t usual) {
    return chosen == Chosen{0} ? usual : std::int64_t{chosen};
}
template <class Rep, class Unit>
std::int64_t chosen_or(std::chrono::duration<Rep, Unit> chosen, Duration usual) {
    using Chosen = std::chrono::duration<std::int64_t, Unit>;
    return chosen.count() == 0 ? std::chrono::duration_cast<Chosen>(usual).count() : chosen.count();
}

tcp::FewSeconds seconds(std::int64_t value) { return tcp::FewSeconds{static_cast<std::int16_t>(value)}; }
tcp::Milliseconds milliseconds(std::int64_t value) { return tcp::Milliseconds{static_cast<std::int32_t>(value)}; }

constexpr std::int64_t syn_ack_timeout = 1, longest_timeout = 120;  // seconds: TCP_TIMEOUT_INIT, TCP_RTO_MAX_SEC

/// Linux secs_to_retrans: after how many timeouts of the SYN,ACK, doubling, so many seconds are over.
std::uint8_t timeouts_in(std::int64_t seconds) {
    std::uint8_t count = 0;
    constexpr std::uint8_t most = 255;
    std::int64_t timeout = syn_ack_timeout;
    for (std::int64_t period = 0; seconds > period && count < most; ++count) {
        period += timeout;
        timeout = std::min(2 * timeout, longest_timeout);
    }
    return count;
}

/// Linux retrans_to_secs.
std::int64_t seconds_of_timeouts(std::uint8_t count) {
    std::int64_t period = 0;
    std::int64_t timeout = syn_ack_timeout;
    for (std::uint8_t i = 0; i < count; ++i) {
        period += timeout;
        timeout = std::min(2 * timeout, longest_timeout);
    }
    return period;
}

struct Row {
    Option option{};
    std::int64_t min{0}, max{0};
    void (*set)(UserOptions& o, std::int64_t value){nullptr};
    std::int64_t (*get)(UserOptions const& o, Profile const& p){nullptr};
};

// Linux sk_setsockopt, do_tcp_setsockopt. What switches something takes any number.
// include/net/tcp.h: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT, MAX_TCP_SYNCNT, TCP_MIN_MSS, MAX_TCP_WINDOW,
// TCP_RTO_MAX_SEC, TCP_FIN_TIMEOUT_MAX.
constexpr std::array switches{
    Row{Option::so_keepalive, int_min, int_max, [](UserOptions& o, std::int64_t v) { o.keepalive = v != 0; },
        [](UserOptions const& o, Profile const&) -> std::int64_t { return o.keepalive ? 1 : 0; }},
    Row{Option::so_oobinline, int_min, int_max, [](UserOptions& o, std::int64_t v) { o.oob_inline = v != 0; },
        [](UserOptions const& o, Profile const&) -> std::int64_t { return o.oob_inline ? 1 : 0; }},
    Row{Option::tcp_nodelay, int_min, int_max, [](UserOptions& o, std::int64_t v) { o.no_delay = v != 0; },
        [](UserOptions const& o, Profile const&) -> std::int64_t { return o.no_delay ? 1 : 0; }},
    Row{Option::tcp_cork, int_min, int_max, [](UserOptions& o, std::int64_t v) { o.cork = v != 0; },
        [](UserOptions const& o, Profile const&) -> std::int64_t { return o.cork ? 1 : 0; }},
    Row{Option::tcp_quickack, int_min, int_max, [](UserOptions& o, std::int64_t v) { o.quick_ack_off = v == 0; },
        [](UserOptions const& o, Profile const&) -> std::int64_t { return o.quick_ack_off ? 0 : 1; }},
    Row{Option::ip_recverr, int_min, int_max, [](UserOptions& o, std::int64_t v) { o.receive_errors = v != 0; },
        [](UserOptions const& o, Profile const&) -> std::int64_t { return o.receive_errors ? 1 : 0; }},
};
constexpr std::array numbers{
    // Linux __ip_sock_set_tos: TCP looks after ECN itself (RFC 3168).
    Row{Option::ip_tos, int_min, int_max,
        [](UserOptions& o, std::int64_t v) { o.tos = static_cast<std::uint8_t>(v & 0xfc); },
        [](UserOptions const& o, Profile const&) -> std::int64_t { return o.tos; }},
    Row{Option::ip_ttl, -1, 255,
        [](UserOptions& o, std::int64_t v) { o.ttl = static_cast<std::uint8_t>(v < 0 ? 0 : v); },
        [](UserOptions const& o, Profile const& p) { return chosen_or(o.ttl, p.host.default_ttl.value); }},
    Row{Option::tcp_defer_accept, int_min, int_max,
        [](UserOptions& o, std::int64_t v) { o.deferred_timeouts = timeouts_in(v); },
        [](UserOptions const& o, Profile const&) { return seconds_of_timeouts(o.deferred_timeouts); }},
    Row{Option::tcp_maxseg, 88, 32'767,
        [](UserOptions& o, std::int64_t v) { o.max_segment = static_cast<std::uint16_t>(v); },
        [](UserOptions const& o, Profile const& p) { return chosen_or(o.max_segment, p.options.default_mss.value); }},
    Row{Option::tcp_window_clamp, int_min, int_max,
        [](UserOptions& o, std::int64_t v) {
            constexpr std::int64_t least = 2304 / 2;  // tcp_set_window_clamp: SOCK_MIN_RCVBUF / 2
            o.window_clamp = v == 0 ? 0U : static_cast<std::uint32_t>(std::max(v, least));
        },
        [](UserOptions const& o, Profile const&) -> std::int64_t { return o.window_clamp; }},
    Row{Option::tcp_notsent_lowat, int_min, int_max,
        [](UserOptions& o, std::int64_t v) { o.unsent_low_water = static_cast<std::uint32_t>(v); },
        [](UserOptions const& o, Profile const&) -> std::int64_t {
            return static_cast<std::int32_t>(o.unsent_low_water);
        }},
    Row{Option::tcp_keepcnt, 1, 127,
        [](UserOptions& o, std::int64_t v) { o.keepalive_probes = static_cast<std::uint8_t>(v); },
        [](UserOptions const& o, Profile const& p) { return chosen_or(o.keepalive_probes, p.keepalive.probes.value); }},
    Row{Option::tcp_syncnt, 1, 127,
        [](UserOptions& o, std::int64_t v) { o.syn_retries = static_cast<std::uint8_t>(v); },
        [](UserOptions const& o, Profile const& p) { return chosen_or(o.syn_retries, p.rto.syn_retries.value); }},
};
constexpr std::array times{
    Row{Option::tcp_keepidle, 1, 32'767, [](UserOptions& o, std::int64_t v) { o.keepalive_idle = seconds(v); },
        [](UserOptions const& o, Profile const& p) { return chosen_or(o.keepalive_idle, p.keepalive.time.value); }},
    Row{Option::tcp_keepintvl, 1, 32'767, [](UserOptions& o, std::int64_t v) { o.keepalive_interval = seconds(v); },
        [](UserOptions const& o, Profile const& p) {
            return chosen_or(o.keepalive_interval, p.keepalive.interval.value);
        }},
    Row{Option::tcp_linger2, int_min, int_max,
        [](UserOptions& o, std::int64_t v) { o.linger2 = seconds(std::clamp<std::int64_t>(v, -1, 120)); },
        [](UserOptions const& o, Profile const& p) {
            return chosen_or(o.linger2, p.teardown.fin_wait_2_orphan.value);
        }},
    Row{Option::tcp_user_timeout, 0, int_max, [](UserOptions& o, std::int64_t v) { o.user_timeout = milliseconds(v); },
        [](UserOptions const& o, Profile const&) -> std::int64_t { return o.user_timeout.count(); }},
    Row{Option::tcp_rto_max_ms, 1000, 120'000, [](UserOptions& o, std::int64_t v) { o.rto_max = milliseconds(v); },
        [](UserOptions const& o, Profile const& p) { return chosen_or(o.rto_max, p.rto.max.value); }},
};

/// Null for options that are not in UserOptions.
Row const* row_of(Option option) {
    for (auto const* const rows : {switches.data(), numbers.data(), times.data()}) {
        std::size_t const size = rows == switches.data()  ? switches.size()
                                 : rows == numbers.data() ? numbers.size()
                                                          : times.size();
        auto const* const found = std::find_if(rows, rows + size, [&](Row const& row) { return row.option == option; });
        if (found != rows + size) {
            return found;
        }
    }
    return nullptr;
}

}  // namespace

bool is_user_option(Option option) { return row_of(option) != nullptr; }

Result<Done> set_user_option(Option option, std::int64_t value, tcp::UserOptions& options,
                             profile::Profile const& profile) {
    Row const* const row = row_of(option);
    check(row != nullptr, "an option of a connection is set");
    bool const nothing = option == Option::tcp_maxseg && value == 0;  // takes it back
    bool const no_hop = option == Option::ip_ttl && value == 0;       // Linux do_ip_setsockopt
    if (no_hop || (!nothing && (value < row->min || value > row->max))) {
        return Errno::einval;
    }
    row->set(options, value);
    auto const granule = std::chrono::duration_cast<tcp::Milliseconds>(profile.rto.granule.value);
    if (option == Option::tcp_rto_max_ms && granule.count() > 1) {  // Linux msecs_to_jiffies
        options.rto_max = (options.rto_max + granule - tcp::Milliseconds{1}) / granule.count() * granule.count();
    }
    return Done{};
}

std::int64_t user_option(Option option, tcp::UserOptions const& options, profile::Profile const& profile) {
    Row const* const row = row_of(option);
    check(row != nullptr, "an option of a connection is asked for");
    return row->get(options, profile);
}

bool is_file_option(Option option) {
    switch (option) {
        case Option::so_linger:
        case Option::so_rcvlowat:
        case Option::so_rcvtimeo:
        case Option::so_sndtimeo:
        case Option::so_reuseaddr:
        case Option::so_reuseport:
        case Option::so_peek_off:
        case Option::so_mark:
        case Option::so_zerocopy:
        case Option::so_timestamping:
        case Option::tcp_inq:
        case Option::tcp_fastopen_connect:
            return true;
        default:
            return false;
    }
}

namespace {

/// Those that have a range.
Result<Done> set_rarer_file_option(Option option, std::int64_t value, FileOptions& options) {
    if (option == Option::so_peek_off) {
        options.peek_offset = value;
        return Done{};
    }
    if (option == Option::so_timestamping) {
        options.timestamping = static_cast<std::uint32_t>(value);
        return Done{};
    }
    if (value < 0 || value > 1) {
        return Errno::einval;
    }
    switch (option) {
        case Option::so_zerocopy:
            options.zero_copy = value != 0;
            break;
        case Option::tcp_inq:
            options.tells_unread = value != 0;
            break;
        case Option::tcp_fastopen_connect:
            options.defer_connect = value != 0;
            break;
        default:
            check(false, "an option of a file is set");
    }
    return Done{};
}

}  // namespace

Result<Done> set_file_option(Option option, std::int64_t value, FileOptions& options) {
    switch (option) {
        case Option::so_linger:
            options.linger = std::max(value, linger_off);
            break;
        case Option::so_rcvlowat:  // Linux sk_setsockopt: INT_MAX for a negative one; __tcp_set_rcvlowat: one at least
            options.receive_low_water =
                static_cast<std::uint32_t>(value < 0 ? int_max : std::max<std::int64_t>(value, 1));
            break;
        case Option::so_rcvtimeo:  // Linux sock_set_timeout: a negative time does not wait at all, and is told as 0
            options.receive_timeout_us = value;
            break;
        case Option::so_sndtimeo:
            options.send_timeout_us = value;
            break;
        case Option::so_reuseaddr:
            options.reuse_address = value != 0;
            break;
        case Option::so_reuseport:
            options.reuse_port = value != 0;
            break;
        case Option::so_mark:
            options.mark = static_cast<std::uint32_t>(value);
            break;
        default:
            return set_rarer_file_option(option, value, options);
    }
    return Done{};
}

std::int64_t file_option(Option option, FileOptions const& options) {
    switch (option) {
        case Option::so_linger:
            return options.linger;
        case Option::so_rcvlowat:
            return options.receive_low_water;
        case Option::so_rcvtimeo:
            return std::max<std::int64_t>(options.receive_timeout_us, 0);
        case Option::so_sndtimeo:
            return std::max<std::int64_t>(options.send_timeout_us, 0);
        case Option::so_reuseaddr:
            return options.reuse_address ? 1 : 0;
        case Option::so_reuseport:
            return options.reuse_port ? 1 : 0;
        case Option::so_peek_off:
            return options.peek_offset;
        case Option::so_mark:
            return options.mark;
        case Option::so_zerocopy:
            return options.zero_copy ? 1 : 0;
        case Option::so_timestamping:
            return options.timestamping;
        case Option::tcp_inq:
            return options.tells_unread ? 1 : 0;
        case Option::tcp_fastopen_connect:
            return options.defer_connect ? 1 : 0;
        default:
            check(false, "an option of a file is asked for");
            return 0;
    }
}

Result<std::uint32_t> buffer_size(Option option, std::int64_t value, profile::Profile const& profile) {
    bool const receive = option == Option::so_rcvbuf;
    auto const& rules = profile.sockets;
    std::int64_t const ceiling = receive ? rules.receive_ceiling.value : rules.send_ceiling.value;
    std::int64_t const floor = receive ? rules.receive_floor.value : rules.send_floor.value;
    bool const beyond = value < 0 || value > ceiling;  // Linux compares without sign
    if (beyond && rules.beyond_ceiling.value != Errno::none) {
        return rules.beyond_ceiling.value;
    }
    std::int64_t const asked = (beyond ? ceiling : value) * profile.buffers.option_factor.value;
    return static_cast<std::uint32_t>(std::max(asked, floor));
}

}  // namespace tcpsim::socket

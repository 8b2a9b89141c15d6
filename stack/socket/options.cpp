#include "stack/socket/options.hpp"

#include "stack/base/check.hpp"

#include <limits>
#include <optional>

namespace tcpsim::socket {
namespace {

struct Range {
    std::int64_t min{0}, max{0};
};

/// Nothing for options that are not in UserOptions.
std::optional<Range> range_of(Option option) {
    constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();
    // Linux include/net/tcp.h: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT, MAX_TCP_SYNCNT, TCP_MIN_MSS,
    // MAX_TCP_WINDOW.
    switch (option) {
        case Option::so_keepalive:
        case Option::so_oobinline:
        case Option::tcp_nodelay:
        case Option::tcp_cork:
        case Option::tcp_user_timeout:
        case Option::tcp_window_clamp:
        case Option::tcp_quickack:
            return Range{0, int_max};
        case Option::ip_tos:
            return Range{0, 255};
        case Option::tcp_keepidle:
        case Option::tcp_keepintvl:
            return Range{1, 32'767};
        case Option::tcp_keepcnt:
        case Option::tcp_syncnt:
            return Range{1, 127};
        case Option::tcp_linger2:
            return Range{-1, int_max};
        case Option::tcp_maxseg:
            return Range{88, 32'767};
        case Option::so_reuseaddr:
        case Option::so_rcvbuf:
        case Option::so_sndbuf:
        case Option::so_error:
        case Option::so_linger:
            break;
    }
    return std::nullopt;
}

template <class Chosen>
std::int64_t chosen_or(Chosen chosen, std::int64_t usual) {
    return chosen == Chosen{0} ? usual : std::int64_t{chosen};
}
template <class Unit>
std::int64_t chosen_or(std::chrono::duration<std::int32_t, Unit> chosen, Duration usual) {
    using Chosen = std::chrono::duration<std::int32_t, Unit>;
    return chosen.count() == 0 ? std::chrono::duration_cast<Chosen>(usual).count() : chosen.count();
}

}  // namespace

bool is_user_option(Option option) { return range_of(option).has_value(); }

Result<Done> set_user_option(Option option, std::int64_t value, tcp::UserOptions& options) {
    auto const range = range_of(option);
    check(range.has_value(), "an option of a connection is set");
    if (value < range->min || value > range->max) {
        return Errno::einval;
    }
    auto const small = static_cast<std::int32_t>(value);
    switch (option) {
        case Option::so_keepalive:
            options.keepalive = value != 0;
            break;
        case Option::so_oobinline:
            options.oob_inline = value != 0;
            break;
        case Option::ip_tos:
            options.tos = static_cast<std::uint8_t>(value);
            break;
        case Option::tcp_nodelay:
            options.no_delay = value != 0;
            break;
        case Option::tcp_cork:
            options.cork = value != 0;
            break;
        case Option::tcp_maxseg:
            options.max_segment = static_cast<std::uint16_t>(value);
            break;
        case Option::tcp_window_clamp:
            options.window_clamp = static_cast<std::uint32_t>(value);
            break;
        case Option::tcp_quickack:
            options.quick_ack_off = value == 0;
            break;
        case Option::tcp_keepidle:
            options.keepalive_idle = tcp::Seconds{small};
            break;
        case Option::tcp_keepintvl:
            options.keepalive_interval = tcp::Seconds{small};
            break;
        case Option::tcp_keepcnt:
            options.keepalive_probes = static_cast<std::uint8_t>(value);
            break;
        case Option::tcp_syncnt:
            options.syn_retries = static_cast<std::uint8_t>(value);
            break;
        case Option::tcp_linger2:
            options.linger2 = tcp::Seconds{small};
            break;
        case Option::tcp_user_timeout:
            options.user_timeout = tcp::Milliseconds{small};
            break;
        default:
            break;
    }
    return Done{};
}

std::int64_t user_option(Option option, tcp::UserOptions const& options, profile::Profile const& profile) {
    switch (option) {
        case Option::so_keepalive:
            return options.keepalive ? 1 : 0;
        case Option::so_oobinline:
            return options.oob_inline ? 1 : 0;
        case Option::ip_tos:
            return options.tos;
        case Option::tcp_nodelay:
            return options.no_delay ? 1 : 0;
        case Option::tcp_cork:
            return options.cork ? 1 : 0;
        case Option::tcp_maxseg:
            return chosen_or(options.max_segment, profile.options.default_mss.value);
        case Option::tcp_window_clamp:
            return options.window_clamp;
        case Option::tcp_quickack:
            return options.quick_ack_off ? 0 : 1;
        case Option::tcp_keepidle:
            return chosen_or(options.keepalive_idle, profile.keepalive.time.value);
        case Option::tcp_keepintvl:
            return chosen_or(options.keepalive_interval, profile.keepalive.interval.value);
        case Option::tcp_keepcnt:
            return chosen_or(options.keepalive_probes, profile.keepalive.probes.value);
        case Option::tcp_syncnt:
            return chosen_or(options.syn_retries, profile.rto.syn_retries.value);
        case Option::tcp_linger2:
            return chosen_or(options.linger2, profile.teardown.fin_wait_2_orphan.value);
        case Option::tcp_user_timeout:
            return options.user_timeout.count();
        default:
            break;
    }
    check(false, "an option of a connection is asked for");
    return 0;
}

}  // namespace tcpsim::socket

#include "stack/socket/option_names.hpp"

#include <algorithm>
#include <array>

namespace tcpsim::socket {
namespace {

struct Row {
    Option option{};
    std::string_view name{};
};
constexpr auto rows = std::to_array<Row>({
    {Option::so_reuseaddr, "SO_REUSEADDR"},
    {Option::so_reuseport, "SO_REUSEPORT"},
    {Option::so_rcvlowat, "SO_RCVLOWAT"},
    {Option::so_rcvtimeo, "SO_RCVTIMEO"},
    {Option::so_sndtimeo, "SO_SNDTIMEO"},
    {Option::so_type, "SO_TYPE"},
    {Option::so_domain, "SO_DOMAIN"},
    {Option::so_protocol, "SO_PROTOCOL"},
    {Option::so_acceptconn, "SO_ACCEPTCONN"},
    {Option::ip_recverr, "IP_RECVERR"},
    {Option::tcp_quickack, "TCP_QUICKACK"},
    {Option::tcp_rto_max_ms, "TCP_RTO_MAX_MS"},
    {Option::tcp_notsent_lowat, "TCP_NOTSENT_LOWAT"},
    {Option::tcp_fastopen, "TCP_FASTOPEN"},
    {Option::tcp_fastopen_connect, "TCP_FASTOPEN_CONNECT"},
    {Option::so_rcvbuf, "SO_RCVBUF"},
    {Option::so_sndbuf, "SO_SNDBUF"},
    {Option::so_error, "SO_ERROR"},
    {Option::so_keepalive, "SO_KEEPALIVE"},
    {Option::so_linger, "SO_LINGER"},
    {Option::so_oobinline, "SO_OOBINLINE"},
    {Option::ip_tos, "IP_TOS"},
    {Option::ip_ttl, "IP_TTL"},
    {Option::so_peek_off, "SO_PEEK_OFF"},
    {Option::so_mark, "SO_MARK"},
    {Option::so_zerocopy, "SO_ZEROCOPY"},
    {Option::so_timestamping, "SO_TIMESTAMPING"},
    {Option::tcp_inq, "TCP_INQ"},
    {Option::tcp_defer_accept, "TCP_DEFER_ACCEPT"},
    {Option::tcp_nodelay, "TCP_NODELAY"},
    {Option::tcp_cork, "TCP_CORK"},
    {Option::tcp_maxseg, "TCP_MAXSEG"},
    {Option::tcp_window_clamp, "TCP_WINDOW_CLAMP"},
    {Option::tcp_keepidle, "TCP_KEEPIDLE"},
    {Option::tcp_keepintvl, "TCP_KEEPINTVL"},
    {Option::tcp_keepcnt, "TCP_KEEPCNT"},
    {Option::tcp_syncnt, "TCP_SYNCNT"},
    {Option::tcp_linger2, "TCP_LINGER2"},
    {Option::tcp_user_timeout, "TCP_USER_TIMEOUT"},
});

}  // namespace

std::span<std::string_view const> option_names() {
    static auto const names = [] {
        std::array<std::string_view, rows.size()> all{};
        std::transform(rows.begin(), rows.end(), all.begin(), [](Row const& row) { return row.name; });
        return all;
    }();
    return names;
}

std::string_view name(Option option) {
    auto const* const row = std::find_if(rows.begin(), rows.end(), [=](Row const& r) { return r.option == option; });
    return row == rows.end() ? std::string_view{} : row->name;
}

std::optional<Option> option_named(std::string_view name) {
    auto const* const row = std::find_if(rows.begin(), rows.end(), [=](Row const& r) { return r.name == name; });
    return row == rows.end() ? std::nullopt : std::optional{row->option};
}

std::string_view level_of(std::string_view option) {
    return option.starts_with("SO_") ? "SOL_SOCKET" : option.starts_with("IP_") ? "SOL_IP" : "SOL_TCP";
}

}  // namespace tcpsim::socket

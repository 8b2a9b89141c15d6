// The tables of what a router may be besides.
#include "sim/net/flow.hpp"
#include "sim/scenario/shape_leaves.hpp"

#include <algorithm>
#include <iterator>

namespace tcpsim::scenario::tables {

namespace {

using std::string_view_literals::operator""sv;

std::span<std::string_view const> preset_words() {
    static auto const words = [] {
        std::vector<std::string_view> names;
        std::transform(net::presets().begin(), net::presets().end(), std::back_inserter(names),
                       [](auto const& preset) { return preset.name; });
        return names;
    }();
    return words;
}
constexpr std::array unknown_to_nat{"drop"sv, "reset"sv, "pick_up"sv, "leak"sv};
constexpr std::array unknown_to_firewall{"drop"sv, "reset"sv, "pick_up"sv};
constexpr std::array unknown_to_others{"drop"sv, "reset"sv};

constexpr Field preset{.name = "preset",
                       .kind = Kind::word,
                       .doc = "a well-known box, whose numbers the other keys may change",
                       .required = true,
                       .words = preset_words};
constexpr Field opening{.name = "opening", .kind = Kind::duration, .doc = "how long a handshake may be silent"};
constexpr Field idle{.name = "idle", .kind = Kind::duration, .doc = "how long an open connection may be silent"};
constexpr Field closing{.name = "closing", .kind = Kind::duration, .doc = "how long after a FIN"};
constexpr Field udp_idle{.name = "udp_idle", .kind = Kind::duration, .doc = "how long UDP may be silent"};
constexpr Field unknown_nat{
    .name = "unknown",
    .kind = Kind::word,
    .doc =
        "a packet of a connection that it does not know: `drop`, `reset` (its sender gets an RST), `pick_up` (known "
        "from now on), `leak` (passes untranslated)",
    .words = [] { return std::span<std::string_view const>{unknown_to_nat}; }};
constexpr Field unknown_firewall{
    .name = "unknown",
    .kind = Kind::word,
    .doc =
        "a packet of a connection that it does not know: `drop`, `reset` (its sender gets an RST), `pick_up` (known "
        "from now on)",
    .words = [] { return std::span<std::string_view const>{unknown_to_firewall}; }};
constexpr Field unknown{
    .name = "unknown",
    .kind = Kind::word,
    .doc = "a packet of a connection that it does not know: `drop`, `reset` (its sender gets an RST)",
    .words = [] { return std::span<std::string_view const>{unknown_to_others}; }};
constexpr Field outside{
    .name = "outside", .kind = Kind::node, .doc = "the neighbouring node on that side", .required = true};
constexpr std::array nat_fields{outside, preset, opening, idle, closing, udp_idle, unknown_nat};
constexpr std::array firewall_fields{
    outside,
    preset,
    opening,
    idle,
    closing,
    udp_idle,
    unknown_firewall,
    Field{.name = "open_port",
          .kind = Kind::integer,
          .doc = "to which outsiders may connect",
          .least = 1,
          .most = most_port},
};
constexpr std::array balancer_fields{
    Field{.name = "port", .kind = Kind::integer, .doc = "its own", .required = true, .least = 1, .most = most_port},
    Field{.name = "servers",
          .kind = Kind::endpoint,
          .doc = "the backends, as host:port",
          .required = true,
          .many = Many::list},
    preset,
    opening,
    idle,
    closing,
    unknown,
};
constexpr std::array proxy_fields{
    Field{.name = "server", .kind = Kind::endpoint, .doc = "whom it protects, as host:port", .required = true},
    preset,
    opening,
    idle,
    closing,
    unknown,
};

}  // namespace

constinit Shape const nat{"a NAT", "Who is inside shares the router's address outside.", nat_fields, {}};
constinit Shape const firewall{"a firewall", "Connections begin inside.", firewall_fields, {}};
constinit Shape const load_balancer{
    "a load balancer", "`connect: \"router:port\"` reaches one of the servers, chosen by flow.", balancer_fields, {}};
constinit Shape const syn_proxy{
    "a SYN proxy", "It answers SYNs itself; only who completes the handshake reaches the server.", proxy_fields, {}};

}  // namespace tcpsim::scenario::tables

#include "sim/packet_script/settings.hpp"

#include "sim/packet_script/cursor.hpp"
#include "sim/packet_script/verdict.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

namespace tcpsim::packet_script {

namespace {

using namespace std::string_view_literals;

// Linux's: what has no effect on a stack without pacing, or none since the kernel that the profile is of.
constexpr std::array without_effect{
    "tcp_fack"sv,             // does nothing since 4.15
    "tcp_pacing_ss_ratio"sv,  // pacing needs a queue that paces, or a congestion control that asks for it
    "tcp_pacing_ca_ratio"sv,
    "tcp_ecn_option"sv,                      // Accurate ECN, off
    "tcp_fastopen_blackhole_timeout_sec"sv,  // no black hole of Fast Open is remembered
    "tcp_fastopen_cookies"sv,                // Google's own: how many cookies a client keeps
};

// FreeBSD's names for what others call otherwise.
struct Translated {
    std::string_view theirs{};
    std::string_view ours{};
    std::int64_t divisor{1};  ///< theirs in milliseconds, ours in seconds: 1000
};
constexpr std::array translations{
    Translated{"net.inet.tcp.rfc1323", "tcp_timestamps"},
    Translated{"net.inet.tcp.rfc1323", "tcp_window_scaling"},
    Translated{"net.inet.tcp.sack.enable", "tcp_sack"},
    Translated{"net.inet.tcp.ecn.enable", "tcp_ecn"},
    Translated{"net.inet.tcp.syncookies", "tcp_syncookies"},
    Translated{"net.inet.tcp.keepcnt", "tcp_keepalive_probes"},
    Translated{"net.inet.tcp.keepidle", "tcp_keepalive_time", 1000},
    Translated{"net.inet.tcp.keepintvl", "tcp_keepalive_intvl", 1000},
};
// Buffers and habits that only FreeBSD has; what is common to all systems does not depend on them.
constexpr std::array only_freebsd{
    "net.inet.tcp.recvspace"sv,          "net.inet.tcp.sendspace"sv,
    "net.inet.tcp.hostcache.purgenow"sv, "kern.ipc.maxsockbuf"sv,
    "net.inet.tcp.blackhole"sv,          "net.inet.tcp.insecure_rst"sv,
    "net.inet.tcp.insecure_syn"sv,       "net.inet.tcp.rexmit_drop_options"sv,
    "net.inet.tcp.rexmit_slop"sv,        "net.inet.tcp.rexmit_initial"sv,
    "net.inet.tcp.drop_synfin"sv,        "net.inet.tcp.delacktime"sv,
    "net.inet.tcp.icmp_may_rst"sv,       "net.inet.tcp.fastopen.client_enable"sv,
    "net.inet.tcp.keepinit"sv,           "net.inet.tcp.syncookies_only"sv,
    "net.inet.tcp.udp_tunneling_port"sv, "net.inet.tcp.udp_tunneling_overhead"sv,
    "net.inet.tcp.ecn.maxretries"sv,
};

/// Numbers in base ten, as the profile reads them.
std::string in_decimal(std::string const& value) {
    std::istringstream words{value};
    std::string word;
    std::string joined;
    while (words >> word) {
        auto const number = integer_of(word);
        joined += (joined.empty() ? "" : " ") + (number ? std::to_string(*number) : word);
    }
    return joined;
}

void set(profile::Profile& profile, std::string_view name, std::string const& value) {
    auto const known = profile::settings_of(profile);
    bool const there =
        std::any_of(known.begin(), known.end(), [&](profile::Setting const& each) { return each.name == name; });
    if (!there) {
        unsupported("the setting " + std::string{name});
    }
    if (auto const error = profile::set(profile, name, in_decimal(value))) {
        fail(std::string{name} + " cannot be " + value + ": " + error->what, error->expected);
    }
}

template <class Names>
bool contains(Names const& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void apply(SetSetting const& setting, profile::Profile& profile) {
    constexpr std::string_view no_limit = "4294967295";
    if (setting.name == "tcp_notsent_lowat" && setting.value == no_limit) {
        return;
    }
    if (contains(without_effect, setting.name) || contains(only_freebsd, setting.name)) {
        return;
    }
    bool translated = false;
    for (Translated const& each : translations) {
        if (each.theirs == setting.name) {
            auto const number = integer_of(setting.value);
            set(profile, each.ours, number ? std::to_string(*number / each.divisor) : setting.value);
            translated = true;
        }
    }
    if (!translated) {
        set(profile, setting.name, setting.value);
    }
}

}  // namespace tcpsim::packet_script

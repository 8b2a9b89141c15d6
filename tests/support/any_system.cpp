#include "tests/support/any_system.hpp"

#include "stack/base/check.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace tcpsim::test {
namespace {

using Variation = std::pair<std::string_view, std::string_view>;

// Everything that changes which path is taken: options, timers, windows, algorithms. Values are extreme on purpose.
constexpr Variation linux_variations[]{
    {"tcp_sack", "0"},
    {"tcp_timestamps", "0"},
    {"tcp_window_scaling", "0"},
    {"tcp_early_retrans", "0"},
    {"tcp_congestion_control", "reno"},
    {"tcp_congestion_control", "dctcp"},
    {"TCP_INIT_CWND", "1"},
    {"TCP_INIT_CWND", "100"},
    {"tcp_rto_min_us", "1"},
    {"tcp_rto_max_ms", "1000"},
    {"tcp_rmem", "256 1024 4096"},
    {"tcp_rmem", "4096 16777216 33554432"},
    {"tcp_wmem", "4096 4096 4096"},
    {"TCP_MAX_QUICKACKS", "0"},
    {"TCP_DELACK_MIN", "200"},
    {"tcp_ecn", "1"},
    {"hystart_low_window", "0"},
};
constexpr Variation bsd44_variations[]{
    {"tcp_do_rfc1323", "0"}, {"TCPTV_PERSMIN", "1"},      {"TCPTV_REXMTMAX", "2"},
    {"tcp_recvspace", "1"},  {"tcp_recvspace", "262144"}, {"tcp_sendspace", "100"},
};

std::span<Variation const> variations(std::string_view system) {
    return system == "linux" ? std::span<Variation const>{linux_variations}
                             : std::span<Variation const>{bsd44_variations};
}

profile::Profile const& system_of(std::uint8_t system) {
    auto const all = profile::all();
    return *all[system % all.size()];
}

}  // namespace

std::uint8_t variations_of(std::uint8_t system) {
    return static_cast<std::uint8_t>(1 + variations(system_of(system).name).size());
}

profile::Profile chosen(SystemChoice choice) {
    profile::Profile made = system_of(choice.system);
    std::uint8_t const index = choice.setting % variations_of(choice.system);
    if (index > 0) {
        auto const& [setting, value] = variations(made.name)[index - 1U];
        check(!profile::set(made, setting, value), "a variation is a setting of its system");
    }
    return made;
}

}  // namespace tcpsim::test

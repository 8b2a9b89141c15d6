#include "sim/packet_script/options.hpp"

#include "sim/packet_script/cursor.hpp"
#include "sim/packet_script/verdict.hpp"

#include <bit>
#include <string_view>

namespace tcpsim::packet_script {

namespace {

std::int64_t number(ScriptOption const& option, std::int64_t most, std::int64_t least = 0) {
    auto const value = integer_of(option.value);
    if (!value || *value < least || *value > most) {
        fail("--" + option.name + " needs a number from " + std::to_string(least) + " to " + std::to_string(most) +
             ", not '" + option.value + "'");
    }
    return *value;
}

wire::Ipv4Address address(ScriptOption const& option) {
    auto const found = wire::parse_ipv4(option.value.substr(0, option.value.find('/')));
    if (!found) {
        unsupported("the address " + option.value + " (IPv6, or none)");
    }
    return *found;
}

Duration microseconds(ScriptOption const& option) {
    constexpr std::int64_t an_hour = 3'600'000'000;
    return std::chrono::microseconds{number(option, an_hour)};
}

bool read_address(ScriptOption const& option, PlayOptions& play) {
    if (option.name == "local_ip") {
        play.local = address(option);
    } else if (option.name == "remote_ip") {
        play.remote = address(option);
    } else if (option.name == "gateway_ip") {
        play.gateway = address(option);
    } else if (option.name == "netmask_ip") {
        play.prefix_length = static_cast<std::uint8_t>(std::popcount(address(option).value));
    } else if (option.name == "bind_port") {
        play.bind_port = static_cast<std::uint16_t>(number(option, 0xffff));
    } else if (option.name == "connect_port") {
        play.connect_port = static_cast<std::uint16_t>(number(option, 0xffff));
    } else if (option.name == "mtu") {
        constexpr std::int64_t least_mtu = 68;  // RFC 791 §3.2
        play.mtu = static_cast<std::uint16_t>(number(option, 0xffff, least_mtu));
    } else {
        return false;
    }
    return true;
}

void read_option(ScriptOption const& option, PlayOptions& play) {
    // What says how the original runs, not what it expects.
    constexpr std::string_view harmless[]{"define",    "verbose",        "debug", "dry_run",
                                          "non_fatal", "send_omit_free", "mss"};
    for (std::string_view const name : harmless) {
        if (option.name == name) {
            return;
        }
    }
    if (option.name == "ip_version") {
        if (option.value == "ipv6") {
            unsupported("IPv6");
        }
    } else if (option.name == "tolerance_usecs") {
        play.tolerance = microseconds(option);
    } else if (option.name == "tcp_ts_tick_usecs") {
        play.timestamp_tick = microseconds(option);
    } else if (option.name == "tcp_ts_ecr_scaled") {
        play.guess_echo = true;
    } else if (option.name == "strict_segments") {
        play.strict_segments = true;
    } else if (!read_address(option, play)) {
        unsupported("the option --" + option.name);
    }
}

}  // namespace

host::Configuration PlayOptions::configuration() const {
    host::Configuration made;
    made.name = "under-test";
    wire::MacAddress const mac{{2, 0, 0, 0, 0, 1}};
    wire::MacAddress const gateway_mac{{2, 0, 0, 0, 0, 2}};
    made.interfaces.push_back(
        {.name = "tun0", .mac = mac, .address = {local, prefix_length}, .mtu = mtu, .tun = true});
    made.routes.push_back({.destination = {local, prefix_length}, .interface = 0, .gateway = {}});
    made.routes.push_back({.destination = {}, .interface = 0, .gateway = gateway});
    made.neighbours.push_back({.interface = 0, .address = gateway, .mac = gateway_mac});
    made.neighbours.push_back({.interface = 0, .address = remote, .mac = gateway_mac});
    return made;
}

std::optional<std::string> mistake_in(ScriptOption const& option) {
    PlayOptions ignored;
    try {
        read_option(option, ignored);
    } catch (Stop const& stop) {
        if (stop.verdict == Outcome::Verdict::fail) {
            return stop.message;
        }
    }
    return std::nullopt;
}

PlayOptions read_options(std::vector<ScriptOption> const& options) {
    PlayOptions play;
    for (ScriptOption const& option : options) {
        read_option(option, play);
    }
    return play;
}

}  // namespace tcpsim::packet_script

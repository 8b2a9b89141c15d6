// What the options in front of a script say.
#pragma once

#include "sim/packet_script/program.hpp"
#include "stack/host/configuration.hpp"

#include <vector>

namespace tcpsim::packet_script {

struct PlayOptions {
    // Of the original, unless the script says otherwise: addresses, ports, 4 ms or an eighth of the time since the event before.
    wire::Ipv4Address local{0xc0a80001};    ///< 192.168.0.1
    wire::Ipv4Address gateway{0xc0a80002};  ///< 192.168.0.2
    wire::Ipv4Address remote{0xc0000201};   ///< 192.0.2.1
    std::uint8_t prefix_length{16};
    std::uint16_t bind_port{8080};
    std::uint16_t connect_port{8080};
    std::uint16_t mtu{1500};
    Duration tolerance{std::chrono::milliseconds{4}};
    Duration timestamp_tick{0};  ///< zero: TSval is not compared
    bool guess_echo{false};
    bool strict_segments{false};

    [[nodiscard]] Addresses addresses() const { return {{local, bind_port}, {remote, connect_port}}; }
    [[nodiscard]] host::Configuration configuration() const;
};

/// What is wrong with its value, if anything; that it is not known is not.
std::optional<std::string> mistake_in(ScriptOption const& option);
/// Throws Stop with the name of an option that is not known or has a wrong value.
PlayOptions read_options(std::vector<ScriptOption> const& options);

}  // namespace tcpsim::packet_script

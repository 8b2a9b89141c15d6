// TCP options as a script writes them, in bytes.
#pragma once

#include "sim/packet_script/script.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace tcpsim::packet_script {

/// What becomes of the numbers that stand in options.
struct OptionNumbers {
    std::uint32_t sack{0};                             ///< added to the edges of SACK blocks
    std::function<std::uint32_t(std::uint32_t)> echo;  ///< of TSecr
};

/// In the order of writing. Without `numbers` as they are.
std::vector<std::uint8_t> bytes_of(TcpOption const& option, OptionNumbers const& numbers = {});
std::vector<std::uint8_t> bytes_of(std::vector<TcpOption> const& options, OptionNumbers const& numbers = {});

}  // namespace tcpsim::packet_script

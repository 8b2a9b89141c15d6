// A machine's own interface as a program sees it (ip-link(8), ip-address(8)).
#pragma once

#include "stack/wire/address.hpp"

#include <optional>
#include <string>

namespace tcpsim::machine {

struct LinkState {
    std::string name{};
    bool up{true};       ///< administratively
    bool carrier{true};  ///< there is somebody at the other end of the cable
    std::optional<wire::Ipv4Prefix> address{};
    bool operator==(LinkState const&) const = default;
};

}  // namespace tcpsim::machine

// Relative sequence numbers and timestamps: each direction of a connection counts from its own SYN.
#pragma once

#include "stack/wire/notation.hpp"

#include <map>

namespace tcpsim::render {

/// Sees every segment in the order of sending and says which absolute numbers to print as 0.
/// A direction whose SYN was never seen counts from zero, that is: its numbers are printed as they are.
class Numbering {
  public:
    wire::RelativeTo see(wire::Ipv4Header const& header, wire::TcpSegment const& segment);

  private:
    struct Direction {
        SeqNum initial{};
        std::uint32_t timestamp{0};
    };
    struct Key {
        wire::Endpoint from{};
        wire::Endpoint to{};
        auto operator<=>(Key const&) const = default;
    };
    std::map<Key, Direction> directions_{};
};

}  // namespace tcpsim::render

// What holds for a connection after every event, whatever its peer, its program and the wire do.
#pragma once

#include "stack/tcp/connection.hpp"

#include <optional>
#include <string>

namespace tcpsim::test {

/// Looks at one connection again and again.
class Invariants {
  public:
    /// What does not hold, in words; empty if all does.
    std::string violated(tcp::Connection const& connection);

  private:
    std::optional<SeqNum> right_edge_{};  ///< of the receive window, as last offered
    std::optional<SeqNum> received_{};    ///< rcv.nxt
    std::optional<SeqNum> acknowledged_{};
};

}  // namespace tcpsim::test

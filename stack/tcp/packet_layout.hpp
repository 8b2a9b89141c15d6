// What write() has laid out, on systems whose packets hold several segments (sendable.hpp).
#pragma once

#include "stack/base/ring.hpp"
#include "stack/base/seq.hpp"
#include "stack/base/time.hpp"

namespace tcpsim::tcp {

/// The packets that have not been sent. Gone once everything is sent.
struct PacketLayout {
    SeqNum last{};            ///< where the last packet begins
    bool last_pushed{false};  ///< it ends with PSH
    Ring<SeqNum> pushed{};    ///< where earlier packets end with PSH
    Ring<SeqNum> records{};   ///< MSG_EOR: where packets end that nothing joins
    Instant held_until{never};  ///< the end of a write waits for the device (Linux autocorking)
};

}  // namespace tcpsim::tcp

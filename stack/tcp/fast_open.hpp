// TCP Fast Open (RFC 7413): text in the SYN, and what becomes of it.
#pragma once

#include "stack/tcp/turn.hpp"
#include "stack/wire/fast_open.hpp"

#include <optional>

namespace tcpsim::tcp {

/// What a host decides about Fast Open before a connection exists.
struct FastOpenWith {
    /// In our SYN, or SYN,ACK: a cookie, or the request for one.
    std::optional<wire::FastOpenOption> option{};
    /// Active: goes with the SYN.
    Payload text{};
    /// Passive: the SYN's text is taken, and the program may answer before the handshake's end.
    bool accept{false};
};

/// The SYN in `out` was just made: adds the option and the text.
void add_to_syn(Turn& turn, FastOpenWith const& with);
/// Passive: the text of `syn` is read before the handshake's end (RFC 7413 §4.2.2).
void take_text_of_syn(Turn& turn, wire::TcpSegment const& syn);
/// The SYN,ACK in `out` was just made.
void add_to_syn_ack(Turn& turn, FastOpenWith const& with);
/// Active, the handshake is complete: true if text of the SYN was not acknowledged and went again (RFC 7413 §4.2.1).
bool repeat_text_of_syn(Turn& turn);

}  // namespace tcpsim::tcp

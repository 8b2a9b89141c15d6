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
    /// Active: a program waits for the handshake's end to write more.
    bool writer_waits{false};
    /// Passive: the SYN's text is taken, and the program may answer before the handshake's end.
    bool accept{false};
};

/// The SYN in `out` was just made: adds the option and the text.
void add_to_syn(Turn& turn, FastOpenWith const& with);
/// Passive: a program may have it, with the text of `syn`, before the handshake's end (RFC 7413 §4.2.2).
void accept_before_handshake(Turn& turn, wire::TcpSegment const& syn);
/// The SYN,ACK in `out` was just made.
void add_to_syn_ack(Turn& turn, FastOpenWith const& with);
/// Active, our SYN had part in Fast Open, and the handshake is complete: takes the SYN,ACK's text. False if text of our SYN was not
/// acknowledged and went again (RFC 7413 §4.2.1), so that nothing is left to say.
bool take_fast_syn_ack(Turn& turn, wire::TcpSegment const& syn_ack);

}  // namespace tcpsim::tcp

// Event × state: tables of text that a person reads beside RFC 9293 §3.10.7, checked cell by cell. A cell says what comes out
// and what changes; "-" is nothing at all.
//   ack          <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, at once; ack~: at once or within half a second (MUST-40)
//   rst          <SEQ=SEG.ACK><CTL=RST>
//   rst,ack      <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>
//   syn,ack      <SEQ=ISS><ACK=SEG.SEQ+1><CTL=SYN,ACK>
//   CLOSE-WAIT   the state afterwards, if it is another; !EPIPE: the error that a call will get
//   acked5       so many octets of ours were acknowledged; acked: all, SYN and FIN included
//   urgent       the program is told of urgent data; +5 counts up to their last octet
//   +5 +fin      so much text, or the end of it, can be read now; held: something waits behind a hole
//   text5 fin reset   what a call sends: five octets, <SEQ=SND.NXT><CTL=FIN,ACK>, <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>
//   =5 =0 !EPIPE      what it returns: five octets, the end of the stream, an error
//   2msl         the wait of TIME-WAIT began anew
//   (a)          cannot happen: the line (a) below the table says why
// A row "TIME-WAIT linux" holds what that system does otherwise; "." is as above. A line "linux: …" below says who says so.
#pragma once

#include "stack/profile/profile.hpp"
#include "tests/support/dialogue.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::test {

/// A connection's variables, relative as in a Dialogue: what segments are made of.
struct Numbers {
    std::int64_t una{0};
    std::int64_t nxt{0};
    std::int64_t rcv{0};      ///< RCV.NXT
    std::int64_t wnd{0};      ///< RCV.WND: the right edge less RCV.NXT
    std::int64_t max_wnd{0};  ///< MAX.SND.WND (RFC 5961)
    /// An acceptable ACK that acknowledges nothing but our SYN.
    std::int64_t plain{0};
};

/// A column: a segment that arrives, or a call that the program makes; the call says what it returned, as a cell does.
struct Kind {
    std::string_view name{};
    SegmentPattern (*segment)(Numbers const&){nullptr};
    std::string (*call)(Dialogue&){nullptr};
};

struct Grid {
    std::string_view name{};
    std::string_view table{};
    std::vector<Kind> kinds{};
    std::vector<std::string_view> states{};  ///< the rows that must be there; none: the eleven of RFC 9293
};

/// Each cell for every system, but for what not_yet.txt lists: "grid | system | state | kind | what is seen instead". Mending
/// one makes its line a failure. A missing row, column, cell or reason is a failure, too.
void check_grid(Grid const& grid);

/// What really happens, in the words of a cell.
std::string observed(std::string_view state, Kind const& kind, profile::Profile const& profile);

/// A connection in that state, nothing pending: ten octets of ours are unacknowledged wherever the state allows it, and
/// our FIN. " unread": seven octets of the peer's wait for a reader. " orphan": the program has closed; " shut": the receive window is zero, for what came was never read.
Dialogue in_state(std::string_view state, profile::Profile const& profile);

}  // namespace tcpsim::test

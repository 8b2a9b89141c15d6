// FIN × state: RFC 9293 §3.10.7.4, eighth.
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;
using namespace tcpsim::test::words;

namespace {

// clang-format off
std::vector<Kind> const in_window{
    {"in order",        [](Numbers const& n) { return FIN_ACK.seq(n.rcv).ack(n.plain); }},
    {"with text",       [](Numbers const& n) { return FIN_ACK.len(5).seq(n.rcv).ack(n.plain); }},
    {"ACK of all",      [](Numbers const& n) { return FIN_ACK.seq(n.rcv).ack(n.nxt); }},
    {"beyond a hole",   [](Numbers const& n) { return FIN_ACK.seq(n.rcv + 10).ack(n.plain); }},
};
std::vector<Kind> const refused{
    {"again",           [](Numbers const& n) { return FIN_ACK.seq(n.rcv - 1).ack(n.plain); }},
    {"again, ACK of all", [](Numbers const& n) { return FIN_ACK.seq(n.rcv - 1).ack(n.nxt); }},
    {"right of it",     [](Numbers const& n) { return FIN_ACK.seq(n.rcv + n.wnd).ack(n.plain); }},
    {"behind the window's text", [](Numbers const& n) { return FIN_ACK.len(5).seq(n.rcv + n.wnd - 5).ack(n.plain); }},
    {"without ACK",     [](Numbers const& n) { return SegmentPattern{.flags = tcpsim::wire::Flags::fin}.seq(n.rcv); }},
};
// clang-format on

}  // namespace

TEST_CASE("grid: FIN in the window × state (RFC 9293 §3.10.7.4, eighth) [SHLD-31]") {
    // In CLOSE-WAIT and after it a FIN at RCV.NXT is no repetition but a second end of the stream: "this should not occur",
    // and as with text nothing is done; the ACK counts. In TIME-WAIT the RFC has every FIN acknowledged.
    check_grid({
        "FIN",
        R"(
                     | in order                   | with text                     | ACK of all                 | beyond a hole
CLOSED               | rst                        | rst                           | rst                        | rst
LISTEN               | rst                        | rst                           | rst                        | rst
SYN-SENT             | -                          | -                             | -                          | -
SYN-RECEIVED passive | ack~ CLOSE-WAIT acked +fin | ack~ CLOSE-WAIT acked +5 +fin | ack~ CLOSE-WAIT acked +fin | ack ESTABLISHED acked held
SYN-RECEIVED active  | ack~ CLOSE-WAIT acked +fin | ack~ CLOSE-WAIT acked +5 +fin | ack~ CLOSE-WAIT acked +fin | ack ESTABLISHED acked held
ESTABLISHED          | ack~ CLOSE-WAIT +fin       | ack~ CLOSE-WAIT +5 +fin       | ack~ CLOSE-WAIT acked +fin | ack held
FIN-WAIT-1           | ack~ CLOSING +fin          | ack~ CLOSING +5 +fin          | ack~ TIME-WAIT acked +fin  | ack held
FIN-WAIT-2           | ack~ TIME-WAIT +fin        | ack~ TIME-WAIT +5 +fin        | ack~ TIME-WAIT +fin        | ack held
CLOSE-WAIT           | -                          | -                             | acked                      | -
CLOSING              | -                          | -                             | TIME-WAIT acked            | -
LAST-ACK             | -                          | -                             | CLOSED                     | -
TIME-WAIT            | ack 2msl                   | ack 2msl                      | ack 2msl                   | ack 2msl
)",
        in_window,
        {},
    });
}

TEST_CASE("grid: FIN that is refused × state (RFC 9293 §3.10.7.4, first and fifth)") {
    check_grid({
        "refused FIN",
        R"(
                          | again                 | again, ACK of all     | right of it           | behind the window's text   | without ACK
CLOSED                    | rst                   | rst                   | rst                   | rst                        | rst,ack
LISTEN                    | rst                   | rst                   | rst                   | rst                        | -
SYN-SENT                  | -                     | -                     | -                     | -                          | -
SYN-RECEIVED passive      | ack                   | ack                   | ack                   | ack ESTABLISHED acked held | -
SYN-RECEIVED active       | ack                   | ack                   | ack                   | ack ESTABLISHED acked held | -
SYN-RECEIVED active linux | ack ESTABLISHED acked | ack ESTABLISHED acked | ack ESTABLISHED acked | .                          | .
ESTABLISHED               | ack                   | ack                   | ack                   | ack held                   | -
ESTABLISHED linux         | .                     | ack acked             | .                     | .                          | .
FIN-WAIT-1                | ack                   | ack                   | ack                   | ack held                   | -
FIN-WAIT-1 linux          | .                     | ack FIN-WAIT-2 acked  | .                     | .                          | .
FIN-WAIT-2                | ack                   | ack                   | ack                   | ack held                   | -
CLOSE-WAIT                | ack                   | ack                   | ack                   | -                          | -
CLOSE-WAIT linux          | .                     | ack acked             | -                     | .                          | .
CLOSING                   | ack                   | ack                   | ack                   | -                          | -
CLOSING linux             | .                     | TIME-WAIT acked       | -                     | .                          | .
LAST-ACK                  | ack                   | ack                   | ack                   | -                          | -
LAST-ACK linux            | .                     | CLOSED                | -                     | .                          | .
TIME-WAIT                 | ack 2msl              | ack 2msl              | ack                   | -                          | -
TIME-WAIT linux           | .                     | .                     | ack 2msl              | ack 2msl                   | ack
TIME-WAIT bsd44           | .                     | .                     | .                     | ack 2msl                   | .

linux: recorded. tcp_sequence: what ends at RCV.NXT goes on to its ACK, and so does what begins at the right edge;
       tcp_timewait_state_process
bsd44: tcp_input.c, TCPS_TIME_WAIT: whatever has an acceptable ACK is acknowledged, and the wait begins anew
)",
        refused,
        {},
    });
}

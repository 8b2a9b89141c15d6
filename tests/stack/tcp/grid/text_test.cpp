// Text × state: RFC 9293 §3.10.7.4, first (acceptability, trimming) and seventh (the text).
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;
using namespace tcpsim::test::words;

namespace {

// clang-format off
std::vector<Kind> const inside{
    {"in order",       [](Numbers const& n) { return text(5).seq(n.rcv).ack(n.plain); }},
    {"partly old",     [](Numbers const& n) { return text(8).seq(n.rcv - 3).ack(n.plain); }},
    {"beyond a hole",  [](Numbers const& n) { return text(5).seq(n.rcv + 10).ack(n.plain); }},
    {"at the end",     [](Numbers const& n) { return text(5).seq(n.rcv + n.wnd - 5).ack(n.plain); }},
    {"over the end",   [](Numbers const& n) { return text(8).seq(n.rcv + n.wnd - 5).ack(n.plain); }},
};
std::vector<Kind> const outside{
    {"old",            [](Numbers const& n) { return text(5).seq(n.rcv - 5).ack(n.plain); }},
    {"old, ACK of all", [](Numbers const& n) { return text(5).seq(n.rcv - 5).ack(n.nxt); }},
    {"right of it",    [](Numbers const& n) { return text(5).seq(n.rcv + n.wnd).ack(n.plain); }},
    {"without ACK",    [](Numbers const& n) { return NOTHING.len(5).seq(n.rcv); }},
    {"ACK beyond",     [](Numbers const& n) { return text(5).seq(n.rcv).ack(n.nxt + 1); }},
};
std::vector<std::string_view> const all_states{
    "CLOSED",     "LISTEN",     "SYN-SENT",   "SYN-RECEIVED passive", "SYN-RECEIVED active", "ESTABLISHED",
    "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING",              "LAST-ACK",            "TIME-WAIT",
    "FIN-WAIT-1 orphan", "FIN-WAIT-2 orphan"};
// clang-format on

}  // namespace

TEST_CASE("grid: text that reaches into the window × state (RFC 9293 §3.10.7.4, seventh) [SHLD-3][SHLD-31][MAY-13]") {
    check_grid({
        "text",
        R"(
                     | in order                  | partly old                | beyond a hole              | at the end                 | over the end
CLOSED               | rst                       | rst                       | rst                        | rst                        | rst
LISTEN               | rst                       | rst                       | rst                        | rst                        | rst
SYN-SENT             | -                         | -                         | -                          | -                          | -
SYN-RECEIVED passive | ack~ ESTABLISHED acked +5 | ack~ ESTABLISHED acked +5 | ack ESTABLISHED acked held | ack ESTABLISHED acked held | ack ESTABLISHED acked held
SYN-RECEIVED active  | ack~ ESTABLISHED acked +5 | ack~ ESTABLISHED acked +5 | ack ESTABLISHED acked held | ack ESTABLISHED acked held | ack ESTABLISHED acked held
ESTABLISHED          | ack~ +5                   | ack~ +5                   | ack held                   | ack held                   | ack held
FIN-WAIT-1           | ack~ +5                   | ack~ +5                   | ack held                   | ack held                   | ack held
FIN-WAIT-2           | ack~ +5                   | ack~ +5                   | ack held                   | ack held                   | ack held
CLOSE-WAIT           | -                         | -                         | -                          | -                          | -
CLOSE-WAIT linux     | .                         | rst CLOSED !EPIPE         | .                          | .                          | ack
CLOSING              | -                         | -                         | -                          | -                          | -
CLOSING linux        | .                         | rst CLOSED !ECONNRESET    | .                          | .                          | ack
LAST-ACK             | -                         | -                         | -                          | -                          | -
LAST-ACK linux       | .                         | rst CLOSED !ECONNRESET    | .                          | .                          | ack
TIME-WAIT            | -                         | -                         | -                          | -                          | -
TIME-WAIT linux      | ack 2msl                  | ack 2msl                  | ack 2msl                   | ack 2msl                   | ack 2msl
TIME-WAIT bsd44      | ack 2msl                  | ack 2msl                  | ack 2msl                   | ack 2msl                   | ack 2msl
FIN-WAIT-1 orphan    | rst CLOSED                | rst CLOSED                | rst CLOSED                 | rst CLOSED                 | rst CLOSED
FIN-WAIT-2 orphan    | rst CLOSED                | rst CLOSED                | rst CLOSED                 | rst CLOSED                 | rst CLOSED

linux: recorded. tcp_rcv_state_process: new text for a connection that receives no more resets it;
       tcp_sequence: no text over the right edge while something waits to be read; tcp_timewait_state_process
bsd44: tcp_input.c, TCPS_TIME_WAIT: whatever has an acceptable ACK is acknowledged, and the wait begins anew
)",
        inside,
        all_states,
    });
}

TEST_CASE("grid: text that is refused × state (RFC 9293 §3.10.7.4, first and fifth)") {
    check_grid({
        "refused text",
        R"(
                          | old                   | old, ACK of all       | right of it           | without ACK | ACK beyond
CLOSED                    | rst                   | rst                   | rst                   | rst,ack     | rst
LISTEN                    | rst                   | rst                   | rst                   | -           | rst
SYN-SENT                  | -                     | -                     | -                     | -           | rst
SYN-RECEIVED passive      | ack                   | ack                   | ack                   | -           | rst
SYN-RECEIVED active       | ack                   | ack                   | ack                   | -           | rst
SYN-RECEIVED active linux | ack ESTABLISHED acked | ack ESTABLISHED acked | ack ESTABLISHED acked | .           | .
ESTABLISHED               | ack                   | ack                   | ack                   | -           | ack
ESTABLISHED linux         | .                     | ack acked             | .                     | .           | .
FIN-WAIT-1                | ack                   | ack                   | ack                   | -           | ack
FIN-WAIT-1 linux          | .                     | ack FIN-WAIT-2 acked  | .                     | .           | .
FIN-WAIT-2                | ack                   | ack                   | ack                   | -           | ack
CLOSE-WAIT                | ack                   | ack                   | ack                   | -           | ack
CLOSE-WAIT linux          | .                     | ack acked             | .                     | .           | .
CLOSING                   | ack                   | ack                   | ack                   | -           | ack
CLOSING linux             | .                     | TIME-WAIT acked       | .                     | .           | .
LAST-ACK                  | ack                   | ack                   | ack                   | -           | ack
LAST-ACK linux            | .                     | CLOSED                | .                     | .           | .
TIME-WAIT                 | ack                   | ack                   | ack                   | -           | ack
TIME-WAIT linux           | ack 2msl              | ack 2msl              | ack 2msl              | ack         | ack 2msl
TIME-WAIT bsd44           | .                     | .                     | .                     | .           | ack 2msl
FIN-WAIT-1 orphan         | ack                   | ack                   | ack                   | -           | ack
FIN-WAIT-1 orphan linux   | .                     | FIN-WAIT-2 acked      | rst CLOSED            | .           | .
FIN-WAIT-2 orphan         | ack                   | ack                   | ack                   | -           | ack
FIN-WAIT-2 orphan linux   | .                     | .                     | .                     | .           | rst CLOSED

linux: recorded. tcp_sequence: what ends at RCV.NXT goes on to its ACK, and so does what begins at the right edge;
       tcp_timewait_state_process
bsd44: tcp_input.c, TCPS_TIME_WAIT: whatever has an acceptable ACK is acknowledged, and the wait begins anew
)",
        outside,
        all_states,
    });
}

// SYN × state: RFC 9293 §3.10.7.2 third, §3.10.7.3 fourth, §3.10.7.4 fourth (and RFC 5961 §4.2).
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;
using namespace tcpsim::test::words;

namespace {

// clang-format off
std::vector<Kind> const kinds{
    {"SYN exact",     [](Numbers const& n) { return SYN.seq(n.rcv); }},
    {"SYN in window", [](Numbers const& n) { return SYN.seq(n.rcv + 10); }},
    {"SYN old",       [](Numbers const& n) { return SYN.seq(n.rcv - 1000); }},
    {"SYN beyond",    [](Numbers const& n) { return SYN.seq(n.rcv + n.wnd + 1000); }},
    {"SYN with text", [](Numbers const& n) { return SYN.seq(n.rcv).len(5); }},
};
std::vector<Kind> const with_ack{
    {"SYN,ACK",                 [](Numbers const& n) { return SYN_ACK.seq(n.rcv).ack(n.nxt); }},
    {"SYN,ACK again",           [](Numbers const& n) { return SYN_ACK.seq(n.rcv - 1).ack(n.nxt); }},
    {"SYN,ACK of nothing sent", [](Numbers const& n) { return SYN_ACK.seq(n.rcv).ack(n.nxt + 1); }},
    {"SYN again",               [](Numbers const& n) { return SYN.seq(n.rcv - 1); }},
};
// clang-format on

}  // namespace

TEST_CASE("grid: SYN without ACK × state (RFC 9293 §3.10.7, RFC 5961 §4.2)") {
    // In TIME-WAIT: where nobody listens any more. A host that does may open anew: tests/stack/host/time_wait_test.cpp.
    check_grid({
        "SYN",
        R"(
                           | SYN exact                | SYN in window            | SYN old              | SYN beyond           | SYN with text
CLOSED                     | rst,ack                  | rst,ack                  | rst,ack              | rst,ack              | rst,ack
LISTEN                     | syn,ack SYN-RECEIVED     | syn,ack SYN-RECEIVED     | syn,ack SYN-RECEIVED | syn,ack SYN-RECEIVED | syn,ack SYN-RECEIVED
SYN-SENT                   | syn,ack SYN-RECEIVED     | syn,ack SYN-RECEIVED     | syn,ack SYN-RECEIVED | syn,ack SYN-RECEIVED | syn,ack SYN-RECEIVED
SYN-RECEIVED passive       | CLOSED                   | CLOSED                   | ack                  | ack                  | CLOSED
SYN-RECEIVED passive linux | rst,ack CLOSED           | rst,ack CLOSED           | .                    | .                    | rst,ack CLOSED
SYN-RECEIVED passive bsd44 | rst,ack CLOSED           | rst,ack CLOSED           | .                    | .                    | rst,ack CLOSED
SYN-RECEIVED active        | ack                      | ack                      | ack                  | ack                  | ack
SYN-RECEIVED active bsd44  | reset CLOSED !ECONNRESET | reset CLOSED !ECONNRESET | .                    | .                    | reset CLOSED !ECONNRESET
ESTABLISHED                | ack                      | ack                      | ack                  | ack                  | ack
ESTABLISHED bsd44          | reset CLOSED !ECONNRESET | reset CLOSED !ECONNRESET | .                    | .                    | reset CLOSED !ECONNRESET
FIN-WAIT-1                 | ack                      | ack                      | ack                  | ack                  | ack
FIN-WAIT-1 bsd44           | reset CLOSED !ECONNRESET | reset CLOSED !ECONNRESET | .                    | .                    | reset CLOSED !ECONNRESET
FIN-WAIT-2                 | ack                      | ack                      | ack                  | ack                  | ack
FIN-WAIT-2 bsd44           | reset CLOSED !ECONNRESET | reset CLOSED !ECONNRESET | .                    | .                    | reset CLOSED !ECONNRESET
CLOSE-WAIT                 | ack                      | ack                      | ack                  | ack                  | ack
CLOSE-WAIT bsd44           | reset CLOSED !ECONNRESET | reset CLOSED !ECONNRESET | .                    | .                    | reset CLOSED !ECONNRESET
CLOSING                    | ack                      | ack                      | ack                  | ack                  | ack
CLOSING bsd44              | reset CLOSED !ECONNRESET | reset CLOSED !ECONNRESET | .                    | .                    | reset CLOSED !ECONNRESET
LAST-ACK                   | ack                      | ack                      | ack                  | ack                  | ack
LAST-ACK bsd44             | reset CLOSED !ECONNRESET | reset CLOSED !ECONNRESET | .                    | .                    | reset CLOSED !ECONNRESET
TIME-WAIT                  | ack                      | ack                      | ack                  | ack                  | ack
TIME-WAIT bsd44            | reset CLOSED !ECONNRESET | reset CLOSED !ECONNRESET | .                    | .                    | reset CLOSED !ECONNRESET

linux: recorded. tcp_check_req: a second SYN in the window is answered by a RST and ends the request
bsd44: tcp_input: a SYN in the window is an error (RFC 793 p. 71), one that only comes again is dropped
)",
        kinds,
        {},
    });
}

TEST_CASE("grid: SYN,ACK and the first SYN again × state (RFC 9293 §3.10.7, figure 8) [MUST-10]") {
    // SYN,ACK again in SYN-RECEIVED: refused by its number, yet figure 8 has it complete a simultaneous open.
    check_grid({
        "SYN,ACK",
        R"(
                           | SYN,ACK                  | SYN,ACK again         | SYN,ACK of nothing sent  | SYN again
CLOSED                     | rst                      | rst                   | rst                      | rst,ack
LISTEN                     | rst                      | rst                   | rst                      | syn,ack SYN-RECEIVED
SYN-SENT                   | ack ESTABLISHED acked    | ack ESTABLISHED acked | rst                      | syn,ack SYN-RECEIVED
SYN-RECEIVED passive       | CLOSED                   | ack                   | CLOSED                   | ack
SYN-RECEIVED passive linux | rst CLOSED               | .                     | rst                      | syn,ack
SYN-RECEIVED passive bsd44 | rst CLOSED               | .                     | rst CLOSED               | -
SYN-RECEIVED active        | ack                      | ack ESTABLISHED acked | ack                      | ack
SYN-RECEIVED active bsd44  | reset CLOSED !ECONNRESET | .                     | reset CLOSED !ECONNRESET | .
ESTABLISHED                | ack                      | ack                   | ack                      | ack
ESTABLISHED bsd44          | reset CLOSED !ECONNRESET | .                     | reset CLOSED !ECONNRESET | .
FIN-WAIT-1                 | ack                      | ack                   | ack                      | ack
FIN-WAIT-1 bsd44           | reset CLOSED !ECONNRESET | .                     | reset CLOSED !ECONNRESET | .
FIN-WAIT-2                 | ack                      | ack                   | ack                      | ack
FIN-WAIT-2 bsd44           | reset CLOSED !ECONNRESET | .                     | reset CLOSED !ECONNRESET | .
CLOSE-WAIT                 | ack                      | ack                   | ack                      | ack
CLOSE-WAIT bsd44           | reset CLOSED !ECONNRESET | .                     | reset CLOSED !ECONNRESET | .
CLOSING                    | ack                      | ack                   | ack                      | ack
CLOSING bsd44              | reset CLOSED !ECONNRESET | .                     | reset CLOSED !ECONNRESET | .
LAST-ACK                   | ack                      | ack                   | ack                      | ack
LAST-ACK bsd44             | reset CLOSED !ECONNRESET | .                     | reset CLOSED !ECONNRESET | .
TIME-WAIT                  | ack                      | ack                   | ack                      | ack
TIME-WAIT linux            | ack 2msl                 | ack 2msl              | ack 2msl                 | .
TIME-WAIT bsd44            | reset CLOSED !ECONNRESET | .                     | reset CLOSED !ECONNRESET | .

linux: recorded. tcp_check_req: a repeated SYN is answered by the SYN,ACK again, another as above, and what acknowledges
       something else by a RST; tcp_validate_incoming takes the SYN,ACK of figure 8; tcp_timewait_state_process
bsd44: tcp_input: a SYN in the window is an error (RFC 793 p. 71), one that only comes again is dropped
)",
        with_ack,
        {},
    });
}

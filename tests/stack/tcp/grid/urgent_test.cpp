// Urgent data × state: RFC 9293 §3.10.7.4, sixth.
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;
using namespace tcpsim::test::words;

namespace {

// clang-format off
std::vector<Kind> const kinds{
    {"with text",  [](Numbers const& n) { return text(5).urgent(5).seq(n.rcv).ack(n.plain); }},
    {"ahead",      [](Numbers const& n) { return ACK.urgent(5).seq(n.rcv).ack(n.plain); }},
    {"outside",    [](Numbers const& n) { return text(5).urgent(9).seq(n.rcv - 6).ack(n.plain); }},
    {"bad ACK",    [](Numbers const& n) { return ACK.urgent(5).seq(n.rcv).ack(n.nxt + 1); }},
};
// clang-format on

}  // namespace

TEST_CASE("grid: URG × state (RFC 9293 §3.10.7.4, sixth) [MUST-32]") {
    check_grid({
        "URG",
        R"(
                     | with text                        | ahead                    | outside | bad ACK
CLOSED               | rst                              | rst                      | rst     | rst
LISTEN               | rst                              | rst                      | rst     | rst
SYN-SENT             | -                                | -                        | -       | rst
SYN-RECEIVED passive | ack~ ESTABLISHED acked urgent +4 | ESTABLISHED acked urgent | ack     | rst
SYN-RECEIVED active  | ack~ ESTABLISHED acked urgent +4 | ESTABLISHED acked urgent | ack     | rst
ESTABLISHED          | ack~ urgent +4                   | urgent                   | ack     | ack
FIN-WAIT-1           | ack~ urgent +4                   | urgent                   | ack     | ack
FIN-WAIT-2           | ack~ urgent +4                   | urgent                   | ack     | ack
CLOSE-WAIT           | -                                | -                        | ack     | ack
CLOSE-WAIT linux     | urgent                           | urgent                   | .       | .
CLOSING              | -                                | -                        | ack     | ack
CLOSING linux        | urgent                           | urgent                   | .       | .
LAST-ACK             | -                                | -                        | ack     | ack
TIME-WAIT            | -                                | -                        | ack     | ack
TIME-WAIT linux      | ack 2msl                         | 2msl                     | ack 2msl | 2msl
TIME-WAIT bsd44      | ack 2msl                         | .                        | .       | ack 2msl

linux: tcp_rcv_state_process asks no state for URG; tcp_timewait_state_process asks for neither it nor the acknowledgment
bsd44: tcp_input.c, TCPS_TIME_WAIT: whatever has an acceptable ACK is acknowledged, and the wait begins anew
)",
        kinds,
        {},
    });
}

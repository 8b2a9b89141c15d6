// RST × state: RFC 9293 §3.10.7, second (and RFC 5961 §3.2).
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;
using namespace tcpsim::test::words;

namespace {

// clang-format off
std::vector<Kind> const kinds{
    {"RST exact",        [](Numbers const& n) { return RST.seq(n.rcv); }},
    {"RST in window",    [](Numbers const& n) { return RST.seq(n.rcv + 1); }},
    {"RST at the end",   [](Numbers const& n) { return RST.seq(n.rcv + n.wnd - 1); }},
    {"RST left of it",   [](Numbers const& n) { return RST.seq(n.rcv - 1); }},
    {"RST at the edge",  [](Numbers const& n) { return RST.seq(n.rcv + n.wnd); }},
    {"RST right of it",  [](Numbers const& n) { return RST.seq(n.rcv + n.wnd + 1); }},
};
std::vector<Kind> const more_kinds{
    {"RST,ACK exact",           [](Numbers const& n) { return RST_ACK.seq(n.rcv).ack(n.nxt); }},
    {"RST,ACK of nothing sent", [](Numbers const& n) { return RST_ACK.seq(n.rcv).ack(n.nxt + 1); }},
    {"RST,ACK in window",       [](Numbers const& n) { return RST_ACK.seq(n.rcv + 1).ack(n.nxt); }},
    {"RST with text",           [](Numbers const& n) { return RST.seq(n.rcv).len(5); }},
};
// clang-format on

}  // namespace

TEST_CASE("grid: RST without ACK × state (RFC 9293 §3.10.7, RFC 5961 §3.2) [SHLD-2]") {
    // SYN-RECEIVED: back to LISTEN (the host's listener never left it, nobody need be told) or refused.
    check_grid({
        "RST",
        R"(
                           | RST exact            | RST in window        | RST at the end       | RST left of it     | RST at the edge | RST right of it
CLOSED                     | -                    | -                    | -                    | -                  | -               | -
LISTEN                     | -                    | -                    | -                    | -                  | -               | -
SYN-SENT                   | -                    | -                    | -                    | -                  | -               | -
SYN-RECEIVED passive       | CLOSED               | ack                  | ack                  | -                  | -               | -
SYN-RECEIVED passive linux | .                    | .                    | .                    | .                  | ack             | .
SYN-RECEIVED passive bsd44 | .                    | CLOSED               | CLOSED               | .                  | .               | .
SYN-RECEIVED active        | CLOSED !ECONNREFUSED | ack                  | ack                  | -                  | -               | -
SYN-RECEIVED active linux  | CLOSED !ECONNRESET   | .                    | .                    | .                  | ack             | .
SYN-RECEIVED active bsd44  | .                    | CLOSED !ECONNREFUSED | CLOSED !ECONNREFUSED | .                  | .               | .
ESTABLISHED                | CLOSED !ECONNRESET   | ack                  | ack                  | -                  | -               | -
ESTABLISHED linux          | .                    | .                    | .                    | .                  | ack             | .
ESTABLISHED bsd44          | .                    | CLOSED !ECONNRESET   | CLOSED !ECONNRESET   | .                  | .               | .
FIN-WAIT-1                 | CLOSED !ECONNRESET   | ack                  | ack                  | -                  | -               | -
FIN-WAIT-1 linux           | .                    | .                    | .                    | .                  | ack             | .
FIN-WAIT-1 bsd44           | .                    | CLOSED !ECONNRESET   | CLOSED !ECONNRESET   | .                  | .               | .
FIN-WAIT-2                 | CLOSED !ECONNRESET   | ack                  | ack                  | -                  | -               | -
FIN-WAIT-2 linux           | .                    | .                    | .                    | .                  | ack             | .
FIN-WAIT-2 bsd44           | .                    | CLOSED !ECONNRESET   | CLOSED !ECONNRESET   | .                  | .               | .
CLOSE-WAIT                 | CLOSED !ECONNRESET   | ack                  | ack                  | -                  | -               | -
CLOSE-WAIT linux           | CLOSED !EPIPE        | .                    | .                    | CLOSED !EPIPE      | ack             | .
CLOSE-WAIT bsd44           | .                    | CLOSED !ECONNRESET   | CLOSED !ECONNRESET   | .                  | .               | .
CLOSING                    | CLOSED               | ack                  | ack                  | -                  | -               | -
CLOSING linux              | CLOSED !ECONNRESET   | .                    | .                    | CLOSED !ECONNRESET | ack             | .
CLOSING bsd44              | .                    | CLOSED               | CLOSED               | .                  | .               | .
LAST-ACK                   | CLOSED               | ack                  | ack                  | -                  | -               | -
LAST-ACK linux             | CLOSED !ECONNRESET   | .                    | .                    | CLOSED !ECONNRESET | ack             | .
LAST-ACK bsd44             | .                    | CLOSED               | CLOSED               | .                  | .               | .
TIME-WAIT                  | CLOSED               | ack                  | ack                  | -                  | -               | -
TIME-WAIT linux            | .                    | -                    | -                    | .                  | .               | .
TIME-WAIT bsd44            | .                    | CLOSED               | CLOSED               | .                  | .               | .

linux: recorded. tcp_reset: EPIPE in CLOSE-WAIT, ECONNRESET in all later states; tcp_sequence: the right edge itself is
       inside; tcp_reset_check: a RST just before a FIN that was taken counts; tcp_timewait_state_process: no challenge
bsd44: RFC 793 p. 70, 71 (tcp_input.c): a RST or SYN inside the window ends the connection
)",
        kinds,
        {},
    });
}

TEST_CASE("grid: RST with ACK or text × state (RFC 9293 §3.10.7) [SHLD-2]") {
    check_grid({
        "RST with ACK or text",
        R"(
                           | RST,ACK exact        | RST,ACK of nothing sent | RST,ACK in window    | RST with text
CLOSED                     | -                    | -                       | -                    | -
LISTEN                     | -                    | -                       | -                    | -
SYN-SENT                   | CLOSED !ECONNREFUSED | -                       | CLOSED !ECONNREFUSED | -
SYN-RECEIVED passive       | CLOSED               | CLOSED                  | ack                  | CLOSED
SYN-RECEIVED passive bsd44 | .                    | .                       | CLOSED               | .
SYN-RECEIVED active        | CLOSED !ECONNREFUSED | CLOSED !ECONNREFUSED    | ack                  | CLOSED !ECONNREFUSED
SYN-RECEIVED active linux  | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | .                    | CLOSED !ECONNRESET
SYN-RECEIVED active bsd44  | .                    | .                       | CLOSED !ECONNREFUSED | .
ESTABLISHED                | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | ack                  | CLOSED !ECONNRESET
ESTABLISHED bsd44          | .                    | .                       | CLOSED !ECONNRESET   | .
FIN-WAIT-1                 | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | ack                  | CLOSED !ECONNRESET
FIN-WAIT-1 bsd44           | .                    | .                       | CLOSED !ECONNRESET   | .
FIN-WAIT-2                 | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | ack                  | CLOSED !ECONNRESET
FIN-WAIT-2 bsd44           | .                    | .                       | CLOSED !ECONNRESET   | .
CLOSE-WAIT                 | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | ack                  | CLOSED !ECONNRESET
CLOSE-WAIT linux           | CLOSED !EPIPE        | CLOSED !EPIPE           | .                    | CLOSED !EPIPE
CLOSE-WAIT bsd44           | .                    | .                       | CLOSED !ECONNRESET   | .
CLOSING                    | CLOSED               | CLOSED                  | ack                  | CLOSED
CLOSING linux              | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | .                    | CLOSED !ECONNRESET
CLOSING bsd44              | .                    | .                       | CLOSED               | .
LAST-ACK                   | CLOSED               | CLOSED                  | ack                  | CLOSED
LAST-ACK linux             | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | .                    | CLOSED !ECONNRESET
LAST-ACK bsd44             | .                    | .                       | CLOSED               | .
TIME-WAIT                  | CLOSED               | CLOSED                  | ack                  | CLOSED
TIME-WAIT linux            | .                    | .                       | -                    | .
TIME-WAIT bsd44            | .                    | .                       | CLOSED               | .

linux: recorded. tcp_reset and tcp_timewait_state_process, as above
bsd44: RFC 793 p. 70, 71 (tcp_input.c): a RST or SYN inside the window ends the connection
)",
        more_kinds,
        {},
    });
}

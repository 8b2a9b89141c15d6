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
                           | RST exact            | RST in window | RST at the end | RST left of it     | RST at the edge | RST right of it
CLOSED                     | -                    | -             | -              | -                  | -               | -
LISTEN                     | -                    | -             | -              | -                  | -               | -
SYN-SENT                   | -                    | -             | -              | -                  | -               | -
SYN-RECEIVED passive       | CLOSED               | ack           | ack            | -                  | -               | -
SYN-RECEIVED passive linux | .                    | .             | .              | .                  | ack             | .
SYN-RECEIVED active        | CLOSED !ECONNREFUSED | ack           | ack            | -                  | -               | -
SYN-RECEIVED active linux  | CLOSED !ECONNRESET   | .             | .              | .                  | ack             | .
ESTABLISHED                | CLOSED !ECONNRESET   | ack           | ack            | -                  | -               | -
ESTABLISHED linux          | .                    | .             | .              | .                  | ack             | .
FIN-WAIT-1                 | CLOSED !ECONNRESET   | ack           | ack            | -                  | -               | -
FIN-WAIT-1 linux           | .                    | .             | .              | .                  | ack             | .
FIN-WAIT-2                 | CLOSED !ECONNRESET   | ack           | ack            | -                  | -               | -
FIN-WAIT-2 linux           | .                    | .             | .              | .                  | ack             | .
CLOSE-WAIT                 | CLOSED !ECONNRESET   | ack           | ack            | -                  | -               | -
CLOSE-WAIT linux           | CLOSED !EPIPE        | .             | .              | CLOSED !EPIPE      | ack             | .
CLOSING                    | CLOSED               | ack           | ack            | -                  | -               | -
CLOSING linux              | CLOSED !ECONNRESET   | .             | .              | CLOSED !ECONNRESET | ack             | .
LAST-ACK                   | CLOSED               | ack           | ack            | -                  | -               | -
LAST-ACK linux             | CLOSED !ECONNRESET   | .             | .              | CLOSED !ECONNRESET | ack             | .
TIME-WAIT                  | CLOSED               | ack           | ack            | -                  | -               | -
TIME-WAIT linux            | .                    | -             | -              | .                  | .               | .

linux: recorded. tcp_reset: EPIPE in CLOSE-WAIT, ECONNRESET in all later states; tcp_sequence: the right edge itself is
       inside; tcp_reset_check: a RST just before a FIN that was taken counts; tcp_timewait_state_process: no challenge
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
CLOSED                    | -                    | -                       | -                    | -
LISTEN                    | -                    | -                       | -                    | -
SYN-SENT                  | CLOSED !ECONNREFUSED | -                       | CLOSED !ECONNREFUSED | -
SYN-RECEIVED passive      | CLOSED               | CLOSED                  | ack                  | CLOSED
SYN-RECEIVED active       | CLOSED !ECONNREFUSED | CLOSED !ECONNREFUSED    | ack                  | CLOSED !ECONNREFUSED
SYN-RECEIVED active linux | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | .                    | CLOSED !ECONNRESET
ESTABLISHED               | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | ack                  | CLOSED !ECONNRESET
FIN-WAIT-1                | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | ack                  | CLOSED !ECONNRESET
FIN-WAIT-2                | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | ack                  | CLOSED !ECONNRESET
CLOSE-WAIT                | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | ack                  | CLOSED !ECONNRESET
CLOSE-WAIT linux          | CLOSED !EPIPE        | CLOSED !EPIPE           | .                    | CLOSED !EPIPE
CLOSING                   | CLOSED               | CLOSED                  | ack                  | CLOSED
CLOSING linux             | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | .                    | CLOSED !ECONNRESET
LAST-ACK                  | CLOSED               | CLOSED                  | ack                  | CLOSED
LAST-ACK linux            | CLOSED !ECONNRESET   | CLOSED !ECONNRESET      | .                    | CLOSED !ECONNRESET
TIME-WAIT                 | CLOSED               | CLOSED                  | ack                  | CLOSED
TIME-WAIT linux           | .                    | .                       | -                    | .

linux: recorded. tcp_reset and tcp_timewait_state_process, as above
)",
        more_kinds,
        {},
    });
}

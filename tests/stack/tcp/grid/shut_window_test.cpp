// Segments × states when the receive window is zero: RFC 9293 §3.10.7.4, first: "special allowance should be made to accept
// valid ACKs, URGs, and RSTs" (MUST-66).
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;
using namespace tcpsim::test::words;

namespace {

// clang-format off
std::vector<Kind> const kinds{
    {"ACK of all",     [](Numbers const& n) { return ACK.seq(n.rcv).ack(n.nxt); }},
    {"ACK past it",    [](Numbers const& n) { return ACK.seq(n.rcv + 1).ack(n.nxt); }},
    {"text",           [](Numbers const& n) { return text(1).seq(n.rcv).ack(n.una); }},
    {"text, ACK of all", [](Numbers const& n) { return text(1).seq(n.rcv).ack(n.nxt); }},
    {"FIN",            [](Numbers const& n) { return FIN_ACK.seq(n.rcv).ack(n.una); }},
    {"SYN",            [](Numbers const& n) { return SYN.seq(n.rcv); }},
    {"RST exact",      [](Numbers const& n) { return RST.seq(n.rcv); }},
    {"RST past it",    [](Numbers const& n) { return RST.seq(n.rcv + 1); }},
};
// clang-format on

}  // namespace

TEST_CASE("grid: segments at a shut window × state (RFC 9293 §3.10.7.4, first) [MUST-66]") {
    // CLOSE-WAIT and what follows it want no text any more: their window does not matter.
    check_grid({
        "shut window",
        R"(
                       | ACK of all       | ACK past it | text | text, ACK of all     | FIN                  | SYN                      | RST exact          | RST past it
ESTABLISHED shut       | acked            | ack         | ack  | ack acked            | ack                  | ack                      | CLOSED !ECONNRESET | -
ESTABLISHED shut linux | .                | .           | .    | ack                  | ack~ CLOSE-WAIT +fin | .                        | .                  | .
ESTABLISHED shut bsd44 | .                | .           | .    | .                    | .                    | reset CLOSED !ECONNRESET | .                  | .
FIN-WAIT-1 shut        | FIN-WAIT-2 acked | ack         | ack  | ack FIN-WAIT-2 acked | ack                  | ack                      | CLOSED !ECONNRESET | -
FIN-WAIT-1 shut linux  | .                | .           | .    | ack                  | ack CLOSING +fin     | .                        | .                  | .
FIN-WAIT-1 shut bsd44  | .                | .           | .    | .                    | .                    | reset CLOSED !ECONNRESET | .                  | .
FIN-WAIT-2 shut        | -                | ack         | ack  | ack                  | ack                  | ack                      | CLOSED !ECONNRESET | -
FIN-WAIT-2 shut linux  | .                | .           | .    | .                    | ack TIME-WAIT +fin   | .                        | .                  | .
FIN-WAIT-2 shut bsd44  | .                | .           | .    | .                    | .                    | reset CLOSED !ECONNRESET | .                  | .

linux: recorded. tcp_sequence: no segment over the right edge while something waits to be read, but for a bare FIN
bsd44: RFC 793 p. 70, 71 (tcp_input.c): a RST or SYN inside the window ends the connection
)",
        kinds,
        {"ESTABLISHED shut", "FIN-WAIT-1 shut", "FIN-WAIT-2 shut"},
    });
}

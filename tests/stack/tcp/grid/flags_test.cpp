// Combinations of control bits that no sane peer sends × state: the steps of RFC 9293 §3.10.7 apply in their order.
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;
using tcpsim::wire::Flags;

namespace {

constexpr std::uint8_t all = Flags::fin | Flags::syn | Flags::rst | Flags::psh | Flags::ack | Flags::urg;

// clang-format off
std::vector<Kind> const kinds{
    {"every flag",       [](Numbers const& n) { return SegmentPattern{.flags = all}.seq(n.rcv).ack(n.nxt); }},
    {"all but RST",      [](Numbers const& n) { return SegmentPattern{.flags = all & ~Flags::rst}.seq(n.rcv).ack(n.nxt); }},
    {"SYN,FIN",          [](Numbers const& n) { return SegmentPattern{.flags = Flags::syn | Flags::fin}.seq(n.rcv); }},
    {"FIN,PSH,URG",      [](Numbers const& n) { return SegmentPattern{.flags = Flags::fin | Flags::psh | Flags::urg}.seq(n.rcv); }},
    {"RST,FIN",          [](Numbers const& n) { return SegmentPattern{.flags = Flags::rst | Flags::fin}.seq(n.rcv); }},
};
// clang-format on

}  // namespace

TEST_CASE("grid: Christmas trees × state (RFC 9293 §3.10.7: RST before SYN before ACK before FIN)") {
    check_grid({
        "flags",
        R"(
                           | every flag           | all but RST               | SYN,FIN                  | FIN,PSH,URG | RST,FIN
CLOSED                     | -                    | rst                       | rst,ack                  | rst,ack     | -
LISTEN                     | -                    | rst                       | syn,ack SYN-RECEIVED     | -           | -
LISTEN linux               | .                    | .                         | -                        | .           | .
SYN-SENT                   | CLOSED !ECONNREFUSED | ack CLOSE-WAIT acked +fin | syn,ack SYN-RECEIVED     | -           | -
SYN-SENT linux             | .                    | ack ESTABLISHED acked     | .                        | .           | .
SYN-RECEIVED passive       | CLOSED               | CLOSED                    | CLOSED                   | -           | CLOSED
SYN-RECEIVED passive linux | .                    | rst CLOSED                | rst,ack CLOSED           | .           | .
SYN-RECEIVED passive bsd44 | .                    | rst CLOSED                | rst,ack CLOSED           | .           | .
SYN-RECEIVED active        | CLOSED !ECONNREFUSED | ack                       | ack                      | -           | CLOSED !ECONNREFUSED
SYN-RECEIVED active linux  | CLOSED !ECONNRESET   | .                         | .                        | .           | CLOSED !ECONNRESET
SYN-RECEIVED active bsd44  | .                    | reset CLOSED !ECONNRESET  | reset CLOSED !ECONNRESET | .           | .
ESTABLISHED                | CLOSED !ECONNRESET   | ack                       | ack                      | -           | CLOSED !ECONNRESET
ESTABLISHED bsd44          | .                    | reset CLOSED !ECONNRESET  | reset CLOSED !ECONNRESET | .           | .
FIN-WAIT-1                 | CLOSED !ECONNRESET   | ack                       | ack                      | -           | CLOSED !ECONNRESET
FIN-WAIT-1 bsd44           | .                    | reset CLOSED !ECONNRESET  | reset CLOSED !ECONNRESET | .           | .
FIN-WAIT-2                 | CLOSED !ECONNRESET   | ack                       | ack                      | -           | CLOSED !ECONNRESET
FIN-WAIT-2 bsd44           | .                    | reset CLOSED !ECONNRESET  | reset CLOSED !ECONNRESET | .           | .
CLOSE-WAIT                 | CLOSED !ECONNRESET   | ack                       | ack                      | -           | CLOSED !ECONNRESET
CLOSE-WAIT linux           | CLOSED !EPIPE        | .                         | .                        | .           | CLOSED !EPIPE
CLOSE-WAIT bsd44           | .                    | reset CLOSED !ECONNRESET  | reset CLOSED !ECONNRESET | .           | .
CLOSING                    | CLOSED               | ack                       | ack                      | -           | CLOSED
CLOSING linux              | CLOSED !ECONNRESET   | .                         | .                        | .           | CLOSED !ECONNRESET
CLOSING bsd44              | .                    | reset CLOSED !ECONNRESET  | reset CLOSED !ECONNRESET | .           | .
LAST-ACK                   | CLOSED               | ack                       | ack                      | -           | CLOSED
LAST-ACK linux             | CLOSED !ECONNRESET   | .                         | .                        | .           | CLOSED !ECONNRESET
LAST-ACK bsd44             | .                    | reset CLOSED !ECONNRESET  | reset CLOSED !ECONNRESET | .           | .
TIME-WAIT                  | CLOSED               | ack                       | ack                      | -           | CLOSED
TIME-WAIT linux            | .                    | ack 2msl                  | .                        | ack         | .
TIME-WAIT bsd44            | .                    | reset CLOSED !ECONNRESET  | reset CLOSED !ECONNRESET | .           | .

linux: recorded. tcp_rcv_state_process: no SYN with FIN for a listener; tcp_rcv_synsent_state_process: the FIN is left
       for its repetition; tcp_check_req and tcp_reset as for RST and SYN; tcp_timewait_state_process
bsd44: tcp_input: a SYN in the window is an error (RFC 793 p. 71)
)",
        kinds,
        {},
    });
}

// Segments without text × state: RFC 9293 §3.10.7.4, first (acceptability) and fifth (the ACK field).
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;
using namespace tcpsim::test::words;

namespace {

// clang-format off
std::vector<Kind> const acks{
    {"duplicate",   [](Numbers const& n) { return ACK.seq(n.rcv).ack(n.una); }},
    {"old",         [](Numbers const& n) { return ACK.seq(n.rcv).ack(n.una - n.max_wnd); }},
    {"too old",     [](Numbers const& n) { return ACK.seq(n.rcv).ack(n.una - n.max_wnd - 1); }},
    {"of a part",   [](Numbers const& n) { return ACK.seq(n.rcv).ack(n.una + 5); }},
    {"but the FIN", [](Numbers const& n) { return ACK.seq(n.rcv).ack(n.nxt - 1); }},
    {"of all",      [](Numbers const& n) { return ACK.seq(n.rcv).ack(n.nxt); }},
    {"beyond",      [](Numbers const& n) { return ACK.seq(n.rcv).ack(n.nxt + 1); }},
    {"none",        [](Numbers const& n) { return NOTHING.seq(n.rcv); }},
};
std::vector<Kind> const edges{
    {"left of it",      [](Numbers const& n) { return ACK.seq(n.rcv - 1).ack(n.plain); }},
    {"last in it",      [](Numbers const& n) { return ACK.seq(n.rcv + n.wnd - 1).ack(n.plain); }},
    {"at its end",      [](Numbers const& n) { return ACK.seq(n.rcv + n.wnd).ack(n.plain); }},
    {"right of it",     [](Numbers const& n) { return ACK.seq(n.rcv + n.wnd + 1).ack(n.plain); }},
    {"left, ACK of all", [](Numbers const& n) { return ACK.seq(n.rcv - 1).ack(n.nxt); }},
};
// clang-format on

}  // namespace

TEST_CASE("grid: ACK × state (RFC 9293 §3.10.7.4, fifth; RFC 5961 §5.2) [MAY-12]") {
    check_grid({
        "ACK",
        R"(
                          | duplicate         | old      | too old  | of a part | but the FIN | of all            | beyond   | none
CLOSED                    | rst               | rst      | rst      | rst       | rst         | rst               | rst      | rst,ack
LISTEN                    | rst               | rst      | rst      | rst       | rst         | rst               | rst      | -
SYN-SENT                  | rst               | rst      | rst      | (a)       | (b)         | -                 | rst      | -
SYN-RECEIVED passive      | rst               | rst      | rst      | (a)       | (b)         | ESTABLISHED acked | rst      | -
SYN-RECEIVED active       | rst               | rst      | rst      | (a)       | (b)         | ESTABLISHED acked | rst      | -
SYN-RECEIVED active linux | ESTABLISHED acked | .        | .        | .         | .           | .                 | .        | .
ESTABLISHED               | -                 | -        | ack      | acked5    | (b)         | acked             | ack      | -
ESTABLISHED linux         | .                 | ack      | .        | .         | .           | .                 | .        | .
FIN-WAIT-1                | -                 | -        | ack      | acked5    | acked10     | FIN-WAIT-2 acked  | ack      | -
FIN-WAIT-1 linux          | .                 | ack      | .        | .         | .           | .                 | .        | .
FIN-WAIT-2                | -                 | -        | ack      | (c)       | (c)         | (c)               | ack      | -
FIN-WAIT-2 linux          | .                 | ack      | .        | .         | .           | .                 | .        | .
CLOSE-WAIT                | -                 | -        | ack      | acked5    | (b)         | acked             | ack      | -
CLOSE-WAIT linux          | .                 | ack      | .        | .         | .           | .                 | .        | .
CLOSING                   | -                 | -        | ack      | acked5    | acked10     | TIME-WAIT acked   | ack      | -
CLOSING linux             | .                 | ack      | .        | .         | .           | .                 | .        | .
LAST-ACK                  | -                 | -        | ack      | acked5    | acked10     | CLOSED            | ack      | -
LAST-ACK linux            | .                 | ack      | .        | .         | .           | .                 | .        | .
TIME-WAIT                 | -                 | -        | ack      | (c)       | (c)         | (c)               | ack      | -
TIME-WAIT linux           | 2msl              | 2msl     | 2msl     | .         | .           | .                 | 2msl     | 2msl
TIME-WAIT bsd44           | .                 | .        | -        | .         | .           | .                 | ack 2msl | .

(a) only a SYN is out, which has no parts
(b) no FIN is out
(c) everything has been acknowledged: such an ACK is a duplicate or one of nothing sent
linux: recorded. tcp_ack: no ACK of octets that were never sent, however large the window was;
       tcp_rcv_state_process: any recent ACK completes a simultaneous open; tcp_timewait_state_process looks at no ACK
bsd44: tcp_input.c: an ACK at or below snd_una goes no further; in TCPS_TIME_WAIT one of more is acknowledged, and the wait
       begins anew
)",
        acks,
        {},
    });
}

TEST_CASE("grid: an empty segment at the window's edges × state (RFC 9293 §3.10.7.4, first, table 6)") {
    check_grid({
        "empty",
        R"(
                           | left of it | last in it        | at its end        | right of it | left, ACK of all
CLOSED                     | rst        | rst               | rst               | rst         | rst
LISTEN                     | rst        | rst               | rst               | rst         | rst
SYN-SENT                   | -          | -                 | -                 | -           | -
SYN-RECEIVED passive       | ack        | ESTABLISHED acked | ack               | ack         | ack
SYN-RECEIVED passive linux | .          | .                 | ESTABLISHED acked | .           | .
SYN-RECEIVED active        | ack        | ESTABLISHED acked | ack               | ack         | ack
SYN-RECEIVED active linux  | .          | .                 | ESTABLISHED acked | .           | .
ESTABLISHED                | ack        | -                 | ack               | ack         | ack
ESTABLISHED linux          | .          | .                 | -                 | .           | .
FIN-WAIT-1                 | ack        | -                 | ack               | ack         | ack
FIN-WAIT-1 linux           | .          | .                 | -                 | .           | .
FIN-WAIT-2                 | ack        | -                 | ack               | ack         | ack
FIN-WAIT-2 linux           | .          | .                 | -                 | .           | .
CLOSE-WAIT                 | ack        | -                 | ack               | ack         | ack
CLOSE-WAIT linux           | .          | .                 | -                 | .           | .
CLOSING                    | ack        | -                 | ack               | ack         | ack
CLOSING linux              | .          | .                 | -                 | .           | .
LAST-ACK                   | ack        | -                 | ack               | ack         | ack
LAST-ACK linux             | .          | .                 | -                 | .           | .
TIME-WAIT                  | ack        | -                 | ack               | ack         | ack
TIME-WAIT linux            | ack 2msl   | ack 2msl          | ack 2msl          | ack 2msl    | ack 2msl

linux: recorded. tcp_sequence, tcp_in_window: the right edge itself is inside; tcp_timewait_state_process
)",
        edges,
        {},
    });
}

// RST, SYN and FIN × FIN-WAIT-2 that nobody holds: on Linux a mini-socket (tcp_timewait_state_process), elsewhere the same
// connection as before.
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim::test;
using namespace tcpsim::test::words;

namespace {

// clang-format off
std::vector<Kind> const resets{
    {"exact",        [](Numbers const& n) { return RST.seq(n.rcv); }},
    {"in window",    [](Numbers const& n) { return RST.seq(n.rcv + 1); }},
    {"at the end",   [](Numbers const& n) { return RST.seq(n.rcv + n.wnd - 1); }},
    {"left of it",   [](Numbers const& n) { return RST.seq(n.rcv - 1); }},
    {"at the edge",  [](Numbers const& n) { return RST.seq(n.rcv + n.wnd); }},
    {"right of it",  [](Numbers const& n) { return RST.seq(n.rcv + n.wnd + 1); }},
};
std::vector<Kind> const syns{
    {"exact",         [](Numbers const& n) { return SYN.seq(n.rcv); }},
    {"in window",     [](Numbers const& n) { return SYN.seq(n.rcv + 10); }},
    {"old",           [](Numbers const& n) { return SYN.seq(n.rcv - 1000); }},
    {"beyond",        [](Numbers const& n) { return SYN.seq(n.rcv + n.wnd + 1000); }},
    {"with ACK",      [](Numbers const& n) { return SYN_ACK.seq(n.rcv).ack(n.nxt); }},
    {"with ACK, old", [](Numbers const& n) { return SYN_ACK.seq(n.rcv - 1).ack(n.nxt); }},
};
std::vector<Kind> const fins{
    {"in order",      [](Numbers const& n) { return FIN_ACK.seq(n.rcv).ack(n.nxt); }},
    {"with text",     [](Numbers const& n) { return FIN_ACK.len(5).seq(n.rcv).ack(n.nxt); }},
    {"beyond a hole", [](Numbers const& n) { return FIN_ACK.seq(n.rcv + 10).ack(n.nxt); }},
    {"again",         [](Numbers const& n) { return FIN_ACK.seq(n.rcv - 1).ack(n.nxt); }},
    {"right of it",   [](Numbers const& n) { return FIN_ACK.seq(n.rcv + n.wnd).ack(n.nxt); }},
    {"without ACK",   [](Numbers const& n) { return SegmentPattern{.flags = tcpsim::wire::Flags::fin}.seq(n.rcv); }},
};
std::vector<std::string_view> const orphan{"FIN-WAIT-2 orphan"};
// clang-format on

}  // namespace

TEST_CASE("grid: RST × FIN-WAIT-2 of an orphan (RFC 9293 §3.10.7.4, second)") {
    // Nobody is left who could be told an error.
    check_grid({
        "RST, orphan",
        R"(
                        | exact              | in window          | at the end         | left of it | at the edge | right of it
FIN-WAIT-2 orphan       | CLOSED             | ack                | ack                | -          | -           | -
FIN-WAIT-2 orphan linux | .                  | CLOSED             | CLOSED             | ack        | CLOSED      | ack
FIN-WAIT-2 orphan bsd44 | CLOSED !ECONNRESET | CLOSED !ECONNRESET | CLOSED !ECONNRESET | .          | .           | .

linux: tcp_timewait_state_process: tcp_in_window, to whose right edge an empty segment belongs; all others are answered
bsd44: RFC 793 p. 70 (tcp_input.c): a RST inside the window ends the connection; so_error is set for nobody
)",
        resets,
        orphan,
    });
}

TEST_CASE("grid: SYN × FIN-WAIT-2 of an orphan (RFC 9293 §3.10.7.4, fourth)") {
    check_grid({
        "SYN, orphan",
        R"(
                        | exact                    | in window                | old | beyond | with ACK                 | with ACK, old
FIN-WAIT-2 orphan       | ack                      | ack                      | ack | ack    | ack                      | ack
FIN-WAIT-2 orphan linux | rst,ack CLOSED           | rst,ack CLOSED           | .   | .      | rst CLOSED               | .
FIN-WAIT-2 orphan bsd44 | reset CLOSED !ECONNRESET | reset CLOSED !ECONNRESET | .   | .      | reset CLOSED !ECONNRESET | .

linux: tcp_timewait_state_process: TCP_TW_RST, as a segment without a connection is answered
bsd44: RFC 793 p. 71 (tcp_input.c): a SYN inside the window ends the connection; so_error is set for nobody
)",
        syns,
        orphan,
    });
}

TEST_CASE("grid: FIN × FIN-WAIT-2 of an orphan (RFC 9293 §3.10.7.4, eighth)") {
    check_grid({
        "FIN, orphan",
        R"(
                        | in order           | with text  | beyond a hole | again | right of it | without ACK
FIN-WAIT-2 orphan       | ack TIME-WAIT +fin | rst CLOSED | ack held      | ack   | ack         | -
FIN-WAIT-2 orphan linux | .                  | .          | rst CLOSED    | .     | .           | .

linux: tcp_timewait_state_process: new data after the close, or a FIN that is not the next octet, reset
)",
        fins,
        orphan,
    });
}

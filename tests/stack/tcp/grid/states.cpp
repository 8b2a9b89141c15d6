#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace tcpsim::test {
namespace {

using namespace words;
using namespace std::chrono_literals;

constexpr std::uint32_t outstanding = 10;

void forget(Dialogue& d) {
    while (d.take()) {
    }
}

/// The peer sends until its window is shut; nobody reads.
void fill(Dialogue& d) {
    auto const& rcv = d.connection().tcb().rcv;
    for (int i = 0; i < 1000 && rcv.wup + rcv.wnd != rcv.nxt; ++i) {
        d.peer(text(std::min<std::uint32_t>(1460, static_cast<std::uint32_t>(rcv.wup + rcv.wnd - rcv.nxt))));
        d.after(500ms);
    }
    REQUIRE(rcv.wup + rcv.wnd == rcv.nxt);
    forget(d);
}

Dialogue opening(std::string_view state, profile::Profile const& profile) {
    if (state == "SYN-RECEIVED passive") {
        return Dialogue::syn_received(profile);
    }
    Dialogue d = Dialogue::syn_sent(profile);
    if (state == "SYN-RECEIVED active") {
        d.peer(SYN);
    }
    return d;
}

}  // namespace

Dialogue in_state(std::string_view state, profile::Profile const& profile) {
    if (state.starts_with("SYN-")) {
        Dialogue d = opening(state, profile);
        forget(d);
        return d;
    }
    std::string_view const name = state.substr(0, state.find(' '));
    bool const orphan = state.ends_with(" orphan");
    Dialogue d = Dialogue::established(profile);
    if (state.ends_with(" shut")) {
        fill(d);
    }
    if (state.ends_with(" unread")) {
        d.peer(text(7));
    }
    d.write(outstanding);
    if (name == "CLOSE-WAIT" || name == "LAST-ACK") {
        d.peer(FIN_ACK.ack(0));
        d.after(210ms);  // the longest delay of an ACK here is 200 ms
    }
    if (name != "ESTABLISHED" && name != "CLOSE-WAIT") {
        orphan ? d.close() : d.shutdown();
    }
    if (name == "FIN-WAIT-2" || name == "TIME-WAIT") {
        d.peer(ACK.ack(outstanding + 1));
    }
    if (name == "CLOSING") {
        d.peer(FIN_ACK.ack(0));
    } else if (name == "TIME-WAIT") {
        d.peer(FIN_ACK.ack(outstanding + 1));
        d.after(10s);
    }
    forget(d);
    REQUIRE(tcp::name(d.state()) == name);
    return d;
}

}  // namespace tcpsim::test

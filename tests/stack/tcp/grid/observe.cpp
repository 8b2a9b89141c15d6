// What a segment does to a connection, or to a host without one, in the words of a cell.
#include "stack/host/host.hpp"
#include "stack/wire/notation.hpp"
#include "tests/stack/tcp/grid/grid.hpp"
#include "tests/support/hosts.hpp"

#include <doctest/doctest.h>

namespace tcpsim::test {
namespace {

using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;
using wire::Flags;

constexpr Duration longest_delay = 499ms;  // MUST-40: less than half a second

void add(std::string& cell, std::string const& word) { cell += (cell.empty() ? "" : " ") + word; }

bool is_repetition(Why why) {
    return why == Why::retransmission_timeout || why == Why::tail_loss_probe || why == Why::lost_with_the_first ||
           why == Why::zero_window_probe;
}

/// A segment as a cell names it, or as it is if no cell would.
std::string word_for(wire::TcpSegment const& sent, wire::TcpSegment const& arrived, SeqNum nxt, SeqNum rcv) {
    bool const plain = sent.payload.size() == 0;
    if (plain && sent.flags == Flags{Flags::ack} && sent.seq == nxt && sent.ack == rcv) {
        return "ack";
    }
    if (plain && sent.flags == Flags{Flags::rst} && sent.seq == arrived.ack) {
        return "rst";
    }
    if (plain && sent.flags == Flags{Flags::rst | Flags::ack} && sent.seq == SeqNum{} &&
        sent.ack == arrived.seq + arrived.length()) {
        return "rst,ack";
    }
    if (plain && sent.flags == Flags{Flags::syn | Flags::ack} && sent.seq + 1 == nxt && sent.ack == rcv) {
        return "syn,ack";
    }
    std::uint8_t const flags = sent.flags.bits & ~Flags::psh;
    SeqNum const end = sent.seq + sent.length();
    if (flags == Flags::ack && !plain && end == nxt && sent.ack == rcv) {
        return "text" + std::to_string(sent.payload.size());
    }
    if (plain && flags == (Flags::fin | Flags::ack) && end == nxt && sent.ack == rcv) {
        return "fin";
    }
    if (plain && flags == (Flags::rst | Flags::ack) && sent.seq == nxt && sent.ack == rcv) {
        return "reset";
    }
    return "[" + wire::notation(sent, {nxt, rcv, 0, 0}) + "]";
}

/// The same in bytes; `our_zero` and `peer_zero` are what 0 stands for.
wire::TcpSegment made_of(SegmentPattern const& pattern, SeqNum our_zero, SeqNum peer_zero) {
    wire::TcpSegment s;
    s.flags = Flags{pattern.flags};
    s.seq = peer_zero + static_cast<std::uint32_t>(pattern.seq_.value_or(0));
    s.ack = s.flags.has(Flags::ack) ? our_zero + static_cast<std::uint32_t>(pattern.ack_.value_or(0)) : SeqNum{};
    s.payload = Payload::pattern(1, 0, pattern.len_.value_or(0));
    s.window = 512;
    s.urgent = pattern.urgent_.value_or(0);
    return s;
}

/// CLOSED and LISTEN know no numbers: any will do.
std::string observed_at_host(bool listening, Kind const& kind, profile::Profile const& profile) {
    host::Host a{configuration_of(true), profile, SipKey{1, 2}};
    constexpr std::uint16_t port = 9998;
    if (listening) {
        REQUIRE(a.listen({{}, port}, 5, {}).ok());
    }
    Numbers const numbers{2000, 2010, 1000, 65535, 65535, 2000};
    wire::TcpSegment arrived = made_of(kind.segment(numbers), SeqNum{}, SeqNum{});
    arrived.source_port = 40000;
    arrived.destination_port = port;
    host::Output out;
    a.frame_arrives(0, frame_to_a(arrived), Instant{1000s}, out);
    std::string cell;
    auto const connections = a.connections();
    SeqNum const nxt = connections.empty() ? SeqNum{} : a.find(connections[0])->tcb().snd.nxt;
    for (host::Outgoing const& outgoing : out.frames) {
        add(cell, word_for(tcp_in(outgoing), arrived, nxt, arrived.seq + 1));
    }
    if (!connections.empty()) {
        add(cell, std::string{name(a.find(connections[0])->state())});
    }
    return cell;
}

/// What 0 stands for in a Dialogue, on both sides.
struct Zeros {
    SeqNum ours{};
    SeqNum peers{};
};
Zeros zeros_of(std::string_view state, tcp::Tcb const& tcb) {
    bool const opening = state.starts_with("SYN-");
    return {tcb.snd.iss + (opening ? 0U : 1U), tcb.rcv.irs + (opening ? 0U : 1U)};
}

Numbers numbers_of(std::string_view state, tcp::Tcb const& tcb) {
    Zeros const zero = zeros_of(state, tcb);
    bool const sent = tcb.state == State::syn_sent;
    Numbers n;
    n.una = tcb.snd.una - zero.ours;
    n.nxt = tcb.snd.nxt - zero.ours;
    n.rcv = sent ? 0 : tcb.rcv.nxt - zero.peers;
    n.wnd = tcb.rcv.wup + tcb.rcv.wnd - tcb.rcv.nxt;
    n.max_wnd = tcb.snd.max_wnd;
    n.plain = state.starts_with("SYN-") ? n.nxt : n.una;
    return n;
}

bool holds(tcp::Tcb const& tcb) { return tcb.receive_queue.has_holes(); }

/// What of a connection a cell speaks about.
struct Before {
    State state{};
    SeqNum una{};
    std::uint64_t unread{0};
    bool peer_finished{false};
    Instant time_wait{};
};
Before look_at(Dialogue const& d) {
    tcp::Tcb const& tcb = d.connection().tcb();
    return {tcb.state, tcb.snd.una, d.connection().unread(), d.connection().peer_finished(),
            tcb.timers[tcp::Timer::time_wait]};
}

void add_changes(std::string& cell, Before const& before, Dialogue& d) {
    tcp::Tcb const& tcb = d.connection().tcb();
    if (tcb.state != before.state) {
        add(cell, std::string{name(tcb.state)});
    }
    if (tcb.state == State::closed) {
        if (tcb.error != Errno::none) {
            add(cell, "!" + std::string{name(tcb.error)});
        }
        return;
    }
    if (tcb.snd.una != before.una) {
        bool const all = tcb.snd.una == tcb.snd.nxt;
        add(cell, all ? "acked" : "acked" + std::to_string(tcb.snd.una - before.una));
    }
    if (d.take_signals() > 0) {
        add(cell, "urgent");
    }
    if (d.connection().unread() != before.unread) {
        add(cell, "+" + std::to_string(d.connection().unread() - before.unread));
    }
    if (d.connection().peer_finished() != before.peer_finished) {
        add(cell, "+fin");
    }
    if (holds(tcb)) {
        add(cell, "held");
    }
    CHECK(tcb.timers.running(tcp::Timer::time_wait) == (tcb.state == State::time_wait));
    if (before.state == State::time_wait && tcb.timers[tcp::Timer::time_wait] != before.time_wait) {
        add(cell, "2msl");
    }
}

std::string observed_call(std::string_view state, Kind const& kind, profile::Profile profile) {
    profile.congestion.initial_window.value = 10;  // what is outstanding leaves room for more
    Dialogue d = in_state(state, profile);
    d.set_no_delay();
    State const before = d.state();
    std::string const returned = kind.call(d);
    tcp::Tcb const& tcb = d.connection().tcb();
    std::string cell;
    while (auto const sent = d.take()) {
        add(cell, word_for(sent->segment, {}, tcb.snd.nxt, tcb.rcv.nxt));
    }
    if (!returned.empty()) {
        add(cell, returned);
    }
    if (tcb.state != before) {
        add(cell, std::string{name(tcb.state)});
    }
    return cell.empty() ? "-" : cell;
}

}  // namespace

std::string observed(std::string_view state, Kind const& kind, profile::Profile const& profile) {
    if (state == "CLOSED" || state == "LISTEN") {
        std::string const cell = observed_at_host(state == "LISTEN", kind, profile);
        return cell.empty() ? "-" : cell;
    }
    if (kind.call != nullptr) {
        return observed_call(state, kind, profile);
    }
    Dialogue d = in_state(state, profile);
    Before const before = look_at(d);
    Zeros const zero = zeros_of(state, d.connection().tcb());
    SegmentPattern const pattern = kind.segment(numbers_of(state, d.connection().tcb()));
    wire::TcpSegment const arrived = made_of(pattern, zero.ours, zero.peers);
    d.peer(pattern);
    tcp::Tcb const& tcb = d.connection().tcb();
    std::string cell;
    while (auto const sent = d.take()) {
        add(cell, word_for(sent->segment, arrived, tcb.snd.nxt, tcb.rcv.nxt));
    }
    std::string changes;
    add_changes(changes, before, d);
    if (tcb.state != State::closed) {
        d.after(longest_delay);
    }
    while (auto const sent = d.take()) {
        if (!is_repetition(sent->cause.why)) {
            add(cell, word_for(sent->segment, arrived, tcb.snd.nxt, tcb.rcv.nxt) + "~");
        }
    }
    if (!changes.empty()) {
        add(cell, changes);
    }
    return cell.empty() ? "-" : cell;
}

}  // namespace tcpsim::test

#include "tests/support/invariants.hpp"

#include "stack/tcp/output.hpp"

namespace tcpsim::test {
namespace {

using tcp::State;
using tcp::Tcb;
using tcp::Timer;

/// RFC 6298 §5, RFC 8985 §7.2, RFC 9293 §3.8.6.1: what is outstanding is watched by one timer, what waits for a window by
/// the persist timer, and nothing else keeps any of them running.
std::string wrong_timers(Tcb const& tcb) {
    bool const repeats = tcb.timers.running(Timer::retransmit);
    bool const probes_tail = tcb.timers.running(Timer::tail_loss_probe);
    bool const waits_for_late = tcb.timers.running(Timer::reordering);
    bool const persists = tcb.timers.running(Timer::persist);
    bool const outstanding = !tcb.send_queue.sent().empty();
    bool const waits = !outstanding && tcp::has_unsent(tcb) && tcb.state != State::syn_received;
    int const watching = (repeats ? 1 : 0) + (probes_tail ? 1 : 0) + (waits_for_late ? 1 : 0);
    if (outstanding && watching != 1) {
        return watching > 1 ? "two timers watch what is outstanding" : "no timer watches what is outstanding";
    }
    if (watching > 0 && !outstanding) {
        return "a retransmission timer runs and nothing is outstanding";
    }
    if (persists != waits) {
        return waits ? "text waits for a window and no timer runs" : "the persist timer runs and nothing waits";
    }
    return {};
}

std::string wrong_flight(Tcb const& tcb) {
    if (tcb.snd.una.after(tcb.snd.nxt)) {
        return "snd.una is beyond snd.nxt";
    }
    if (tcb.snd.nxt.after(tcb.snd.probed)) {
        return "snd.nxt is beyond everything sent";
    }
    SeqNum end = tcb.snd.una;
    tcp::Scoreboard const& sent = tcb.send_queue.sent();
    for (std::size_t i = 0; i < sent.size(); ++i) {
        if (i > 0 && sent[i].seq != end) {
            return "segments in flight are not adjacent";
        }
        end = sent[i].seq + sent[i].length;
    }
    if (!sent.empty() && (sent.front().seq.after(tcb.snd.una) || end != tcb.snd.nxt)) {
        return "the flight is not what lies between snd.una and snd.nxt";
    }
    return sent.empty() && tcb.snd.una != tcb.snd.nxt ? "something is outstanding that was never sent" : std::string{};
}

/// The scoreboard's counts are those of its marks.
std::string wrong_counts(tcp::Scoreboard const& sent) {
    std::uint32_t sacked = 0;
    std::uint32_t lost = 0;
    std::uint32_t repeated = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        sacked += sent[i].sacked ? 1U : 0U;
        lost += sent[i].lost ? 1U : 0U;
        repeated += sent[i].repeated ? 1U : 0U;
        if (sent[i].sacked && sent[i].lost) {
            return "a segment is lost and has arrived";
        }
    }
    if (sacked != sent.sacked() || lost != sent.lost() || repeated != sent.repeated()) {
        return "the scoreboard miscounts its marks";
    }
    return sacked + sent.assumed() + lost > sent.size() ? "more left the network than was in it" : std::string{};
}

std::string moved_left(std::optional<SeqNum>& last, SeqNum now, char const* what) {
    bool const left = last && now.before(*last);
    last = now;
    return left ? std::string{what} + " moved to the left" : std::string{};
}

/// RFC 9293 §3.8.6 deviated from. Linux tcp_select_window: text that the memory had no room for was dropped.
bool shut_for_want_of_memory(Tcb const& tcb) {
    return tcb.rcv.wnd == 0 && tcb.receiving_state && tcb.receiving_state->buffers.used() > tcb.receive_buffer;
}

}  // namespace

std::string Invariants::violated(tcp::Connection const& connection) {
    Tcb const& tcb = connection.tcb();
    if (tcb.state == State::closed) {
        return connection.next_deadline() == never ? std::string{} : "a closed connection has a deadline";
    }
    if (tcb.state == State::syn_sent) {
        return wrong_timers(tcb);
    }
    if (shut_for_want_of_memory(tcb)) {
        right_edge_.reset();
    }
    for (std::string const& wrong :
         {wrong_timers(tcb), wrong_flight(tcb), wrong_counts(tcb.send_queue.sent()),
          moved_left(right_edge_, tcb.rcv.wup + tcb.rcv.wnd, "the right window edge"),
          moved_left(received_, tcb.rcv.nxt, "rcv.nxt"), moved_left(acknowledged_, tcb.snd.una, "snd.una")}) {
        if (!wrong.empty()) {
            return wrong;
        }
    }
    if (connection.peer_finished() &&
        (tcb.state == State::established || tcb.state == State::fin_wait_1 || tcb.state == State::fin_wait_2)) {
        return "the peer has finished and the state does not know it";
    }
    return {};
}

}  // namespace tcpsim::test

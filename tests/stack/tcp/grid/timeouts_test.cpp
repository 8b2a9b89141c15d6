// Timeouts × state: RFC 9293 §3.10.8.
#include "tests/stack/tcp/grid/grid.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;
using wire::Flags;

namespace {

/// Time goes to the next deadline; false if there is none within a day.
bool to_next_deadline(Dialogue& d) {
    Instant const next = d.connection().next_deadline();
    if (next == never || next - d.now() > 24h) {
        return false;
    }
    d.after(next - d.now());
    return true;
}

/// "the segment at the front of the retransmission queue": what the first retransmission timeout sends.
std::string retransmission(Dialogue& d) {
    while (to_next_deadline(d)) {
        while (auto const sent = d.take()) {
            if (sent->cause.why != Why::retransmission_timeout) {
                continue;
            }
            if (sent->segment.flags.has(Flags::syn)) {
                return sent->segment.flags.has(Flags::ack) ? "SYN,ACK" : "SYN";
            }
            return sent->segment.seq == d.connection().tcb().snd.una && sent->segment.length() > 0 ? "front" : "other";
        }
    }
    return "none";
}

/// Nobody answers for a day: what is told.
std::string silence(Dialogue& d) {
    Instant const end = d.now() + 24h;
    while (d.state() != State::closed && d.now() < end && to_next_deadline(d)) {
        while (d.take()) {
        }
    }
    bool const told = d.state() == State::closed && d.connection().error() != Errno::none;
    return told ? "!" + std::string{name(d.connection().error())} : std::string{};
}

std::vector<Kind> const kinds{{"retransmission", nullptr, retransmission}, {"a silent day", nullptr, silence}};

}  // namespace

TEST_CASE("grid: timeouts × state (RFC 9293 §3.10.8)") {
    // The user timeout here is R2 (§3.8.3): every system has one. Of an orphan or a request nobody reads the error.
    check_grid({
        "timeouts",
        R"(
                     | retransmission | a silent day
SYN-SENT             | SYN            | !ETIMEDOUT CLOSED
SYN-RECEIVED passive | SYN,ACK        | !ETIMEDOUT CLOSED
SYN-RECEIVED active  | SYN,ACK        | !ETIMEDOUT CLOSED
ESTABLISHED          | front          | !ETIMEDOUT CLOSED
FIN-WAIT-1           | front          | !ETIMEDOUT CLOSED
FIN-WAIT-2           | (a)            | -
CLOSE-WAIT           | front          | !ETIMEDOUT CLOSED
CLOSING              | front          | !ETIMEDOUT CLOSED
LAST-ACK             | front          | !ETIMEDOUT CLOSED
TIME-WAIT            | (a)            | CLOSED
FIN-WAIT-1 orphan    | front          | !ETIMEDOUT CLOSED
FIN-WAIT-2 orphan    | (a)            | CLOSED

(a) nothing is out
)",
        kinds,
        {"SYN-SENT", "SYN-RECEIVED passive", "SYN-RECEIVED active", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2",
         "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT", "FIN-WAIT-1 orphan", "FIN-WAIT-2 orphan"},
    });
}

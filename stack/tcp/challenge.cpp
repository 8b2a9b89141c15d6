#include "stack/tcp/challenge.hpp"

#include "stack/tcp/output.hpp"

namespace tcpsim::tcp {
namespace {

/// Linux tcp_invalid_ratelimit: one clock for all invalid segments of a connection.
bool within_limit(Turn& turn) {
    Instant& answered = receiving(turn.tcb).invalid_answered;
    bool const recently = answered != never && turn.now - answered < turn.profile.validation.invalid_ratelimit.value;
    if (!recently) {
        answered = turn.now;
    }
    return !recently;
}

}  // namespace

bool may_answer_invalid(Turn& turn, Incoming const& in) {
    bool const text_or_fin = in.wire.length() > 0 && !in.wire.flags.has(wire::Flags::syn);
    return text_or_fin || within_limit(turn);
}

void challenge(Turn& turn) {
    if (within_limit(turn)) {
        send_ack(turn, Cause{Why::challenge_ack});
    }
}

}  // namespace tcpsim::tcp

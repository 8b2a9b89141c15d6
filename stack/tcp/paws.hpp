// Protection against wrapped sequence numbers (RFC 7323 §5).
#pragma once

#include "stack/tcp/steps.hpp"

namespace tcpsim::tcp {

/// What a segment's timestamp says of it.
enum class TimestampVerdict : std::uint8_t {
    good,
    old,        ///< R1: an old duplicate: acknowledged and dropped
    old_ack,    ///< Linux: an ACK that was overtaken: dropped in silence
    forgotten,  ///< a segment without the timestamp that both ends agreed on
};
TimestampVerdict judge_timestamp(Turn const& turn, Incoming const& in);
/// A listener's request: TSecr is of none of its SYN,ACKs. Linux tcp_check_req (since 6.15), against blind injection.
bool echoes_no_syn_ack(Turn const& turn, Incoming const& in);
/// R3: TS.Recent follows the segment that covers Last.ACK.sent.
void update_ts_recent(Turn& turn, Incoming const& in);

}  // namespace tcpsim::tcp

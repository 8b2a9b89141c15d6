// RFC 9293 §3.3.1's urgent pointers, of a connection that sends or receives urgent data.
#pragma once

#include "stack/base/payload.hpp"
#include "stack/base/seq.hpp"

#include <cstdint>

namespace tcpsim::tcp {

/// A pointer names the octet that follows the urgent data (RFC 6093 §2), of which the last octet is the mark.
struct Urgent {
    struct Send {
        bool mode{false};  ///< what lies before `up` is not all acknowledged
        SeqNum up{};
    };
    /// What became of the octet at the mark (Linux urg_data, TCP_URG_NOTYET, _VALID, _READ).
    enum class Octet : std::uint8_t {
        none,     ///< the reader has passed it, or there was never one
        awaited,  ///< it has been pointed at, but has not come
        here,
        taken,  ///< out of band; the reader of the stream has yet to pass the mark
    };
    struct Receive {
        SeqNum up{};
        Octet octet{Octet::none};
        Payload text{};  ///< that octet, once it is here
    };
    Send snd{};
    Receive rcv{};
};

}  // namespace tcpsim::tcp

// What a host counts of a connection, for TCP_INFO only: seen from outside, the protocol does not know of it.
#pragma once

#include "stack/base/seq.hpp"
#include "stack/host/limited_time.hpp"
#include "stack/tcp/actions.hpp"

#include <cstdint>

namespace tcpsim::host {

struct Tally {
    std::uint64_t bytes_sent{0};  ///< text, with repetitions
    std::uint64_t bytes_retransmitted{0};
    std::uint64_t bytes_acknowledged{0};  ///< as sequence numbers go, of what was sent since the handshake began
    std::uint32_t segments_out{0}, segments_in{0};
    std::uint32_t data_segments_out{0}, data_segments_in{0};
    std::uint32_t retransmitted{0};  ///< segments, SYN and FIN among them
    LimitedTime limited{};
    bool begun{false};
    SeqNum sent_to{};  ///< what lies before was sent once

    /// A request's SYN,ACK counts only when it is repeated (Linux: the socket begins with the ACK; measured).
    void sent(wire::TcpSegment const& segment) {
        bool const of_request = segment.flags.has(wire::Flags::syn) && segment.flags.has(wire::Flags::ack);
        segments_out += of_request ? 0U : 1U;
        std::uint32_t const length = segment.length();
        if (length == 0 || segment.flags.has(wire::Flags::rst)) {
            return;
        }
        bool const repeated = begun && segment.seq.before(sent_to);
        retransmitted += repeated ? 1U : 0U;
        bytes_retransmitted += repeated ? segment.payload.size() : 0U;
        bytes_sent += segment.payload.size();
        data_segments_out += segment.payload.empty() ? 0U : 1U;
        SeqNum const end = segment.seq + length;
        sent_to = begun ? later_of(sent_to, end) : end;
        begun = true;
    }
    /// What the sender waits for from now on.
    void judge(tcp::Connection const& connection, Instant now) { limited.change(limit_of(connection), now); }
    void arrived(wire::TcpSegment const& segment) {
        ++segments_in;
        data_segments_in += segment.payload.empty() ? 0U : 1U;
    }
};

}  // namespace tcpsim::host

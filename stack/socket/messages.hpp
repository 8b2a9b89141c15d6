// What travels through recvmsg() and sendmsg(): flags in, data and its circumstances out.
#pragma once

#include "stack/base/payload.hpp"
#include "stack/host/datagrams.hpp"
#include "stack/wire/address.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::socket {

/// MSG_… of recv(), recvfrom() and recvmsg(). MSG_DONTWAIT is the caller's: no call here waits.
struct ReceiveFlags {
    bool peek{false};         ///< MSG_PEEK: it stays readable
    bool truncate{false};     ///< MSG_TRUNC: TCP: thrown away unread; UDP: the datagram's whole length is told
    bool wait_all{false};     ///< MSG_WAITALL: see Sockets::receive_target()
    bool out_of_band{false};  ///< MSG_OOB
    bool error_queue{false};  ///< MSG_ERRQUEUE: what an ICMP error said, and what it was about
    /// No MSG_DONTWAIT, no O_NONBLOCK: on UDP after shutdown(SHUT_RD) such a call gives nothing, others EAGAIN (Linux).
    bool waits{false};
    bool operator==(ReceiveFlags const&) const = default;
};

/// MSG_… of send(), sendto() and sendmsg(). MSG_NOSIGNAL is the caller's: nothing here raises.
struct SendFlags {
    bool more{false};  ///< MSG_MORE: what is not full waits for the rest, as under a cork; UDP: so does a datagram
    bool out_of_band{false};  ///< MSG_OOB
    bool record{false};       ///< MSG_EOR: nothing that follows shares a packet with it (Linux)
    bool zero_copy{false};    ///< MSG_ZEROCOPY: the error queue tells when the buffers are free; needs SO_ZEROCOPY
    bool fast_open{false};    ///< MSG_FASTOPEN: connects as well, the text in the SYN if the server gave a cookie once
    /// No MSG_DONTWAIT, no O_NONBLOCK. Nothing here waits, but one who does so with text when he connects makes a difference.
    bool waits{false};
    bool operator==(SendFlags const&) const = default;
};

/// What recvmsg() gives.
struct Received {
    Payload data{};
    std::uint64_t length{0};                    ///< what the call returns: more than there are data, with MSG_TRUNC
    std::optional<wire::Endpoint> from{};       ///< msg_name; of a datagram
    bool truncated{false};                      ///< msg_flags: MSG_TRUNC, the rest of a datagram is lost
    std::optional<host::ErrorReport> report{};  ///< the control message of MSG_ERRQUEUE
    std::optional<Instant> at{};            ///< SCM_TIMESTAMPING: when the last byte came, or what the report is about
    std::optional<std::uint64_t> unread{};  ///< TCP_CM_INQ: what is left, and one more once the end has come
    bool operator==(Received const&) const = default;
};

}  // namespace tcpsim::socket

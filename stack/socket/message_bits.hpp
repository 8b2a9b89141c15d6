// MSG_… of the recv and send families: bits, so that programs can join them as they do in C.
#pragma once

#include "stack/socket/messages.hpp"

#include <cstdint>

namespace tcpsim::socket {

struct MessageFlags {
    std::uint32_t bits{0};
    [[nodiscard]] constexpr bool has(MessageFlags flags) const { return (bits & flags.bits) == flags.bits; }
    constexpr MessageFlags operator|(MessageFlags other) const { return {bits | other.bits}; }
    bool operator==(MessageFlags const&) const = default;
};

// Linux's numbers (include/linux/socket.h): they are in the trace.
inline constexpr MessageFlags msg_oob{0x1};
inline constexpr MessageFlags msg_peek{0x2};
inline constexpr MessageFlags msg_trunc{0x20};
inline constexpr MessageFlags msg_dontwait{0x40};
inline constexpr MessageFlags msg_eor{0x80};
inline constexpr MessageFlags msg_waitall{0x100};
inline constexpr MessageFlags msg_errqueue{0x2000};
inline constexpr MessageFlags msg_nosignal{0x4000};
inline constexpr MessageFlags msg_more{0x8000};
inline constexpr MessageFlags msg_zerocopy{0x4000000};
inline constexpr MessageFlags msg_fastopen{0x20000000};

/// What a kernel needs to know of them.
constexpr ReceiveFlags receive_flags(MessageFlags flags) {
    return {.peek = flags.has(msg_peek),
            .truncate = flags.has(msg_trunc),
            .wait_all = flags.has(msg_waitall),
            .out_of_band = flags.has(msg_oob),
            .error_queue = flags.has(msg_errqueue)};
}
constexpr SendFlags send_flags(MessageFlags flags) {
    return {.more = flags.has(msg_more),
            .out_of_band = flags.has(msg_oob),
            .record = flags.has(msg_eor),
            .zero_copy = flags.has(msg_zerocopy),
            .fast_open = flags.has(msg_fastopen)};
}

}  // namespace tcpsim::socket

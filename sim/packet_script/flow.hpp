// The connection that a script is about, and how its numbers become the stack's and back. One at a time: whatever a script
// calls connect() for, or whoever knocks at its listener, is the one.
#pragma once

#include "sim/packet_script/script.hpp"
#include "stack/wire/address.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace tcpsim::packet_script {

struct Flow {
    enum class Stage : std::uint8_t {
        listening,   ///< the next packet that arrives makes a new one
        connecting,  ///< connect() was called, its SYN is to come
        open,        ///< it has its names
    } stage{Stage::open};
    wire::FourTuple tuple{};                   ///< as the stack sees it
    std::optional<std::uint32_t> local_isn{};  ///< the stack's, once it has sent its SYN
    std::uint32_t script_local_isn{0};         ///< what the script calls it
    std::uint32_t remote_isn{0};               ///< the script's own choice, in its first SYN
    bool remote_known{false};
    std::map<std::uint32_t, std::uint32_t> timestamps{};  ///< a TSval of the script, the stack's at that packet
    std::optional<std::uint32_t> first_script_timestamp{}, first_timestamp{};

    // RFC 9293 §3.4: a SYN's own number is written as it is, all others count from it.
    [[nodiscard]] std::uint32_t local_to_script(bool syn) const {
        return syn ? local_isn.value_or(0) - script_local_isn : local_isn.value_or(0);
    }
    [[nodiscard]] std::uint32_t remote_to_script(bool syn) const { return syn ? 0 : remote_isn; }
};

}  // namespace tcpsim::packet_script

// One connection in any state, and a peer, a program and a clock that do anything: a plan as a value, made by RapidCheck or
// decoded from a fuzzer's bytes, and lived through alike.
#pragma once

#include "tests/support/any_system.hpp"

#include <array>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

namespace tcpsim::test {

struct HostileStep {
    enum class Kind : std::uint8_t {
        segment,
        write,
        read,
        until_deadline,
        time_passes,
        shutdown,
        close,
        abort,
        no_delay,
        cork,
        keepalive,
        user_timeout,
        icmp
    };
    static constexpr std::uint8_t kinds = 13;

    Kind kind{};
    std::uint8_t flags{0};     ///< ICMP: which type
    std::uint8_t from{0};      ///< which number seq counts from: RCV.NXT, the right edge, or 0; and which ECN codepoint
    std::int32_t offset{0};    ///< and how far; ICMP: from SND.UNA
    std::uint8_t ack_from{0};  ///< SND.NXT, SND.UNA, or 0
    std::int32_t ack_offset{0};
    std::uint16_t window{0};                                ///< ICMP: the MTU
    std::uint16_t length{0};                                ///< of text; of a write or a wait in ms; ICMP: the code
    std::vector<std::array<std::int32_t, 2>> sack{};        ///< blocks, counted from SND.UNA; at most four
    std::vector<std::array<std::int32_t, 2>> timestamps{};  ///< at most one: value and echo, from the last of each
    std::vector<std::uint8_t> options{};                    ///< behind these, as they are
    bool operator==(HostileStep const&) const = default;
};

struct HostilePlan {
    /// How far the peer behaves before it does not.
    enum class Begin : std::uint8_t {
        syn_sent,
        syn_received,
        established,
        established_passively,
        fin_wait_1,
        fin_wait_2,
        close_wait,
        closing,
        last_ack,
        time_wait
    };
    static constexpr std::uint8_t begins = 10;

    SystemChoice system{};
    Begin begin{};
    bool peer_options{false};        ///< the peer's SYN has the usual options
    std::uint8_t iss{0};             ///< near which edge of the sequence space
    std::uint8_t receive_buffer{0};  ///< which size
    std::uint8_t send_buffer{0};
    std::vector<HostileStep> steps{};
    bool operator==(HostilePlan const&) const = default;
};

/// The first thing that did not hold, or nothing. A broken CHECK is thrown.
std::string violated(HostilePlan const& plan);

HostilePlan hostile_plan(std::span<std::uint8_t const> bytes);
std::vector<std::uint8_t> bytes_of(HostilePlan const& plan);

void showValue(HostileStep const& step, std::ostream& out);
void showValue(HostilePlan const& plan, std::ostream& out);

}  // namespace tcpsim::test

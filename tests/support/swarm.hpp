// Two connections under random programs, faults and ends: a plan as a value, made by RapidCheck or decoded from a fuzzer's
// bytes, and lived through alike. Then the network heals.
#pragma once

#include "stack/base/time.hpp"
#include "tests/support/any_system.hpp"

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

namespace tcpsim::test {

struct SwarmStep {
    enum class Kind : std::uint8_t {
        write,
        read,
        time_passes,  ///< ms
        shutdown,
        close,
        abort,
        crash,  ///< silent from now on; its connection is gone
        boot,   ///< of what crashed: it answers with RST
        cut,    ///< nothing passes any more, either way
        restore,
        keepalive,
        user_timeout,  ///< ms
        cork,          ///< on and off
        no_delay
    };
    static constexpr std::uint8_t kinds = 14;
    Kind kind{};
    bool server{false};
    std::uint16_t amount{0};
    bool operator==(SwarmStep const&) const = default;
};

/// What becomes of one segment: how much later each copy arrives, in ms; none: it is lost.
using SwarmFate = std::vector<std::uint16_t>;

struct SwarmPlan {
    SystemChoice client{}, server{};
    std::uint8_t client_buffer{0}, server_buffer{0};  ///< which size of receive buffer
    std::uint8_t link_mss{0};                         ///< which
    std::uint8_t one_way{0};                          ///< which delay
    bool faulty_opening{false};                       ///< else the faults begin when the connection stands
    std::vector<SwarmFate> fates{};                   ///< in turn, again and again
    std::vector<SwarmStep> steps{};
    bool operator==(SwarmPlan const&) const = default;
};

/// The first thing that did not hold, or nothing. A broken CHECK is thrown.
std::string violated(SwarmPlan const& plan);

SwarmPlan swarm_plan(std::span<std::uint8_t const> bytes);
std::vector<std::uint8_t> bytes_of(SwarmPlan const& plan);

void showValue(SwarmStep const& step, std::ostream& out);
void showValue(SwarmPlan const& plan, std::ostream& out);

}  // namespace tcpsim::test

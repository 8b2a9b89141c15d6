// A machine that sleeps: a frozen virtual machine, a closed laptop lid, a live migration.
#pragma once

#include "sim/core/event_queue.hpp"
#include "sim/net/frame.hpp"

#include <cstdint>
#include <vector>

namespace tcpsim::machine {

/// What a NIC does while its machine sleeps.
enum class SleepingNic : std::uint8_t {
    down,    ///< no carrier
    deaf,    ///< a carrier; what arrives is lost
    queues,  ///< what arrives waits (a hypervisor's tap device)
};

struct Suspension {
    bool clock_stops{true};  ///< timers go on where they stood; else all that was due expires at once
    SleepingNic nic{SleepingNic::down};
};

struct Asleep {
    /// How many frames wait at most: what Linux gives a tap device (TUN_READQ_SIZE).
    static constexpr std::size_t most_frames = 500;
    struct Waiting {
        std::uint32_t interface { 0 };
        net::FramePtr frame{};
    };

    Suspension how{};
    Instant since{};
    std::vector<bool> carriers{};  ///< by interface, when it fell asleep
    std::vector<Waiting> frames{};
    std::vector<core::Event> events{};  ///< came while it slept
};

}  // namespace tcpsim::machine

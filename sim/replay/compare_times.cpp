#include "sim/replay/compare_times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace tcpsim::replay {
namespace {

using namespace std::chrono_literals;

/// The path's RTT beyond the nominal one is only known from the handshake, and the recorded programs' rasters jitter.
constexpr Duration too_early = 1ms;
constexpr Duration jiffy = 4ms;
/// What the recorder's machine takes for a packet and a wake-up beyond the path's delay.
constexpr Duration processing = 2ms;
/// What the recorder's programs, threads of a Python interpreter that share a processor with everything else, take to
/// begin a call, to wake from it and to note it.
constexpr Duration interpreter = 5ms;

std::string milliseconds(Duration duration) {
    return fmt::format("{}.{:03} ms", duration / 1ms, std::abs(duration % 1ms / 1us));
}

/// The most that anything of ours in [from, until) is late, wherever it was captured.
Duration latest(Paired const& paired, Duration from, Duration until) {
    Duration late{0};
    for (auto const& [point, packets] : paired) {
        for (Instants const& packet : packets) {
            if (packet.ours >= from && packet.ours < until) {
                late = std::max(late, packet.late());
            }
        }
    }
    return late;
}

/// Of timers of which nothing was captured, each twice as long as the one before and all of them together `waited`.
Duration lateness_of_series(Duration waited) {
    constexpr Duration shortest = 200ms;
    Duration sum = wheel_lateness(waited);
    for (waited /= 2; waited >= shortest; waited /= 2) {
        sum += wheel_lateness(waited);
    }
    return sum;
}

/// Where ours went off on the wheel: two jiffies (linux-ref README: 8 ms). A recorded tick that came late itself set the next
/// timer later, perhaps into the next slot.
Duration lateness_on_the_wheel(Duration waited, Duration before) {
    constexpr Duration two_jiffies = 8ms;
    return before > processing ? std::max(two_jiffies, wheel_lateness(waited)) : two_jiffies;
}

/// Since the last packet of ours before `until`, or since `from`.
Duration silence(Paired const& paired, Duration from, Duration until) {
    for (auto const& [point, packets] : paired) {
        for (Instants const& packet : packets) {
            from = packet.ours < until ? std::max(from, packet.ours) : from;
        }
    }
    return until - from;
}

}  // namespace

Duration wheel_lateness(Duration ideal) {
    // Level n of the wheel has slots of 8^n jiffies, 64 of them: 4 ms, 32 ms, 256 ms, 2.05 s, 16.4 s.
    Duration slot = jiffy;
    for (Duration reach = 64 * jiffy; ideal >= reach; reach *= 8) {
        slot *= 8;
    }
    return slot + 2 * jiffy;
}

std::vector<Instants> instants(std::vector<Packet> const& recorded, std::vector<Seen> const& ours,
                               Pairing const& pairing) {
    std::vector<Instants> all;
    for (std::size_t i = 0; i < pairing.ours.size(); ++i) {
        Seen const& mine = ours[pairing.ours[i]];
        all.push_back({mine.packet.at, recorded[i].at, mine.cause.waited});
    }
    return all;
}

std::optional<Difference> different_time(Paired const& paired, Replayed const& ours) {
    for (auto const& [point, packets] : paired) {
        for (std::size_t i = 1; i < packets.size(); ++i) {
            Instants const& packet = packets[i];
            Duration const gap = packet.ours - packets[i - 1].ours;
            Duration const waited = std::max(gap, packet.waited);
            Duration const before = std::max(packets[i - 1].late(), latest(paired, packet.ours - waited, packet.ours));
            // A wheel's phase may come from a tick that was late itself.
            Duration const jitter = ours.on_the_wheel ? jiffy : too_early;
            bool const early = packet.late() < -std::max(jitter, ours.beyond_rtt);
            Duration const timer = ours.on_the_wheel ? lateness_on_the_wheel(waited, before) : wheel_lateness(waited);
            if (early || packet.late() > std::max(before, Duration{0}) + processing + timer) {
                return Difference{
                    .what = fmt::format("another time: {} after the packet before, recorded {}", milliseconds(gap),
                                        milliseconds(packet.recorded - packets[i - 1].recorded)),
                    .point = point,
                    .packet = i};
            }
        }
    }
    return std::nullopt;
}

std::optional<Difference> different_duration(RecordedRun const& recorded, Replayed const& ours, Paired const& paired) {
    for (std::size_t i = 0; i < recorded.calls.size(); ++i) {
        Call const& call = recorded.calls[i];
        Made const& made = ours.calls[i];
        if (!made.returned || call.result.empty()) {
            continue;
        }
        Duration const at = made.at.time_since_epoch();
        Duration const until = made.until.time_since_epoch();
        Duration const late = call.at + call.took - until;
        Duration const may_be =
            latest(paired, at, until) + processing + interpreter + lateness_of_series(silence(paired, at, until));
        bool const early = late < -std::max(too_early, ours.beyond_rtt) - interpreter;
        if (early || late > may_be) {
            return Difference{.what = fmt::format("{} {}: returns {} after the call, recorded {}", call.who, call.op,
                                                  milliseconds(made.until - made.at), milliseconds(call.took)),
                              .call = i};
        }
    }
    return std::nullopt;
}

}  // namespace tcpsim::replay

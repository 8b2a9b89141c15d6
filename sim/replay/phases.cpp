#include "sim/replay/phases.hpp"

#include "sim/replay/pairing.hpp"
#include "stack/tcp/timer_wheel.hpp"

#include <algorithm>
#include <tuple>

namespace tcpsim::replay {
namespace {

using namespace std::chrono_literals;

constexpr Duration jiffy = 4ms;  // HZ=250, as all were recorded

/// A packet that a timer sent.
struct Fired {
    Duration at{0};
    Duration slot{0};
};

bool waits_on_the_wheel(tcp::Cause const& cause) {
    return cause.waited > Duration{0} && cause.why != tcp::Why::compressed_ack_timer;
}

/// What the client sends is captured as it leaves; what the server sends at the router beside it.
std::string host_beside(std::string const& point, std::string const& from) {
    bool const of_client = from.starts_with("c");
    if (point == "client" && of_client) {
        return "client";
    }
    return point == "router" && !of_client ? "server" : "";
}

/// Of those that are the same on both sides, by host.
std::map<std::string, std::vector<Fired>> fired(RecordedRun const& run,
                                                std::map<std::string, std::vector<Seen>> const& ours) {
    std::map<std::string, std::vector<Fired>> all;
    for (auto const& [point, recorded] : run.packets) {
        auto const mine = ours.find(point);
        if (mine == ours.end()) {
            continue;
        }
        Pairing const pairing = pair_up(point, run, mine->second);
        for (std::size_t i = 0; i < pairing.ours.size(); ++i) {
            Seen const& seen = mine->second[pairing.ours[i]];
            std::string const host = host_beside(point, recorded[i].from);
            bool const same = same_packet(recorded[i], seen.packet);  // the last one that was paired may be another
            if (same && !host.empty() && waits_on_the_wheel(seen.cause)) {
                all[host].push_back({recorded[i].at, tcp::wheel_slot_length(seen.cause.waited, jiffy)});
            }
        }
    }
    return all;
}

/// Both began a slot of the same wheel.
bool agree(Fired const& a, Fired const& b) {
    constexpr Duration processing = 500us;
    Duration const slot = std::min(a.slot, b.slot);
    Duration const apart = (a.at - b.at) % slot + slot;
    return apart % slot < processing || apart % slot > slot - processing;
}

}  // namespace

Phases phases_of(RecordedRun const& run, std::map<std::string, std::vector<Seen>> const& ours) {
    Phases phases;
    for (auto const& [host, packets] : fired(run, ours)) {
        // Now and then a tick itself came late: no such one counts. Then the longest slot, what most agree with, the first.
        std::tuple<bool, Duration, std::ptrdiff_t> best{};
        for (Fired const& each : packets) {
            auto const votes =
                std::count_if(packets.begin(), packets.end(), [&](Fired const& other) { return agree(each, other); });
            bool const most_agree = 2 * votes > static_cast<std::ptrdiff_t>(packets.size());
            if (std::tuple const merit{most_agree, each.slot, votes}; merit > best) {
                best = merit;
                phases[host] = each.at % each.slot;
            }
        }
    }
    return phases;
}

}  // namespace tcpsim::replay

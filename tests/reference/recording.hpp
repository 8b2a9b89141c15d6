// A recorded case as data, and how late the kernel's timers may be.
#pragma once

#include "stack/base/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tcpsim::reference {

struct RecordedPacket {
    char from{};          ///< 'c' client, 's' server
    std::string flags{};  ///< letters in the order S F R P A
    std::int64_t seq{0};
    std::int64_t ack{0};
    std::int64_t length{0};
    std::int64_t window{0};
    bool operator==(RecordedPacket const&) const = default;
};

struct RecordedCall {
    std::string op{};
    std::int64_t value{0};
    std::string error{};  ///< empty: none
    bool operator==(RecordedCall const&) const = default;
};

/// One run of a case.
struct RecordedRun {
    Duration srtt{};                    ///< TCP_INFO, where recorded
    Duration rto{};                     ///< before any back-off
    std::vector<Duration> gaps{};       ///< of the data segment that was repeated, at the client
    Duration last_gap{};                ///< from the last repetition to the error
    std::vector<RecordedCall> calls{};  ///< the client's connect, send and recv
};

struct Recording {
    std::vector<RecordedRun> runs{};
    std::vector<RecordedPacket> packets{};  ///< run 1, at the client
    bool packets_same{false};               ///< all runs agree on them
};

Recording read_recording(std::string const& name);

/// The timer wheel of a kernel with HZ=250 fires late, never early: by at most this much for a timeout of `ideal`.
Duration wheel_granule(Duration ideal);
/// ideal ≤ recorded ≤ ideal + granule + two jiffies.
bool within_wheel(Duration ideal, Duration recorded);

}  // namespace tcpsim::reference

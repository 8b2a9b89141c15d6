// What a person wants to know of a run, gathered from the trace: packets with their fates, faults, and each call with
// the facts that explain its result. Text and JSON are written from it; it holds no words.
#pragma once

#include "sim/trace/record.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tcpsim::render {

/// Where and why a packet got lost.
struct Loss {
    trace::DropReason reason{};
    trace::NodeId node{trace::no_node};
    trace::LinkId link{};
    std::optional<std::uint32_t> step{};  ///< by a fault rule: the timeline step that armed it
};

/// What fault rules added to a packet's way.
struct Slowed {
    Duration by{0};
    std::optional<std::uint32_t> step{};  ///< the timeline step that armed the last of them
};

/// A TCP segment in relative numbers.
struct SegmentFacts {
    wire::FourTuple tuple{};  ///< local: the sender
    wire::Flags flags{};
    std::uint32_t seq{0};
    std::uint32_t ack{0};
    std::uint64_t length{0};  ///< bytes of text
    std::uint16_t window{0};
};

/// A packet from its first sender to its end.
struct Journey {
    enum class Fate : std::uint8_t { flying, arrived, lost };
    trace::PacketId id{};
    Instant sent{};
    trace::NodeId to{trace::no_node};  ///< who has the destination address
    std::uint32_t boot{0};             ///< of the sender
    trace::Because because{};
    tcp::Cause cause{};
    std::string text{};  ///< in notation
    std::optional<SegmentFacts> tcp{};
    Fate fate{Fate::flying};
    Instant ended{};
    std::optional<Loss> loss{};  ///< lost; or arrived and then thrown away by its destination
    std::optional<Slowed> slowed{};
};

/// A packet that reached its destination, as far as it explains something there.
struct Arrival {
    Instant at{};
    trace::PacketId id{};
    tcp::Cause cause{};
    std::optional<SegmentFacts> tcp{};
    std::uint32_t boot{0};  ///< the sender's boot number when it sent
    Instant booted{};       ///< and when that boot was
};

/// Segments of one side of a connection that nobody answered because they were lost.
struct Silence {
    std::uint64_t lost{0};
    Loss last{};
};

/// How a connection ended, at one of its hosts.
struct Ending {
    Instant at{};
    tcp::Ended what{};
    std::optional<Arrival> by{};  ///< the packet that ended it
    Silence silence{};
};

/// A segment that a call sent before it returned.
struct Sent {
    tcp::Cause cause{};
    wire::Flags flags{};
    std::uint64_t length{0};
};

/// What cut a call off that never returned.
struct CutOff {
    Instant at{};
    trace::Happening what{};
};

struct CallStory {
    trace::CallMade made{};
    Instant at{};
    std::optional<Instant> returned{};
    trace::CallReturned result{};  ///< means something only if it returned
    // The facts that explain it; each only if it applies.
    std::optional<Arrival> arrival{};  ///< the packet that ended the wait
    std::optional<Arrival> fin{};      ///< the peer's FIN, when the stream ended
    std::optional<Ending> ending{};    ///< the connection had ended
    std::vector<Sent> sent{};          ///< the first few
    std::uint64_t sent_count{0};
    std::optional<CutOff> cut_off{};
    bool for_good{false};  ///< it never returned, and nothing was left that could have ended its wait
};

/// One process. With a limit, the calls in the middle are only counted.
struct ProgramStory {
    trace::ProcessRef process{};
    std::string name{};
    std::deque<CallStory> first{};
    std::uint64_t folded{0};
    std::deque<CallStory> last{};
};

// --- moments, in the order of time
struct Hop {
    Instant at{};
    trace::NodeId node{trace::no_node};
    std::uint32_t interface { 0 };
    bool outwards{false};
    trace::PacketId packet{};
};
struct Incident {
    Instant at{};
    trace::Because because{};
    trace::Happened what{};
};
struct Noted {
    Instant at{};
    trace::TcpNote what{};
};
struct CallFailed {
    Instant at{};
    trace::ProcessRef process{};
    trace::Call call{};
    Errno error{};
};
/// Packets that are only counted.
struct Folded {
    Instant from{};
    Instant to{};
    std::uint64_t packets{0};
    std::uint64_t bytes{0};  ///< of TCP text
    std::uint64_t lost{0};
    std::uint64_t repeated{0};
};
using Moment = std::variant<Journey, Hop, Incident, Noted, CallFailed, Folded>;

struct Story {
    std::deque<Moment> moments{};
    std::vector<ProgramStory> programs{};  ///< in order of start
    std::uint64_t packets{0};
    Instant ended{};
};

/// Whether a cause repeats what was sent before.
bool repeats(tcp::Cause const& cause);

}  // namespace tcpsim::render

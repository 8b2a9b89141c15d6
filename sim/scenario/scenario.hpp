// A scenario as plain data: what the YAML says, checked. No YAML and no files here.
#pragma once

#include "sim/net/rule.hpp"
#include "sim/scenario/program_spec.hpp"
#include "sim/topology/topology.hpp"
#include "sim/trace/record.hpp"
#include "stack/base/payload.hpp"
#include "stack/profile/profile.hpp"
#include "stack/socket/sockets.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tcpsim::scenario {

struct HostSpec {
    std::string name{};
    profile::Profile profile{};  ///< with the overrides applied
};

// --- the timeline
enum class VerbKind : std::uint8_t { power_loss, crash, boot, kill, cut, restore, drop, slow, heal };
/// A closed list of predicates: the `nth` record that satisfies it.
struct Predicate {
    enum class Kind : std::uint8_t { call_made, call_returned, packet_sent, packet_received, state, happened } kind{};
    std::string program{};               ///< call_*
    std::optional<trace::Call> call{};   ///< call_*
    std::string host{};                  ///< packet_*: whose interface; state; happened: empty if to a link
    std::string link{};                  ///< happened
    std::optional<std::string> flags{};  ///< packet_*
    bool data{false};                    ///< packet_*
    std::optional<tcp::State> state{};   ///< state: entered
    std::optional<trace::Happening> happening{};
    std::uint32_t nth{1};
};
/// What happens, to whom: exactly the fields that its kind needs are set.
struct TimelineVerb {
    VerbKind kind{};
    std::string host{};     ///< power_loss, crash, boot, kill
    std::string program{};  ///< kill
    std::string link{};     ///< cut, restore, drop, slow
    std::string rule{};     ///< heal: the name of a drop or slow step
    std::string from{};     ///< drop, slow: sending host; empty: any
    std::string to{};       ///< drop, slow: receiving host; empty: any
    net::Match match{};     ///< drop, slow; without addresses, which are known when the world is built
    Duration by{0};         ///< slow
};
struct TimelineStep {
    std::string name{};  ///< for `after` and --set; generated when absent
    // Exactly one of these three.
    std::optional<Instant> at{};
    std::optional<std::string> after{};  ///< the name of another step
    std::optional<Predicate> when{};
    Duration delay{0};  ///< added to `after` or `when`
    TimelineVerb verb{};
    bool may_never_fire{false};
    Place place{};
};

// --- expectations
/// A time or duration with what may differ. `within` zero means exactly.
struct Around {
    Duration value{0};
    Duration within{0};
};
/// A call that must have happened: the `nth` of `program` that matches call and socket.
struct ExpectCall {
    std::string program{};
    trace::Call call{};
    std::optional<std::string> socket{};  ///< only calls on this one
    std::uint32_t nth{1};
    std::optional<std::int64_t> returns{};
    std::optional<Payload> returns_data{};
    std::optional<Errno> fails{};
    bool end_of_stream{false};
    std::optional<Around> at{};     ///< when it returned, since the world's start
    std::optional<Around> takes{};  ///< how long it blocked
    bool never_returns{false};
};
/// Packets as their first sender's interface saw them: how many match. Both bounds inclusive.
struct ExpectPackets {
    std::string from{};  ///< host; empty: any
    std::string to{};
    std::optional<std::string> flags{};
    bool data{false};
    std::optional<std::uint32_t> seq{};  ///< relative to the initial sequence number
    std::uint64_t at_least{1};
    std::optional<std::uint64_t> at_most{};  ///< 0: never
    bool gaps_given{false};
    std::vector<Around> gaps{};  ///< between consecutive ones; if given, exactly so many
    std::optional<Around> first_at{};
    std::optional<Around> last_at{};
};
struct ExpectState {
    std::string host{};
    std::optional<std::string> peer{};
    tcp::State state{};           ///< closed: no such connection any more
    std::optional<Instant> at{};  ///< default: at the end
};
struct Expectation {
    std::string name{};
    std::variant<ExpectCall, ExpectPackets, ExpectState> what{};
    Place place{};
};

struct Scenario {
    std::string name{};
    std::string about{};
    std::uint64_t seed{1};
    Duration until{0};  ///< virtual time after which the run stops; zero: when nothing is left
    topology::Graph topology{};
    std::vector<HostSpec> hosts{};  ///< one per host of the graph, in its order
    std::vector<ProgramSpec> programs{};
    std::vector<TimelineStep> timeline{};
    std::vector<Expectation> expectations{};
};

}  // namespace tcpsim::scenario

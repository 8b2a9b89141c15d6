// A scenario as plain data: what the YAML says, checked. No YAML and no files here.
#pragma once

#include "sim/machine/machine.hpp"
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
enum class VerbKind : std::uint8_t {
    power_loss,
    crash,
    boot,
    kill,
    exit,
    shutdown,
    reboot,
    suspend,
    resume,
    clock_skew,
    nic_down,
    nic_up,
    address_removed,
    address_added,
    forget_neighbours,
    cut,
    restore,
    blackhole,
    flap,
    change,
    // Routers.
    route,
    unroute,
    mtu,
    forget_flows,
    rebind,
    backend_out,
    backend_in,
    // Rules on a link, which `heal` removes.
    pass,
    drop,
    slow,
    reorder,
    duplicate,
    corrupt,
    mark,
    stall,
    heal,
    ss,  ///< only shows
};
constexpr bool is_rule(VerbKind kind) { return kind >= VerbKind::pass && kind <= VerbKind::stall; }
/// A closed list of predicates: the `nth` record that satisfies it.
struct Predicate {
    enum class Kind : std::uint8_t { call_made, call_returned, packet_sent, packet_received, state, happened } kind{};
    std::string program{};               ///< call_*
    std::optional<trace::Call> call{};   ///< call_*
    std::string host{};                  ///< packet_*: whose interface; state; happened: empty if to a link
    std::string link{};                  ///< happened
    std::optional<std::string> flags{};  ///< packet_*
    std::optional<bool> data{};          ///< packet_*: with text, or without
    std::optional<tcp::State> state{};   ///< state: entered
    std::optional<trace::Happening> happening{};
    std::uint32_t nth{1};
};
/// What happens, to whom: exactly the fields that its kind needs are set.
struct TimelineVerb {
    VerbKind kind{};
    std::string host{};      ///< every verb of a machine
    std::string program{};   ///< kill, exit
    std::string link{};      ///< every verb of a link, and of a rule; of a NIC and mtu: which, empty: the first
    std::string rule{};      ///< heal: the name of a rule's step
    std::string from{};      ///< rules: sending host; empty: any
    std::string to{};        ///< rules: receiving host; empty: any; route: which host; backend: which
    std::string towards{};   ///< rules, blackhole: the node at that end of the link; empty: both ways
    net::Match match{};      ///< rules; without what is known when the world is built
    Duration by{0};          ///< slow, duplicate, stall, clock_skew
    std::uint32_t count{1};  ///< duplicate, reorder, flap
    machine::Signal signal{machine::Signal::sigkill};  ///< kill
    std::int32_t status{0};                            ///< exit
    machine::ShutdownPlan plan{};                      ///< shutdown, reboot
    std::uint16_t mtu{0};                              ///< mtu
    machine::Suspension suspension{};
    std::optional<std::int32_t> parts_per_million{};  ///< clock_skew
    std::optional<wire::Ipv4Prefix> address{};        ///< address_added; empty: the one it had
    Duration down{0};                                 ///< flap
    Duration up{0};
    net::LinkChange change{};
    std::string router{};                                ///< every verb of a router
    host::RouteKind answer{host::RouteKind::blackhole};  ///< route, unroute: what becomes of packets to `to`
    bool answers_and_leads{false};                       ///< route: a contradiction
    std::string via{};                                   ///< and by which node they go on, if it is unicast
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
    std::optional<bool> data{};          ///< with text, or without
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
    bool arp{false};                        ///< neighbours are asked for
    bool equal_cost{false};                 ///< routers share flows among equal ways
    std::optional<Duration> reconverges{};  ///< so long after a carrier came or went; empty: routes are static
    std::vector<HostSpec> hosts{};          ///< one per host of the graph, in its order
    std::vector<ProgramSpec> programs{};
    std::vector<TimelineStep> timeline{};
    std::vector<Expectation> expectations{};
};

}  // namespace tcpsim::scenario

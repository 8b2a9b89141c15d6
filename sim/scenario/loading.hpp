// The parts of load(): tree → data, one function per part of the file. All are lenient: what check_shape() has
// reported is left out, so that everything else can still be checked in the same go.
#pragma once

#include "sim/scenario/shape.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::scenario {

/// The graph, or nothing if it could not be built, which has been reported.
std::optional<topology::Graph> load_topology(Reader const& root, Resolver const& resolver, Problems& problems);
/// ARP and routing.
void load_networking(Reader const& root, Scenario& scenario);
/// One per host of the graph, in its order.
std::vector<HostSpec> load_hosts(Reader const& root, topology::Graph const& graph);
std::vector<ProgramSpec> load_programs(Reader const& root, Problems& problems);
StepsProgram load_steps(Reader const& program, Problems& problems);
TimelineVerb load_verb(Reader const& step);
std::vector<topology::MiddleboxSpec> load_middleboxes(Reader const& node);
net::LossModel load_loss(Reader const& mapping);
std::vector<TimelineStep> load_timeline(Reader const& root, Problems& problems);
std::vector<Expectation> load_expectations(Reader const& root, Problems& problems);

/// Reads `returns` and `fails`. A pattern starts at `pattern_offset`.
Outcome load_outcome(Reader const& call, std::uint64_t pattern_offset, Problems& problems);
/// The stream of every pattern in scenario files; offsets count per socket and direction.
inline constexpr std::uint64_t pattern_stream = 1;

/// "20.4ms" or {value, within}; `within` is what it may differ if it does not say so itself.
std::optional<Around> load_around(Reader const& mapping, std::string_view key, Duration within = Duration{0});
std::optional<Around> read_around(Value const& value, Duration within);

// --- checks across the file
/// What the file may refer to. Without a topology nobody knows the hosts and links, and nothing is said about them.
struct Known {
    std::optional<std::vector<std::string>> hosts{};
    std::optional<std::vector<std::string>> routers{};
    std::optional<std::vector<std::string>> links{};
    std::map<std::string, std::pair<std::string, std::string>> ends{};  ///< link → its nodes
    std::map<std::string, std::string> programs{};                      ///< name → host
    std::vector<std::string> services{};                                ///< load balancers: connections may go to them
    std::set<std::pair<std::string, std::string>> backends{};           ///< load balancer and server
    std::set<std::string> boxes{};                                      ///< routers that know flows
    std::set<std::string> nats{};
    std::vector<std::string> steps{};
    std::vector<std::string> rules{};
};
Known known_names(Scenario const& scenario, topology::Graph const* graph);
/// Hosts, links, programs, steps and rules that do not exist.
void check_references(Value const& root, Known const& known, Problems& problems);
/// `towards` and `link` of timeline steps: nodes that are not at that link.
void check_ends(Scenario const& scenario, Known const& known, Problems& problems);
/// Programs that connect to their own host: a loopback packet leaves no record.
void check_loopback(Reader const& root, Problems& problems);
/// Two things of one name.
void check_names(Reader const& root, Problems& problems);
/// Times after the end.
void check_end(Value const& root, Duration until, Problems& problems);
/// Steps that wait for one another, or for what nothing can bring about.
void check_waits(Scenario const& scenario, Problems& problems);
/// Calls and sockets that the named program does not have.
void check_expected_calls(Scenario const& scenario, Problems& problems);

/// Visits every value that has a row, parents first.
template <class Visit>
void for_each_field(Value const& value, Shape const& shape, Visit const& visit) {
    if (value.kind != Value::Kind::mapping) {
        return;
    }
    for (auto const& child : value.children) {
        auto const* field = field_of(value, shape, child.key);
        if (field == nullptr) {
            continue;
        }
        auto const one = [&](Value const& item) {
            visit(item, *field);
            if (field->shape != nullptr) {
                for_each_field(item, *field->shape, visit);
            }
        };
        if (field->many == Field::Many::one) {
            one(child);
        } else if (child.kind == (field->many == Field::Many::by_name ? Value::Kind::mapping : Value::Kind::list)) {
            for (auto const& item : child.children) {
                one(item);
            }
        }
    }
}

}  // namespace tcpsim::scenario

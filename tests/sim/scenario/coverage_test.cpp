// Nothing that can be said of faults goes without a scenario that shows it and a line on the page that explains it.
#include "sim/net/flow.hpp"
#include "sim/scenario/words.hpp"
#include "tests/sim/scenario/support.hpp"

#include <filesystem>
#include <set>

using namespace tcpsim;
using namespace tcpsim::tests;
using scenario::VerbKind;

namespace {

constexpr std::string_view page = "docs/faults.md";

std::vector<VerbKind> all_verbs() {
    std::vector<VerbKind> verbs;
    for (auto kind = VerbKind::power_loss; kind <= VerbKind::heal;
         kind = static_cast<VerbKind>(static_cast<int>(kind) + 1)) {
        verbs.push_back(kind);
    }
    return verbs;
}

/// Every file under scenarios/, as text and loaded.
struct Shown {
    std::string text{};
    scenario::Scenario scenario{};
};
std::vector<Shown> all_scenarios() {
    std::vector<Shown> all;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{"scenarios"}) {
        if (entry.path().extension() == ".yaml") {
            std::string const text = file_text(entry.path().string());
            all.push_back({text, loaded(text)});
        }
    }
    return all;
}

std::string section(std::string const& text, std::string const& heading) {
    auto const begin = text.find("\n## " + heading + "\n");
    REQUIRE(begin != std::string::npos);
    return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

}  // namespace

TEST_CASE("docs/faults.md explains every verb, and says of every one of a machine what survives it") {
    std::string const text = file_text(std::string{page});
    std::string const survival = section(text, "What survives");
    for (VerbKind const verb : all_verbs()) {
        std::string const word = "`" + std::string{scenario::word_for(verb)} + "`";
        CAPTURE(word);
        CHECK(text.find(word) != std::string::npos);
        if (verb < VerbKind::cut) {
            CHECK(section(text, "Machines").find(word) != std::string::npos);
            CHECK(survival.find(word) != std::string::npos);
        }
    }
}

TEST_CASE("docs/faults.md names every preset") {
    std::string const text = file_text(std::string{page});
    for (net::FlowPreset const& preset : net::presets()) {
        CAPTURE(preset.name);
        CHECK(text.find(preset.name) != std::string::npos);
    }
}

TEST_CASE(
    "scenarios: each verb of the timeline is shown by one, each middlebox, each preset, each behaviour of links") {
    std::set<VerbKind> verbs;
    std::set<topology::MiddleboxSpec::Kind> boxes;
    std::set<net::UnknownFlow> unknown;
    std::set<host::RouteKind> routes;
    std::set<machine::SleepingNic> sleeping;
    std::set<std::string_view> links;
    std::string everything = file_text("topologies/nat-home.yaml") + file_text("topologies/service.yaml");
    for (auto const& [text, scenario] : all_scenarios()) {
        everything += text;
        for (auto const& step : scenario.timeline) {
            verbs.insert(step.verb.kind);
            if (step.verb.kind == VerbKind::route) {
                routes.insert(step.verb.answer);
            }
            if (step.verb.kind == VerbKind::suspend) {
                sleeping.insert(step.verb.suspension.nic);
            }
        }
        auto const& graph = scenario.topology;
        for (auto [vertex, last] = boost::vertices(graph); vertex != last; ++vertex) {
            for (auto const& box : graph[*vertex].middleboxes) {
                boxes.insert(box.kind);
                unknown.insert(box.unknown);
            }
        }
        for (auto [edge, last] = boost::edges(graph); edge != last; ++edge) {
            topology::Edge const& link = graph[*edge];
            links.insert(link.red.max_packets != 0 ? "red" : "");
            links.insert(link.codel.target != Duration{0} ? "codel" : "");
            links.insert(link.loss.turns_bad.per_million != 0 ? "bursts"
                         : link.loss.good.per_million != 0    ? "loss"
                                                              : "");
            links.insert(link.queue_packets < 1000 ? "queue" : "");
            links.insert(link.jitter != Duration{0} ? "jitter" : "");
            links.insert(link.mtu != 1500 ? "mtu" : "");
            links.insert(link.direct ? "direct" : "");
        }
    }
    for (VerbKind const verb : all_verbs()) {
        CAPTURE(scenario::word_for(verb));
        CHECK(verbs.contains(verb));
    }
    for (net::FlowPreset const& preset : net::presets()) {
        CAPTURE(preset.name);
        CHECK(everything.find("preset: " + std::string{preset.name}) != std::string::npos);
    }
    CHECK(boxes.size() == 4);
    CHECK(unknown.size() == 4);
    CHECK(routes.size() == 7);  // and by another neighbour
    CHECK(sleeping.size() == 3);
    CHECK(links ==
          std::set<std::string_view>{"", "red", "codel", "bursts", "loss", "queue", "jitter", "mtu", "direct"});
}

// `tcpsim topology show` as a person uses it.
#include "tests/tools/tcpsim/program.hpp"

#include <doctest/doctest.h>

namespace tcpsim::testing {
namespace {

constexpr char const* all_maps[] = {"dumbbell", "fat-tree", "lan",     "multihomed", "nat-home",
                                    "pair",     "routed",   "service", "wan"};

TEST_CASE("topology show: every map is drawn, and survives both formats unchanged but for boxes in the middle") {
    TemporaryDirectory const directory;
    for (std::string const name : all_maps) {
        CAPTURE(name);
        Outcome const drawn = tcpsim({"topology", "show", "topologies/" + name + ".yaml"});
        CHECK(drawn.status == 0);
        CHECK(drawn.err.empty());
        CHECK(contains(drawn.out, "Links whose loss cuts others off"));
        for (std::string const form : {"dot", "graphml"}) {
            Outcome const exported = tcpsim({"topology", "show", "topologies/" + name + ".yaml", "--" + form});
            CHECK(exported.status == 0);
            std::string const copy = directory.with(name + "." + form, exported.out);
            Outcome const again = tcpsim({"topology", "show", copy, "--" + form});
            CHECK(again.status == 0);
            CHECK(again.out == exported.out);
            bool const has_box = name == "nat-home" || name == "service";
            CHECK(exported.err.empty() == !has_box);
            CHECK(has_box == (tcpsim({"topology", "show", copy}).out != drawn.out));
        }
    }
}

TEST_CASE("topology show: what it cannot do without, and what a router is besides") {
    std::string const home = tcpsim({"topology", "show", "topologies/nat-home.yaml"}).out;
    CHECK(contains(home, "home (router, NAT)"));
    CHECK(contains(home, "Nodes whose loss cuts others off: home\n"));
    CHECK(contains(home, "Links whose loss cuts others off: laptop-home, phone-home, home-server\n"));
    std::string const two_ways = tcpsim({"topology", "show", "topologies/multihomed.yaml"}).out;
    CHECK(contains(two_ways, "Nodes whose loss cuts others off: edge, gate\n"));
    CHECK(contains(two_ways, "Links whose loss cuts others off: client-edge, gate-server\n"));
}

TEST_CASE("topology show: GraphML as others write it: a node's id is its name") {
    TemporaryDirectory const directory;
    std::string const file = directory.with("networkx.graphml", R"(<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<graph edgedefault="undirected"><!-- <node id="nobody"/> -->
<node id="client"/><edge source="client" target="server"/><node id="server" />
</graph></graphml>)");
    Outcome const shown = tcpsim({"topology", "show", file});
    CHECK(shown.err.empty());
    CHECK(shown.status == 0);
    CHECK(contains(shown.out, "client (host)"));
    CHECK(contains(shown.out, "client-server\n"));
}

TEST_CASE("run: a scenario finds its topology from wherever it is started") {
    TemporaryDirectory const directory;
    CHECK(run_program({"mkdir", "-p", directory.file("topologies"), directory.file("stories/deep")}).status == 0);
    (void)directory.with("topologies/mine.yaml", "nodes: [{name: a}, {name: b}]\nlinks: [{between: [a, b]}]\n");
    std::string const story =
        directory.with("stories/deep/story.yaml", "name: story\ntopology: topologies/mine.yaml\n");
    Outcome const outcome = tcpsim({"check", story});
    CHECK(outcome.err.empty());
    CHECK(outcome.status == 0);
}

TEST_CASE("topology: mistakes end with status 2 and say what was expected") {
    TemporaryDirectory const directory;
    struct Case {
        std::vector<std::string> words;
        std::string says;
    };
    std::vector<Case> const cases{
        {{"topology"}, "tcpsim topology show FILE"},
        {{"topology", "draw", "topologies/lan.yaml"}, "show"},
        {{"topology", "show"}, "tcpsim topology show FILE"},
        {{"topology", "show", "topologies/nowhere.yaml"}, "topologies/nowhere.yaml"},
        {{"topology", "show", directory.with("a.yaml", "nodes: [{name: a}]\n")}, "links"},
        {{"topology", "show", directory.with("b.yaml", "nodes: [{name: a}, {name: b}]\nlinks: [{between: [a, c]}]\n")},
         "'c'"},
        {{"topology", "show", directory.with("c.dot", "graph { a -- b")}, "DOT"},
        {{"topology", "show", directory.with("d.graphml", "<graphml>")}, "GraphML"},
        {{"topology", "show", directory.with("e.txt", "a")}, "e.txt"},
    };
    for (Case const& each : cases) {
        CAPTURE(each.words.back());
        Outcome const outcome = tcpsim(each.words);
        CHECK(outcome.status == 2);
        CHECK(outcome.out.empty());
        CHECK(contains(outcome.err, each.says));
    }
}

}  // namespace
}  // namespace tcpsim::testing

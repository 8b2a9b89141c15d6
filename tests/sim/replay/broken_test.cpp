// sim/replay: a recording with one mistake is refused, with where it is and what was expected.
#include "sim/replay/recording.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

using namespace tcpsim::replay;

namespace {

constexpr std::string_view sound =
    R"({"case": "one", "topology": {"kind": "routed", "rtt_ms": 20.0, "neighbours": "static"},)"
    R"( "sysctl_not_default": {}, "agreement": {"calls_same": true, "rounds": [{"new": [1, 2], "rtx": [0, 0]}]},)"
    R"( "runs": [{"calls": [{"who": "client", "op": "connect", "args": ["c", "10.2.0.2", 9998], "t": 0.0, "dur": 0.02,)"
    R"( "ret": 0, "err": null}, {"who": "client", "op": "send", "args": ["c", 5], "t": 0.1, "dur": 0.0, "ret": 5}],)"
    R"( "faults": [{"t": 0.05, "do": {"verb": "drop", "direction": "c>s", "nth_data": 1, "for_ms": 100}}],)"
    R"( "packets": {"client": [{"t": 0.0, "d": "c>s", "f": "S", "seq": 0, "ack": null, "len": 0, "win": 64240},)"
    R"( {"t": 0.1, "d": "r>c", "icmp": [3, 1]}]}}]})";

std::string complaint(std::string const& text) {
    auto const read = read_recording(text);
    auto const* const wrong = std::get_if<std::string>(&read);
    return wrong == nullptr ? "" : *wrong;
}
/// About the sound recording, with the first of `what` replaced.
std::string with(std::string_view what, std::string_view by) {
    std::string text{sound};
    std::size_t const at = text.find(what);
    REQUIRE(at != std::string::npos);
    return complaint(text.replace(at, what.size(), by));
}

struct Broken {
    std::string_view what{};
    std::string_view by{};
    std::string_view complaint{};
};

constexpr std::array broken{
    Broken{R"("case": "one")", R"("case": 5)", "case: expected a text"},
    Broken{R"("case": "one", )", "", "'case' is missing"},
    Broken{R"("routed")", R"("ring")", "topology.kind: expected one of routed, lan"},
    Broken{R"("kind": "routed", )", "", "topology: 'kind' is missing"},
    Broken{R"("static")", R"("dynamic")", "topology.neighbours: expected one of static, arp"},
    Broken{"20.0", "-1", "topology.rtt_ms: expected a number of milliseconds, not negative and at most ten days"},
    Broken{"20.0", "1e300", "topology.rtt_ms: expected a number of milliseconds, not negative and at most ten days"},
    Broken{"20.0", R"("20")", "topology.rtt_ms: expected a number of milliseconds, not negative and at most ten days"},
    Broken{R"("sysctl_not_default": {})", R"("sysctl_not_default": [])", "sysctl_not_default: expected an object"},
    Broken{R"("calls_same": true)", R"("calls_same": 1)", "agreement.calls_same: expected true or false"},
    Broken{R"("new": [1, 2])", R"("new": [1])", "agreement.rounds[0].new: expected the least and the most"},
    Broken{R"("who": "client")", R"("who": "router")",
           "runs[0].calls[0].who: expected a program of 'client' or 'server'"},
    Broken{R"("args": ["c", "10.2.0.2", 9998])", R"("args": ["c"])",
           "runs[0].calls[0].args: 'connect' takes at least 3 arguments"},
    Broken{R"("args": ["c", "10.2.0.2", 9998])", R"("args": 5)", "runs[0].calls[0].args: expected a list"},
    Broken{"10.2.0.2", "10.2.0.300", "runs[0].calls[0].args[1]: expected an address such as 10.1.0.2"},
    Broken{"9998", "65536", "runs[0].calls[0].args[2]: expected a whole number from 0 to 65535"},
    Broken{R"(["c", 5])", R"(["c", -5])", "runs[0].calls[1].args[1]: expected a whole number from 0 to 1073741824"},
    Broken{R"("t": 0.1, "dur")", R"("t": "soon", "dur")",
           "runs[0].calls[1].t: expected a number of seconds, at most ten days"},
    Broken{R"("t": 0.1, "dur")", R"("t": 864001, "dur")",
           "runs[0].calls[1].t: expected a number of seconds, at most ten days"},
    Broken{R"("t": 0.05)", R"("t": -10.1)",
           "runs[0].faults[0].t: expected at most ten seconds before the first packet"},
    Broken{R"("nth_data": 1)", R"("nth_data": -1)",
           "runs[0].faults[0].do.nth_data: expected a whole number from 0 to 4294967295"},
    Broken{R"("nth_data": 1)", R"("nth_data": [1, 2.5])",
           "runs[0].faults[0].do.nth_data[1]: expected a whole number from 0 to 4294967295"},
    Broken{R"("nth_data": 1)", R"("copies": 1001)",
           "runs[0].faults[0].do.copies: expected a whole number from 0 to 1000"},
    Broken{R"("for_ms": 100)", R"("for_ms": -100)",
           "runs[0].faults[0].do.for_ms: expected a number of milliseconds, not negative and at most ten days"},
    Broken{R"("len": 0)", R"("len": 18446744073709551615)",
           "runs[0].packets.client[0].len: expected a whole number from 0 to 4294967295"},
    Broken{R"("icmp": [3, 1])", R"("icmp": [3])", "runs[0].packets.client[1].icmp: expected a type and a code"},
    Broken{R"(, "icmp": [3, 1])", "", "runs[0].packets.client[1]: 'icmp' is missing"},
};

}  // namespace

TEST_CASE("recording: a mistake is named with its place") {
    REQUIRE(complaint(std::string{sound}).empty());
    for (Broken const& each : broken) {
        CAPTURE(each.by);
        CHECK(with(each.what, each.by) == each.complaint);
    }
}

TEST_CASE("recording: an argument that may be left out is looked at if it is there") {
    constexpr std::string_view send = R"("op": "send", "args": ["c", 5])";
    CHECK(with(send, R"("op": "fill", "args": ["c"])").empty());
    CHECK(with(send, R"("op": "fill", "args": ["c", 1])").empty());
    CHECK(with(send, R"("op": "fill", "args": ["c", 0])") ==
          "runs[0].calls[1].args[1]: expected a whole number from 1 to 1073741824");
    CHECK(with(send, R"("op": "fill", "args": [])") == "runs[0].calls[1].args: 'fill' takes at least 1 arguments");
}

TEST_CASE("recording: what its limits allow is no mistake") {
    CHECK(with("20.0", "0").empty());
    CHECK(with("9998", "65535").empty());
    CHECK(with(R"("t": 0.05)", R"("t": -10)").empty());
    CHECK(with(R"("t": 0.1, "dur")", R"("t": 864000, "dur")").empty());
    CHECK(with(R"("nth_data": 1)", R"("copies": 1000)").empty());
    CHECK(with(R"("op": "send", "args": ["c", 5])", R"("op": "something new", "args": [])").empty());
}

TEST_CASE("recording: without a run there is nothing to replay") {
    std::string text{sound};
    text.erase(text.find(R"("runs": )"));
    CHECK(complaint(text + R"("runs": []})") == "runs: expected at least one run, with its own packets");
    CHECK(complaint(text + R"("runs": {}})") == "runs: expected a list");
}

TEST_CASE("recording: what is no JSON, or too deep, says where, or so") {
    CHECK(complaint("{").starts_with("parse error at line 1, column 2"));
    CHECK(complaint("").starts_with("parse error at line 1, column 1"));
    CHECK(complaint("[]") == "expected an object");
    std::string const deep(100'000, '[');
    CHECK(complaint(deep) == "nested more than 64 deep");
}

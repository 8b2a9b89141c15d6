#include "tools/render/json.hpp"

#include "tests/tools/render/by_hand.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace tcpsim::render {
namespace {

using namespace by_hand;

constexpr trace::ProcessRef program{client, 1, 1};

/// A run of every kind of record.
void tell(Trace& trace) {
    trace.add({}, {}, happened(trace::Happening::boot, client, 1));
    trace.add({}, {}, happened(trace::Happening::process_started, client, 1, "talker"));
    trace.calls({}, program, 1, trace::Call::connect);
    auto const syn = trace.sent({}, client, wire::Flags::syn, 0, 0, 0, {tcp::Why::connect}, Trace::of(program));
    trace.lost(at_ms(10), syn, trace::DropReason::no_power, server);
    auto const reset =
        trace.sent(at_ms(15), server, wire::Flags::rst | wire::Flags::ack, 0, 1, 0, {tcp::Why::port_closed});
    trace.arrives(at_ms(20), client, reset);
    tcp::Ended ended;
    ended.reason = tcp::EndReason::refused;
    ended.error = Errno::econnrefused;
    wire::FourTuple const tuple{client_end, server_end};
    trace.add(at_ms(20), Trace::of(reset), trace::TcpNote{client, 1, tuple, ended});
    trace.add(at_ms(20), Trace::of(reset),
              trace::TcpNote{client, 1, tuple, tcp::StateChanged{tcp::State::syn_sent, tcp::State::closed}});
    trace.add(at_ms(20), Trace::timer(), trace::TcpNote{client, 1, tuple, tcp::TimerExpired{}});
    trace.add(at_ms(20), Trace::of(reset), trace::TcpNote{client, 1, tuple, tcp::RttMeasured{}});
    trace.add(at_ms(20), Trace::of(reset), trace::TcpNote{client, 1, tuple, tcp::SegmentRefused{}});
    trace::CallReturned refused;
    refused.process = program;
    refused.number = 1;
    refused.call = trace::Call::connect;
    refused.error = Errno::econnrefused;
    trace.returns(at_ms(20), refused, Trace::of(reset));
    trace.add(at_ms(30), Trace::step(0), happened(trace::Happening::power_loss, client, 1));
    trace::Happened cut;
    cut.what = trace::Happening::link_cut;
    trace.add(at_ms(30), Trace::step(1), cut);
    cut.what = trace::Happening::rule_armed;
    trace.add(at_ms(30), Trace::step(1), cut);
    auto const late = trace.sent(at_ms(30), server, wire::Flags::ack, 1, 1, 0, {tcp::Why::challenge_ack});
    trace.add(at_ms(30), {}, trace::FrameDelayed{{}, 0, late, std::chrono::milliseconds{5}, nullptr});
    trace.lost(at_ms(30), late, trace::DropReason::rule, trace::no_node);
}

scenario::Report report() {
    scenario::Report report;
    report.scenario = "sample";
    report.seed = 7;
    report.digest = 0xfeedU;
    report.ended = at_ms(30);
    report.events = 3;
    report.verdicts = {{"a claim", true, "1", "1", {"sample.yaml", 3, 5}}};
    report.faults = {{"power-cut", true, true, 1, at_ms(30), false, {"sample.yaml", 2, 1}}};
    return report;
}

nlohmann::json document() {
    Naming const naming{names()};
    Storyteller teller{naming, {}};
    Trace trace{teller};
    tell(trace);
    Story const story = teller.finish(at_ms(30), false);
    return nlohmann::json::parse(json_document(report(), story, naming, std::chrono::microseconds{5}, "0.0.0"));
}

TEST_CASE("json: the document says what ran, and how it ended") {
    auto const json = document();
    CHECK(json["version"] == json_version);
    CHECK(json["scenario"] == "sample");
    CHECK(json["seed"] == 7);
    CHECK(json["digest"] == "000000000000feed");
    CHECK(json["passed"] == true);
    CHECK(json["timings"]["simulated_ns"] == 30'000'000);
    CHECK(json["timings"]["wall_ns"] == 5'000);
    CHECK(json["expectations"][0]["line"] == 3);
    CHECK(json["faults"][0]["first_ns"] == 30'000'000);
}

TEST_CASE("json: packets carry their fate, calls their result and the reason") {
    auto const json = document();
    REQUIRE(json["packets"].size() == 3);
    CHECK(json["packets"][0]["fate"] == "lost");
    CHECK(json["packets"][0]["loss"]["reason"] == "no_power");
    CHECK(json["packets"][0]["tcp"]["flags"] == "S");
    CHECK(json["packets"][1]["ended_ns"] == 20'000'000);
    CHECK(json["packets"][2]["loss"]["step"] == "power-back");
    REQUIRE(json["calls"].size() == 1);
    CHECK(json["calls"][0]["error"] == "ECONNREFUSED");
    CHECK(json["calls"][0]["end_ns"] == 20'000'000);
    CHECK(json["calls"][0]["why"] == "server's RST arrived: no program listens on that port");
    CHECK(json["calls"][0]["because"]["packet"] == "server#1");
}

std::vector<nlohmann::json> lines() {
    Naming const naming{names()};
    std::ostringstream out;
    JsonLines sink{out, naming, "sample", 7, "0.0.0"};
    Trace trace{sink};
    tell(trace);
    std::vector<nlohmann::json> all;
    std::istringstream in{out.str()};
    for (std::string line; std::getline(in, line);) {
        all.push_back(nlohmann::json::parse(line));
    }
    return all;
}

TEST_CASE("json lines: a header, then every record in order") {
    auto const all = lines();
    REQUIRE(all.size() > 1);
    CHECK(all[0]["version"] == json_version);
    CHECK(all[0]["scenario"] == "sample");
    for (std::size_t i = 1; i < all.size(); ++i) {
        CHECK(all[i]["serial"] == i);
    }
    CHECK(all[4]["type"] == "frame_sent");
    CHECK(all[4]["frame"]["tcp"]["seq"] == client_iss);  // as on the wire
}

TEST_CASE("json: names that are not UTF-8 are replaced, not refused") {
    scenario::Report odd = report();
    odd.scenario = "bad \xff name";
    Naming const naming{names()};
    auto const json = nlohmann::json::parse(json_document(odd, {}, naming, {}, "0.0.0"));
    CHECK(json["scenario"] == "bad \xef\xbf\xbd name");
}

void collect(nlohmann::json const& json, std::set<std::string>& members) {
    for (auto const& [key, value] : json.items()) {
        if (json.is_object()) {
            members.insert(key);
        }
        if (value.is_structured()) {
            collect(value, members);
        }
    }
}

TEST_CASE("docs/json.md: names every member that is ever written, and none that is not") {
    std::set<std::string> written;
    collect(document(), written);
    for (auto const& line : lines()) {
        collect(line, written);
    }
    std::ifstream in{"docs/json.md"};
    REQUIRE_MESSAGE(in, "run from the top of the tree");
    std::string const page{std::istreambuf_iterator<char>{in}, {}};
    for (std::string const& member : written) {
        CHECK_MESSAGE(page.find("`" + member + "`") != std::string::npos, member << " is not in docs/json.md");
    }
    // First cells of the tables: "| `name`, `name` | meaning |".
    std::istringstream rows{page};
    for (std::string row; std::getline(rows, row);) {
        std::string const cell = row.rfind("| `", 0) == 0 ? row.substr(0, row.find('|', 1)) : "";
        for (std::size_t at = cell.find('`'); at != std::string::npos; at = cell.find('`', at)) {
            std::size_t const end = cell.find('`', at + 1);
            std::string const name = cell.substr(at + 1, end - at - 1);
            CHECK_MESSAGE(written.count(name) == 1, name << " is documented and never written");
            at = end + 1;
        }
    }
}

}  // namespace
}  // namespace tcpsim::render

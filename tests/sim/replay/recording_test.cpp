#include "sim/replay/recording.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tcpsim;
using namespace tcpsim::replay;
using namespace std::chrono_literals;

TEST_CASE("recording: decimals are read from their text, without floating point") {
    CHECK(nano("0.0204") == 20'400'000);
    CHECK(nano("-0.0013") == -1'300'000);
    CHECK(nano("19.5") == 19'500'000'000);
    CHECK(nano("5e-05") == 50'000);
    CHECK(nano("1.5E+1") == 15'000'000'000);
    CHECK(nano("20") == 20'000'000'000);
    CHECK(nano("0.0000000019") == 1);
    CHECK(nano("0") == 0);
    for (char const* wrong : {"", "-", ".", "1.2.3", "abc", "1e", "1ex", "99999999999999999999"}) {
        CAPTURE(wrong);
        CHECK_FALSE(nano(wrong));
    }
}

TEST_CASE("recording: a case is read into plain values, with the class and number of its fault") {
    std::string const text = R"({"case": "one", "title": "t", "kernel": "k",
        "topology": {"kind": "routed", "rtt_ms": 19.5, "neighbours": "static"},
        "sysctl_not_default": {"client": {"tcp_sack": "0"}},
        "agreement": {"calls_same": true, "packets_same": {"client": true},
                      "rounds": [{"new": [10, 11], "rtx": [0, 1]}]},
        "runs": [{"calls": [{"who": "client", "op": "setsockopt", "args": ["c", "SO_LINGER", [1, 0]], "t": -0.001,
                             "dur": 0.5, "ret": -1, "err": "EINVAL"},
                            {"who": "client", "op": "recv", "args": ["c", 5], "t": 1, "dur": 0, "ret": 5, "err": null,
                             "note": "did not return"}],
                  "faults": [{"t": 0.2, "what": "w", "do": {"verb": "drop", "direction": "c>s", "nth_data": [3, 6],
                                                            "times": "all", "for_ms": 700}}],
                  "packets": {"client": [{"t": 0.0, "d": "c>s", "f": "S", "seq": 0, "ack": null, "len": 0,
                                          "win": 64240, "opt": "mss=1460"},
                                         {"t": 0.1, "d": "r>c", "icmp": [3, 4], "mtu": 1000, "about": "c>s tcp seq 6"}],
                              "router": "omitted"}}]})";
    auto const read = read_recording(text);
    REQUIRE(std::holds_alternative<Recording>(read));
    auto const& recording = std::get<Recording>(read);
    CHECK(recording.rtt == 19'500us);
    CHECK(recording.settings.at("client").at("tcp_sack") == "0");
    CHECK(recording.packets_same.at("client"));
    REQUIRE(recording.rounds.size() == 1);
    CHECK(recording.rounds[0].fresh_max == 11);
    CHECK(recording.rounds[0].repeated_max == 1);
    RecordedRun const& run = recording.runs.at(0);
    CHECK(run.calls.at(0).args == std::vector<std::string>{"c", "SO_LINGER", "[1,0]"});
    CHECK(run.calls[0].at == -1ms);
    CHECK(run.calls[0].took == 500ms);
    CHECK(run.calls[0].result == "-1");
    CHECK(run.calls[0].error == "EINVAL");
    CHECK(run.calls.at(1).result.empty());
    Fault const& fault = run.faults.at(0);
    CHECK(fault.counts == "data");
    CHECK(fault.nth == std::vector<std::uint32_t>{3, 6});
    CHECK(fault.times == 0);
    CHECK(fault.within == 700ms);
    REQUIRE(run.packets.size() == 1);
    CHECK(run.packets.at("client").at(0).ack.empty());
    CHECK(run.packets.at("client").at(1).other == "icmp 3/4 mtu 1000 about c>s tcp seq 6");
}

TEST_CASE("recording: what is no recording is refused with words") {
    for (char const* wrong : {"", "{", "[]", R"({"case": "one"})", R"({"case": 5})"}) {
        CAPTURE(wrong);
        auto const read = read_recording(wrong);
        REQUIRE(std::holds_alternative<std::string>(read));
        CHECK_FALSE(std::get<std::string>(read).empty());
    }
}

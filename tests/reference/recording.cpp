#include "tests/reference/recording.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>

namespace tcpsim::reference {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

Duration seconds_of(json const& value) { return Duration{std::llround(value.get<double>() * 1e9)}; }

std::string text_or_empty(json const& value) { return value.is_string() ? value.get<std::string>() : std::string{}; }

std::vector<RecordedCall> client_calls(json const& run) {
    std::vector<RecordedCall> calls;
    for (json const& call : run.at("calls")) {
        std::string const op = call.at("op");
        if (call.at("who") == "client" && (op == "connect" || op == "send" || op == "recv")) {
            calls.push_back({op, call.at("ret").is_number() ? call.at("ret").get<std::int64_t>() : 0,
                             text_or_empty(call.at("err"))});
        }
    }
    return calls;
}

void read_round_trip(json const& run, RecordedRun& out) {
    for (json const& call : run.at("calls")) {
        if (call.at("op") == "tcp_info" && call.contains("more")) {
            out.srtt = std::chrono::microseconds{call.at("more").at("rtt").get<std::int64_t>()};
        }
    }
    for (json const& entry : run.value("watch", json::array())) {
        if (entry.value("log", "") == "tcp_info" && entry.at("v").at("backoff") == 0) {
            out.rto = std::chrono::microseconds{entry.at("v").at("rto").get<std::int64_t>()};
            return;
        }
    }
}

void read_schedule(json const& run, RecordedRun& out) {
    for (json const& schedule : run.at("schedules").value("client", json::array())) {
        Duration const last = seconds_of(schedule.at("first_at")) + seconds_of(schedule.at("after_first").back());
        for (json const& gap : schedule.at("gaps")) {
            out.gaps.push_back(seconds_of(gap));
        }
        for (json const& call : run.at("calls")) {
            if (text_or_empty(call.at("err")) == "ETIMEDOUT") {
                out.last_gap = seconds_of(call.at("t")) + seconds_of(call.at("dur")) - last;
            }
        }
    }
}

}  // namespace

Recording read_recording(std::string const& name) {
    std::ifstream file{"tests/reference/linux-6.18/crash/" + name + ".json"};
    REQUIRE_MESSAGE(file.good(), "the recording ", name, " is there");
    json const document = json::parse(file);
    Recording recording;
    for (json const& run : document.at("runs")) {
        RecordedRun recorded;
        recorded.calls = client_calls(run);
        read_round_trip(run, recorded);
        read_schedule(run, recorded);
        recording.runs.push_back(std::move(recorded));
    }
    for (json const& packet : document.at("runs").at(0).at("packets").at("client")) {
        recording.packets.push_back({packet.at("d").get<std::string>().front(), packet.at("f"), packet.at("seq"),
                                     packet.at("ack").is_number() ? packet.at("ack").get<std::int64_t>() : 0,
                                     packet.at("len"), packet.at("win")});
    }
    recording.packets_same = document.at("agreement").at("packets_same").at("client");
    return recording;
}

Duration wheel_granule(Duration ideal) {
    // Level n of the wheel holds 64 slots of 8^n jiffies: 4 ms, 32 ms, 256 ms, 2.05 s, 16.4 s.
    Duration granule = 4ms;
    for (Duration reach = 64 * granule; ideal >= reach; reach *= 8) {
        granule *= 8;
    }
    return granule;
}

bool within_wheel(Duration ideal, Duration recorded) {
    constexpr Duration two_jiffies = 8ms;
    constexpr Duration clock_resolution = 100us;  // the recordings' times have four decimals
    return recorded + clock_resolution >= ideal && recorded <= ideal + wheel_granule(ideal) + two_jiffies;
}

}  // namespace tcpsim::reference

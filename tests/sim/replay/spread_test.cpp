// sim/replay: what is compared where the recorded runs are not the same.
#include "sim/replay/spread.hpp"

#include "sim/replay/judge.hpp"
#include "sim/replay/schedule.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::replay;
using namespace std::chrono_literals;

namespace {

Packet text(Duration at, int seq, int length = 100) {
    return {.at = at, .from = "c>s", .flags = "A", .seq = std::to_string(seq), .ack = "1", .length = length};
}
Packet bare(Duration at, int ack) {
    return {.at = at, .from = "s>c", .flags = "A", .seq = "1", .ack = std::to_string(ack)};
}

std::vector<Seen> seen(std::vector<Packet> const& packets) {
    std::vector<Seen> all;
    for (Packet const& packet : packets) {
        all.push_back({packet, {}});
    }
    return all;
}

Recording runs_with(std::vector<std::vector<Packet>> const& lists) {
    Recording recording;
    recording.packets_same["client"] = false;
    for (auto const& list : lists) {
        RecordedRun& run = recording.runs.emplace_back();
        run.packets["client"] = list;
        run.schedules["client"] = schedules_of(list);
    }
    return recording;
}

bool is_outside(Recording const& recording, std::vector<Packet> const& ours) {
    return outside_spread("client", recording, seen(ours)).has_value();
}

}  // namespace

TEST_CASE("schedules: what is sent again, by its first octet; probes left of what was sent") {
    auto const found = schedules_of({text(0ms, 1), text(10ms, 101), text(30ms, 1), text(70ms, 1, 200),
                                     text(80ms, 301, 0), text(90ms, 200, 0), text(100ms, 200, 0)});
    REQUIRE(found.size() == 2);
    CHECK(found[0].kind == "data");
    CHECK(found[0].seq == "1");
    CHECK(found[0].length == 200);
    CHECK(found[0].gaps == std::vector<Duration>{30ms, 40ms});
    CHECK(repetitions(found[0]) == 2);
    CHECK(found[1].kind == "probe");
    CHECK(repetitions(found[1]) == 2);
}

TEST_CASE("schedules: SYN, SYN-ACK and FIN are kinds of their own, a RST is none") {
    auto const with_flags = [](Duration at, std::string flags) {
        return Packet{.at = at, .from = "c>s", .flags = std::move(flags), .seq = "0"};
    };
    CHECK(schedules_of({with_flags(0s, "S"), with_flags(1s, "S")}).at(0).kind == "syn");
    CHECK(schedules_of({with_flags(0s, "SA"), with_flags(1s, "SA")}).at(0).kind == "syn-ack");
    CHECK(schedules_of({with_flags(0s, "FA"), with_flags(1s, "FA")}).at(0).kind == "fin");
    CHECK(schedules_of({with_flags(0s, "R"), with_flags(1s, "R")}).empty());
}

TEST_CASE("spread: every kind of packet as often as in one run or between two") {
    Recording const recording =
        runs_with({{text(0ms, 1), bare(1ms, 101)}, {text(0ms, 1), bare(1ms, 51), bare(1ms, 101), bare(1ms, 101)}});
    CHECK_FALSE(is_outside(recording, {text(0ms, 1), bare(1ms, 51), bare(1ms, 101)}));
    CHECK(is_outside(recording, {text(0ms, 1)}));
    CHECK(is_outside(recording, {text(0ms, 1), bare(1ms, 1), bare(1ms, 1), bare(1ms, 1), bare(1ms, 1)}));
    CHECK(is_outside(recording, {text(0ms, 1), bare(1ms, 51), text(1ms, 1)}));
    CHECK(is_outside(recording, {text(0ms, 1, 99), bare(1ms, 51)}));
}

TEST_CASE("spread: where one run's packets were kept, the cutting of text and bare ACKs are not known, the rest is") {
    Recording recording = runs_with({{text(0ms, 1), text(0ms, 101), bare(1ms, 201)}, {}});
    recording.runs[1].packets.clear();
    recording.runs[1].packets_kept = PacketsKept::nowhere;
    CHECK_FALSE(is_outside(recording, {text(0ms, 1, 200), bare(1ms, 101), bare(1ms, 201)}));
    CHECK(is_outside(recording, {text(0ms, 1, 199)}));
    Packet fin = text(1ms, 201, 0);
    fin.flags = "FA";
    CHECK(is_outside(recording, {text(0ms, 1, 200), fin}));
    CHECK(is_outside(recording, {text(0ms, 1, 200), text(1ms, 1, 200)}));
    // Another run repeated it once.
    recording.runs[1].schedules["client"] = schedules_of({text(0ms, 1), text(1ms, 1)});
    CHECK_FALSE(is_outside(recording, {text(0ms, 1, 200), text(1ms, 1, 200)}));
    CHECK(is_outside(recording, {text(0ms, 1, 200), text(1ms, 1, 200), text(1ms, 1, 200)}));
}

TEST_CASE("spread: runs that agree on a capture point are compared exactly") {
    Recording recording = runs_with({{text(0ms, 1), text(0ms, 101)}, {text(0ms, 1), text(0ms, 101)}});
    Replayed ours;
    ours.packets["client"] = seen({text(0ms, 1, 200)});
    recording.packets_same["client"] = true;
    CHECK(differences(recording, recording.runs[0], ours).size() == 1);
}

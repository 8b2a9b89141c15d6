#include "sim/replay/compare.hpp"

#include "sim/replay/compare_times.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::replay;
using namespace std::chrono_literals;

namespace {

Packet data(Duration at, int number) {
    return {.at = at, .from = "c>s", .flags = "A", .seq = std::to_string(1 + 100 * number), .ack = "1", .length = 100};
}
Packet ack(Duration at, int number, std::string options = "ts") {
    return {.at = at,
            .from = "s>c",
            .flags = "A",
            .seq = "1",
            .ack = std::to_string(1 + 100 * number),
            .options = std::move(options)};
}

std::vector<Seen> seen(std::vector<Packet> const& packets, Duration waited = {}) {
    std::vector<Seen> all;
    for (Packet const& packet : packets) {
        all.push_back({packet, {.waited = waited}});
    }
    return all;
}

std::vector<Difference> compare(std::vector<Packet> recorded, std::vector<Seen> ours) {
    RecordedRun run;
    run.packets["client"] = std::move(recorded);
    Replayed replayed;
    replayed.packets["client"] = std::move(ours);
    return differences(Recording{}, run, replayed);
}

}  // namespace

TEST_CASE("compare: equal packets at equal times do not differ, whatever their windows") {
    Packet wider = data(1ms, 1);
    wider.window = 7;
    CHECK(compare({data(0ms, 0), data(1ms, 1)}, seen({data(0ms, 0), wider})).empty());
}

TEST_CASE("compare: every field but the window makes another packet") {
    Packet const one = data(1ms, 1);
    std::vector<Packet> others(8, one);
    others[0].from = "s>c";
    others[1].flags = "PA";
    others[2].seq = "5";
    others[3].ack = "5";
    others[4].length = 5;
    others[5].options = "ts";
    others[6].ecn = "ce";
    others[7].connection = 1;
    for (Packet const& other : others) {
        auto const found = compare({data(0ms, 0), one}, seen({data(0ms, 0), other}));
        REQUIRE(found.size() == 1);
        CHECK(found[0].packet == 1);
        CHECK(found[0].point == "client");
    }
}

TEST_CASE("compare: a packet that is missing, and one too many before the recording's end") {
    CHECK(compare({data(0ms, 0), data(1ms, 1)}, seen({data(0ms, 0)})).at(0).packet == 1);
    CHECK(compare({data(0ms, 0), data(5ms, 1)}, seen({data(0ms, 0), data(5ms, 1), data(5ms, 2)})).at(0).packet == 2);
    // What comes after the recorder stopped is not known.
    CHECK(compare({data(0ms, 0), data(5ms, 1)}, seen({data(0ms, 0), data(5ms, 1), data(6ms, 2)})).empty());
}

TEST_CASE("compare: a kernel's timer may be late by its wheel's slot and two jiffies, never early") {
    Duration const wait = 200ms;
    std::vector<Seen> const ours = seen({data(0ms, 0), data(wait, 1)}, wait);
    CHECK(wheel_lateness(wait) == 12ms);
    CHECK(compare({data(0ms, 0), data(wait, 1)}, ours).empty());
    CHECK(compare({data(0ms, 0), data(wait + 14ms, 1)}, ours).empty());
    CHECK(compare({data(0ms, 0), data(wait + 15ms, 1)}, ours).size() == 1);
    CHECK(compare({data(0ms, 0), data(wait - 1ms, 1)}, ours).empty());
    CHECK(compare({data(0ms, 0), data(wait - 2ms, 1)}, ours).size() == 1);
}

TEST_CASE("compare: the wheel's slots are 1, 8, 64 … jiffies of 4 ms") {
    CHECK(wheel_lateness(255ms) == 12ms);
    CHECK(wheel_lateness(256ms) == 40ms);
    CHECK(wheel_lateness(2047ms) == 40ms);
    CHECK(wheel_lateness(2048ms) == 264ms);
    CHECK(wheel_lateness(16'384ms) == 2'056ms);
}

TEST_CASE("compare: calls differ in result, errno or in not returning") {
    RecordedRun run;
    run.calls = {{.who = "client", .op = "recv", .result = "5"}};
    Replayed ours;
    ours.calls = {{.begun = true, .returned = true, .result = "5"}};
    CHECK(differences({}, run, ours).empty());
    ours.calls[0].result = "6";
    CHECK(differences({}, run, ours).size() == 1);
    ours.calls[0] = {.begun = true, .returned = true, .result = "5", .error = "EPIPE"};
    CHECK(differences({}, run, ours).size() == 1);
    ours.calls[0] = {.begun = true};
    CHECK(differences({}, run, ours).size() == 1);
    run.calls[0].result.clear();
    CHECK(differences({}, run, ours).empty());
    ours.calls[0].lacking = "recv";
    CHECK(differences({}, run, ours).size() == 1);
}

TEST_CASE("compare: a call on which the runs do not agree returns what one of them did, or a number between theirs") {
    Recording recording;
    recording.calls_differ_at = {1};
    for (char const* const result : {"5", "9"}) {
        recording.runs.push_back({.calls = {{.who = "client", .op = "send", .result = "5"},
                                            {.who = "client", .op = "fill", .result = result}}});
    }
    Replayed ours;
    ours.calls = {{.begun = true, .returned = true, .result = "5"}, {.begun = true, .returned = true, .result = "9"}};
    CHECK(differences(recording, recording.runs[0], ours).empty());
    ours.calls[1].result = "7";
    CHECK(differences(recording, recording.runs[0], ours).empty());
    ours.calls[1].result = "10";
    CHECK(differences(recording, recording.runs[0], ours).size() == 1);
    ours.calls[1].result = "4";
    CHECK(differences(recording, recording.runs[0], ours).size() == 1);
    ours.calls[1] = {.begun = true, .returned = true, .result = "5"};
    ours.calls[0].result = "9";  // on this call they agree
    CHECK(differences(recording, recording.runs[0], ours).size() == 1);
}

TEST_CASE("compare: what a call tells beside its result must be what was recorded") {
    RecordedRun run;
    run.calls = {{.who = "client", .op = "recv_errqueue", .result = "40", .more = {{"ee_code", "3"}}}};
    Replayed ours;
    ours.calls = {{.begun = true, .returned = true, .result = "40", .told = {{"ee_code", "3"}}}};
    CHECK(differences({}, run, ours).empty());
    ours.calls[0].told["ee_code"] = "1";
    CHECK(differences({}, run, ours).size() == 1);
}

TEST_CASE("compare: a call returns when the recording's does, late by a timer at most") {
    RecordedRun run;
    run.calls = {{.who = "client", .op = "recv", .at = 1s, .took = 200ms, .result = "0"}};
    Replayed ours;
    auto const returns_at = [&](Duration at) {
        ours.calls = {{.begun = true, .returned = true, .at = Instant{1s}, .until = Instant{at}, .result = "0"}};
        return differences({}, run, ours);
    };
    CHECK(returns_at(1200ms).empty());
    CHECK(returns_at(1206ms).empty());
    CHECK(returns_at(1207ms).size() == 1);
    CHECK(returns_at(1181ms).empty());  // 7 ms of the machine, 12 ms of the wheel
    CHECK(returns_at(1180ms).size() == 1);
}

TEST_CASE("compare: a call after a late packet may be as late as that, and one timer more") {
    RecordedRun run;
    run.packets["client"] = {data(0ms, 0), data(440ms, 1)};
    run.calls = {{.who = "client", .op = "recv", .at = 0ms, .took = 940ms, .result = "-1", .error = "ETIMEDOUT"}};
    Replayed ours;
    ours.packets["client"] = seen({data(0ms, 0), data(400ms, 1)}, 400ms);
    ours.calls = {{.begun = true, .returned = true, .until = Instant{900ms}, .result = "-1", .error = "ETIMEDOUT"}};
    CHECK(differences({}, run, ours).empty());
    run.calls[0].took = 999ms;  // 40 ms from before, 40 and 12 ms of timers that nobody saw, 7 ms
    CHECK(differences({}, run, ours).empty());
    run.calls[0].took = 1000ms;
    CHECK(differences({}, run, ours).size() == 1);
}

TEST_CASE("compare: behind a hole in a long capture its end is compared with ours") {
    RecordedRun run;
    run.packets["client"] = {data(0ms, 0), data(4ms, 4)};
    run.holes["client"] = {.before = 1, .count = 3};
    Replayed ours;
    ours.packets["client"] = seen({data(0ms, 0), data(1ms, 1), data(2ms, 2), data(3ms, 3), data(4ms, 4)});
    CHECK(differences({}, run, ours).empty());
    run.holes["client"].count = 2;
    CHECK(differences({}, run, ours).size() == 1);
}

TEST_CASE("compare: what is lacking is a difference") {
    Replayed ours;
    ours.lacking = {"fault nat_forget"};
    CHECK(differences({}, {}, ours).size() == 1);
}

TEST_CASE("align: what is common stands side by side, and PSH alone does not part packets") {
    Packet pushed = data(2ms, 2);
    pushed.flags = "PA";
    auto const rows = align({data(0ms, 0), data(1ms, 1), pushed}, seen({data(0ms, 0), data(2ms, 2), data(3ms, 3)}));
    REQUIRE(rows.size() == 4);
    CHECK((rows[0].recorded == 0 && rows[0].ours == 0));
    CHECK((rows[1].recorded == 1 && !rows[1].ours));
    CHECK((rows[2].recorded == 2 && rows[2].ours == 1));
    CHECK((!rows[3].recorded && rows[3].ours == 2));
}

TEST_CASE("rounds: a round ends with the first ACK or SACK above what had been sent when it began") {
    auto const rounds =
        rounds_of(seen({data(0ms, 0), data(0ms, 1), ack(1ms, 1), data(1ms, 2), data(1ms, 3), ack(1ms, 2), data(1ms, 4),
                        ack(2ms, 2, "ts,sack=301-401"), data(2ms, 2), data(2ms, 5)}));
    REQUIRE(rounds.size() == 3);
    CHECK(rounds[0].fresh == 2);
    CHECK(rounds[1].fresh == 3);
    CHECK(rounds[1].repeated == 0);
    CHECK(rounds[2].fresh == 1);
    CHECK(rounds[2].repeated == 1);
    CHECK_FALSE(different_round({{2, 2, 0, 0}, {2, 3, 0, 0}, {1, 1, 0, 1}}, rounds));
    CHECK(different_round({{2, 2, 0, 0}, {2, 3, 0, 0}, {1, 1, 0, 0}}, rounds));
    CHECK(different_round({{2, 2, 0, 0}, {4, 5, 0, 0}, {1, 1, 0, 1}}, rounds));
    CHECK(different_round({{2, 2, 0, 0}, {2, 3, 0, 0}}, rounds));
}

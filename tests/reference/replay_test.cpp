// Every recorded case, replayed. What is not replayed exactly yet stands in a list that can only shrink, with the reason;
// docs/fidelity.md is made from it.
#include "sim/replay/judge.hpp"
#include "sim/replay/pairing.hpp"
#include "tests/support/files.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <variant>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::replay;

namespace {

std::filesystem::path const folder{"tests/reference/linux-6.18"};
constexpr std::size_t all_cases = 180;

/// Case and why it is not replayed exactly.
std::map<std::string, std::string> const open_cases{
    {"bulk_2mb_rtt50", "210 segments leave in round 5, Linux's autotuned window lets 216"},
    {"bulk_2mb_rtt50_loss200_reno", "99 segments leave in round 5, Linux sends 104"},
    {"bulk_2mb_rtt50_wide_loss400", "338 new segments leave in the round of the loss, Linux sends 331"},
    {"ecn_every_fifth", "one PSH: a packet ends a segment later than Linux's"},
    {"nodelay_many_writes", "the recorded reader is slower than the burst, and so acknowledges less often"},
    {"nosack_reno_two_losses", "the recorded writer wakes between two ACKs of one burst, ours after it"},
    {"nowscale_loss", "two ACKs fewer at the end of a burst, where the window cannot be said"},
    {"pmtu_router_1000", "an acknowledgment after the cut is another"},
    {"proc_kill_loopback", "the replay has no capture point on a loopback interface"},
    {"reader_sleeps",
     "a delayed ACK at the edge of a jiffy: an RTO one jiffy shorter, and a probe that is not answered"},
    {"reno_two_losses_60ms", "the recorded writer wakes between two ACKs of one burst, ours after it"},
    {"reorder_by_12", "one PSH: a packet ends a segment later than Linux's"},
    {"syn_and_synack_lost",
     "the server's timer and the client's third SYN meet: which is first depends on the phase of both clocks"},
    {"tfo_cookie_then_data", "a writer that waits saves the handshake's ACK (sk_write_pending)"},
};

std::vector<std::filesystem::path> files() { return test::files_below(folder, ".json"); }

Recording load(std::filesystem::path const& file) {
    auto read = read_recording(test::text_of(file));
    REQUIRE_MESSAGE(std::holds_alternative<Recording>(read), file);
    return std::get<Recording>(std::move(read));
}

std::string words(std::vector<Difference> const& differences) {
    std::string text;
    for (Difference const& each : differences) {
        text += each.point + " packet " + std::to_string(each.packet) + ": " + each.what + "; ";
    }
    return text;
}

struct Count {
    std::size_t cases{0}, same{0}, calls{0}, packets{0}, wheel{0};
};

std::string row(std::string const& name, Count const& count) {
    return fmt::format("| {} | {} | {} | {} | {} | {} |\n", name, count.cases, count.same, count.calls, count.packets,
                       count.wheel);
}

/// A packet that a timer sent: when the kernel did, and when we do with timers on its wheel and with ideal ones.
struct Fired {
    Duration recorded{0}, wheel{0}, ideal{0};
};

/// At the client, as far as both replays have the recorded packets.
std::vector<Fired> fired_by_timers(Recording const& recording, Verdict const& wheel) {
    std::vector<Fired> all;
    Verdict const ideal = judge(recording, TimersBy::ideal);
    auto const found = recording.runs[wheel.run].packets.find("client");
    if (found == recording.runs[wheel.run].packets.end() || ideal.run != wheel.run || !wheel.differences.empty() ||
        !ideal.differences.empty()) {
        return all;
    }
    std::vector<Seen> const& on_wheel = wheel.ours.packets.at("client");
    std::vector<Seen> const& in_time = ideal.ours.packets.at("client");
    Pairing const first = pair_up("client", recording.runs[wheel.run], on_wheel);
    Pairing const second = pair_up("client", recording.runs[wheel.run], in_time);
    for (std::size_t i = 0; i < std::min(first.ours.size(), second.ours.size()); ++i) {
        Seen const& seen = on_wheel[first.ours[i]];
        if (seen.cause.waited > Duration{0} && found->second[i].from.starts_with("c")) {
            all.push_back({found->second[i].at, seen.packet.at, in_time[second.ours[i]].packet.at});
        }
    }
    return all;
}

std::string seconds(Duration duration) {
    return fmt::format("{}.{:03}", duration / std::chrono::seconds{1},
                       duration % std::chrono::seconds{1} / std::chrono::milliseconds{1});
}

/// The three recordings whose timers went on longest, side by side with ours.
std::string schedules_page(std::map<std::string, std::vector<Fired>> const& schedules) {
    std::vector<std::pair<Duration, std::string>> longest;
    for (auto const& [name, rows] : schedules) {
        longest.emplace_back(rows.back().recorded - rows.front().recorded, name);
    }
    std::sort(longest.rbegin(), longest.rend());
    longest.resize(std::min<std::size_t>(longest.size(), 3));
    std::string text =
        "\n## The three longest schedules\n\nWhat timers of the client sent, in seconds: recorded, ours with timers on "
        "the kernel's wheel, and ours at the timers'\nown times.\n";
    for (auto const& [length, name] : longest) {
        text += fmt::format("\n| {} | recorded | on the wheel | ideal |\n|---|---|---|---|\n", name);
        std::size_t number = 0;
        for (Fired const& row : schedules.at(name)) {
            text += fmt::format("| {} | {} | {} | {} |\n", ++number, seconds(row.recorded), seconds(row.wheel),
                                seconds(row.ideal));
        }
    }
    return text;
}

std::string page(std::map<std::string, Count> const& groups, std::string const& schedules) {
    std::string text =
        "# What a real Linux did, and we do\n\n"
        "Made by `tests/reference/replay_test.cpp` from the recordings in `tests/reference/linux-6.18`. \"The same\" "
        "means: every\n"
        "call's result, error and time, and every packet's flags, numbers, length, options and time at each capture "
        "point, as\n"
        "far as the recorded runs agree among themselves; times up to the lateness of a kernel's timer wheel. One "
        "group by hand:\n"
        "`tcpsim replay tests/reference/linux-6.18/loss`. \"On the wheel\": how many are the same with timers as late "
        "as "
        "the\n"
        "recorded kernel's (`--timers wheel`), where times must agree within two jiffies, 8 ms.\n\n"
        "| group | cases | the same | calls equal | packets equal | on the wheel |\n|---|---|---|---|---|---|\n";
    Count total;
    for (auto const& [name, count] : groups) {
        text += row(name, count);
        total = {total.cases + count.cases, total.same + count.same, total.calls + count.calls,
                 total.packets + count.packets, total.wheel + count.wheel};
    }
    text += row("all", total) + "\n## Not replayed exactly yet\n\n| case | why |\n|---|---|\n";
    for (auto const& [name, why] : open_cases) {
        text += fmt::format("| {} | {} |\n", name, why);
    }
    return text + schedules;
}

}  // namespace

TEST_CASE("Linux 6.18: every recorded case is replayed, or stands in the list with the reason") {
    auto const all = files();
    CHECK(all.size() == all_cases);
    std::map<std::string, Count> groups;
    std::map<std::string, std::vector<Fired>> schedules;
    for (auto const& file : all) {
        Recording const recording = load(file);
        CHECK(recording.name == file.stem().string());
        Verdict const verdict = judge(recording);
        Count& count = groups[file.parent_path().filename().string()];
        ++count.cases;
        Verdict const wheel = judge(recording, TimersBy::wheel);
        count.wheel += wheel.differences.empty() ? 1U : 0U;
        if (verdict.differences.empty()) {
            ++count.same;
            count.calls += verdict.calls;
            count.packets += verdict.packets;
        }
        if (auto rows = fired_by_timers(recording, wheel); !rows.empty()) {
            schedules.emplace(recording.name, std::move(rows));
        }
        auto const listed = open_cases.find(recording.name);
        if (listed == open_cases.end()) {
            CHECK_MESSAGE(verdict.differences.empty(), recording.name, " differs: ", words(verdict.differences));
        } else {
            CHECK_MESSAGE(!verdict.differences.empty(), recording.name, " matches now: take it off the list (",
                          listed->second, ")");
        }
    }
    std::string const now = page(groups, schedules_page(schedules));
    if (std::getenv("TCPSIM_UPDATE") != nullptr) {
        std::ofstream{"docs/fidelity.md"} << now;
    }
    CHECK_MESSAGE(test::text_of("docs/fidelity.md") == now, "docs/fidelity.md differs; TCPSIM_UPDATE=1 writes it anew");
}

TEST_CASE("Linux 6.18: the list names only cases that are there") {
    auto const all = files();
    for (auto const& listed : open_cases) {
        INFO(listed.first);
        CHECK(std::any_of(all.begin(), all.end(),
                          [&](auto const& file) { return file.stem().string() == listed.first; }));
        CHECK(!listed.second.empty());
    }
}

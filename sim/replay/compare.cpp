#include "sim/replay/compare.hpp"

#include "sim/replay/compare_times.hpp"
#include "sim/replay/pairing.hpp"
#include "sim/replay/spread.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace tcpsim::replay {
namespace {

std::optional<std::int64_t> whole_number(std::string const& text) {
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

Difference mismatch(std::string const& point, Pairing const& pairing) {
    using Kind = Pairing::Kind;
    std::string const what = pairing.kind == Kind::missing ? "the recording has a packet that we do not send"
                             : pairing.kind == Kind::extra ? "we send a packet that the recording does not have"
                                                           : "another packet";
    return {.what = what, .point = point, .packet = pairing.at};
}

/// At one capture point: exactly like the run or, where the runs differ among themselves, within their spread.
std::optional<Difference> different_at(std::string const& point, Recording const& recording, RecordedRun const& run,
                                       std::vector<Seen> const& ours, Paired& paired) {
    auto const agreed = recording.packets_same.find(point);
    bool const same_in_all = agreed == recording.packets_same.end() || agreed->second;
    if (!run.packets.contains(point)) {
        return outside_spread(point, recording, ours);
    }
    Pairing const pairing = pair_up(point, run, ours);
    if (pairing.kind == Pairing::Kind::same) {
        paired[point] = instants(run.packets.at(point), ours, pairing);
        return std::nullopt;
    }
    return same_in_all ? mismatch(point, pairing) : outside_spread(point, recording, ours);
}

/// A result on which the runs do not agree is that of one of them, a number anything between theirs.
bool within_runs(Recording const& recording, std::size_t index, std::string const& value,
                 std::string const& (*of)(Call const&)) {
    std::optional<std::int64_t> least;
    std::optional<std::int64_t> most;
    auto const mine = whole_number(value);
    for (RecordedRun const& run : recording.runs) {
        if (index >= run.calls.size()) {
            continue;
        }
        std::string const& theirs = of(run.calls[index]);
        if (theirs == value) {
            return true;
        }
        if (auto const number = whole_number(theirs)) {
            least = std::min(least.value_or(*number), *number);
            most = std::max(most.value_or(*number), *number);
        }
    }
    return mine && least && *mine >= *least && *mine <= *most;
}

std::string const& result_of(Call const& call) { return call.result; }
std::string const& error_of(Call const& call) { return call.error; }
std::string const& total_of(Call const& call) {
    static std::string const none;
    auto const found = call.more.find("total");
    return found == call.more.end() ? none : found->second;
}

std::string different_result(Recording const& recording, std::size_t index, Call const& call, Made const& made) {
    bool const agreed = std::find(recording.calls_differ_at.begin(), recording.calls_differ_at.end(), index) ==
                        recording.calls_differ_at.end();
    auto const same = [&](std::string const& mine, std::string const& (*of)(Call const&)) {
        return mine == of(call) || (!agreed && within_runs(recording, index, mine, of));
    };
    if (!made.lacking.empty()) {
        return "lacking: " + made.lacking;
    }
    if (made.returned != !call.result.empty()) {
        return made.returned ? "returns, and should not" : "does not return";
    }
    if (!same(made.result, result_of) || !same(made.error, error_of)) {
        return fmt::format("returns {} {}, recorded {} {}", made.result, made.error, call.result, call.error);
    }
    auto const total = made.more.find("total");
    if (total != made.more.end() && !total_of(call).empty() && !same(total->second, total_of)) {
        return fmt::format("{} bytes in all, recorded {}", total->second, total_of(call));
    }
    for (auto const& [field, value] : made.told) {
        auto const theirs = call.more.find(field);
        if (theirs != call.more.end() && theirs->second != value) {
            return fmt::format("tells {} {}, recorded {}", field, value, theirs->second);
        }
    }
    return {};
}

std::optional<Difference> different_call(Recording const& recording, RecordedRun const& recorded,
                                         Replayed const& ours) {
    for (std::size_t i = 0; i < recorded.calls.size(); ++i) {
        Call const& call = recorded.calls[i];
        if (std::string const what = different_result(recording, i, call, ours.calls[i]); !what.empty()) {
            return Difference{.what = fmt::format("{} {}: {}", call.who, call.op, what), .call = i};
        }
    }
    return std::nullopt;
}

}  // namespace

namespace {

bool same_but_for_push(Packet recorded, Packet ours) {
    std::erase(recorded.flags, 'P');
    std::erase(ours.flags, 'P');
    return same_packet(recorded, ours);
}

}  // namespace

std::vector<Row> align(std::vector<Packet> const& recorded, std::vector<Seen> const& ours) {
    std::size_t const n = recorded.size();
    std::size_t const m = ours.size();
    // common[i][j]: the longest common subsequence of what begins at i and at j.
    std::vector<std::vector<std::size_t>> common(n + 1, std::vector<std::size_t>(m + 1, 0));
    for (std::size_t i = n; i-- > 0;) {
        for (std::size_t j = m; j-- > 0;) {
            common[i][j] = same_but_for_push(recorded[i], ours[j].packet)
                               ? common[i + 1][j + 1] + 1
                               : std::max(common[i + 1][j], common[i][j + 1]);
        }
    }
    std::vector<Row> rows;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < n || j < m) {
        if (i < n && j < m && same_but_for_push(recorded[i], ours[j].packet)) {
            rows.push_back({i++, j++});
        } else if (j == m || (i < n && common[i + 1][j] >= common[i][j + 1])) {
            rows.push_back({i++, std::nullopt});
        } else {
            rows.push_back({std::nullopt, j++});
        }
    }
    return rows;
}

std::optional<Difference> different_round(std::vector<Round> const& recorded, std::vector<SeenRound> const& ours) {
    for (std::size_t i = 0; i < std::max(recorded.size(), ours.size()); ++i) {
        Round const theirs = i < recorded.size() ? recorded[i] : Round{};
        SeenRound const mine = i < ours.size() ? ours[i] : SeenRound{};
        bool const same = mine.fresh >= theirs.fresh_min && mine.fresh <= theirs.fresh_max &&
                          mine.repeated >= theirs.repeated_min && mine.repeated <= theirs.repeated_max;
        if (!same) {
            return Difference{.what = fmt::format("round {}: {} new and {} repeated segments, recorded {} to {} and {} "
                                                  "to {}",
                                                  i, mine.fresh, mine.repeated, theirs.fresh_min, theirs.fresh_max,
                                                  theirs.repeated_min, theirs.repeated_max)};
        }
    }
    return std::nullopt;
}

std::vector<Difference> differences(Recording const& recording, RecordedRun const& recorded, Replayed const& ours) {
    std::vector<Difference> all;
    for (std::string const& what : ours.lacking) {
        all.push_back({.what = "lacking: " + what});
    }
    std::set<std::string> points;
    for (auto const& [point, packets] : recorded.packets) {
        points.insert(point);
    }
    for (auto const& [point, same] : recording.packets_same) {
        points.insert(point);
    }
    Paired paired;
    for (std::string const& point : points) {
        auto const here = ours.packets.find(point);
        if (here == ours.packets.end()) {
            all.push_back({.what = "no such capture point", .point = point});
        } else if (auto const different = different_at(point, recording, recorded, here->second, paired)) {
            all.push_back(*different);
        }
    }
    if (auto const time = different_time(paired, ours)) {
        all.push_back(*time);
    }
    if (auto const client = ours.packets.find("client"); !recording.rounds.empty() && client != ours.packets.end()) {
        if (auto const round = different_round(recording.rounds, rounds_of(client->second))) {
            all.push_back(*round);
        }
    }
    if (auto const call = different_call(recording, recorded, ours)) {
        all.push_back(*call);
    } else if (auto const time = different_duration(recorded, ours, paired); time && all.empty()) {
        all.push_back(*time);
    }
    return all;
}

}  // namespace tcpsim::replay

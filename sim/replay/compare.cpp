#include "sim/replay/compare.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tcpsim::replay {
namespace {

using namespace std::chrono_literals;

/// The path's RTT beyond the nominal one is only known from the handshake, and the recorded programs' rasters jitter.
constexpr Duration too_early = 1ms;
/// What the recorder's machine takes for a packet and a wake-up beyond the path's delay.
constexpr Duration processing = 2ms;

std::string milliseconds(Duration duration) {
    return fmt::format("{}.{:03} ms", duration / 1ms, std::abs(duration % 1ms / 1us));
}

std::optional<Difference> different_packet(std::string const& point, std::vector<Packet> const& recorded,
                                           std::vector<Seen> const& ours, bool only_first) {
    Duration const end = recorded.empty() ? Duration{0} : recorded.back().at;
    for (std::size_t i = 0; i < recorded.size(); ++i) {
        if (i >= ours.size()) {
            return Difference{.what = "the recording has a packet that we do not send", .point = point, .packet = i};
        }
        if (!same_packet(recorded[i], ours[i].packet)) {
            return Difference{.what = "another packet", .point = point, .packet = i};
        }
    }
    if (!only_first && ours.size() > recorded.size() && ours[recorded.size()].packet.at <= end) {
        return Difference{
            .what = "we send a packet that the recording does not have", .point = point, .packet = recorded.size()};
    }
    return std::nullopt;
}

/// Lateness only grows by a timer's, and shrinks at most to nothing: where a call or a fault has its time.
std::optional<Difference> different_time(std::string const& point, std::vector<Packet> const& recorded,
                                         std::vector<Seen> const& ours) {
    Duration late{0};
    for (std::size_t i = 1; i < recorded.size(); ++i) {
        Duration const now_late = recorded[i].at - ours[i].packet.at;
        Duration const ideal = ours[i].packet.at - ours[i - 1].packet.at;
        Duration const may_grow = processing + wheel_lateness(std::max(ideal, ours[i].cause.waited));
        if (now_late < -too_early || now_late > std::max(late, Duration{0}) + may_grow) {
            return Difference{
                .what = fmt::format("another time: {} after the packet before, recorded {}", milliseconds(ideal),
                                    milliseconds(recorded[i].at - recorded[i - 1].at)),
                .point = point,
                .packet = i};
        }
        late = now_late;
    }
    return std::nullopt;
}

std::optional<Difference> different_call(RecordedRun const& recorded, Replayed const& ours) {
    for (std::size_t i = 0; i < recorded.calls.size(); ++i) {
        Call const& call = recorded.calls[i];
        Made const& made = ours.calls[i];
        std::string what;
        if (!made.lacking.empty()) {
            what = "lacking: " + made.lacking;
        } else if (made.returned != !call.result.empty()) {
            what = made.returned ? "returns, and should not" : "does not return";
        } else if (made.result != call.result || made.error != call.error) {
            what = fmt::format("returns {} {}, recorded {} {}", made.result, made.error, call.result, call.error);
        }
        auto const theirs = call.more.find("total");
        auto const ours_total = made.more.find("total");
        if (what.empty() && theirs != call.more.end() && ours_total != made.more.end() &&
            theirs->second != ours_total->second) {
            what = fmt::format("{} bytes in all, recorded {}", ours_total->second, theirs->second);
        }
        if (!what.empty()) {
            return Difference{.what = fmt::format("{} {}: {}", call.who, call.op, what), .call = i};
        }
    }
    return std::nullopt;
}

}  // namespace

bool same_packet(Packet const& recorded, Packet const& ours) {
    return recorded.from == ours.from && recorded.flags == ours.flags && recorded.seq == ours.seq &&
           recorded.ack == ours.ack && recorded.length == ours.length && recorded.options == ours.options &&
           recorded.ecn == ours.ecn && recorded.other == ours.other && recorded.connection == ours.connection;
}

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

Duration wheel_lateness(Duration ideal) {
    // Level n of the wheel has slots of 8^n jiffies, 64 of them: 4 ms, 32 ms, 256 ms, 2.05 s, 16.4 s.
    constexpr Duration jiffy = 4ms;
    Duration slot = jiffy;
    for (Duration reach = 64 * jiffy; ideal >= reach; reach *= 8) {
        slot *= 8;
    }
    return slot + 2 * jiffy;
}

std::vector<Difference> differences(Recording const& recording, RecordedRun const& recorded, Replayed const& ours) {
    std::vector<Difference> all;
    for (std::string const& what : ours.lacking) {
        all.push_back({.what = "lacking: " + what});
    }
    for (auto const& [point, packets] : recorded.packets) {
        auto const here = ours.packets.find(point);
        if (here == ours.packets.end()) {
            all.push_back({.what = "no such capture point", .point = point});
        } else if (auto const packet = different_packet(point, packets, here->second, recorded.only_first_packets)) {
            all.push_back(*packet);
        } else if (auto const time = different_time(point, packets, here->second)) {
            all.push_back(*time);
        }
    }
    if (auto const client = ours.packets.find("client"); !recording.rounds.empty() && client != ours.packets.end()) {
        if (auto const round = different_round(recording.rounds, rounds_of(client->second))) {
            all.push_back(*round);
        }
    }
    if (auto const call = different_call(recorded, ours)) {
        all.push_back(*call);
    }
    return all;
}

}  // namespace tcpsim::replay

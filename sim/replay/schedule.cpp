#include "sim/replay/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace tcpsim::replay {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

std::string_view kind_of(Packet const& packet) {
    bool const syn = packet.flags.find('S') != std::string::npos;
    if (syn) {
        return packet.flags.find('A') == std::string::npos ? "syn" : "syn-ack";
    }
    return packet.length > 0 ? "data" : "fin";
}

struct Sent {
    Schedule schedule{};
    std::vector<Duration> at{};
};

}  // namespace

std::vector<Schedule> schedules_of(std::vector<Packet> const& packets) {
    std::vector<Sent> all;
    std::map<std::pair<std::int64_t, std::string>, std::int64_t>
        sent;  // past the last number, by connection and sender
    for (Packet const& packet : packets) {
        auto const seq = number(packet.seq);
        bool const control = packet.flags.find_first_of("SF") != std::string::npos;
        if (!packet.other.empty() || !seq || packet.flags.find('R') != std::string::npos) {
            continue;
        }
        auto const known = sent.find({packet.connection, packet.from});
        bool const is_empty = packet.length == 0 && !control;
        if (is_empty && (known == sent.end() || *seq >= known->second)) {
            continue;
        }
        Schedule one{.kind = std::string{is_empty ? "probe" : kind_of(packet)},
                     .from = packet.from,
                     .seq = packet.seq,
                     .connection = packet.connection,
                     .length = packet.length};
        if (!is_empty) {
            std::int64_t& end = sent[{packet.connection, packet.from}];
            end = std::max(end, *seq + packet.length + (control ? 1 : 0));
        }
        auto const same =
            std::find_if(all.begin(), all.end(), [&](Sent const& each) { return each.schedule.is_about(one); });
        Sent& place = same == all.end() ? all.emplace_back(Sent{one, {}}) : *same;
        place.at.push_back(packet.at);
        place.schedule.length = std::max(place.schedule.length, packet.length);
    }
    std::vector<Schedule> repeated;
    for (Sent& each : all) {
        if (each.at.size() < 2 && each.schedule.kind != "probe") {
            continue;
        }
        for (std::size_t i = 1; i < each.at.size(); ++i) {
            each.schedule.gaps.push_back(each.at[i] - each.at[i - 1]);
        }
        repeated.push_back(std::move(each.schedule));
    }
    return repeated;
}

std::size_t repetitions(Schedule const& schedule) { return schedule.gaps.size() + (schedule.kind == "probe" ? 1 : 0); }

}  // namespace tcpsim::replay

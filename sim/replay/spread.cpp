#include "sim/replay/spread.hpp"

#include "sim/replay/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

namespace tcpsim::replay {
namespace {

/// By kind, in words: how many.
using Counts = std::map<std::string, std::int64_t>;

constexpr std::string_view of_cutting{"~"};  ///< in front of kinds that depend on how data was cut and acknowledged

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string kind_of(Packet const& packet) {
    if (!packet.other.empty()) {
        return packet.other;
    }
    for (auto const& [letter, name] : {std::pair{'R', "RST"}, std::pair{'S', "SYN"}, std::pair{'F', "FIN"}}) {
        if (packet.flags.find(letter) != std::string::npos) {
            return name;
        }
    }
    return std::string{of_cutting} + (packet.length > 0 ? "data" : "bare ACK");
}

Counts counts_of(std::vector<Packet> const& packets) {
    Counts counts;
    for (Packet const& packet : packets) {
        std::string const whose = fmt::format(" {} of connection {}", packet.from, packet.connection);
        ++counts[kind_of(packet) + whose];
        if (packet.length > 0) {
            std::int64_t& end = counts["octets sent" + whose];
            end = std::max(end, number(packet.seq) + packet.length);
        }
    }
    return counts;
}

struct Range {
    std::int64_t least{std::numeric_limits<std::int64_t>::max()};
    std::int64_t most{0};
};

void widen(Range& range, std::int64_t value) {
    range.least = std::min(range.least, value);
    range.most = std::max(range.most, value);
}

std::vector<Packet> packets_of(std::vector<Seen> const& ours, Duration until) {
    std::vector<Packet> packets;
    for (Seen const& seen : ours) {
        if (seen.packet.at <= until) {
            packets.push_back(seen.packet);
        }
    }
    return packets;
}

/// The runs whose packets at that point were kept whole.
std::vector<std::vector<Packet> const*> whole_lists(std::string const& point, Recording const& recording) {
    std::vector<std::vector<Packet> const*> lists;
    for (RecordedRun const& run : recording.runs) {
        auto const list = run.packets.find(point);
        if (list != run.packets.end() && !run.holes.contains(point) && !run.only_first_packets) {
            lists.push_back(&list->second);
        }
    }
    return lists;
}

std::map<std::string, Range> ranges_of(std::vector<std::vector<Packet> const*> const& lists) {
    std::vector<Counts> all;
    std::map<std::string, Range> ranges;
    for (auto const* list : lists) {
        for (auto const& [kind, count] : all.emplace_back(counts_of(*list))) {
            ranges[kind];
        }
    }
    for (auto& [kind, range] : ranges) {
        for (Counts& counts : all) {
            widen(range, counts[kind]);
        }
    }
    return ranges;
}

std::optional<std::string> other_counts(std::vector<std::vector<Packet> const*> const& lists, Counts ours) {
    auto ranges = ranges_of(lists);
    for (auto const& [kind, count] : ours) {
        ranges.try_emplace(kind, Range{0, 0});
    }
    for (auto const& [kind, range] : ranges) {
        if (lists.size() == 1 && kind.starts_with(of_cutting)) {
            continue;
        }
        if (ours[kind] < range.least || ours[kind] > range.most) {
            return fmt::format("{}: {}, recorded {} to {}", kind.substr(kind.starts_with(of_cutting) ? 1 : 0),
                               ours[kind], range.least, range.most);
        }
    }
    return std::nullopt;
}

/// By what was repeated, and by whom. At which octet depends on how the text was cut.
Counts repetitions_of(std::vector<Schedule> const& schedules) {
    Counts counts;
    for (Schedule const& each : schedules) {
        counts[fmt::format("{} {} of connection {}", each.from, each.kind, each.connection)] +=
            static_cast<std::int64_t>(repetitions(each));
    }
    return counts;
}

/// How often everything was repeated, whose range over all runs is known even where their packets are not.
std::optional<std::string> other_repetitions(std::string const& point, Recording const& recording,
                                             std::vector<Schedule> const& ours) {
    std::vector<Counts> runs;
    Counts mine = repetitions_of(ours);
    Counts kinds = mine;
    for (RecordedRun const& run : recording.runs) {
        auto const found = run.schedules.find(point);
        runs.push_back(found == run.schedules.end() ? Counts{} : repetitions_of(found->second));
        kinds.insert(runs.back().begin(), runs.back().end());
    }
    for (auto const& [kind, any] : kinds) {
        Range range;
        for (Counts& run : runs) {
            widen(range, run[kind]);
        }
        if (mine[kind] < range.least || mine[kind] > range.most) {
            return fmt::format("{} is repeated {} times, recorded {} to {}", kind, mine[kind], range.least, range.most);
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Difference> outside_spread(std::string const& point, Recording const& recording,
                                         std::vector<Seen> const& ours) {
    auto const lists = whole_lists(point, recording);
    Duration end = Duration::max();
    if (!lists.empty() && !lists.front()->empty()) {
        end = lists.front()->back().at;
    }
    auto const packets = packets_of(ours, end);
    auto what = lists.empty() ? std::nullopt : other_counts(lists, counts_of(packets));
    if (!what) {
        what = other_repetitions(point, recording, schedules_of(packets));
    }
    return what ? std::optional{Difference{.what = *std::move(what), .point = point}} : std::nullopt;
}

}  // namespace tcpsim::replay

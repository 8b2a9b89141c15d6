#include "tools/render/replay.hpp"

#include "tools/render/why.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tcpsim::render {
namespace {

using replay::Packet;
using replay::Row;

constexpr std::size_t packet_columns = 58;

std::string time_text(Duration at) {
    auto const microseconds = at.count() / 1000;
    return fmt::format("{}{}.{:04}", microseconds < 0 ? "-" : "", std::abs(microseconds) / 1'000'000,
                       std::abs(microseconds) % 1'000'000 / 100);
}

/// Without timestamps, which say nothing here.
std::string shown_options(std::string const& options) {
    if (options == "ts") {
        return {};
    }
    return options.starts_with("ts,") ? options.substr(3) : options;
}

std::string packet_text(Packet const& packet) {
    std::string text = fmt::format("{:>8} {} ", time_text(packet.at), packet.from);
    if (!packet.other.empty()) {
        return text + packet.other;
    }
    text += fmt::format("{:<3} {}", packet.flags, packet.seq);
    text += packet.length > 0 ? fmt::format("({})", packet.length) : "";
    text += packet.ack.empty() ? "" : " ack " + packet.ack;
    text += fmt::format(" win {}", packet.window);
    text += packet.ecn.empty() ? "" : " " + packet.ecn;
    std::string const options = shown_options(packet.options);
    return options.empty() ? text : text + " " + options;
}

std::string row_text(Row const& row, std::vector<Packet> const& recorded, std::vector<replay::Seen> const& ours,
                     Look const& look) {
    std::string const theirs = row.recorded ? packet_text(recorded[*row.recorded]) : "";
    std::string const mine = row.ours ? packet_text(ours[*row.ours].packet) : "";
    std::string why = row.ours ? std::string{identifier(ours[*row.ours].cause.why)} : "";
    if (row.ours && ours[*row.ours].cause.waited > Duration{0}) {
        why += ", waited " + duration_text(ours[*row.ours].cause.waited);
    }
    bool const same = row.recorded && row.ours && replay::same_packet(recorded[*row.recorded], ours[*row.ours].packet);
    std::string const mark = same ? " " : row.recorded && row.ours ? "~" : row.recorded ? "<" : ">";
    std::string const line =
        fmt::format("{} {} | {} {}", mark, left(theirs, packet_columns), left(mine, packet_columns), why);
    return paint(look, same ? Tone::plain : Tone::bad, line) + "\n";
}

}  // namespace

std::string side_by_side(std::vector<Packet> const& recorded, std::vector<replay::Seen> const& ours, std::size_t around,
                         Look const& look) {
    std::vector<Row> const rows = replay::align(recorded, ours);
    std::size_t begin = 0;
    std::size_t end = rows.size();
    auto const first = std::find_if(rows.begin(), rows.end(), [&](Row const& row) {
        return !row.recorded || !row.ours || !replay::same_packet(recorded[*row.recorded], ours[*row.ours].packet);
    });
    if (around > 0 && first != rows.end()) {
        auto const at = static_cast<std::size_t>(first - rows.begin());
        begin = at - std::min(at, around);
        end = std::min(end, at + around + 1);
    }
    std::string text = fmt::format("  {} | {}\n", left("recorded", packet_columns), left("ours", packet_columns));
    for (std::size_t i = begin; i < end; ++i) {
        text += row_text(rows[i], recorded, ours, look);
    }
    return text;
}

std::string calls_side_by_side(replay::RecordedRun const& recorded, replay::Replayed const& ours, Look const& look) {
    std::string text;
    for (std::size_t i = 0; i < recorded.calls.size(); ++i) {
        replay::Call const& call = recorded.calls[i];
        replay::Made const& made = ours.calls[i];
        std::string arguments;
        for (std::string const& argument : call.args) {
            arguments += (arguments.empty() ? "" : ", ") + argument;
        }
        std::string line = fmt::format("  {:>8} {} {}({}) = {} {} after {}", time_text(call.at), call.who, call.op,
                                       arguments, call.result, call.error, time_text(call.took));
        bool const same = made.lacking.empty() && made.result == call.result && made.error == call.error;
        line += made.lacking.empty() ? fmt::format(" | {} {} after {}", made.result, made.error,
                                                   time_text(made.returned ? made.until - made.at : Duration{0}))
                                     : " | lacking: " + made.lacking;
        text += paint(look, same ? Tone::plain : Tone::bad, line) + "\n";
        for (auto const& [field, value] : made.more) {
            auto const theirs = call.more.find(field);
            text +=
                fmt::format("{:>32} {:>12} | {:>12}\n", field, theirs == call.more.end() ? "" : theirs->second, value);
        }
    }
    return text;
}

std::string differences_text(std::vector<replay::Difference> const& differences) {
    std::string text;
    for (replay::Difference const& each : differences) {
        text +=
            each.point.empty() ? each.what : fmt::format("at {}, packet {}: {}", each.point, each.packet, each.what);
        text += "\n";
    }
    return text;
}

}  // namespace tcpsim::render

#include "sim/scenario/loading.hpp"
#include "sim/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tcpsim::scenario {

namespace {

ExpectCall load_call(Reader const& reader, Problems& problems) {
    ExpectCall call{};
    call.program = reader.text_or("program", "");
    call.call = call_named(reader.text_or("call", "read")).value_or(trace::Call::read);
    call.socket = reader.text("socket");
    call.nth = static_cast<std::uint32_t>(reader.integer("nth").value_or(1));
    auto const outcome = load_outcome(reader, 0, problems);
    call.returns = outcome.returns;
    call.returns_data = outcome.returns_data;
    call.fails = outcome.fails;
    call.end_of_stream = outcome.end_of_stream;
    call.at = load_around(reader, "at");
    call.takes = load_around(reader, "takes");
    call.never_returns = reader.boolean_or("never_returns", false);

    std::string_view said;
    for (std::string_view const key : {"returns", "fails", "at", "takes"}) {
        said = reader.has(key) ? key : said;
    }
    if (said.empty() && !reader.has("never_returns")) {
        problems.add(reader.value().place, "nothing is expected of this call",
                     "expected returns, fails, at, takes or never_returns");
    } else if (!said.empty() && call.never_returns) {
        problems.add(reader.place_of("never_returns"), fmt::format("both 'never_returns' and '{}'", said),
                     "expected only one of them");
    }
    return call;
}

void load_match(Reader const& reader, ExpectPackets& packets) {
    packets.from = reader.text_or("from", "");
    packets.to = reader.text_or("to", "");
    packets.flags = reader.flags("flags");
    packets.data = reader.boolean("data");
    auto const seq = reader.integer("seq");
    packets.seq = seq ? std::optional{static_cast<std::uint32_t>(*seq)} : std::nullopt;
}

std::optional<std::uint64_t> count_of(Reader const& reader, std::string_view key) {
    auto const read = reader.integer(key);
    return read ? std::optional{static_cast<std::uint64_t>(*read)} : std::nullopt;
}

void load_counts(Reader const& reader, ExpectPackets& packets, Problems& problems) {
    auto const count = count_of(reader, "count");
    for (std::string_view const key : {"at_least", "at_most"}) {
        if (count && reader.has(key)) {
            problems.add(reader.place_of(key), fmt::format("both 'count' and '{}'", key), "expected only one of them");
        }
    }
    packets.at_most = count ? count : count_of(reader, "at_most");
    packets.at_least = count ? *count : count_of(reader, "at_least").value_or(packets.at_most == 0U ? 0 : 1);
    if (packets.at_most && packets.at_least > *packets.at_most) {
        problems.add(reader.place_of("at_most"),
                     fmt::format("'at_most' {} is less than 'at_least' {}", *packets.at_most, packets.at_least),
                     "expected at_least to be the smaller");
    }
    auto const transmissions = packets.gaps.size() + 1;
    bool const fits = packets.at_least <= transmissions && transmissions <= packets.at_most.value_or(transmissions);
    if (reader.has("gaps") && !fits) {
        problems.add(reader.place_of("gaps"),
                     fmt::format("{} gaps are between {} packets", packets.gaps.size(), transmissions),
                     "expected as many as the count less one");
    }
}

ExpectPackets load_packets(Reader const& reader, Problems& problems) {
    ExpectPackets packets{};
    load_match(reader, packets);
    packets.first_at = load_around(reader, "first_at");
    packets.last_at = load_around(reader, "last_at");
    auto const within = reader.duration("within").value_or(Duration{0});
    for (auto const& item : reader.items("gaps")) {
        if (auto const gap = read_around(item, within)) {
            packets.gaps.push_back(*gap);
        }
    }
    packets.gaps_given = reader.has("gaps");
    load_counts(reader, packets, problems);
    if (reader.has("within") && !reader.has("gaps")) {
        problems.add(reader.place_of("within"), "'within' without 'gaps'",
                     "expected {value: …, within: …} for other times");
    }
    return packets;
}

ExpectState load_state(Reader const& reader) {
    ExpectState state{};
    state.host = reader.text_or("host", "");
    state.peer = reader.text("peer");
    state.state = state_named(reader.text_or("is", "CLOSED")).value_or(tcp::State::closed);
    state.at = reader.instant("at");
    return state;
}

std::optional<std::variant<ExpectCall, ExpectPackets, ExpectState>> load_what(Reader const& reader,
                                                                              Problems& problems) {
    if (auto const call = reader.mapping("call")) {
        return load_call(*call, problems);
    }
    if (auto const packets = reader.mapping("packets")) {
        return load_packets(*packets, problems);
    }
    if (auto const never = reader.mapping("never")) {
        ExpectPackets packets{};
        load_match(*never, packets);
        packets.at_least = 0;
        packets.at_most = 0;
        return packets;
    }
    if (auto const state = reader.mapping("state")) {
        return load_state(*state);
    }
    return std::nullopt;
}

}  // namespace

std::vector<Expectation> load_expectations(Reader const& root, Problems& problems) {
    std::vector<Expectation> expectations;
    for (auto const& item : root.items("expect")) {
        if (item.kind != Value::Kind::mapping) {
            continue;
        }
        Reader const reader{item, expectation_shape()};
        if (auto what = load_what(reader, problems)) {
            expectations.push_back({reader.text_or("name", ""), std::move(*what), item.place});
        }
    }
    return expectations;
}

}  // namespace tcpsim::scenario

// What steps and expectations share: results of calls, and times with a tolerance.
#include "sim/scenario/check_value.hpp"
#include "sim/scenario/loading.hpp"

namespace tcpsim::scenario {

namespace {

void load_returned(Value const& returned, bool may_be_text, Outcome& outcome) {
    if (may_be_text && !returned.quoted && returned.text == "end") {
        outcome.end_of_stream = true;
        return;
    }
    if (!returned.quoted) {
        outcome.returns = read_integer(returned.text, 0, std::numeric_limits<std::int64_t>::max()).value;
    }
    if (!outcome.returns && may_be_text) {
        outcome.returns_data = Payload::text(returned.text);
    }
}

}  // namespace

Outcome load_outcome(Reader const& call, std::uint64_t pattern_offset, Problems& problems) {
    Outcome outcome{};
    if (auto const fails = call.text("fails")) {
        outcome.fails = errno_named(*fails);
    }
    auto const* returned = call.find("returns");
    if (returned == nullptr) {
        return outcome;
    }
    if (call.has("fails")) {
        problems.add(call.place_of("fails"), "both 'returns' and 'fails'", "expected only one of them");
    }
    if (auto const pattern = call.mapping("returns")) {
        outcome.returns_data = Payload::pattern(pattern_stream, pattern_offset, pattern->size("pattern").value_or(0));
    } else if (call.text("returns")) {
        load_returned(*returned, call.row("returns").kind == Kind::returned, outcome);
    }
    return outcome;
}

std::optional<Around> read_around(Value const& value, Duration within) {
    if (value.kind == Value::Kind::mapping) {
        Reader const reader{value, around_shape()};
        auto const middle = reader.duration("value");
        return middle ? std::optional{Around{*middle, reader.duration("within").value_or(within)}} : std::nullopt;
    }
    auto const read = value.kind == Value::Kind::scalar ? read_duration(value.text).value : std::nullopt;
    return read ? std::optional{Around{*read, within}} : std::nullopt;
}

std::optional<Around> load_around(Reader const& mapping, std::string_view key, Duration within) {
    auto const* found = mapping.find(key);
    return found == nullptr ? std::nullopt : read_around(*found, within);
}

}  // namespace tcpsim::scenario

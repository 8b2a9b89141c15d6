#include "sim/scenario/loading.hpp"
#include "sim/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tcpsim::scenario {

namespace {

std::uint32_t nth_of(Reader const& reader, std::uint32_t otherwise) {
    return static_cast<std::uint32_t>(reader.integer("nth").value_or(otherwise));
}

void load_when_call(Reader const& reader, Predicate& predicate) {
    predicate.program = reader.text_or("program", "");
    predicate.call = call_named(reader.text_or("call", ""));
}
void load_when_packet(Reader const& reader, Predicate& predicate) {
    predicate.host = reader.text_or("host", "");
    predicate.flags = reader.flags("flags");
    predicate.data = reader.boolean("data");
}
void load_when_state(Reader const& reader, Predicate& predicate) {
    predicate.host = reader.text_or("host", "");
    predicate.state = state_named(reader.text_or("is", ""));
}
void load_when_happened(Reader const& reader, Predicate& predicate) {
    predicate.happening = happening_named(reader.text_or("what", ""));
    predicate.host = reader.text_or("host", "");
    predicate.link = reader.text_or("link", "");
}

struct WhenKind {
    std::string_view key{};
    Predicate::Kind kind{};
    void (*load)(Reader const&, Predicate&){nullptr};
};
constexpr WhenKind when_kinds[] = {
    {"called", Predicate::Kind::call_made, load_when_call},
    {"returned", Predicate::Kind::call_returned, load_when_call},
    {"sent", Predicate::Kind::packet_sent, load_when_packet},
    {"received", Predicate::Kind::packet_received, load_when_packet},
    {"state", Predicate::Kind::state, load_when_state},
    {"happened", Predicate::Kind::happened, load_when_happened},
};

std::optional<Predicate> load_when(Reader const& step) {
    auto const when = step.mapping("when");
    if (!when) {
        return std::nullopt;
    }
    for (auto const& kind : when_kinds) {
        if (auto const inner = when->mapping(kind.key)) {
            Predicate predicate{};
            predicate.kind = kind.kind;
            kind.load(*inner, predicate);
            predicate.nth = nth_of(*inner, 1);
            return predicate;
        }
    }
    return std::nullopt;
}

std::string const& target_of(TimelineVerb const& verb) {
    return !verb.host.empty()      ? verb.host
           : !verb.program.empty() ? verb.program
           : !verb.router.empty()  ? verb.router
           : !verb.link.empty()    ? verb.link
                                   : verb.rule;
}

/// "boot-server", "boot-server-2" …: never the name of another step.
std::string made_name(TimelineVerb const& verb, std::vector<std::string> const& taken) {
    auto const base = fmt::format("{}-{}", word_for(verb.kind), target_of(verb));
    auto name = base;
    for (int n = 2; std::find(taken.begin(), taken.end(), name) != taken.end(); ++n) {
        name = fmt::format("{}-{}", base, n);
    }
    return name;
}

void check_start(Reader const& reader, Problems& problems) {
    if (reader.has("delay") && reader.has("at")) {
        problems.add(reader.place_of("delay"), "'delay' does not go with 'at'", "expected it with after or when");
    }
}

}  // namespace

std::vector<TimelineStep> load_timeline(Reader const& root, Problems& problems) {
    std::vector<TimelineStep> timeline;
    std::vector<std::string> taken;
    for (auto const& item : root.items("timeline")) {
        if (auto const* name = item.find("name")) {
            taken.push_back(name->text);
        }
    }
    for (auto const& item : root.items("timeline")) {
        if (item.kind != Value::Kind::mapping) {
            continue;
        }
        Reader const reader{item, timeline_shape()};
        check_start(reader, problems);
        TimelineStep step{};
        step.at = reader.instant("at");
        step.after = reader.text("after");
        step.when = load_when(reader);
        step.delay = reader.duration("delay").value_or(Duration{0});
        step.verb = load_verb(reader);
        step.may_never_fire = reader.boolean_or("may_never_fire", false);
        step.place = item.place;
        step.name = reader.has("name") ? reader.text_or("name", "") : made_name(step.verb, taken);
        taken.push_back(step.name);
        timeline.push_back(std::move(step));
    }
    return timeline;
}

}  // namespace tcpsim::scenario

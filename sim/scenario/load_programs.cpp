#include "sim/scenario/loading.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace tcpsim::scenario {

namespace {

/// Which sockets the steps so far have made: resolves the names that steps leave out.
class Sockets {
  public:
    std::string const& made(std::string name) {
        if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
            names_.push_back(name);
        }
        last_ = std::move(name);
        return last_;
    }
    std::string const& connected(std::string name) { return connection_ = made(std::move(name)); }
    std::string const& listening(std::string name) { return listener_ = made(std::move(name)); }
    [[nodiscard]] std::string const& connection() const { return connection_.empty() ? last_ : connection_; }
    [[nodiscard]] std::string const& listener() const { return listener_; }
    [[nodiscard]] std::vector<std::string> const& names() const { return names_; }
    [[nodiscard]] bool has(std::string const& name) const {
        return std::find(names_.begin(), names_.end(), name) != names_.end();
    }

  private:
    std::vector<std::string> names_{};
    std::string last_{};
    std::string connection_{};
    std::string listener_{};
};

/// Where the patterns of one program's sockets stand.
struct Offsets {
    std::map<std::string, std::uint64_t> written{};
    std::map<std::string, std::uint64_t> read{};
};

struct Loading {
    Problems& problems;
    Sockets sockets{};
    Offsets offsets{};
    Instant latest{};
};

/// The socket that a step works on but does not make.
std::string existing_socket(Reader const& step, std::string const& otherwise, Loading& loading) {
    auto const named = step.text("socket");
    auto const& name = named ? *named : otherwise;
    if (named && !loading.sockets.has(*named)) {
        loading.problems.add(step.place_of("socket"), fmt::format("no step before this makes socket '{}'", *named),
                             suggestion(*named, views(loading.sockets.names())));
    } else if (name.empty() && step.find("socket") == nullptr) {
        bool const accepts = step.has("accept");
        loading.problems.add(step.value().place, accepts ? "nothing listens yet" : "there is no socket yet",
                             accepts ? "expected a step before this that listens"
                                     : "expected a step before this that connects, or accepts");
    }
    return name;
}

void load_write(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = existing_socket(reader, loading.sockets.connection(), loading);
    auto& offset = loading.offsets.written[step.socket];
    if (auto const pattern = reader.mapping("write")) {
        auto const size = pattern->size("pattern").value_or(0);
        step.data = Payload::pattern(pattern_stream, offset, size);
        offset += size;
    } else {
        step.data = Payload::text(reader.text_or("write", ""));
    }
}

void load_read(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = existing_socket(reader, loading.sockets.connection(), loading);
    if (auto const amount = reader.mapping("read")) {
        step.exactly = amount->has("exactly");
        step.bytes = amount->size(step.exactly ? "exactly" : "at_most").value_or(1);
    } else {
        step.bytes = reader.size("read").value_or(1);
    }
}

void load_listen(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = loading.sockets.listening(reader.text_or("socket", "s"));
    step.port = static_cast<std::uint16_t>(reader.integer("listen").value_or(0));
    step.backlog = static_cast<int>(reader.integer("backlog").value_or(step.backlog));
}

void load_accept(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = existing_socket(reader, loading.sockets.listener(), loading);
    step.accepted_as = loading.sockets.connected(reader.text_or("as", "accepted"));
}

void load_connect(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = loading.sockets.connected(reader.text_or("socket", "s"));
    auto const remote = split_endpoint(reader.text_or("connect", ""));
    step.host = remote.host;
    step.port = remote.port;
}

/// One row per step: its key, the call that it is, and how the rest is read.
struct StepKind {
    std::string_view key{};
    trace::Call call{};
    void (*load)(Reader const&, CallStep&, Loading&){nullptr};
};
constexpr StepKind step_kinds[] = {
    {"connect", trace::Call::connect, load_connect},
    {"write", trace::Call::write, load_write},
    {"read", trace::Call::read, load_read},
    {"listen", trace::Call::listen, load_listen},
    {"accept", trace::Call::accept, load_accept},
    {"close", trace::Call::close,
     [](Reader const& r, CallStep& s, Loading& l) { s.socket = existing_socket(r, l.sockets.connection(), l); }},
    {"shutdown", trace::Call::shutdown,
     [](Reader const& r, CallStep& s, Loading& l) {
         s.socket = existing_socket(r, l.sockets.connection(), l);
         s.how = shutdown_named(r.text_or("shutdown", "write")).value_or(s.how);
     }},
    {"nodelay", trace::Call::setsockopt,
     [](Reader const& r, CallStep& s, Loading& l) {
         s.socket = existing_socket(r, l.sockets.connection(), l);
         s.no_delay = r.boolean_or("nodelay", true);
     }},
    {"sleep", trace::Call::sleep,
     [](Reader const& r, CallStep& s, Loading&) { s.duration = r.duration("sleep").value_or(Duration{0}); }},
    {"bind", trace::Call::bind,
     [](Reader const& r, CallStep& s, Loading& l) {
         s.socket = l.sockets.made(r.text_or("socket", "s"));
         s.port = static_cast<std::uint16_t>(r.integer("bind").value_or(0));
     }},
    {"socket", trace::Call::socket,
     [](Reader const& r, CallStep& s, Loading& l) { s.socket = l.sockets.made(r.text_or("socket", "s")); }},
};

void load_time(Reader const& reader, CallStep& step, Loading& loading) {
    step.at = reader.instant("at");
    if (step.at && *step.at < loading.latest) {
        loading.problems.add(reader.place_of("at"),
                             fmt::format("{} is in the past", duration_text(step.at->time_since_epoch())),
                             fmt::format("expected at least {}, when a step before this starts",
                                         duration_text(loading.latest.time_since_epoch())));
    }
    loading.latest = std::max(loading.latest, step.at.value_or(Instant{}));
}

std::optional<CallStep> load_step(Value const& item, Loading& loading) {
    Reader const reader{item, step_shape()};
    auto const* variant = variant_of(item, step_shape());
    if (variant == nullptr) {
        return std::nullopt;
    }
    CallStep step{};
    step.place = item.place;
    for (auto const& kind : step_kinds) {
        if (kind.key == variant->fields.front().name) {
            step.call = kind.call;
            kind.load(reader, step, loading);
        }
    }
    load_time(reader, step, loading);
    step.must = reader.boolean_or("must", false);
    bool const reads = step.call == trace::Call::read;
    auto const outcome = load_outcome(reader, reads ? loading.offsets.read[step.socket] : 0, loading.problems);
    step.returns = outcome.returns;
    step.returns_data = outcome.returns_data;
    step.fails = outcome.fails;
    step.end_of_stream = outcome.end_of_stream;
    if (auto const* returned = reader.has("returns") ? reader.find("returns") : nullptr;
        reads && returned != nullptr && returned->kind == Value::Kind::mapping && step.returns_data) {
        loading.offsets.read[step.socket] += step.returns_data->size();
    }
    return step;
}

std::variant<StepsProgram, EchoProgram, BulkProgram, SinkProgram> load_what(Reader const& program, Problems& problems) {
    auto const port = [&](std::uint16_t otherwise) {
        return static_cast<std::uint16_t>(program.integer("port").value_or(otherwise));
    };
    auto const run = program.text_or("run", "");
    if (run == "echo") {
        return EchoProgram{port(EchoProgram{}.port)};
    }
    if (run == "sink") {
        return SinkProgram{port(SinkProgram{}.port)};
    }
    if (run == "bulk") {
        auto const to = split_endpoint(program.text_or("to", ""));
        return BulkProgram{to.host, to.port, program.size("bytes").value_or(0)};
    }
    return StepsProgram{load_steps(program, problems)};
}

}  // namespace

std::vector<CallStep> load_steps(Reader const& program, Problems& problems) {
    Loading loading{problems};
    std::vector<CallStep> steps;
    for (auto const& item : program.items("steps")) {
        if (auto step = load_step(item, loading)) {
            steps.push_back(std::move(*step));
        }
    }
    return steps;
}

std::vector<ProgramSpec> load_programs(Reader const& root, Problems& problems) {
    std::vector<ProgramSpec> programs;
    for (auto const& item : root.items("programs")) {
        if (item.kind != Value::Kind::mapping) {
            continue;
        }
        Reader const reader{item, program_shape()};
        ProgramSpec program{};
        program.name = reader.text_or("name", "");
        program.host = reader.text_or("host", "");
        program.restart_at_boot = reader.boolean_or("restart_at_boot", true);
        program.place = item.place;
        program.what = load_what(reader, problems);
        programs.push_back(std::move(program));
    }
    return programs;
}

}  // namespace tcpsim::scenario

// The steps of a program: tree → calls and blocks of them.
#include "sim/scenario/loading_steps.hpp"
#include "sim/scenario/step_words.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/words.hpp"
#include "stack/socket/option_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <span>

namespace tcpsim::scenario {

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

std::string named_descriptor(Reader const& step, std::string_view key, std::string const& otherwise, Loading& loading) {
    std::string name = step.text_or(key, otherwise);
    if (!loading.sockets.has(name)) {
        Place const place = step.has(key) ? step.place_of(key) : step.value().place;
        loading.problems.add(place, fmt::format("no step before this makes socket '{}'", name),
                             suggestion(name, views(loading.sockets.names())));
    }
    return name;
}

void load_data(Reader const& reader, std::string_view key, CallStep& step, Loading& loading) {
    auto& offset = loading.offsets.written[step.socket];
    if (auto const data = reader.mapping(key)) {
        step.what_was_read = data->has("last");
        auto const size = step.what_was_read ? 0 : data->size("pattern").value_or(0);
        step.data = Payload::pattern(pattern_stream, offset, size);
        offset += size;
    } else {
        step.data = Payload::text(reader.text_or(key, ""));
    }
}

void load_flags(Reader const& reader, CallStep& step) {
    for (auto const& word : reader.items("flags")) {
        step.flags = step.flags | message_flag_named(word.text).value_or(app::MessageFlags{});
    }
}

std::uint32_t events_of(Reader const& reader, std::string_view key) {
    std::uint32_t events = 0;
    for (auto const& word : reader.items(key)) {
        events |= event_named(word.text);
    }
    return events;
}

namespace {

constexpr std::uint64_t longest_line = 4096;

void load_write(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = existing_socket(reader, loading.sockets.connection(), loading);
    load_data(reader, "write", step, loading);
}

void load_send(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = existing_socket(reader, loading.sockets.connection(), loading);
    load_data(reader, "send", step, loading);
    load_flags(reader, step);
}

void load_recv(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = existing_socket(reader, loading.sockets.connection(), loading);
    step.bytes = reader.size("recv").value_or(1);
    load_flags(reader, step);
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
    step.bits = reader.items("flags").empty() ? 0 : app::sock_nonblock;
}

void load_connect(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = loading.sockets.connected(reader.text_or("socket", "s"));
    auto const remote = split_endpoint(reader.text_or("connect", ""));
    step.host = remote.host;
    step.port = remote.port;
}

void load_poll(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = existing_socket(reader, loading.sockets.connection(), loading);
    step.events = events_of(reader, "poll");
    step.duration = reader.duration("timeout").value_or(Duration{-1});
    if (reader.has("returns")) {
        step.expected.ready = events_of(reader, "returns");
    }
}

void load_ioctl(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = existing_socket(reader, loading.sockets.connection(), loading);
    step.inquiry = inquiry_named(reader.text_or("ioctl", "")).value_or(step.inquiry);
}

void load_dup(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = named_descriptor(reader, "dup", "", loading);
    step.accepted_as = loading.sockets.made(reader.text_or("as", ""));
}

void load_waitpid(Reader const& reader, CallStep& step, Loading& /*loading*/) {
    step.no_hang = reader.boolean_or("no_hang", false);
    step.expected.end.status = reader.integer("status");
    step.expected.end.killed_by = machine::signal_named(reader.text_or("killed_by", ""));
}

void load_kill(Reader const& reader, CallStep& step, Loading& /*loading*/) {
    step.target = kill_target_named(reader.text_or("kill", "")).value_or(step.target);
    step.signal = machine::signal_named(reader.text_or("with", "")).value_or(step.signal);
}

std::vector<std::size_t> load_block(std::span<Value const> items, Loading& loading);

/// The steps of a block that runs beside the others: what it makes and where it stands is its own.
std::vector<std::size_t> load_apart(std::span<Value const> items, Loading const& loading) {
    Loading inner{loading};
    return load_block(items, inner);
}

void load_fork(Reader const& reader, CallStep& step, Loading& loading) {
    step.block = CallStep::Block::fork;
    step.body = load_apart(reader.items("fork"), loading);
}

void load_signal(Reader const& reader, CallStep& step, Loading& loading) {
    step.signal = machine::signal_named(reader.text_or("signal", "")).value_or(step.signal);
    if (reader.has("handler") == reader.has("action")) {
        loading.problems.add(step.place,
                             reader.has("handler") ? "both 'handler' and 'action'" : "no 'handler' or 'action'",
                             "expected exactly one of them");
    }
    if (reader.has("handler")) {
        step.block = CallStep::Block::handler;
        step.on_signal = machine::OnSignal::handle;
        step.body = load_apart(reader.items("handler"), loading);
    } else if (reader.text_or("action", "") == "ignore") {
        step.on_signal = machine::OnSignal::ignore;
    }
    step.restart = reader.boolean_or("restart", false);
}

void load_repeat(Reader const& reader, CallStep& step, Loading& loading) {
    step.block = CallStep::Block::repeat;
    step.body = load_block(reader.items("repeat"), loading);
    if (auto const times = reader.integer("times")) {
        step.times = static_cast<std::uint64_t>(*times);
    }
    step.until_end = reader.has("until");
}

void load_on_connection(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = existing_socket(reader, loading.sockets.connection(), loading);
}
constexpr StepKind step_kinds[] = {
    {"connect", trace::Call::connect, load_connect},
    {"write", trace::Call::write, load_write},
    {"read", trace::Call::read, load_read},
    {"send", trace::Call::send, load_send},
    {"recv", trace::Call::recv, load_recv},
    {"listen", trace::Call::listen, load_listen},
    {"accept", trace::Call::accept, load_accept},
    {"close", trace::Call::close, load_on_connection},
    {"shutdown", trace::Call::shutdown,
     [](Reader const& r, CallStep& s, Loading& l) {
         load_on_connection(r, s, l);
         s.how = shutdown_named(r.text_or("shutdown", "write")).value_or(s.how);
     }},
    {"nodelay", trace::Call::setsockopt,
     [](Reader const& r, CallStep& s, Loading& l) {
         load_on_connection(r, s, l);
         s.value = r.boolean_or("nodelay", true) ? 1 : 0;
     }},
    {"nonblocking", trace::Call::fcntl,
     [](Reader const& r, CallStep& s, Loading& l) {
         load_on_connection(r, s, l);
         s.value = r.boolean_or("nonblocking", true) ? 1 : 0;
     }},
    {"ioctl", trace::Call::ioctl, load_ioctl},
    {"poll", trace::Call::poll, load_poll},
    {"dup", trace::Call::dup, load_dup},
    {"sleep", trace::Call::sleep,
     [](Reader const& r, CallStep& s, Loading&) { s.duration = r.duration("sleep").value_or(Duration{0}); }},
    {"alarm", trace::Call::alarm,
     [](Reader const& r, CallStep& s, Loading&) { s.duration = r.duration("alarm").value_or(Duration{0}); }},
    {"pause", trace::Call::pause, [](Reader const&, CallStep&, Loading&) {}},
    {"exit", trace::Call::exit,
     [](Reader const& r, CallStep& s, Loading&) { s.value = r.integer("exit").value_or(0); }},
    {"bind", trace::Call::bind,
     [](Reader const& r, CallStep& s, Loading& l) {
         s.socket = l.sockets.made(r.text_or("socket", "s"));
         s.port = static_cast<std::uint16_t>(r.integer("bind").value_or(0));
         s.host = r.text_or("host", "");
     }},
    {"socket", trace::Call::socket,
     [](Reader const& r, CallStep& s, Loading& l) {
         s.socket = l.sockets.made(r.text_or("socket", "s"));
         s.datagrams = r.text_or("type", "tcp") == "udp";
     }},
    {"read_line", trace::Call::read,
     [](Reader const&, CallStep& s, Loading&) {
         s.terminal = true;
         s.bytes = longest_line;
     }},
    {"print", trace::Call::write,
     [](Reader const& r, CallStep& s, Loading& l) {
         s.terminal = true;
         load_data(r, "print", s, l);
     }},
    {"fork", trace::Call::fork, load_fork},
    {"waitpid", trace::Call::waitpid, load_waitpid},
    {"kill", trace::Call::kill, load_kill},
    {"signal", trace::Call::sigaction, load_signal},
    {"repeat", trace::Call::sleep, load_repeat},
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

void load_expected(Reader const& reader, CallStep& step, Loading& loading) {
    step.expected.takes = load_around(reader, "takes");
    if (reads_its_returns(step.call)) {
        step.expected.fails = errno_named(reader.text_or("fails", ""));
        return;
    }
    bool const reads = step.call == trace::Call::read || step.call == trace::Call::recv ||
                       step.call == trace::Call::readv || step.call == trace::Call::recvfrom ||
                       (step.call == trace::Call::recvmsg && !step.links);
    Outcome const known = step.expected;
    step.expected = load_outcome(reader, reads ? loading.offsets.read[step.socket] : 0, loading.problems);
    step.expected.end = known.end;
    step.expected.told = known.told;
    step.expected.takes = known.takes;
    auto const* returned = reader.has("returns") ? reader.find("returns") : nullptr;
    bool const goes_on = reads && !step.flags.has(app::msg_peek);
    if (goes_on && returned != nullptr && returned->kind == Value::Kind::mapping && step.expected.returns_data) {
        loading.offsets.read[step.socket] += step.expected.returns_data->size();
    }
}

std::optional<CallStep> load_step(Value const& item, Loading& loading) {
    Reader const reader{item, step_shape()};
    auto const* variant = variant_of(item, step_shape());
    if (variant == nullptr) {
        return std::nullopt;
    }
    CallStep step{};
    step.place = item.place;
    std::string_view const key = variant->fields.front().name;
    auto const* const own = std::find_if(std::begin(step_kinds), std::end(step_kinds),
                                         [=](StepKind const& kind) { return kind.key == key; });
    StepKind const* const kind = own != std::end(step_kinds) ? own : further_step(key);
    check(kind != nullptr, "every step of the table has a loader");
    step.call = kind->call;
    kind->load(reader, step, loading);
    load_time(reader, step, loading);
    step.must = reader.boolean_or("must", false);
    load_expected(reader, step, loading);
    return step;
}

std::vector<std::size_t> load_block(std::span<Value const> items, Loading& loading) {
    std::vector<std::size_t> block;
    for (auto const& item : items) {
        std::size_t const index = loading.steps.size();
        loading.steps.emplace_back();  // before the steps within it
        if (auto step = load_step(item, loading)) {
            loading.steps[index] = std::move(*step);
            block.push_back(index);
        }
    }
    return block;
}

}  // namespace

StepsProgram load_steps(Reader const& program, Problems& problems) {
    StepsProgram loaded;
    Loading loading{problems, loaded.steps};
    loaded.main = load_block(program.items("steps"), loading);
    return loaded;
}

}  // namespace tcpsim::scenario

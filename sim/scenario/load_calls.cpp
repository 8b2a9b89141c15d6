// The steps of shapes_calls.hpp, and options: tree → calls.
#include "sim/scenario/check_value.hpp"
#include "sim/scenario/loading_steps.hpp"
#include "sim/scenario/step_words.hpp"
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/words.hpp"
#include "stack/socket/option_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <sstream>

namespace tcpsim::scenario {

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

std::string connection_of(Reader const& reader, Loading& loading) {
    return existing_socket(reader, loading.sockets.connection(), loading);
}

// --- datagrams and messages

void load_writev(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    load_data(reader, "writev", step, loading);
}

void load_readv(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    step.bytes = reader.size("readv").value_or(1);
}

void load_endpoint(Reader const& reader, std::string_view key, CallStep& step) {
    auto const endpoint = split_endpoint(reader.text_or(key, ""));
    step.host = endpoint.host;
    step.port = endpoint.port;
}

void load_sendto(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    load_data(reader, "sendto", step, loading);
    load_flags(reader, step);
    load_endpoint(reader, "to", step);
}

void load_sendmsg(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    load_data(reader, "sendmsg", step, loading);
    load_flags(reader, step);
}

/// A name that the call should tell: host:port, known as an address when the world is built.
void load_wanted_name(Reader const& reader, std::string_view key, CallStep& step) {
    step.wanted_name = reader.text_or(key, "");
    load_endpoint(reader, key, step);
    step.expected.told = step.wanted_name;
}

void load_recvfrom(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    step.bytes = reader.size("recvfrom").value_or(1);
    load_flags(reader, step);
    if (reader.has("from")) {
        load_wanted_name(reader, "from", step);
    }
}

/// What recvmsg() tells beside the data is one text: "from host:port, ECONNREFUSED, truncated", as far as it is asked for.
void load_recvmsg(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    step.bytes = reader.size("recvmsg").value_or(1);
    load_flags(reader, step);
    if (reader.has("from")) {
        load_wanted_name(reader, "from", step);
    }
    step.wants_report = reader.has("report");
    step.wants_truncated = reader.has("truncated");
    std::string told = step.expected.told.value_or("");
    auto const add = [&](std::string const& text) { told += (told.empty() ? "" : ", ") + text; };
    if (step.wants_report) {
        add(reader.text_or("report", ""));
    }
    if (step.wants_truncated) {
        add(reader.boolean_or("truncated", false) ? "truncated" : "whole");
    }
    if (!told.empty()) {
        step.expected.told = told;
    }
}

// --- pipes and files

void load_pipe(Reader const& reader, CallStep& step, Loading& loading) {
    auto const names = reader.items("pipe");
    step.socket = names.empty() ? "" : loading.sockets.named(names.front().text);
    step.other = names.size() < 2 ? "" : loading.sockets.named(names[1].text);
    step.bits = reader.items("flags").empty() ? 0 : app::o_nonblock;
}

void load_open(Reader const& reader, CallStep& step, Loading& loading) {
    step.accepted_as = loading.sockets.named(reader.text_or("as", "file"));
    step.text = reader.text_or("open", "");
    step.bits =
        reader.text_or("mode", "read") == "create" ? app::o_wronly | app::o_creat | app::o_trunc : app::o_rdonly;
}

void load_sendfile(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    step.other = named_descriptor(reader, "sendfile", "", loading);
    step.bytes = reader.size("bytes").value_or(1);
    step.offset = reader.size("offset");
}

void load_splice(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = named_descriptor(reader, "splice", "", loading);
    step.other = named_descriptor(reader, "into", "", loading);
    step.bytes = reader.size("bytes").value_or(1);
    for (auto const& word : reader.items("flags")) {
        step.bits |= splice_flag_named(word.text);
    }
}

// --- descriptors

void load_dup2(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = named_descriptor(reader, "dup2", "", loading);
    step.other = named_descriptor(reader, "onto", "", loading);
}

void load_fcntl(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    step.asks = reader.text_or("fcntl", "") == "F_GETFL";
    step.value = reader.items("flags").empty() ? 0 : 1;
    if (reader.has("returns")) {
        step.expected.told = reader.items("returns").empty() ? "nothing" : "nonblock";
    }
    if (step.asks && reader.has("flags")) {
        loading.problems.add(reader.place_of("flags"), "'flags' does not go with F_GETFL", "expected `returns`");
    } else if (!step.asks && reader.has("returns")) {
        loading.problems.add(reader.place_of("returns"), "F_SETFL returns no flags", "expected `flags`");
    }
}

void load_name_asked(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    std::string const returns = reader.text_or("returns", "");
    if (returns == "0") {
        step.expected.returns = 0;
    } else if (!returns.empty()) {
        load_wanted_name(reader, "returns", step);
        if (step.host.empty()) {
            loading.problems.add(reader.place_of("returns"), fmt::format("'returns' cannot be {}", quoted(returns)),
                                 "expected host:port, or 0");
        }
    }
}

// --- options

void load_getsockopt(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    step.text = reader.text_or("getsockopt", "");
    step.option = socket::option_named(step.text).value_or(step.option);
    step.member = reader.text_or("member", "");
    if ((step.text == "TCP_INFO") == step.member.empty()) {
        loading.problems.add(step.place, "TCP_INFO and 'member' go together", "expected both of them or none");
    }
    auto const returns = reader.text("returns");
    if (!returns) {
        return;
    }
    if (step.text == "TCP_CONGESTION") {
        step.expected.told = *returns;
        return;
    }
    auto const error = errno_named(*returns);
    step.expected.returns = error ? static_cast<std::int64_t>(*error) : read_integer(*returns, -1, most).value;
    if (!step.expected.returns) {
        loading.problems.add(reader.place_of("returns"), fmt::format("'returns' cannot be {}", quoted(*returns)),
                             "expected a whole number, or the name of an error for SO_ERROR");
    }
}

void load_setsockopt(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    std::string const option = reader.text_or("setsockopt", "");
    std::string const value = reader.text_or("value", "");
    step.option = socket::option_named(option).value_or(step.option);
    step.host = reader.text_or("peer", "");
    if ((option == "TCP_MD5SIG") == step.host.empty()) {
        loading.problems.add(step.place, "TCP_MD5SIG and 'peer' go together", "expected both of them or none");
    }
    if (!socket::option_named(option)) {
        step.text = option;
        step.data = Payload::text(value);
        return;
    }
    auto const number = read_integer(value, -1, most);
    step.value = number.value.value_or(0);
    if (!number.value && reader.has("value")) {
        loading.problems.add(reader.place_of("value"), number.fault.what, number.fault.expected);
    }
}

// --- waiting for one of several

/// "conn in out": a descriptor and its events.
NamedEvents load_watched(Value const& item, Loading& loading) {
    std::istringstream words{item.text};
    NamedEvents watched;
    words >> watched.name;
    if (watched.name != terminal_name && !loading.sockets.has(watched.name)) {
        loading.problems.add(item.place, fmt::format("no step before this makes socket '{}'", watched.name),
                             suggestion(watched.name, views(loading.sockets.names())));
    }
    std::string word;
    while (words >> word) {
        std::uint32_t const event = event_named(word);
        if (event == 0) {
            loading.problems.add(item.place, fmt::format("no event is called '{}'", word),
                                 suggestion(word, event_words()));
        }
        watched.events |= event;
    }
    if (watched.events == 0) {
        loading.problems.add(item.place, fmt::format("'{}' without an event", item.text),
                             "expected a name and its events, such as `conn in`");
    }
    return watched;
}

std::vector<NamedEvents> load_all_watched(Reader const& reader, std::string_view key, Loading& loading) {
    std::vector<NamedEvents> all;
    for (auto const& item : reader.items(key)) {
        if (item.kind == Value::Kind::scalar) {
            all.push_back(load_watched(item, loading));
        }
    }
    return all;
}

void load_wait(Reader const& reader, CallStep& step, Loading& loading) {
    step.duration = reader.duration("timeout").value_or(Duration{-1});
    if (reader.has("returns")) {
        std::string told;
        for (NamedEvents const& one : load_all_watched(reader, "returns", loading)) {
            told += (told.empty() ? "" : ", ") + watched_text(one);
        }
        step.expected.told = told.empty() ? "nothing" : told;
    }
}

void load_select(Reader const& reader, CallStep& step, Loading& loading) {
    step.watched = load_all_watched(reader, "select", loading);
    load_wait(reader, step, loading);
}

void load_epoll_ctl(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = connection_of(reader, loading);
    step.other = named_descriptor(reader, "epoll", "ep", loading);
    step.control = epoll_control_named(reader.text_or("epoll_ctl", "")).value_or(step.control);
    step.bits = events_of(reader, "events");
}

void load_epoll_wait(Reader const& reader, CallStep& step, Loading& loading) {
    step.socket = named_descriptor(reader, "epoll_wait", "ep", loading);
    step.value = reader.integer("most").value_or(8);
    load_wait(reader, step, loading);
}

constexpr StepKind step_kinds[] = {
    {"writev", trace::Call::writev, load_writev},
    {"readv", trace::Call::readv, load_readv},
    {"sendto", trace::Call::sendto, load_sendto},
    {"recvfrom", trace::Call::recvfrom, load_recvfrom},
    {"sendmsg", trace::Call::sendmsg, load_sendmsg},
    {"recvmsg", trace::Call::recvmsg, load_recvmsg},
    {"watch_links", trace::Call::recvmsg, [](Reader const&, CallStep& s, Loading&) { s.links = true; }},
    {"pipe", trace::Call::pipe, load_pipe},
    {"open", trace::Call::open, load_open},
    {"sendfile", trace::Call::sendfile, load_sendfile},
    {"splice", trace::Call::splice, load_splice},
    {"dup2", trace::Call::dup2, load_dup2},
    {"fcntl", trace::Call::fcntl, load_fcntl},
    {"getsockname", trace::Call::getsockname, load_name_asked},
    {"getpeername", trace::Call::getpeername, load_name_asked},
    {"getsockopt", trace::Call::getsockopt, load_getsockopt},
    {"setsockopt", trace::Call::setsockopt, load_setsockopt},
    {"select", trace::Call::select, load_select},
    {"epoll_create", trace::Call::epoll_create,
     [](Reader const& r, CallStep& s, Loading& l) { s.socket = l.sockets.named(r.text_or("epoll_create", "ep")); }},
    {"epoll_ctl", trace::Call::epoll_ctl, load_epoll_ctl},
    {"epoll_wait", trace::Call::epoll_wait, load_epoll_wait},
};

}  // namespace

StepKind const* further_step(std::string_view key) {
    auto const* const found = std::find_if(std::begin(step_kinds), std::end(step_kinds),
                                           [=](StepKind const& kind) { return kind.key == key; });
    return found == std::end(step_kinds) ? nullptr : found;
}

bool reads_its_returns(trace::Call call) {
    using trace::Call;
    switch (call) {
        case Call::poll:
        case Call::select:
        case Call::epoll_wait:
        case Call::getsockopt:
        case Call::getsockname:
        case Call::getpeername:
            return true;
        default:
            return false;
    }
}

}  // namespace tcpsim::scenario

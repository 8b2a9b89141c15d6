#include "sim/scenario/loading.hpp"
#include "sim/scenario/step_words.hpp"

namespace tcpsim::scenario {

namespace {

using What = decltype(ProgramSpec{}.what);

std::uint16_t port_of(Reader const& program, std::uint16_t otherwise) {
    return static_cast<std::uint16_t>(program.integer("port").value_or(otherwise));
}

What load_client(Reader const& program, std::string_view run) {
    auto const to = split_endpoint(program.text_or("to", ""));
    auto const duration = [&](std::string_view key, Duration otherwise) {
        return program.duration(key).value_or(otherwise);
    };
    using std::chrono::seconds;
    if (run == "bulk") {
        return BulkProgram{to.host, to.port, program.size("bytes").value_or(0)};
    }
    if (run == "heartbeat") {
        return HeartbeatProgram{to.host, to.port, duration("every", seconds{5}), duration("timeout", seconds{2})};
    }
    if (run == "reconnect") {
        return ReconnectProgram{to.host, to.port, duration("first", seconds{1}), duration("most", seconds{60})};
    }
    if (run == "idle") {
        return IdleProgram{to.host, to.port, program.boolean_or("keepalive", false)};
    }
    return EchoClientProgram{to.host, to.port, run == "echo_client_select"};
}

What load_what(Reader const& program, Problems& problems) {
    auto const run = program.text_or("run", "");
    if (run.empty()) {
        return load_steps(program, problems);
    }
    if (run == "echo" || run == "echo_poll" || run == "echo_epoll") {
        using Waiting = EchoProgram::Waiting;
        Waiting const waiting = run == "echo" ? Waiting::forks : run == "echo_poll" ? Waiting::poll : Waiting::epoll;
        return EchoProgram{port_of(program, EchoProgram{}.port), waiting};
    }
    if (run == "sink") {
        return SinkProgram{.port = port_of(program, SinkProgram{}.port)};
    }
    if (run == "slow_reader") {
        return SinkProgram{port_of(program, SinkProgram{}.port), program.size("piece").value_or(1024),
                           program.duration("pause").value_or(std::chrono::seconds{1})};
    }
    return load_client(program, run);
}

std::vector<machine::TypedLine> load_terminal(Reader const& program, Problems& problems) {
    std::vector<machine::TypedLine> lines;
    auto const& shape = *program.row("terminal").shape;
    for (auto const& item : program.items("terminal")) {
        Reader const reader{item, shape};
        auto const* text = reader.find("line");
        if (text == nullptr) {
            continue;
        }
        bool const ends = !text->quoted && text->text == "end";
        machine::TypedLine const line{reader.instant("at").value_or(Instant{}), ends ? "" : text->text + "\n"};
        if (!lines.empty() && line.at < lines.back().at) {
            problems.add(reader.place_of("at"), "a line before the one above it", "expected them in order of time");
        } else if (!lines.empty() && lines.back().text.empty()) {
            problems.add(item.place, "a line after the end", "expected `end` as the last");
        }
        lines.push_back(line);
    }
    return lines;
}

std::vector<std::pair<std::string, Payload>> load_files(Reader const& program) {
    std::vector<std::pair<std::string, Payload>> files;
    for (auto const& item : program.items("files")) {
        Reader const reader{item, *program.row("files").shape};
        auto const pattern = reader.mapping("holds");
        Payload content = pattern ? Payload::pattern(pattern_stream, 0, pattern->size("pattern").value_or(0))
                                  : Payload::text(reader.text_or("holds", ""));
        files.emplace_back(reader.text_or("name", ""), std::move(content));
    }
    return files;
}

}  // namespace

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
        program.restart = restart_named(reader.text_or("restart_at_boot", "")).value_or(machine::Restart::always);
        program.typed = load_terminal(reader, problems);
        program.files = load_files(reader);
        program.place = item.place;
        program.what = load_what(reader, problems);
        programs.push_back(std::move(program));
    }
    return programs;
}

}  // namespace tcpsim::scenario

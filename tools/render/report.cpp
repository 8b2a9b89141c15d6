#include "tools/render/report.hpp"

#include "tools/render/why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tcpsim::render {
namespace {

/// One row of the table of calls, as text; a program's heading has only `program`.
struct Row {
    std::string program{};
    std::string call{};
    std::string result{};
    bool failed{false};
    std::string at{};
    std::string blocked{};
    std::string why{};
};

std::string call_text(trace::CallMade const& made, Naming const& naming) {
    using trace::Call;
    std::string const verb{identifier(made.call)};
    switch (made.call) {
        case Call::connect:
            return fmt::format("{} {}", verb, naming.endpoint(made.address));
        case Call::bind:
            return fmt::format("{} port {}", verb, made.address.port);
        case Call::write:
        case Call::writev:
        case Call::send:
        case Call::sendto:
        case Call::sendmsg:
        case Call::sendfile:
        case Call::splice:
            return fmt::format("{} {}", verb, counted(made.bytes, "byte"));
        case Call::open:
            return fmt::format("{} {}", verb, printable(made.data.to_string()));
        default:
            return verb;
    }
}

std::string result_text(CallStory const& call) {
    using trace::Call;
    if (!call.returned) {
        return "never returned";
    }
    trace::CallReturned const& result = call.result;
    if (result.error != Errno::none) {
        return std::string{name(result.error)};
    }
    if (result.end_of_stream) {
        return "end of stream";
    }
    switch (call.made.call) {
        case Call::read:
        case Call::readv:
        case Call::recv:
        case Call::recvfrom:
        case Call::recvmsg:
        case Call::write:
        case Call::writev:
        case Call::send:
        case Call::sendto:
        case Call::sendmsg:
        case Call::sendfile:
        case Call::splice:
            return counted(static_cast<std::uint64_t>(result.value), "byte");
        case Call::pipe:
            return fmt::format("fd {} and {}", result.ready.at(0).descriptor, result.ready.at(1).descriptor);
        case Call::open:
        case Call::socket:
        case Call::dup:
        case Call::dup2:
        case Call::accept:
            return fmt::format("fd {}", result.value);
        case Call::fork:
        case Call::waitpid:
            return fmt::format("process {}", result.value);
        case Call::exit:
            return "";
        default:
            return std::to_string(result.value);
    }
}

Row row_of(CallStory const& call, Naming const& naming) {
    Row row;
    row.call = call_text(call.made, naming);
    row.result = result_text(call);
    row.failed = call.returned && call.result.error != Errno::none;
    row.at = clock_text(call.at);
    if (call.returned && *call.returned > call.at) {
        row.blocked = duration_text(*call.returned - call.at);
    }
    row.why = why_returned(call, naming);
    return row;
}

/// "echo-server on server, process 2, boot 2": no more than tells it from others.
std::string program_text(ProgramStory const& program, Naming const& naming) {
    std::string text = fmt::format("{} on {}", printable(program.name), naming.node(program.process.machine));
    if (program.process.process > 1) {
        text += fmt::format(", process {}", program.process.process);
    }
    if (program.process.boot > 1) {
        text += fmt::format(", boot {}", program.process.boot);
    }
    return text;
}

std::vector<Row> rows_of(Story const& story, Naming const& naming) {
    std::vector<Row> rows;
    for (ProgramStory const& each : story.programs) {
        if (each.first.empty()) {
            continue;
        }
        rows.emplace_back().program = program_text(each, naming);
        for (CallStory const& call : each.first) {
            rows.push_back(row_of(call, naming));
        }
        if (each.folded > 0) {
            rows.emplace_back().call = fmt::format("… {} not shown", counted(each.folded, "call"));
        }
        for (CallStory const& call : each.last) {
            rows.push_back(row_of(call, naming));
        }
    }
    return rows;
}

std::string heading(Look const& look, std::string_view text) { return "\n" + paint(look, Tone::strong, text) + "\n"; }

std::string place_text(scenario::Place const& place) {
    if (place.line == 0) {
        return place.file;
    }
    return fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

}  // namespace

std::string title(std::string_view name, std::string_view about, Look const& look) {
    std::string sentence{about};
    std::replace(sentence.begin(), sentence.end(), '\n', ' ');  // prose: the file's line breaks mean nothing
    std::string const lines = wrapped(printable(sentence), look.width, 2);
    return paint(look, Tone::strong, printable(name)) + "\n" + (lines.empty() ? "" : "  " + lines + "\n");
}

std::string programs(Story const& story, Naming const& naming, Look const& look) {
    std::vector<Row> const rows = rows_of(story, naming);
    std::array<std::size_t, 4> widths{4, 6, 2, 7};  // of the headings
    for (Row const& row : rows) {
        widths[0] = std::max(widths[0], columns(row.call));
        widths[1] = std::max(widths[1], columns(row.result));
        widths[2] = std::max(widths[2], columns(row.at));
        widths[3] = std::max(widths[3], columns(row.blocked));
    }
    std::size_t const before_why = 4 + widths[0] + widths[1] + widths[2] + widths[3] + 4 * 2;
    std::string out = heading(look, "What each program saw");
    out += paint(look, Tone::faint,
                 fmt::format("    {}  {}  {}  {}  why\n", left("call", widths[0]), left("result", widths[1]),
                             right("at", widths[2]), right("blocked", widths[3])));
    for (Row const& row : rows) {
        if (!row.program.empty()) {
            out += "  " + paint(look, Tone::strong, row.program) + "\n";
            continue;
        }
        // A narrow terminal gets the sentence in a column of at least thirty, and wraps the rest itself.
        std::string const why = wrapped(row.why, std::max(look.width, before_why + 30), before_why);
        std::string line = fmt::format("    {}  {}  {}  {}  {}", left(row.call, widths[0]),
                                       paint(look, row.failed ? Tone::bad : Tone::plain, left(row.result, widths[1])),
                                       right(row.at, widths[2]), right(row.blocked, widths[3]), why);
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return rows.empty() ? "" : out;
}

std::string expectations(scenario::Report const& report, Look const& look) {
    if (report.verdicts.empty()) {
        return "";
    }
    std::string out = heading(look, "Expectations");
    for (scenario::Verdict const& verdict : report.verdicts) {
        out += fmt::format("  {} {}\n", paint(look, verdict.holds ? Tone::good : Tone::bad, verdict.holds ? "✓" : "✗"),
                           printable(verdict.name));
        if (!verdict.holds) {
            out += fmt::format("      expected  {}\n      seen      {}\n", printable(verdict.expected),
                               paint(look, Tone::bad, printable(verdict.seen)));
            out += fmt::format("      stated at {}\n", printable(place_text(verdict.place)));
        }
    }
    return out;
}

std::string faults(scenario::Report const& report, Look const& look) {
    if (report.faults.empty()) {
        return "";
    }
    std::string out = heading(look, "Timeline steps");
    for (scenario::FaultReport const& fault : report.faults) {
        bool const good = fault.fired || fault.may_never_fire;
        out += fmt::format("  {} {}: ", paint(look, good ? Tone::good : Tone::bad, good ? "✓" : "✗"),
                           printable(fault.name));
        if (!fault.fired) {
            out += fault.came ? "came, and met nothing to act on" : "its time never came";
            out += fault.may_never_fire ? ", which it may\n" : "\n";
            continue;
        }
        out += fault.first ? fmt::format("at {} s", clock_text(*fault.first)) : "happened";
        out += fault.times > 1 ? fmt::format(", {} times\n", grouped(fault.times)) : "\n";
    }
    return out;
}

std::string last_line(scenario::Report const& report, Duration wall, Look const& look) {
    std::string const times =
        fmt::format("Simulated {} in {} of wall time", duration_text(report.ended - Instant{}), duration_text(wall));
    std::string const digest = report.digest ? fmt::format(", digest {:016x}", *report.digest) : "";
    return "\n" + times +
           paint(look, Tone::faint,
                 fmt::format(", {}, seed {}{}", counted(report.events, "event"), report.seed, digest)) +
           "\n";
}

}  // namespace tcpsim::render

#include "tools/render/packet_scripts.hpp"

#include "tools/render/text.hpp"
#include "tools/render/why.hpp"
#include "tools/render/xml.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <map>
#include <string_view>

namespace tcpsim::render {
namespace {

using packet_script::Outcome;

enum class Kind : std::uint8_t { pass, fail, unsupported, mistake };
constexpr std::size_t kinds = 4;
constexpr std::array<std::string_view, kinds> kind_names{"pass", "fail", "unsupported", "mistake"};

Kind kind_of(ScriptResult const& result) {
    if (result.mistake) {
        return Kind::mistake;
    }
    switch (result.outcome.verdict) {
        case Outcome::Verdict::pass:
            return Kind::pass;
        case Outcome::Verdict::fail:
            return Kind::fail;
        case Outcome::Verdict::unsupported:
            break;
    }
    return Kind::unsupported;
}

std::string_view name_of(Kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

packet_script::Place place_of(ScriptResult const& result) {
    return result.mistake ? result.mistake->place : result.outcome.place;
}

/// FILE:LINE:COLUMN, as compilers write it; a place without a line is the whole file.
std::string where(ScriptResult const& result) {
    packet_script::Place const place = place_of(result);
    std::string const file = printable(result.file);
    return place.line == 0 ? file : fmt::format("{}:{}:{}", file, place.line, place.column);
}

std::string message_of(ScriptResult const& result) {
    return printable(result.mistake ? result.mistake->message : result.outcome.message);
}

std::string row(std::string_view name, std::string const& value) {
    return value.empty() ? std::string{} : fmt::format("    {:<10} {}\n", name, printable(value));
}

/// What stands below the first line.
std::string details(ScriptResult const& result) {
    if (result.mistake) {
        return row("line", result.mistake->line);
    }
    Outcome const& outcome = result.outcome;
    if (outcome.verdict == Outcome::Verdict::unsupported) {
        return row("line", outcome.line);
    }
    std::string const at = fmt::format("{:.6f} s", static_cast<double>(outcome.at.count()) / 1e9);
    return row("line", outcome.line) + row("expected", outcome.expected) + row("seen", outcome.seen) + row("at", at) +
           row("state", outcome.connection) + row("why", outcome.cause ? why_sent(*outcome.cause) : std::string{});
}

std::string folder_of(std::string const& file) {
    std::size_t const slash = file.rfind('/');
    return slash == std::string::npos ? "." : file.substr(0, slash);
}

using Counts = std::array<std::size_t, kinds>;

std::string counts_text(Counts const& counts) {
    std::string text;
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        if (counts[kind] != 0 || kind == 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[kind], kind_names[kind]);
        }
    }
    return text;
}

}  // namespace

std::string script_text(ScriptResult const& result) {
    Kind const kind = kind_of(result);
    if (kind == Kind::pass) {
        return fmt::format("{}: pass\n", printable(result.file));
    }
    return fmt::format("{}: {}: {}\n", where(result), name_of(kind), message_of(result)) + details(result);
}

std::string scripts_summary(std::vector<ScriptResult> const& results) {
    Counts total{};
    std::map<std::string, Counts> folders;
    for (ScriptResult const& result : results) {
        auto const kind = static_cast<std::size_t>(kind_of(result));
        ++total[kind];
        ++folders[folder_of(result.file)][kind];
    }
    std::string text;
    if (folders.size() > 1) {
        for (auto const& [folder, counts] : folders) {
            std::size_t const all = counts[0] + counts[1] + counts[2] + counts[3];
            text += fmt::format("{:<50} {:>3}/{:<3} {}\n", printable(folder), counts[0], all,
                                counts[0] == all ? std::string{} : counts_text(counts));
        }
    }
    return text + fmt::format("{}: {}\n", counted(results.size(), "script"), counts_text(total));
}

std::string scripts_json(std::vector<ScriptResult> const& results) {
    nlohmann::ordered_json scripts = nlohmann::ordered_json::array();
    for (ScriptResult const& result : results) {
        nlohmann::ordered_json each;
        each["file"] = result.file;
        each["verdict"] = name_of(kind_of(result));
        if (kind_of(result) != Kind::pass) {
            each["line"] = place_of(result).line;
            each["column"] = place_of(result).column;
            each["text"] = result.mistake ? result.mistake->line : result.outcome.line;
            each["message"] = result.mistake ? result.mistake->message : result.outcome.message;
        }
        if (kind_of(result) == Kind::fail) {
            each["expected"] = result.outcome.expected;
            each["seen"] = result.outcome.seen;
            each["at_ns"] = result.outcome.at.count();
            each["connection"] = result.outcome.connection;
            each["why"] = result.outcome.cause ? why_sent(*result.outcome.cause) : std::string{};
        }
        scripts.push_back(std::move(each));
    }
    nlohmann::ordered_json const document{{"version", 1}, {"scripts", std::move(scripts)}};
    constexpr int indent = 2;
    return document.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string scripts_junit(std::vector<ScriptResult> const& results) {
    Counts total{};
    std::string cases;
    for (ScriptResult const& result : results) {
        Kind const kind = kind_of(result);
        ++total[static_cast<std::size_t>(kind)];
        std::string const name = escaped_xml(printable(result.file));
        std::string const message = escaped_xml(message_of(result));
        std::string const text = escaped_xml(script_text(result));
        if (kind == Kind::pass) {
            cases += fmt::format("  <testcase name=\"{}\"/>\n", name);
        } else if (kind == Kind::unsupported) {
            cases += fmt::format("  <testcase name=\"{}\"><skipped message=\"{}\"/></testcase>\n", name, message);
        } else {
            std::string_view const element = kind == Kind::fail ? "failure" : "error";
            cases += fmt::format("  <testcase name=\"{}\"><{} message=\"{}\">{}</{}></testcase>\n", name, element,
                                 message, text, element);
        }
    }
    return fmt::format(
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<testsuite name=\"tcpsim packetdrill\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
               results.size(), total[1], total[3], total[2]) +
           cases + "</testsuite>\n";
}

std::string scripts_tap(std::vector<ScriptResult> const& results) {
    std::string text = fmt::format("TAP version 13\n1..{}\n", results.size());
    std::size_t number = 0;
    for (ScriptResult const& result : results) {
        Kind const kind = kind_of(result);
        bool const fine = kind == Kind::pass || kind == Kind::unsupported;
        text += fmt::format("{} {} - {}{}\n", fine ? "ok" : "not ok", ++number, printable(result.file),
                            kind == Kind::unsupported ? " # SKIP " + message_of(result) : std::string{});
        if (!fine) {
            text += fmt::format("# {}: {}\n", where(result), message_of(result));
        }
    }
    return text;
}

}  // namespace tcpsim::render

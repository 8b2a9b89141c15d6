#include "tools/render/recordings.hpp"

#include "tools/render/replay.hpp"
#include "tools/render/xml.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace tcpsim::render {
namespace {

using nlohmann::ordered_json;

std::string_view verdict_of(ReplayResult const& result) {
    return !result.mistake.empty() ? "unreadable" : result.same() ? "same" : "differs";
}

std::string name_of(ReplayResult const& result) {
    return printable(result.recording.name.empty() ? result.file : result.recording.name);
}

ordered_json difference_json(replay::Difference const& difference) {
    ordered_json each;
    each["what"] = difference.what;
    if (!difference.point.empty()) {
        each["point"] = difference.point;
        each["packet"] = difference.packet;
    }
    return each;
}

struct Totals {
    std::size_t same{0}, unreadable{0};
    std::size_t calls{0}, packets{0};            ///< compared
    std::size_t same_calls{0}, same_packets{0};  ///< of the cases that are the same
};

Totals totals_of(std::vector<ReplayResult> const& results) {
    Totals totals;
    for (ReplayResult const& result : results) {
        totals.unreadable += result.mistake.empty() ? 0 : 1;
        totals.calls += result.verdict.calls;
        totals.packets += result.verdict.packets;
        if (result.same()) {
            ++totals.same;
            totals.same_calls += result.verdict.calls;
            totals.same_packets += result.verdict.packets;
        }
    }
    return totals;
}

}  // namespace

std::string verdict_text(ReplayResult const& result) {
    if (!result.mistake.empty()) {
        return fmt::format("{}: {}\n", printable(result.file), printable(result.mistake));
    }
    return fmt::format("{}: {}\n", name_of(result), verdict_of(result));
}

std::string recordings_summary(std::vector<ReplayResult> const& results) {
    Totals const totals = totals_of(results);
    std::size_t const differ = results.size() - totals.same - totals.unreadable;
    std::string text = fmt::format("{}: {} the same, {} differ{}", counted(results.size(), "recording"), totals.same,
                                   differ, differ == 1 ? "s" : "");
    text += totals.unreadable == 0 ? "" : fmt::format(", {} cannot be read", totals.unreadable);
    return text + fmt::format("; in those that are the same {} calls and {} packets are equal\n", totals.same_calls,
                              totals.same_packets);
}

std::string recordings_json(std::vector<ReplayResult> const& results) {
    ordered_json recordings = ordered_json::array();
    for (ReplayResult const& result : results) {
        ordered_json each;
        each["file"] = result.file;
        each["case"] = result.recording.name;
        each["verdict"] = verdict_of(result);
        if (!result.mistake.empty()) {
            each["mistake"] = result.mistake;
        } else {
            each["run"] = result.verdict.run + 1;
            each["calls"] = result.verdict.calls;
            each["packets"] = result.verdict.packets;
        }
        each["differences"] = ordered_json::array();
        for (replay::Difference const& difference : result.verdict.differences) {
            each["differences"].push_back(difference_json(difference));
        }
        recordings.push_back(std::move(each));
    }
    Totals const totals = totals_of(results);
    ordered_json const document{{"version", 1},
                                {"recordings", std::move(recordings)},
                                {"same", totals.same},
                                {"compared", {{"calls", totals.calls}, {"packets", totals.packets}}},
                                {"equal", {{"calls", totals.same_calls}, {"packets", totals.same_packets}}}};
    constexpr int indent = 2;
    return document.dump(indent, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string recordings_junit(std::vector<ReplayResult> const& results) {
    std::string cases;
    for (ReplayResult const& result : results) {
        std::string const name = escaped_xml(name_of(result));
        if (result.same()) {
            cases += fmt::format("  <testcase name=\"{}\"/>\n", name);
            continue;
        }
        std::string_view const element = result.mistake.empty() ? "failure" : "error";
        std::string const words =
            printable(result.mistake.empty() ? result.verdict.differences.front().what : result.mistake);
        std::string const text = differences_text(result.verdict.differences);
        cases += fmt::format("  <testcase name=\"{}\"><{} message=\"{}\">{}</{}></testcase>\n", name, element,
                             escaped_xml(words), escaped_xml(text), element);
    }
    Totals const totals = totals_of(results);
    return fmt::format(
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<testsuite name=\"tcpsim replay\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\">\n",
               results.size(), results.size() - totals.same - totals.unreadable, totals.unreadable) +
           cases + "</testsuite>\n";
}

}  // namespace tcpsim::render

// `tcpsim replay`: recordings of a real kernel beside runs of ours.
#include "tools/render/recordings.hpp"

#include "tools/render/replay.hpp"
#include "tools/tcpsim/commands.hpp"
#include "tools/tcpsim/files.hpp"
#include "tools/tcpsim/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tcpsim::tool {
namespace {

constexpr std::size_t rows_around = 5;

replay::TimersBy timers_of(std::string const& word) {
    return word == "wheel"   ? replay::TimersBy::wheel
           : word == "ideal" ? replay::TimersBy::ideal
                             : replay::TimersBy::need;
}

render::ReplayResult replayed(std::string const& file, replay::TimersBy timers) {
    render::ReplayResult result{.file = file};
    scenario::Included const text = read_text(file);
    if (!text.error.empty()) {
        result.mistake = "cannot be read: " + text.error;
        return result;
    }
    auto recording = replay::read_recording(text.text);
    if (auto const* wrong = std::get_if<std::string>(&recording)) {
        result.mistake = *wrong;
        return result;
    }
    result.recording = std::get<replay::Recording>(std::move(recording));
    result.verdict = replay::judge(result.recording, timers);
    return result;
}

/// The recordings in a directory and below it, in order of their names; a file is itself. Empty, and told, if there is
/// none.
std::vector<std::string> recordings_at(std::string const& path) {
    std::vector<std::string> const files = files_at(path, ".json");
    if (files.empty()) {
        complain(fmt::format("{}: no recordings (*.json) here", render::printable(path)));
    }
    return files;
}

/// Both sides of every capture point, or around the first difference.
std::string both_sides(render::ReplayResult const& result, ReplayCommand const& command, render::Look const& look) {
    replay::RecordedRun const& recorded = result.recording.runs[result.verdict.run];
    std::string text;
    for (auto const& [point, packets] : recorded.packets) {
        auto const here = result.verdict.ours.packets.find(point);
        bool const is_shown = command.all || (!result.verdict.differences.empty() && point == "client");
        if (is_shown && here != result.verdict.ours.packets.end()) {
            text += fmt::format("\n{}:\n", point) +
                    render::side_by_side(packets, here->second, command.all ? 0 : rows_around, look);
        }
    }
    if (command.all) {
        text += "\ncalls:\n" + render::calls_side_by_side(recorded, result.verdict.ours, look);
    }
    return text;
}

void show(render::ReplayResult const& result, ReplayCommand const& command, render::Look const& look) {
    if (!result.mistake.empty()) {
        complain(fmt::format("{}: {}", render::printable(result.file), render::printable(result.mistake)));
        return;
    }
    if (command.json) {
        return;
    }
    std::cout << render::verdict_text(result);
    if (!command.quiet) {
        std::cout << render::differences_text(result.verdict.differences) << both_sides(result, command, look);
    }
}

bool write_junit(std::string const& file, std::vector<render::ReplayResult> const& results) {
    OutputFile out{file};
    out.stream() << render::recordings_junit(results);
    std::string const error = out.error().empty() ? out.close() : out.error();
    if (!error.empty()) {
        complain(error);
    }
    return error.empty();
}

}  // namespace

Exit execute(ReplayCommand const& command, Replay& /*replay*/) {
    render::Look const look = look_of_stdout(command.no_color);
    std::vector<render::ReplayResult> results;
    for (std::string const& path : command.files) {
        std::vector<std::string> const files = recordings_at(path);
        if (files.empty()) {
            return Exit::users_error;
        }
        for (std::string const& file : files) {
            results.push_back(replayed(file, timers_of(command.timers)));
            show(results.back(), command, look);
        }
    }
    if (command.json) {
        std::cout << render::recordings_json(results);
    } else if (results.size() > 1) {
        std::cout << render::recordings_summary(results);
    }
    if (!command.junit.empty() && !write_junit(command.junit, results)) {
        return Exit::users_error;
    }
    bool const mistaken =
        std::any_of(results.begin(), results.end(), [](auto const& each) { return !each.mistake.empty(); });
    bool const same = std::all_of(results.begin(), results.end(), [](auto const& each) { return each.same(); });
    return mistaken ? Exit::users_error : same ? Exit::fine : Exit::failed;
}

}  // namespace tcpsim::tool

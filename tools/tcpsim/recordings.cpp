// `tcpsim replay`: recordings of a real kernel beside runs of ours.
#include "sim/replay/compare.hpp"
#include "tools/render/replay.hpp"
#include "tools/tcpsim/commands.hpp"
#include "tools/tcpsim/files.hpp"
#include "tools/tcpsim/terminal.hpp"

#include <fmt/format.h>

#include <iostream>
#include <string>
#include <variant>

namespace tcpsim::tool {
namespace {

constexpr std::size_t rows_around = 5;

std::optional<replay::Recording> load(std::string const& file) {
    scenario::Included const text = read_text(file);
    if (!text.error.empty()) {
        complain(fmt::format("{}: cannot be read: {}", render::printable(file), text.error));
        return {};
    }
    auto recording = replay::read_recording(text.text);
    if (auto const* wrong = std::get_if<std::string>(&recording)) {
        complain(fmt::format("{}: {}", render::printable(file), render::printable(*wrong)));
        return {};
    }
    return std::get<replay::Recording>(std::move(recording));
}

/// Prints one recording's comparison; whether nothing differs.
bool show(replay::Recording const& recording, ReplayCommand const& command, render::Look const& look) {
    replay::RecordedRun const& recorded = recording.runs.front();
    replay::Replayed const ours = replay::replay(recording, recorded);
    auto const differences = replay::differences(recording, recorded, ours);
    std::cout << fmt::format("{}: {}\n", render::printable(recording.name), differences.empty() ? "same" : "differs");
    if (command.quiet) {
        return differences.empty();
    }
    std::cout << render::differences_text(differences);
    for (auto const& [point, packets] : recorded.packets) {
        auto const here = ours.packets.find(point);
        bool const is_shown = command.all || (!differences.empty() && point == "client");
        if (is_shown && here != ours.packets.end()) {
            std::cout << fmt::format("\n{}:\n", point)
                      << render::side_by_side(packets, here->second, command.all ? 0 : rows_around, look);
        }
    }
    if (command.all) {
        std::cout << "\ncalls:\n" << render::calls_side_by_side(recorded, ours, look);
    }
    return differences.empty();
}

}  // namespace

Exit execute(ReplayCommand const& command, Replay& /*replay*/) {
    render::Look const look = look_of_stdout(command.no_color);
    bool same = true;
    for (std::string const& file : command.files) {
        auto const recording = load(file);
        if (!recording) {
            return Exit::users_error;
        }
        same = show(*recording, command, look) && same;
    }
    return same ? Exit::fine : Exit::failed;
}

}  // namespace tcpsim::tool

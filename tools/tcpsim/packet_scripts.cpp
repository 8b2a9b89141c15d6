// `tcpsim packetdrill`: packet scripts against our stack.
#include "tools/render/packet_scripts.hpp"

#include "sim/packet_script/play.hpp"
#include "tools/render/text.hpp"
#include "tools/tcpsim/commands.hpp"
#include "tools/tcpsim/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <string>
#include <thread>
#include <variant>

namespace tcpsim::tool {
namespace {

/// What the scripts of both public corpora expect to be defined: the cookie of their addresses under their key.
std::vector<packet_script::Definition> const usual_definitions{{"TFO_COOKIE", "3021b9d889017eeb"},
                                                               {"CODE", "host_unreachable"},
                                                               {"CMSG_LEVEL_IP", "SOL_IP"},
                                                               {"CMSG_TYPE_RECVERR", "IP_RECVERR"}};

/// The scripts in a directory and below it, in order of their names; a file is itself. Empty, and told, if there is none.
std::vector<std::string> scripts_at(std::string const& path) {
    std::vector<std::string> files = files_at(path, ".pkt");
    if (files.empty()) {
        complain(fmt::format("{}: no scripts (*.pkt) here", render::printable(path)));
    }
    return files;
}

/// Nothing if a setting is not known or has a wrong value, which has been told.
std::optional<packet_script::Conditions> conditions_of(PacketdrillCommand const& command) {
    profile::Profile const* profile = profile::find(command.profile);
    if (profile == nullptr) {
        complain(
            fmt::format("no profile is called '{}'; tcpsim profiles lists them", render::printable(command.profile)));
        return {};
    }
    packet_script::Conditions conditions{.profile = *profile, .exact = command.exact};
    for (scenario::Override const& each : command.settings) {
        if (auto const error = profile::set(conditions.profile, each.path, each.value)) {
            complain(fmt::format("--set {}={}: {}; expected {}", each.path, each.value, error->what, error->expected));
            return {};
        }
    }
    return conditions;
}

render::ScriptResult play_file(std::string const& file, packet_script::Conditions const& conditions,
                               std::vector<packet_script::Definition> const& definitions) {
    render::ScriptResult result{.file = file};
    scenario::Included const text = read_text(file);
    if (!text.error.empty()) {
        result.mistake = packet_script::Mistake{{}, "cannot be read: " + text.error, {}};
        return result;
    }
    auto const parsed = packet_script::parse(text.text, definitions);
    if (auto const* mistake = std::get_if<packet_script::Mistake>(&parsed)) {
        result.mistake = *mistake;
    } else {
        result.outcome = packet_script::play(std::get<packet_script::Script>(parsed), conditions);
    }
    return result;
}

/// Each script is a world of its own: threads only share the list.
std::vector<render::ScriptResult> play_all(std::vector<std::string> const& files, PacketdrillCommand const& command,
                                           packet_script::Conditions const& conditions) {
    std::vector<packet_script::Definition> definitions = command.definitions;
    definitions.insert(definitions.end(), usual_definitions.begin(), usual_definitions.end());
    std::vector<render::ScriptResult> results(files.size());
    std::atomic<std::size_t> next{0};
    auto const work = [&] {
        for (std::size_t i = next++; i < files.size(); i = next++) {
            results[i] = play_file(files[i], conditions, definitions);
        }
    };
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < command.jobs; ++i) {
        others.emplace_back(work);
    }
    work();
    others.clear();
    return results;
}

void print(std::vector<render::ScriptResult> const& results, PacketdrillCommand const& command) {
    if (command.json) {
        std::cout << render::scripts_json(results);
        return;
    }
    if (command.tap) {
        std::cout << render::scripts_tap(results);
        return;
    }
    for (render::ScriptResult const& result : results) {
        bool const passed = !result.mistake && result.outcome.verdict == packet_script::Outcome::Verdict::pass;
        if (!command.quiet && (!passed || results.size() == 1)) {
            std::cout << render::script_text(result);
        }
    }
    std::cout << render::scripts_summary(results);
}

}  // namespace

Exit execute(PacketdrillCommand const& command, Replay& /*replay*/) {
    auto const conditions = conditions_of(command);
    if (!conditions) {
        return Exit::users_error;
    }
    std::vector<std::string> files;
    for (std::string const& path : command.files) {
        auto const found = scripts_at(path);
        files.insert(files.end(), found.begin(), found.end());
    }
    if (files.empty()) {
        return Exit::users_error;
    }
    auto const results = play_all(files, command, *conditions);
    print(results, command);
    if (!command.junit.empty()) {
        OutputFile out{command.junit};
        out.stream() << render::scripts_junit(results);
        std::string const error = out.error().empty() ? out.close() : out.error();
        if (!error.empty()) {
            complain(error);
            return Exit::users_error;
        }
    }
    bool const mistaken =
        std::any_of(results.begin(), results.end(), [](auto const& each) { return each.mistake.has_value(); });
    // What could not be played was not shown to hold.
    bool const failed = std::any_of(results.begin(), results.end(), [](auto const& each) {
        return each.outcome.verdict != packet_script::Outcome::Verdict::pass;
    });
    return mistaken ? Exit::users_error : failed ? Exit::failed : Exit::fine;
}

}  // namespace tcpsim::tool

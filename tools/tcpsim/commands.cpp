#include "tools/tcpsim/commands.hpp"

#include "stack/profile/profile.hpp"
#include "tools/render/text.hpp"
#include "tools/tcpsim/files.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <utility>

namespace tcpsim::tool {

void complain(std::string_view what) { std::cerr << "tcpsim: " << what << '\n'; }

std::optional<scenario::Scenario> load_scenario(std::string const& file,
                                                std::vector<scenario::Override> const& overrides) {
    scenario::Included const text = read_text(file);
    if (!text.error.empty()) {
        std::cerr << render::printable(file) << ": cannot be read: " << text.error << '\n';
        return {};
    }
    scenario::Loaded loaded = scenario::load(file, text.text, overrides, resolver_for(file));
    if (auto const* problems = std::get_if<std::vector<scenario::Problem>>(&loaded.content)) {
        for (scenario::Problem const& problem : *problems) {
            std::cerr << render::printable(scenario::to_string(problem)) << '\n';
        }
        return {};
    }
    return std::get<scenario::Scenario>(std::move(loaded.content));
}

Exit execute(CheckCommand const& command, Replay& /*replay*/) {
    auto const scenario = load_scenario(command.file, command.overrides);
    if (!scenario) {
        return Exit::users_error;
    }
    std::cout << fmt::format("{}: fine: {}, {}, {}, {}\n", command.file,
                             render::counted(scenario->hosts.size(), "host"),
                             render::counted(scenario->programs.size(), "program"),
                             render::counted(scenario->timeline.size(), "timeline step"),
                             render::counted(scenario->expectations.size(), "expectation"));
    return Exit::fine;
}

Exit execute(SchemaCommand const& /*command*/, Replay& /*replay*/) {
    std::cout << scenario::json_schema() << '\n';
    return Exit::fine;
}

Exit execute(ProfilesCommand const& command, Replay& /*replay*/) {
    if (command.name.empty()) {
        for (profile::Profile const* each : profile::all()) {
            std::cout << fmt::format("{:<10} {}\n", each->name, each->description);
        }
        return Exit::fine;
    }
    profile::Profile const* chosen = profile::find(command.name);
    if (chosen == nullptr) {
        complain(fmt::format("no profile is called '{}'; tcpsim profiles lists them", render::printable(command.name)));
        return Exit::users_error;
    }
    for (profile::Setting const& each : profile::settings_of(*chosen)) {
        std::cout << fmt::format("{:<34} {:<10} {}\n", each.name, each.unit, each.help);
    }
    return Exit::fine;
}

Exit execute(PrintCommand const& command, Replay& /*replay*/) {
    std::cout << command.text;
    return Exit::fine;
}

Exit execute(BadArguments const& command, Replay& /*replay*/) {
    complain(render::printable(command.what));
    return Exit::users_error;
}

}  // namespace tcpsim::tool

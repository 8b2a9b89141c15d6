#include "tools/tcpsim/views.hpp"

#include "sim/scenario/suggest.hpp"
#include "sim/world/world.hpp"
#include "tools/render/ss.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tcpsim::tool {

namespace {

/// Nothing of a router.
std::string table_of(world::World const& world, trace::NodeId node, Instant at) {
    auto const* machine = world.machine(node);
    return machine == nullptr
               ? ""
               : "\n" + render::socket_table_text(machine->name(), at, machine::socket_table(*machine, at));
}

std::string tables_of(world::World const& world, Instant at) {
    std::string text;
    for (std::uint32_t node = 0; node < world.nodes(); ++node) {
        text += table_of(world, trace::NodeId{node}, at);
    }
    return text;
}

}  // namespace

std::optional<std::string> Views::open(scenario::Scenario const& scenario, scenario::Run& run) {
    std::vector<std::string> known;
    for (scenario::ProgramSpec const& program : scenario.programs) {
        known.push_back(program.name);
    }
    for (std::string const& wanted : command_->strace) {
        if (std::find(known.begin(), known.end(), wanted) == known.end()) {
            return fmt::format("--strace '{}': there is no such program; {}", wanted,
                               scenario::suggestion(wanted, scenario::views(known)));
        }
        run.attach(logs_.emplace_back(wanted));
    }
    for (Instant const at : command_->ss_at) {
        run.look_at(at, [this, at](world::World const& world) { tables_ += tables_of(world, at); });
    }
    run.when_asked(
        [this](world::World const& world, trace::NodeId node) { tables_ += table_of(world, node, world.now()); });
    return {};
}

std::string Views::text() const {
    std::string text;
    auto wanted = command_->strace.begin();
    for (render::Strace const& log : logs_) {
        text += fmt::format("\ncalls of {}\n{}", render::printable(*wanted++), log.text());
    }
    return text + tables_;
}

}  // namespace tcpsim::tool

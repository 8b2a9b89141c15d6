// What `tcpsim run` shows beside the timeline: logs of calls, and tables of connections.
#pragma once

#include "sim/scenario/run.hpp"
#include "tools/render/names.hpp"
#include "tools/render/strace.hpp"
#include "tools/tcpsim/arguments.hpp"

#include <list>
#include <optional>
#include <string>

namespace tcpsim::tool {

/// Lives as long as the run.
class Views {
  public:
    Views(RunCommand const& command, render::Naming const& naming) : command_{&command}, naming_{&naming} {}
    /// What is wrong with the command line, if anything.
    std::optional<std::string> open(scenario::Scenario const& scenario, scenario::Run& run);
    /// After the run.
    [[nodiscard]] std::string text() const;

  private:
    RunCommand const* command_;
    [[maybe_unused]] render::Naming const* naming_;
    std::list<render::Strace> logs_{};
    std::string tables_{};
};

}  // namespace tcpsim::tool

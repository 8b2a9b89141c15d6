// `tcpsim run`: attaches the readers that were asked for, runs, and prints.
#include "sim/scenario/run.hpp"

#include "tools/render/capture.hpp"
#include "tools/render/json.hpp"
#include "tools/render/report.hpp"
#include "tools/render/teller.hpp"
#include "tools/render/timeline.hpp"
#include "tools/tcpsim/commands.hpp"
#include "tools/tcpsim/files.hpp"
#include "tools/tcpsim/terminal.hpp"
#include "tools/tcpsim/views.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <list>
#include <memory>

namespace tcpsim::tool {
namespace {

constexpr std::size_t packets_at_each_end = 1000;  // of a timeline that is longer than twice that
constexpr std::size_t calls_at_each_end = 20;      // the same for each program's calls

/// What the user will understand as our doing nothing: an empty optional is "all went well".
using Complaint = std::optional<std::string>;

std::string version_text() { return std::string{"tcpsim "} + TCPSIM_VERSION; }

std::uint64_t seed_of(RunCommand const& command, scenario::Scenario const& scenario) {
    return command.seed.value_or(scenario.seed);
}

/// The profile of a host; a router has none.
std::string system_of(scenario::Scenario const& scenario, std::string const& node) {
    for (scenario::HostSpec const& host : scenario.hosts) {
        if (host.name == node) {
            return fmt::format("{} profile of tcpsim", host.profile.name);
        }
    }
    return "router of tcpsim";
}

/// The readers that write files. They live as long as the run.
class Files {
  public:
    Files(RunCommand const& command, scenario::Scenario const& scenario, render::Naming const& naming)
        : command_{&command}, scenario_{&scenario}, naming_{&naming} {}

    Complaint open(scenario::Run& run) {
        if (!command_->json_lines.empty()) {
            OutputFile& file = files_.emplace_back(command_->json_lines);
            lines_ = std::make_unique<render::JsonLines>(file.stream(), *naming_, scenario_->name,
                                                         seed_of(*command_, *scenario_), TCPSIM_VERSION);
            run.attach(*lines_);
        }
        if (!command_->pcap.empty()) {
            auto const point = chosen_point();
            if (!point) {
                return no_such_point();
            }
            capture(*point, command_->pcap, run);
        }
        if (!command_->pcap_directory.empty()) {
            if (std::string const wrong = make_directory(command_->pcap_directory); !wrong.empty()) {
                return wrong;
            }
            for (render::CapturePoint const& point : all_points()) {
                std::string const name =
                    naming_->node(point.node) + "-" + naming_->interface(point.node, point.interface) + ".pcapng";
                capture(point, command_->pcap_directory + "/" + name, run);
            }
        }
        for (OutputFile const& file : files_) {
            if (!file.error().empty()) {
                return file.error();
            }
        }
        return {};
    }

    Complaint close(Instant ended) {
        for (render::Capture& each : captures_) {
            each.finish(ended);
        }
        Complaint wrong;
        for (OutputFile& file : files_) {
            if (std::string const error = file.close(); !error.empty() && !wrong) {
                wrong = error;
            }
        }
        return wrong;
    }

  private:
    void capture(render::CapturePoint point, std::string const& path, scenario::Run& run) {
        OutputFile& file = files_.emplace_back(path);
        render::Capture::About const about{system_of(*scenario_, naming_->node(point.node)), scenario_->name,
                                           seed_of(*command_, *scenario_), version_text()};
        run.attach(captures_.emplace_back(file.stream(), *naming_, point, about));
    }

    [[nodiscard]] std::vector<render::CapturePoint> all_points() const {
        std::vector<render::CapturePoint> points;
        auto const& interfaces = naming_->all().interfaces;
        for (std::uint32_t node = 0; node < interfaces.size(); ++node) {
            for (std::uint32_t interface = 0; interface < interfaces[node].size(); ++interface) {
                points.push_back({trace::NodeId{node}, interface});
            }
        }
        return points;
    }

    [[nodiscard]] std::string name_of(render::CapturePoint const& point) const {
        return naming_->node(point.node) + ":" + naming_->interface(point.node, point.interface);
    }

    /// HOST:NIC, or HOST for its first interface; nothing: the first host's.
    [[nodiscard]] std::optional<render::CapturePoint> chosen_point() const {
        std::string wanted = command_->pcap_at;
        if (wanted.empty() && !scenario_->hosts.empty()) {
            wanted = scenario_->hosts.front().name;
        }
        for (render::CapturePoint const& point : all_points()) {
            if (wanted == name_of(point) || wanted == naming_->node(point.node)) {
                return point;
            }
        }
        return {};
    }

    [[nodiscard]] std::string no_such_point() const {
        std::string known;
        for (render::CapturePoint const& point : all_points()) {
            known += (known.empty() ? "" : ", ") + name_of(point);
        }
        return fmt::format("--pcap-at '{}': there is no such interface; expected one of {}", command_->pcap_at, known);
    }

    RunCommand const* command_;
    scenario::Scenario const* scenario_;
    render::Naming const* naming_;
    std::list<OutputFile> files_{};
    std::unique_ptr<render::JsonLines> lines_{};
    std::list<render::Capture> captures_{};
};

render::Keep keep_for(RunCommand const& command) {
    render::Keep keep;
    bool const all = command.trace == TraceLevel::all;
    keep.details = all && !command.json;
    keep.every_option = all || command.json;
    if (command.json) {
        return keep;
    }
    if (!all) {
        keep.packets = packets_at_each_end;
        keep.calls = calls_at_each_end;
    }
    return keep;
}

void print_text(RunCommand const& command, scenario::Scenario const& scenario, scenario::Report const& report,
                render::Story const& story, render::Naming const& naming, std::string const& views, Duration wall) {
    render::Look const look = look_of_stdout(command.no_color);
    std::cout << render::title(scenario.name, scenario.about, look);
    if (command.trace != TraceLevel::none) {
        std::cout << '\n' << render::timeline(story, naming, look, command.trace == TraceLevel::all);
    }
    std::cout << views << render::programs(story, naming, look) << render::expectations(report, look)
              << render::faults(report, look) << render::last_line(report, wall, look) << std::flush;
}

/// For stderr: what failed, and how to see it again.
void print_failure(scenario::Report const& report, Replay const& replay, bool with_verdicts) {
    std::size_t failed = 0;
    for (scenario::Verdict const& verdict : report.verdicts) {
        if (verdict.holds) {
            continue;
        }
        ++failed;
        if (with_verdicts) {
            complain(render::printable(fmt::format("{}:{}:{}: {}: expected {}, seen {}", verdict.place.file,
                                                   verdict.place.line, verdict.place.column, verdict.name,
                                                   verdict.expected, verdict.seen)));
        }
    }
    complain(fmt::format("{} of {} failed", failed, render::counted(report.verdicts.size(), "expectation")));
    complain("replay with: " + replay.text());
}

}  // namespace

Exit execute(RunCommand const& command, Replay& replay) {
    auto const scenario = load_scenario(command.file, command.overrides);
    if (!scenario) {
        return Exit::users_error;
    }
    replay.use_seed(seed_of(command, *scenario), command.seed.has_value());
    scenario::Run run{*scenario, {command.seed, command.until, true}};
    render::Naming const naming{run.names()};
    render::Storyteller teller{naming, keep_for(command)};
    Files files{command, *scenario, naming};
    if (Complaint const wrong = files.open(run)) {
        complain(*wrong);
        return Exit::users_error;
    }
    Views views{command, naming};
    if (Complaint const wrong = views.open(*scenario, run)) {
        complain(*wrong);
        return Exit::users_error;
    }
    if (!command.quiet) {
        run.attach(teller);
    }
    auto const started = std::chrono::steady_clock::now();
    scenario::Report const report = run.run();
    auto const wall = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
    render::Story const story = teller.finish(report.ended, report.nothing_left);
    Complaint const unwritten = files.close(report.ended);
    if (command.json) {
        std::cout << render::json_document(report, story, naming, wall, TCPSIM_VERSION) << std::flush;
    } else if (!command.quiet) {
        print_text(command, *scenario, report, story, naming, views.text(), wall);
    }
    if (unwritten) {
        complain(*unwritten);
        return Exit::users_error;
    }
    if (!report.passed()) {
        print_failure(report, replay, command.json || command.quiet);
        return Exit::failed;
    }
    return Exit::fine;
}

}  // namespace tcpsim::tool

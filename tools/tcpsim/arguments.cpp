#include "tools/tcpsim/arguments.hpp"

#include "sim/scenario/suggest.hpp"
#include "sim/topology/units.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace tcpsim::tool {
namespace {

constexpr char const* about = R"(Says what happens to TCP connections when machines and networks fail.

Examples:
  tcpsim run scenarios/reboot.yaml                         the timeline, what each program saw, the verdicts
  tcpsim run scenarios/crash.yaml --set hosts.client.tcp_retries2=8
  tcpsim run scenarios/crash.yaml --pcap crash.pcapng      for Wireshark, with a comment on every packet
  tcpsim run scenarios/reboot.yaml --json | jq .calls
  tcpsim check my.yaml                                     only looks for mistakes
)";

constexpr char const* exit_codes =
    "Exit status: 0 every expectation holds, 1 one does not, 2 the file or the command line is wrong,\n"
    "3 an error inside tcpsim. Results go to stdout, everything else to stderr.\n";

/// The words as they were typed, before anything judges them.
struct Typed {
    RunCommand run{};
    std::string seed{};
    std::string until{};
    std::string trace{"packets"};
    std::vector<std::string> sets{};
    std::vector<std::string> ss_at{};
    ProfilesCommand profiles{};
    ReplayCommand replay{};
    PacketdrillCommand packetdrill{};
    std::vector<std::string> definitions{};
    TopologyCommand topology{};
    std::string show{};
    bool dot{false};
    bool graphml{false};
};

void add_file(CLI::App& command, Typed& typed) {
    command.add_option("FILE", typed.run.file, "The scenario")->required();
    command.add_option("--set", typed.sets, "PATH=VALUE: change one field of the scenario; may be repeated")
        ->allow_extra_args(false)
        ->type_name("PATH=VALUE");
}

void add_run(CLI::App& app, Typed& typed) {
    RunCommand& run = typed.run;
    CLI::App* command = app.add_subcommand("run", "Run a scenario and say what happened");
    add_file(*command, typed);
    command->add_option("--seed", typed.seed, "Seed of everything random, instead of the scenario's")->type_name("N");
    command->add_option("--until", typed.until, "Stop after this virtual time: 30s, 20min")->type_name("DURATION");
    command->add_option("--trace", typed.trace, "How much of the timeline: none, packets, all")->type_name("LEVEL");
    command->add_flag("--json", run.json, "One JSON document on stdout (docs/json.md)");
    command->add_option("--jsonl", run.json_lines, "Every trace record as a line of JSON")->type_name("FILE");
    command->add_option("--pcap", run.pcap, "A packet capture of one interface (pcapng)")->type_name("FILE");
    command->add_option("--pcap-at", run.pcap_at, "Where --pcap listens; the first host's first interface otherwise")
        ->type_name("HOST[:NIC]");
    command->add_option("--pcap-dir", run.pcap_directory, "A capture of every interface, as HOST-NIC.pcapng")
        ->type_name("DIR");
    command->add_option("--strace", run.strace, "The calls of this program, as strace prints them; may be repeated")
        ->allow_extra_args(false)
        ->type_name("PROGRAM");
    command->add_option("--ss-at", typed.ss_at, "All sockets at this time, as ss -tuinoap shows them; may be repeated")
        ->allow_extra_args(false)
        ->type_name("TIME");
    command->add_flag("-q,--quiet", run.quiet, "Print only what failed");
    command->add_flag("--no-color", run.no_color, "No colours (also NO_COLOR, TERM=dumb, or no terminal)");
    command->footer(std::string{"\n"} + exit_codes);
}

void add_replay(CLI::App& app, Typed& typed) {
    CLI::App* command = app.add_subcommand("replay", "Replay what a real kernel did, and say where we differ");
    command->add_option("PATH", typed.replay.files, "Recordings (JSON), or directories of them")->required();
    command->add_flag("--json", typed.replay.json, "One JSON document on stdout");
    command->add_option("--junit", typed.replay.junit, "Also as JUnit's XML")->type_name("FILE");
    command->add_flag("--all", typed.replay.all, "Every packet and call, not only those around the first difference");
    command->add_flag("-q,--quiet", typed.replay.quiet, "One line for each recording");
    command
        ->add_option(
            "--timers", typed.replay.timers,
            "ideal: at their time; wheel: as late as the recorded kernel's, up to 8 ms; need (the default): on "
            "the wheel only where that decides")
        ->type_name("WORD")
        ->check(CLI::IsMember({"need", "ideal", "wheel"}));
    command->add_flag("--no-color", typed.replay.no_color, "No colours");
}

void add_packetdrill(CLI::App& app, Typed& typed) {
    PacketdrillCommand& packetdrill = typed.packetdrill;
    CLI::App* command =
        app.add_subcommand("packetdrill", "Play packet scripts against our stack (docs/packetdrill.md)");
    command->add_option("PATH", packetdrill.files, "Scripts, or directories of them")->required();
    command->add_option("--profile", packetdrill.profile, "The system under test")->type_name("NAME");
    command->add_option("--set", typed.sets, "A setting of that system; may be repeated")
        ->allow_extra_args(false)
        ->type_name("NAME=VALUE");
    command->add_option("-D,--define", typed.definitions, "A symbol of the scripts; may be repeated")
        ->allow_extra_args(false)
        ->type_name("NAME[=VALUE]");
    command->add_option("-j,--jobs", packetdrill.jobs, "Scripts at a time")->type_name("N")->check(CLI::Range(1, 256));
    command->add_flag("--exact", packetdrill.exact, "No tolerance for times");
    command->add_flag("--json", packetdrill.json, "One JSON document on stdout");
    command->add_flag("--tap", packetdrill.tap, "The Test Anything Protocol on stdout");
    command->add_option("--junit", packetdrill.junit, "Also as JUnit's XML")->type_name("FILE");
    command->add_flag("-q,--quiet", packetdrill.quiet, "Only the summary");
}

std::string without_value(std::string const& option) { return option.substr(0, option.find('=')); }

/// "unknown option '--sed' – did you mean '--seed'?"
std::string unknown_option(CLI::App const& command, std::string const& typed) {
    std::vector<std::string> names;
    for (CLI::Option const* option : command.get_options()) {
        for (std::string const& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    std::string const option = without_value(typed);
    std::string_view const near = scenario::nearest(option, scenario::views(names));
    std::string text = fmt::format("unknown option '{}'", option);
    return near.empty() ? fmt::format("{}; see tcpsim {} --help", text, command.get_name())
                        : fmt::format("{} – did you mean '{}'?", text, near);
}

/// What the command could not place: an unknown option first, since its value may look like a file.
std::optional<std::string> leftovers(CLI::App const& command) {
    std::vector<std::string> const rest = command.remaining();
    for (std::string const& each : rest) {
        if (each.size() > 1 && each.front() == '-') {
            return unknown_option(command, each);
        }
    }
    if (!rest.empty()) {
        return fmt::format("'{}' is one argument too many", rest.front());
    }
    return {};
}

/// A first word that is no command, with the nearest one.
std::optional<std::string> unknown_command(int argc, char const* const* argv) {
    static constexpr std::array<std::string_view, 7> commands{"run",    "check",       "schema",  "profiles",
                                                              "replay", "packetdrill", "topology"};
    static constexpr std::array<std::string_view, 3> alone{"--help", "-h", "--version"};
    if (argc < 2) {
        return "a command is missing: " + scenario::listed(commands) + "; see tcpsim --help";
    }
    std::string_view const first = argv[1];
    if (std::find(alone.begin(), alone.end(), first) != alone.end() ||
        std::find(commands.begin(), commands.end(), first) != commands.end()) {
        return {};
    }
    if (first.starts_with('-')) {
        return fmt::format("unknown option '{}' before a command; see tcpsim --help", first);
    }
    return fmt::format("unknown command '{}' – {}", first, scenario::suggestion(first, commands));
}

std::optional<std::string> read_seed(Typed& typed) {
    if (typed.seed.empty()) {
        return {};
    }
    std::uint64_t value = 0;
    char const* const end = typed.seed.data() + typed.seed.size();
    auto const [stopped, error] = std::from_chars(typed.seed.data(), end, value);
    if (error != std::errc{} || stopped != end) {
        return fmt::format("--seed '{}': expected a number from 0 to 2^64 - 1", typed.seed);
    }
    typed.run.seed = value;
    return {};
}

std::optional<std::string> read_ss_at(Typed& typed) {
    for (std::string const& text : typed.ss_at) {
        topology::Read<Duration> const read = topology::read_duration(text);
        if (!read.value) {
            return fmt::format("--ss-at '{}': {}; {}", text, read.fault.what, read.fault.expected);
        }
        typed.run.ss_at.emplace_back(*read.value);
    }
    std::sort(typed.run.ss_at.begin(), typed.run.ss_at.end());
    return {};
}

std::optional<std::string> read_until(Typed& typed) {
    if (typed.until.empty()) {
        return {};
    }
    topology::Read<Duration> const read = topology::read_duration(typed.until);
    if (!read.value) {
        return fmt::format("--until '{}': {}; {}", typed.until, read.fault.what, read.fault.expected);
    }
    typed.run.until = read.value;
    return {};
}

std::optional<std::string> read_trace(Typed& typed) {
    static constexpr std::array<std::string_view, 3> levels{"none", "packets", "all"};
    auto const found = std::find(levels.begin(), levels.end(), typed.trace);
    if (found == levels.end()) {
        return fmt::format("--trace '{}': {}", typed.trace, scenario::suggestion(typed.trace, levels));
    }
    typed.run.trace = static_cast<TraceLevel>(found - levels.begin());
    return {};
}

std::optional<std::string> read_sets(Typed& typed) {
    for (std::string const& text : typed.sets) {
        std::size_t const equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            return fmt::format("--set '{}': expected PATH=VALUE, such as hosts.client.tcp_retries2=8", text);
        }
        typed.run.overrides.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
    typed.packetdrill.settings = typed.run.overrides;
    return {};
}

std::optional<std::string> read_outputs(Typed& typed) {
    RunCommand const& run = typed.run;
    if (run.json && run.quiet) {
        return "--json and --quiet exclude each other";
    }
    if (!run.pcap_at.empty() && run.pcap.empty()) {
        return "--pcap-at needs --pcap FILE";
    }
    return {};
}

std::optional<std::string> read_definitions(Typed& typed) {
    for (std::string const& text : typed.definitions) {
        std::size_t const equals = std::min(text.find('='), text.size());
        std::string const value = equals < text.size() ? text.substr(equals + 1) : "1";
        typed.packetdrill.definitions.push_back({text.substr(0, equals), value});
    }
    if (typed.packetdrill.json && typed.packetdrill.tap) {
        return "--json and --tap exclude each other";
    }
    return {};
}

void add_topology(CLI::App& app, Typed& typed) {
    CLI::App* command = app.add_subcommand("topology", "Draw a topology: `tcpsim topology show FILE`");
    command->add_option("show", typed.show, "The word 'show'")->required()->check(CLI::IsMember({"show"}));
    command->add_option("FILE", typed.topology.file, "A topology (.yaml, .graphml, .dot)")->required();
    command->add_flag("--dot", typed.dot, "As Graphviz DOT");
    command->add_flag("--graphml", typed.graphml, "As GraphML");
}

/// The first thing that is wrong with the values, or nothing.
std::optional<std::string> judge(Typed& typed) {
    for (auto* read : {read_seed, read_until, read_ss_at, read_trace, read_sets, read_outputs, read_definitions}) {
        if (auto wrong = read(typed)) {
            return wrong;
        }
    }
    return {};
}

void add_commands(CLI::App& app, Typed& typed) {
    add_run(app, typed);
    add_file(*app.add_subcommand("check", "Only look for mistakes in a scenario"), typed);
    app.add_subcommand("schema", "Print the JSON Schema of scenario files, for editors");
    app.add_subcommand("profiles", "List the operating systems, or the settings of one")
        ->add_option("NAME", typed.profiles.name, "Whose settings");
    add_replay(app, typed);
    add_packetdrill(app, typed);
    add_topology(app, typed);
    for (CLI::App* command : app.get_subcommands({})) {
        command->allow_extras();  // so that leftovers() can say what is wrong with them
    }
}

/// What the library found; a command of two words is shown whole.
std::string in_words(CLI::App const& app, CLI::ParseError const& error) {
    auto const chosen = app.get_subcommands();
    bool const incomplete = dynamic_cast<CLI::RequiredError const*>(&error) != nullptr;
    bool const two_words = !chosen.empty() && chosen.front()->get_name() == "topology";
    return incomplete && two_words ? "expected `tcpsim topology show FILE`" : error.what();
}

Command chosen_command(std::string const& name, Typed const& typed) {
    if (name == "run") {
        return typed.run;
    }
    if (name == "check") {
        return CheckCommand{typed.run.file, typed.run.overrides};
    }
    if (name == "schema") {
        return SchemaCommand{};
    }
    if (name == "packetdrill") {
        return typed.packetdrill;
    }
    if (name == "topology") {
        using Form = TopologyCommand::Form;
        Form const form = typed.dot ? Form::dot : typed.graphml ? Form::graphml : Form::picture;
        return TopologyCommand{typed.topology.file, form};
    }
    return name == "replay" ? Command{typed.replay} : Command{typed.profiles};
}

}  // namespace

Command parse_arguments(int argc, char const* const* argv) {
    if (auto wrong = unknown_command(argc, argv)) {
        return BadArguments{*wrong};
    }
    Typed typed;
    CLI::App app{about, "tcpsim"};
    app.set_version_flag("--version", std::string{"tcpsim "} + TCPSIM_VERSION);
    app.footer(std::string{"\ntcpsim COMMAND --help says more.\n"} + exit_codes);
    app.require_subcommand(1);
    add_commands(app, typed);
    std::optional<std::string> wrong;
    try {
        app.parse(argc, argv);
    } catch (CLI::CallForHelp const&) {
        auto const chosen = app.get_subcommands();
        return PrintCommand{chosen.empty() ? app.help() : chosen.front()->help()};
    } catch (CLI::CallForVersion const& version) {
        return PrintCommand{std::string{version.what()} + "\n"};
    } catch (CLI::ParseError const& error) {
        wrong = in_words(app, error);
    }
    CLI::App const& command = *app.get_subcommands().front();
    if (auto left = leftovers(command)) {
        wrong = left;  // an unknown option explains whatever else is missing
    }
    if (!wrong) {
        wrong = judge(typed);
    }
    return wrong ? Command{BadArguments{*wrong}} : chosen_command(command.get_name(), typed);
}

}  // namespace tcpsim::tool

// The command line as plain data, or what is wrong with it.
#pragma once

#include "sim/packet_script/script.hpp"
#include "sim/scenario/load.hpp"
#include "stack/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tcpsim::tool {

enum class TraceLevel : std::uint8_t { none, packets, all };

/// `tcpsim run`.
struct RunCommand {
    std::string file{};
    std::optional<std::uint64_t> seed{};
    std::vector<scenario::Override> overrides{};
    std::optional<Duration> until{};
    TraceLevel trace{TraceLevel::packets};
    bool json{false};
    std::string json_lines{};           ///< empty: none; so are the next three
    std::string pcap{};                 ///< a file
    std::string pcap_at{};              ///< HOST or HOST:NIC
    std::string pcap_directory{};       ///< a directory, made if missing
    std::vector<std::string> strace{};  ///< programs
    std::vector<Instant> ss_at{};       ///< in order
    bool quiet{false};
    bool no_color{false};
};
/// `tcpsim check`.
struct CheckCommand {
    std::string file{};
    std::vector<scenario::Override> overrides{};
};
/// `tcpsim schema`.
struct SchemaCommand {};
/// `tcpsim profiles`: all of them, or the settings of one.
struct ProfilesCommand {
    std::string name{};
};
/// `tcpsim replay`.
struct ReplayCommand {
    std::vector<std::string> files{};  ///< recordings, or directories of them
    bool json{false};
    std::string junit{};  ///< a file; empty: none
    bool all{false};      ///< every packet and call, not only those around the first difference
    bool quiet{false};
    std::string timers{"need"};  ///< or ideal, or wheel
    bool no_color{false};
};
/// `tcpsim packetdrill`.
struct PacketdrillCommand {
    std::vector<std::string> files{};  ///< scripts, or directories of them
    std::string profile{"linux"};
    std::vector<scenario::Override> settings{};
    std::vector<packet_script::Definition> definitions{};
    unsigned jobs{1};
    bool exact{false};
    bool quiet{false};
    bool json{false};
    bool tap{false};
    std::string junit{};  ///< a file; empty: none
};
/// `tcpsim topology show`.
struct TopologyCommand {
    enum class Form : std::uint8_t { picture, dot, graphml };
    std::string file{};
    Form form{Form::picture};
};
/// --help and --version: text for stdout.
struct PrintCommand {
    std::string text{};
};
/// One clear line for stderr.
struct BadArguments {
    std::string what{};
};

using Command = std::variant<RunCommand, CheckCommand, SchemaCommand, ProfilesCommand, ReplayCommand,
                             PacketdrillCommand, TopologyCommand, PrintCommand, BadArguments>;
Command parse_arguments(int argc, char const* const* argv);

}  // namespace tcpsim::tool

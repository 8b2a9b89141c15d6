// The shell commands of a script, read but never executed: a script from elsewhere must be safe to run. Those that are known
// become settings of the machine or questions about it; any other is refused by name.
#pragma once

#include "sim/packet_script/script.hpp"

#include <string>
#include <variant>
#include <vector>

namespace tcpsim::packet_script {

/// sysctl, set_sysctls.py, echo … > /sys/module/…: a setting under the system's own name, without its path.
struct SetSetting {
    std::string name{};
    std::string value{};
};
/// Has to hold: sockstat … | grep -c STATE | grep N; grep " 0A " /proc/net/tcp.
struct CountSockets {
    std::string state{};  ///< in sockstat's words: "TIME_WAIT"
    int count{0};
    bool at_least{false};
};
/// tcpdrop -s STATE
struct DropSockets {
    std::string state{};
};
/// nstat: counters are told from here on.
struct ResetCounters {};
/// nstat | grep NAME: the counter is not zero.
struct CheckCounter {
    std::string name{};
};
/// ethtool -K tun0 tso off gso off
struct SetOffload {
    bool on{true};
};
/// dd if=/dev/zero of=FILE bs=N count=M
struct MakeFile {
    std::string name{};
    std::int64_t bytes{0};
};
/// sleep N
struct Sleep {
    Duration time{0};
};
/// ip tcp_metrics flush all: what the host remembers of its peers.
struct FlushMetrics {};

using ShellAction = std::variant<SetSetting, CountSockets, DropSockets, ResetCounters, CheckCounter, SetOffload,
                                 MakeFile, Sleep, FlushMetrics>;

/// In the order of the text. Throws Stop with the name of a command that is not known.
std::vector<ShellAction> read_shell(std::string const& text);

}  // namespace tcpsim::packet_script

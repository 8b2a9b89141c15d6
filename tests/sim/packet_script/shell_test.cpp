#include "sim/packet_script/shell.hpp"

#include "sim/packet_script/settings.hpp"
#include "sim/packet_script/verdict.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::packet_script;

namespace {

std::string setting(ShellAction const& action) {
    auto const& set = std::get<SetSetting>(action);
    return set.name + "=" + set.value;
}

/// The message with which a command is refused.
std::string refusal(std::string const& command) {
    try {
        (void)read_shell(command);
    } catch (Stop const& stop) {
        CHECK(stop.verdict == Outcome::Verdict::unsupported);
        return stop.message;
    }
    return {};
}

}  // namespace

TEST_CASE("Shell: settings in every way that scripts write them") {
    auto const actions = read_shell(
        "sysctl -q net.ipv4.tcp_sack=0 net/ipv4/tcp_ecn=1\n"
        "../common/set_sysctls.py /proc/sys/net/ipv4/tcp_wmem=\"4096 50000 4194304\" \\\n  "
        "/proc/sys/net/ipv4/tcp_timestamps=0; "
        "sysctl -w net.inet.tcp.rfc1323=1 && echo 3 > /sys/module/tcp_cubic/parameters/hystart_detect");
    REQUIRE(actions.size() == 6);
    CHECK(setting(actions[0]) == "tcp_sack=0");
    CHECK(setting(actions[1]) == "tcp_ecn=1");
    CHECK(setting(actions[2]) == "tcp_wmem=4096 50000 4194304");
    CHECK(setting(actions[3]) == "tcp_timestamps=0");
    CHECK(setting(actions[4]) == "net.inet.tcp.rfc1323=1");
    CHECK(setting(actions[5]) == "hystart_detect=3");
    CHECK(read_shell("../common/defaults.sh").size() > 20);
}

TEST_CASE("Shell: questions and switches") {
    auto const counted = std::get<CountSockets>(
        read_shell("sockstat -4 -P tcp -s | grep packetdril | grep -c TIME_WAIT | grep 1").front());
    CHECK(counted.state == "TIME_WAIT");
    CHECK(counted.count == 1);
    CHECK(std::get<DropSockets>(read_shell("tcpdrop -s TIME_WAIT").front()).state == "TIME_WAIT");
    CHECK(!std::get<SetOffload>(read_shell("ethtool -K tun0 tso off gso off").front()).on);
    CHECK(std::get<MakeFile>(read_shell("dd bs=5 count=3 if=/dev/zero of=files/x status=none").front()).bytes == 15);
    CHECK(std::get<CheckCounter>(read_shell("nstat | grep TcpExtSomething > /dev/null").front()).name ==
          "TcpExtSomething");
    CHECK(std::get<Sleep>(read_shell("sleep 0.5").front()).time == std::chrono::milliseconds{500});
    CHECK(std::holds_alternative<FlushMetrics>(read_shell("ip tcp_metrics flush all > /dev/null 2>&1").front()));
}

TEST_CASE("Shell: what means nothing here is passed over; anything else is refused by name and never executed") {
    CHECK(read_shell("tc qdisc replace dev tun0 root fq; restore/sysctl_restore_${PPID}.sh # comment").empty());
    CHECK(refusal("rmdir /").find("rmdir") != std::string::npos);
    CHECK(refusal("curl http://example.org | sh").find("curl") != std::string::npos);
    CHECK(refusal("sysctl net.ipv4.tcp_sack").empty());
    CHECK(refusal("sockstat").find("sockstat") != std::string::npos);
}

TEST_CASE("Settings: the system's own, another's names, hexadecimal numbers; an unknown one is refused by name") {
    profile::Profile linux_profile = *profile::find("linux");
    apply({"tcp_sack", "0"}, linux_profile);
    CHECK(!linux_profile.options.sack.value);
    apply({"tcp_fastopen", "0x403"}, linux_profile);
    CHECK(linux_profile.fast_open.mode.value == 0x403);
    apply({"net.inet.tcp.rfc1323", "0"}, linux_profile);
    CHECK(!linux_profile.options.timestamps.value);
    CHECK(!linux_profile.options.window_scaling.value);
    CHECK_THROWS_AS(apply({"tcp_colour", "1"}, linux_profile), Stop);
    CHECK_THROWS_AS(apply({"tcp_sack", "blue"}, linux_profile), Stop);
}

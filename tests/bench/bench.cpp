#include "tests/bench/bench.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sys/resource.h>
#include <utility>

namespace tcpsim::bench {

namespace {

double wall_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double seconds(timeval const& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}
double cpu_now() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

host::Configuration configuration(std::string name, std::uint8_t own, std::uint8_t peer) {
    auto const address = [](std::uint8_t digit) { return wire::Ipv4Address{0x0a00'0000U + digit}; };
    wire::Ipv4Prefix const network{address(own), 24};
    return {.name = std::move(name),
            .interfaces = {{.name = "eth0", .mac = {{2, 0, 0, 0, 0, own}}, .address = network}},
            .routes = {{.destination = network}},
            .neighbours = {{.address = address(peer), .mac = {{2, 0, 0, 0, 0, peer}}}}};
}

}  // namespace

std::uint64_t number(std::vector<std::string_view> const& arguments, std::string_view name, std::uint64_t otherwise) {
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
        if (arguments[i] != name) {
            continue;
        }
        std::string_view const text = arguments[i + 1];
        std::uint64_t value = 0;
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size()) {
            std::fprintf(stderr, "%s wants a number\n", std::string{name}.c_str());
            std::exit(2);
        }
        return value;
    }
    return otherwise;
}

bool flag(std::vector<std::string_view> const& arguments, std::string_view name) {
    for (std::string_view const argument : arguments) {
        if (argument == name) {
            return true;
        }
    }
    return false;
}

Stopwatch::Stopwatch() : wall_{wall_now()}, cpu_{cpu_now()} {}
double Stopwatch::wall() const { return wall_now() - wall_; }
double Stopwatch::cpu() const { return cpu_now() - cpu_; }

double peak_rss_mib() {
    std::ifstream status{"/proc/self/status"};
    std::string line;
    while (std::getline(status, line)) {
        if (line.rfind("VmHWM:", 0) == 0) {
            return std::strtod(line.c_str() + 6, nullptr) / 1024;
        }
    }
    return 0;
}

ResultLine& ResultLine::add(std::string_view key, std::uint64_t value) {
    line_ += " " + std::string{key} + "=" + std::to_string(value);
    return *this;
}

ResultLine& ResultLine::add(std::string_view key, double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    line_ += " " + std::string{key} + "=" + text;
    return *this;
}

void ResultLine::print() const { std::printf("%s\n", line_.c_str()); }

Pair::Pair(std::uint64_t seed, profile::Profile const& profile, net::LinkSettings settings) : world{seed} {
    client = world.add_machine(configuration("client", 1, 2), profile);
    server = world.add_machine(configuration("server", 2, 1), profile);
    link = world.add_link(std::move(settings), client, 0, server, 0);
}

std::uint64_t Pair::segments_sent() const {
    return world.machine(client)->packets_sent() + world.machine(server)->packets_sent();
}

}  // namespace tcpsim::bench

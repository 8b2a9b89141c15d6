// What the benchmarks share: options, clocks of the real world, and one RESULT line of key=value pairs.
#pragma once

#include "sim/world/world.hpp"
#include "stack/profile/profile.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::bench {

/// The value after `--name`, or `otherwise`; exits with 2 if it is no number.
std::uint64_t number(std::vector<std::string_view> const& arguments, std::string_view name, std::uint64_t otherwise);
bool flag(std::vector<std::string_view> const& arguments, std::string_view name);

/// Seconds of wall time and of processor time since it was made.
class Stopwatch {
  public:
    Stopwatch();
    [[nodiscard]] double wall() const;
    [[nodiscard]] double cpu() const;

  private:
    double wall_;
    double cpu_;
};

/// The high-water mark of resident memory, which unlike ru_maxrss is not inherited from the parent.
double peak_rss_mib();

class ResultLine {
  public:
    explicit ResultLine(std::string_view name) : line_{"RESULT name=" + std::string{name}} {}
    ResultLine& add(std::string_view key, std::uint64_t value);
    ResultLine& add(std::string_view key, double value);
    void print() const;

  private:
    std::string line_;
};

/// A client (10.0.0.1) and a server (10.0.0.2) on one cable.
struct Pair {
    Pair(std::uint64_t seed, profile::Profile const& profile, net::LinkSettings link);
    [[nodiscard]] std::uint64_t segments_sent() const;  ///< by both
    world::World world;
    trace::NodeId client{};
    trace::NodeId server{};
    trace::LinkId link{};
};
inline constexpr wire::Endpoint server_endpoint{{0x0a00'0002}, 7};

}  // namespace tcpsim::bench

// Attribute text ↔ numbers, for graph files: "20.4ms", "10Mbit/s", "10.1.0.2/24". Integers only, exact or refused.
#pragma once

#include "stack/base/time.hpp"
#include "stack/wire/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tcpsim::topology {

/// ns, us, ms, s; not negative.
std::optional<Duration> parse_delay(std::string_view text);
/// bit/s, kbit/s, Mbit/s, Gbit/s.
std::optional<std::uint64_t> parse_rate(std::string_view text);
/// Decimal digits, at most `most`.
std::optional<std::uint64_t> parse_count(std::string_view text, std::uint64_t most);

/// In the largest unit of which there is at least one: parse_delay() reads back exactly what it was.
std::string delay_text(Duration delay);
std::string rate_text(std::uint64_t bits_per_second);
std::string prefix_text(wire::Ipv4Prefix prefix);

}  // namespace tcpsim::topology

// Text with units → integers. No floating point: "20.4ms" is 20'400'000 ns exactly, or it is refused.
#pragma once

#include "stack/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tcpsim::topology {

/// What is wrong with a text and what was expected instead.
struct Fault {
    std::string what{};
    std::string expected{};
};

/// A value, or why there is none.
template <class T>
struct Read {
    std::optional<T> value{};
    Fault fault{};
};

/// "20.4ms": ns, us, ms, s, min, h; not negative, at most 366 days.
Read<Duration> read_duration(std::string_view text);
/// "64KiB": B, kB, MB, GB, KiB, MiB, GiB, or plain bytes; at most 1 TiB.
Read<std::uint64_t> read_size(std::string_view text);
/// "10Mbit/s": bit/s, kbit/s, Mbit/s, Gbit/s; at most 1 Tbit/s, not zero.
Read<std::uint64_t> read_rate(std::string_view text);
/// "0.5%": parts per million; at most 100%.
Read<std::uint32_t> read_probability(std::string_view text);
/// Decimal digits within [least, most].
Read<std::int64_t> read_integer(std::string_view text, std::int64_t least, std::int64_t most);

/// "20.4ms": the largest unit that keeps it short; read_duration() reads it back exactly if it is not negative.
std::string duration_text(Duration duration);
/// "0.5%", likewise.
std::string probability_text(std::uint32_t per_million);
/// "10Mbit/s", likewise.
std::string rate_text(std::uint64_t bits_per_second);

}  // namespace tcpsim::topology

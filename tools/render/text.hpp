// Small pieces of terminal text: colours, times, durations, columns. Integer arithmetic only.
#pragma once

#include "stack/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tcpsim::render {

enum class Tone : std::uint8_t { plain, strong, faint, good, bad, event };

/// How the output is to look: decided once by the caller, who knows the terminal.
struct Look {
    bool colour{false};
    std::size_t width{120};  ///< columns; sentences are wrapped there
};

/// `text` in the tone's colour, or as it is.
std::string paint(Look const& look, Tone tone, std::string_view text);

/// Seconds since the world's start with six digits: "1.520400".
std::string clock_text(Instant at);
/// For people: "224 ms", "1.792 s", "15 min 59.4 s", "2 h 11 min 15 s". Rounded to the last digit shown.
std::string duration_text(Duration duration);
/// For comparing with constants and schedules: never minutes, "114.688 s".
std::string seconds_text(Duration duration);
/// "1 packet", "2 packets".
std::string counted(std::uint64_t count, std::string_view noun);
/// 1234567 → "1,234,567".
std::string grouped(std::uint64_t count);

/// Columns that a UTF-8 text takes in a terminal; every code point counts as one.
std::size_t columns(std::string_view utf8);
/// Padded with blanks to `width` columns.
std::string left(std::string_view text, std::size_t width);
std::string right(std::string_view text, std::size_t width);
/// Breaks `text` at blanks so that no line passes `width`; every line but the first starts with `indent` blanks.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);
/// Control characters replaced by \xNN, so that nobody's file can drive the reader's terminal.
std::string printable(std::string_view text);

}  // namespace tcpsim::render

#include "tools/render/text.hpp"

#include <fmt/format.h>

namespace tcpsim::render {
namespace {

constexpr std::int64_t ns_per_us = 1'000;
constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t ns_per_s = 1'000'000'000;

/// `value`/`unit` with up to `digits` decimals (a power of ten per digit divides `unit`), trailing zeros cut.
std::string decimal(std::int64_t value, std::int64_t unit, int digits) {
    std::int64_t step = unit;
    for (int i = 0; i < digits; ++i) {
        step /= 10;
    }
    std::int64_t const rounded = (value + step / 2) / step;
    std::int64_t const per_unit = unit / step;
    std::string text = fmt::format("{}.{:0{}}", rounded / per_unit, rounded % per_unit, digits);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
        text.pop_back();
    }
    return text;
}

std::string_view escape_of(Tone tone) {
    switch (tone) {
        case Tone::plain:
            return "";
        case Tone::strong:
            return "\x1b[1m";
        case Tone::faint:
            return "\x1b[2m";
        case Tone::good:
            return "\x1b[32m";
        case Tone::bad:
            return "\x1b[31m";
        case Tone::event:
            return "\x1b[1;33m";
    }
    return "";
}

}  // namespace

std::string paint(Look const& look, Tone tone, std::string_view text) {
    if (!look.colour || tone == Tone::plain || text.empty()) {
        return std::string{text};
    }
    bool const line = text.back() == '\n';  // a colour ends before its line does
    return fmt::format("{}{}\x1b[0m{}", escape_of(tone), text.substr(0, text.size() - (line ? 1 : 0)),
                       line ? "\n" : "");
}

std::string clock_text(Instant at) {
    std::int64_t const us = nanoseconds(at) / ns_per_us;
    return fmt::format("{}.{:06}", us / 1'000'000, us % 1'000'000);
}

std::string seconds_text(Duration duration) {
    return duration < std::chrono::minutes{1} ? duration_text(duration) : decimal(duration.count(), ns_per_s, 3) + " s";
}

std::string duration_text(Duration duration) {
    std::int64_t const ns = duration.count();
    if (ns < 0) {
        return "-" + duration_text(-duration);
    }
    if (ns < ns_per_us) {
        return ns == 0 ? "0 s" : fmt::format("{} ns", ns);
    }
    if (ns < ns_per_ms) {
        return decimal(ns, ns_per_us, 1) + " µs";
    }
    if (ns < ns_per_s) {
        return decimal(ns, ns_per_ms, 3) + " ms";
    }
    if (ns < 60 * ns_per_s) {
        return decimal(ns, ns_per_s, 3) + " s";
    }
    // Rounded before it is split, so that 59.97 s never reads "60 s" beside a minute that is one too small.
    std::int64_t const tenths = (ns + ns_per_s / 20) / (ns_per_s / 10);
    std::int64_t const minutes = tenths / 600;
    std::string const rest = tenths % 600 == 0 ? "" : " " + decimal(tenths % 600, 10, 1) + " s";
    if (minutes < 60) {
        return fmt::format("{} min{}", minutes, rest);
    }
    return fmt::format("{} h {} min{}", minutes / 60, minutes % 60, rest);
}

std::string counted(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string grouped(std::uint64_t count) {
    std::string text = std::to_string(count);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

std::size_t columns(std::string_view utf8) {
    std::size_t count = 0;
    for (char const c : utf8) {
        count += (static_cast<unsigned char>(c) & 0xc0U) == 0x80U ? 0 : 1;
    }
    return count;
}

std::string left(std::string_view text, std::size_t width) {
    std::size_t const used = columns(text);
    return std::string{text} + std::string(used < width ? width - used : 0, ' ');
}

std::string right(std::string_view text, std::size_t width) {
    std::size_t const used = columns(text);
    return std::string(used < width ? width - used : 0, ' ') + std::string{text};
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
    std::string out;
    std::size_t used = indent;  // the first line is taken to start there too
    while (!text.empty()) {
        std::size_t const end = text.find(' ');
        std::string_view const word = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (word.empty()) {
            continue;
        }
        bool const first = out.empty();
        if (!first && used + 1 + columns(word) > width) {
            out += "\n" + std::string(indent, ' ');
            used = indent;
        } else if (!first) {
            out += ' ';
            ++used;
        }
        out += word;
        used += columns(word);
    }
    return out;
}

std::string printable(std::string_view text) {
    std::string out;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace tcpsim::render

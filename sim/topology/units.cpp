#include "sim/topology/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <span>

namespace tcpsim::topology {

namespace {

struct Unit {
    std::string_view name{};
    std::uint64_t factor{0};
};

/// One kind of quantity: how it is called, its units from small to large, and what it may not exceed.
struct Quantity {
    std::string_view article{};
    std::string_view example{};
    std::span<Unit const> units{};
    std::uint64_t most{0};
    std::string_view most_text{};
    std::string_view bare{};  ///< the unit of a number without one; empty: it must have one
};

constexpr std::array<Unit, 6> time_units{{{"ns", 1},
                                          {"us", 1'000},
                                          {"ms", 1'000'000},
                                          {"s", 1'000'000'000},
                                          {"min", 60'000'000'000},
                                          {"h", 3'600'000'000'000}}};
constexpr std::array<Unit, 7> size_units{{{"B", 1},
                                          {"kB", 1'000},
                                          {"KiB", 1'024},
                                          {"MB", 1'000'000},
                                          {"MiB", 1'048'576},
                                          {"GB", 1'000'000'000},
                                          {"GiB", 1'073'741'824}}};
constexpr std::array<Unit, 4> rate_units{
    {{"bit/s", 1}, {"kbit/s", 1'000}, {"Mbit/s", 1'000'000}, {"Gbit/s", 1'000'000'000}}};

constexpr std::array<Unit, 1> probability_units{{{"%", 10'000}}};

constexpr std::uint64_t year = 366ULL * 24 * 3'600'000'000'000;
constexpr Quantity duration_quantity{"a duration", "10ms, 1.5s or 2min", time_units, year, "366 days", ""};
constexpr Quantity size_quantity{"a size", "1024, 64KiB or 1MB", size_units, 1ULL << 40U, "1024GiB", "B"};
constexpr Quantity rate_quantity{"a rate", "10Mbit/s or 1Gbit/s", rate_units, 1'000'000'000'000, "1000Gbit/s", ""};
constexpr Quantity probability_quantity{"a probability", "0.5%", probability_units, 1'000'000, "100%", ""};

std::string expected(Quantity const& quantity) {
    return fmt::format("expected {} such as {}", quantity.article, quantity.example);
}

/// "bit/s, kbit/s, Mbit/s or Gbit/s".
std::string listed(std::span<Unit const> units) {
    std::string text{units.front().name};
    for (std::size_t i = 1; i < units.size(); ++i) {
        text += fmt::format("{}{}", i + 1 == units.size() ? " or " : ", ", units[i].name);
    }
    return text;
}

template <class T>
Read<T> failed(std::string what, std::string expected_text) {
    return {std::nullopt, {std::move(what), std::move(expected_text)}};
}

/// Digits, and the digits after a point: "20.4" is {"20", "4"}.
struct Number {
    std::string_view whole{};
    std::string_view fraction{};
    std::string_view rest{};
};
std::optional<Number> split(std::string_view text) {
    auto digits = [&text](std::size_t from) {
        std::size_t end = from;
        while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) {
            ++end;
        }
        return end;
    };
    std::size_t const point = digits(0);
    if (point == 0) {
        return std::nullopt;
    }
    std::size_t end = point;
    Number number{text.substr(0, point), {}, {}};
    if (point < text.size() && text[point] == '.') {
        end = digits(point + 1);
        if (end == point + 1) {
            return std::nullopt;
        }
        number.fraction = text.substr(point + 1, end - point - 1);
    }
    while (end < text.size() && text[end] == ' ') {
        ++end;
    }
    number.rest = text.substr(end);
    return number;
}

/// whole.fraction × factor, exactly. Empty: too large for `most`. The fraction must divide evenly.
struct Scaled {
    std::optional<std::uint64_t> value{};
    bool too_fine{false};
};
Scaled scale(Number const& number, std::uint64_t factor, std::uint64_t most) {
    std::uint64_t whole = 0;
    for (char const c : number.whole) {
        whole = whole * 10 + static_cast<std::uint64_t>(c - '0');
        if (whole > most / factor) {
            return {};
        }
    }
    // Horner's rule from the last digit: the sum is whole only if every partial sum is.
    std::uint64_t part = 0;
    for (auto digit = number.fraction.rbegin(); digit != number.fraction.rend(); ++digit) {
        part += static_cast<std::uint64_t>(*digit - '0') * factor;
        if (part % 10 != 0) {
            return {std::nullopt, true};
        }
        part /= 10;
    }
    std::uint64_t const value = whole * factor + part;
    return value > most ? Scaled{} : Scaled{value, false};
}

Read<std::uint64_t> read_quantity(std::string_view text, Quantity const& quantity) {
    using Result = Read<std::uint64_t>;
    if (text.starts_with('-') && text.size() > 1) {
        return failed<std::uint64_t>(fmt::format("'{}' is negative", text), expected(quantity));
    }
    auto const number = split(text);
    if (!number) {
        return failed<std::uint64_t>(fmt::format("'{}' is not {}", text, quantity.article), expected(quantity));
    }
    std::string_view const unit_name = number->rest.empty() ? quantity.bare : number->rest;
    if (unit_name.empty()) {
        return failed<std::uint64_t>(fmt::format("'{}' has no unit", text), expected(quantity));
    }
    auto const unit = std::find_if(quantity.units.begin(), quantity.units.end(),
                                   [&](Unit const& candidate) { return candidate.name == unit_name; });
    if (unit == quantity.units.end()) {
        return failed<std::uint64_t>(fmt::format("'{}' has the unknown unit '{}'", text, unit_name),
                                     fmt::format("expected one of {}", listed(quantity.units)));
    }
    Scaled const scaled = scale(*number, unit->factor, quantity.most);
    if (scaled.too_fine) {
        Unit const& finest = quantity.units.front();
        std::string const step = finest.factor == 1 ? fmt::format("1 {}", finest.name) : "a millionth";
        return failed<std::uint64_t>(fmt::format("'{}' is finer than {}", text, step), expected(quantity));
    }
    if (!scaled.value) {
        return failed<std::uint64_t>(fmt::format("'{}' is too large", text),
                                     fmt::format("expected at most {}", quantity.most_text));
    }
    return Result{scaled.value, {}};
}

/// In the largest unit of which there is at least one; nothing at all in the largest.
std::string text_of(std::uint64_t value, std::span<Unit const> units) {
    Unit unit = units.front();
    for (Unit const& candidate : units) {
        unit = value == 0 || value >= candidate.factor ? candidate : unit;
    }
    std::string text = std::to_string(value / unit.factor);
    if (std::uint64_t const rest = value % unit.factor; rest != 0) {
        std::string digits = std::to_string(unit.factor + rest).substr(1);
        digits.erase(digits.find_last_not_of('0') + 1);
        text += "." + digits;
    }
    return text + std::string{unit.name};
}

}  // namespace

Read<Duration> read_duration(std::string_view text) {
    auto read = read_quantity(text, duration_quantity);
    if (!read.value) {
        return {std::nullopt, std::move(read.fault)};
    }
    return {Duration{static_cast<std::int64_t>(*read.value)}, {}};
}

Read<std::uint64_t> read_size(std::string_view text) { return read_quantity(text, size_quantity); }

Read<std::uint64_t> read_rate(std::string_view text) {
    auto read = read_quantity(text, rate_quantity);
    if (read.value == std::uint64_t{0}) {
        return failed<std::uint64_t>(fmt::format("'{}' lets nothing pass", text), expected(rate_quantity));
    }
    return read;
}

Read<std::uint32_t> read_probability(std::string_view text) {
    auto read = read_quantity(text, probability_quantity);
    return read.value ? Read<std::uint32_t>{static_cast<std::uint32_t>(*read.value), {}}
                      : Read<std::uint32_t>{std::nullopt, std::move(read.fault)};
}

Read<std::int64_t> read_integer(std::string_view text, std::int64_t least, std::int64_t most) {
    auto const expected_range = least == most ? fmt::format("expected {}", least)
                                : most == std::numeric_limits<std::int64_t>::max()
                                    ? fmt::format("expected a whole number from {}", least)
                                    : fmt::format("expected a whole number from {} to {}", least, most);
    bool const negative = text.starts_with('-');
    std::string_view const digits = negative ? text.substr(1) : text;
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
        return failed<std::int64_t>(fmt::format("'{}' is not a whole number", text), expected_range);
    }
    std::int64_t value = 0;
    for (char const c : digits) {
        if (value > (std::numeric_limits<std::int64_t>::max() - 9) / 10) {
            return failed<std::int64_t>(fmt::format("'{}' is out of range", text), expected_range);
        }
        value = value * 10 + (c - '0');
    }
    value = negative ? -value : value;
    if (value < least || value > most) {
        return failed<std::int64_t>(fmt::format("'{}' is out of range", text), expected_range);
    }
    return {value, {}};
}

std::string duration_text(Duration duration) {
    bool const negative = duration.count() < 0;
    std::uint64_t const value =
        negative ? 0 - static_cast<std::uint64_t>(duration.count()) : static_cast<std::uint64_t>(duration.count());
    // Nothing above seconds: "542.5s" compares better than "9.04min".
    return (negative ? "-" : "") + text_of(value, std::span{time_units}.first(4));
}

std::string probability_text(std::uint32_t per_million) {
    std::string text = std::to_string(per_million / 10'000);
    if (std::uint32_t const rest = per_million % 10'000; rest != 0) {
        std::string digits = std::to_string(10'000 + rest).substr(1);
        digits.erase(digits.find_last_not_of('0') + 1);
        text += "." + digits;
    }
    return text + "%";
}

std::string rate_text(std::uint64_t bits_per_second) { return text_of(bits_per_second, rate_units); }

}  // namespace tcpsim::topology

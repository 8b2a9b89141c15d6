#include "sim/topology/quantity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace tcpsim::topology {
namespace {

struct Unit {
    std::string_view name{};
    std::uint64_t factor{0};
};
// From small to large.
constexpr std::array<Unit, 4> delay_units{{{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}}};
constexpr std::array<Unit, 4> rate_units{
    {{"bit/s", 1}, {"kbit/s", 1'000}, {"Mbit/s", 1'000'000}, {"Gbit/s", 1'000'000'000}}};

constexpr std::uint64_t most_quantity = std::numeric_limits<std::int64_t>::max();

/// Takes the digits at the front of `text`.
std::string_view take_digits(std::string_view& text) {
    std::size_t const end = std::min(text.find_first_not_of("0123456789"), text.size());
    std::string_view const digits = text.substr(0, end);
    text.remove_prefix(end);
    return digits;
}

/// "20.4ms": digits, perhaps a fraction that the unit can express, and a unit.
std::optional<std::uint64_t> parse(std::string_view text, std::span<Unit const> units) {
    std::string_view const whole = take_digits(text);
    std::string_view fraction;
    if (!whole.empty() && text.starts_with('.')) {
        text.remove_prefix(1);
        fraction = take_digits(text);
        if (fraction.empty()) {
            return std::nullopt;
        }
    }
    auto const unit = std::find_if(units.begin(), units.end(), [&](Unit const& u) { return u.name == text; });
    auto const count = parse_count(whole, most_quantity);
    if (unit == units.end() || !count || *count > most_quantity / unit->factor) {
        return std::nullopt;
    }
    std::uint64_t value = *count * unit->factor;
    std::uint64_t place = unit->factor;
    for (char const digit : fraction) {
        if (place % 10 != 0) {
            return std::nullopt;  // finer than the smallest unit
        }
        place /= 10;
        value += static_cast<std::uint64_t>(digit - '0') * place;
    }
    return value <= most_quantity ? std::optional{value} : std::nullopt;
}

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

std::optional<Duration> parse_delay(std::string_view text) {
    auto const value = parse(text, delay_units);
    return value ? std::optional{Duration{static_cast<std::int64_t>(*value)}} : std::nullopt;
}

std::optional<std::uint64_t> parse_rate(std::string_view text) { return parse(text, rate_units); }

std::optional<std::uint64_t> parse_count(std::string_view text, std::uint64_t most) {
    std::string_view const digits = take_digits(text);
    if (digits.empty() || !text.empty()) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (char const digit : digits) {
        auto const next = static_cast<std::uint64_t>(digit - '0');
        if (next > most || value > (most - next) / 10) {
            return std::nullopt;
        }
        value = value * 10 + next;
    }
    return value;
}

std::string delay_text(Duration delay) { return text_of(static_cast<std::uint64_t>(delay.count()), delay_units); }

std::string rate_text(std::uint64_t bits_per_second) { return text_of(bits_per_second, rate_units); }

std::string prefix_text(wire::Ipv4Prefix prefix) {
    return fmt::format("{}/{}", wire::to_string(prefix.address), prefix.length);
}

}  // namespace tcpsim::topology

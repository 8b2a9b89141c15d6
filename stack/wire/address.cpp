#include "stack/wire/address.hpp"

#include <charconv>

namespace tcpsim::wire {
namespace {

/// A decimal number without sign or leading zeros, as inet_pton(3) wants it: "010" is eight to some readers.
std::optional<std::uint32_t> parse_decimal(std::string_view text, std::uint32_t max) {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) {
        return std::nullopt;
    }
    std::uint32_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number > max) {
        return std::nullopt;
    }
    return number;
}

}  // namespace

std::optional<Ipv4Address> parse_ipv4(std::string_view dotted) {
    Ipv4Address address;
    for (int part = 0; part < 4; ++part) {
        bool const last = part == 3;
        std::size_t const end = last ? dotted.size() : dotted.find('.');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        auto const number = parse_decimal(dotted.substr(0, end), 255);
        if (!number) {
            return std::nullopt;
        }
        address.value = address.value << 8U | *number;
        dotted.remove_prefix(last ? end : end + 1);
    }
    return address;
}

std::optional<Ipv4Prefix> parse_ipv4_prefix(std::string_view text) {
    std::size_t const slash = text.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    auto const address = parse_ipv4(text.substr(0, slash));
    auto const length = parse_decimal(text.substr(slash + 1), 32);
    if (!address || !length) {
        return std::nullopt;
    }
    return Ipv4Prefix{*address, static_cast<std::uint8_t>(*length)};
}

std::string to_string(Ipv4Address address) {
    std::string text;
    for (unsigned shift = 24;; shift -= 8) {
        text += std::to_string(address.value >> shift & 0xffU);
        if (shift == 0) {
            return text;
        }
        text += '.';
    }
}

std::string to_string(MacAddress const& address) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::uint8_t const byte : address.bytes) {
        if (!text.empty()) {
            text += ':';
        }
        text += digits[byte >> 4U];
        text += digits[byte & 0xfU];
    }
    return text;
}

std::string to_string(Endpoint const& endpoint) {
    return to_string(endpoint.address) + ":" + std::to_string(endpoint.port);
}

}  // namespace tcpsim::wire

// The words of a packet script.
#pragma once

#include "sim/packet_script/script.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::packet_script {

struct Token {
    enum class Kind : std::uint8_t {
        word,      ///< letters, digits and underscores that do not make a number
        integer,   ///< 12, -1
        hex,       ///< 0x1f
        decimal,   ///< 0.1, -1.5, .25
        ellipsis,  ///< ...
        option,    ///< --name, without its dashes
        string,    ///< without its quotes
        command,   ///< without its back quotes
        code,      ///< without its braces
        address,   ///< dotted IPv4, or anything that looks like IPv6
        sign,      ///< any other character
        end,
    } kind{Kind::end};
    std::string_view text{};
    std::size_t offset{0};  ///< of its first character in the file
};

/// Splits a text into tokens, the last of which is `end`. Comments are gone.
std::variant<std::vector<Token>, Mistake> tokens_of(std::string_view text);

/// Where an offset stands.
Place place_of(std::string_view text, std::size_t offset);
/// The line at an offset, without surrounding space.
std::string line_of(std::string_view text, std::size_t offset);
/// A part of a script without comments, each stretch of space made one blank.
std::string one_line(std::string_view text);

}  // namespace tcpsim::packet_script

// The property that fuzzing tests: arbitrary bytes are refused or parsed, and what was parsed survives another round.
#pragma once

#include "stack/wire/bytes.hpp"
#include "stack/wire/notation.hpp"

#include <string>

namespace tcpsim::fuzz {

/// Empty if the property holds for `bytes`, else what is wrong. `parsed` tells whether they were a frame.
struct Outcome {
    bool parsed{false};
    std::string wrong{};
};

inline Outcome round_trip(std::span<std::uint8_t const> bytes) {
    auto const first = wire::parse_frame(bytes);
    auto const* frame = std::get_if<wire::Frame>(&first);
    if (frame == nullptr) {
        return {};
    }
    std::vector<std::uint8_t> const emitted = wire::emit(*frame);
    if (emitted.size() > bytes.size() || emitted.size() != wire::wire_size(*frame)) {
        return {true, "emits as " + std::to_string(emitted.size()) + " bytes"};
    }
    auto const second = wire::parse_frame(emitted);
    auto const* again = std::get_if<wire::Frame>(&second);
    if (again == nullptr) {
        return {true, "what it emits is refused: " + std::string{name(std::get<wire::ParseError>(second))}};
    }
    if (!(*again == *frame)) {
        return {true, "comes back as another frame"};
    }
    if (notation(*frame, {}).empty()) {
        return {true, "has no notation"};
    }
    if (wire::TcpSegment const* segment = wire::tcp_of(*frame)) {
        wire::Options const options = decode(segment->options);
        wire::Options const back = decode(encode(options, wire::OptionLayout::linux_order));
        if (back.timestamps != options.timestamps || back.mss != options.mss) {
            return {true, "its options come back as others"};
        }
    }
    return {true, {}};
}

}  // namespace tcpsim::fuzz

// What became of a script, and how its player stops.
#pragma once

#include "sim/packet_script/script.hpp"
#include "stack/tcp/cause.hpp"

#include <optional>
#include <string>

namespace tcpsim::packet_script {

struct Outcome {
    enum class Verdict : std::uint8_t {
        pass,
        fail,
        unsupported,  ///< something that no machine of ours can do: `message` names it
    } verdict{Verdict::pass};
    Place place{};
    std::string line{};  ///< of the script
    std::string message{};
    std::string expected{}, seen{};     ///< in the script's notation, where that helps
    Duration at{0};                     ///< since the script's start
    std::string connection{};           ///< its state: "ESTABLISHED, snd.una 1, snd.nxt 1001, …"
    std::optional<tcp::Cause> cause{};  ///< which of our rules produced the packet that was seen
};

/// Thrown below play(), which catches it; nobody else sees it. The player adds the place.
struct Stop {
    Outcome::Verdict verdict{Outcome::Verdict::fail};
    std::string message{};
    std::string expected{}, seen{};
    std::optional<tcp::Cause> cause{};
};

[[noreturn]] inline void fail(std::string message, std::string expected = {}, std::string seen = {}) {
    throw Stop{Outcome::Verdict::fail, std::move(message), std::move(expected), std::move(seen), {}};
}
[[noreturn]] inline void unsupported(std::string what) {
    throw Stop{Outcome::Verdict::unsupported, std::move(what), {}, {}, {}};
}

}  // namespace tcpsim::packet_script

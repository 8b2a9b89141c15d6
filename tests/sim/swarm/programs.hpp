// What runs on the machines of a random world.
#pragma once

#include "sim/app/process.hpp"
#include "tests/sim/swarm/plan.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::swarm {

/// What a client's program came to; nothing: it did not end.
struct Outcome {
    bool started{false};
    std::optional<Errno> error{};
    Instant ended{};
    bool broken{false};  ///< it read what nobody wrote
};
/// What a client's datagrams came to.
struct Answers {
    bool started{false};
    bool ended{false};
    bool broken{false};         ///< it heard what it never said
    bool after_healing{false};  ///< it was answered
    std::uint64_t heard{0};
};

/// Echoes streams at `port`, each in a process of its own.
app::Task<> sink(app::Process& p, std::uint16_t port);
/// Writes and hears the echo until a second after the healing.
app::Task<> talk(app::Process& p, wire::Endpoint to, Guard guard, Outcome* outcome);
/// Echoes datagrams at `port`.
app::Task<> echo_datagrams(app::Process& p, std::uint16_t port);
/// Asks twice a second; after the healing until it is answered, or had a minute's time.
app::Task<> ask(app::Process& p, wire::Endpoint to, Answers* answers);

}  // namespace tcpsim::swarm

// The seeds of the corpora: short, ordinary lives, from which a fuzzer goes on. TCPSIM_UPDATE=1 test_fuzz_tcp writes them.
#pragma once

#include "stack/wire/packet.hpp"
#include "tests/support/hostile.hpp"
#include "tests/support/swarm.hpp"

#include <string>
#include <vector>

namespace tcpsim::fuzz {

struct Seed {
    std::string name{};
    std::vector<std::uint8_t> bytes{};
};

namespace seed {

using Step = test::HostileStep;
using wire::Flags;

inline Step call(Step::Kind kind, std::uint16_t amount = 0) { return {.kind = kind, .length = amount}; }
inline Step text(std::int32_t offset, std::uint16_t length) {
    return {.flags = Flags::ack, .offset = offset, .window = 1000, .length = length};
}
inline Step ack(std::int32_t beyond_una, std::vector<std::array<std::int32_t, 2>> sack = {}) {
    return {.flags = Flags::ack, .ack_from = 1, .ack_offset = beyond_una, .window = 1000, .sack = std::move(sack)};
}
inline Step control(std::uint8_t flags, std::int32_t offset = 0) {
    return {.flags = flags, .offset = offset, .window = 1000};
}

/// What every state is shown: text in and out, a hole, a FIN, a reset, a timer.
inline std::vector<Step> everyday() {
    using Kind = Step::Kind;
    constexpr std::uint8_t fin_ack = Flags::fin | Flags::ack;
    return {call(Kind::write, 5000),
            text(0, 100),
            text(300, 100),
            text(100, 200),
            call(Kind::read, 1000),
            ack(1460),
            ack(0, {{1460, 2920}}),
            call(Kind::until_deadline),
            ack(0, {{1460, 2920}, {4380, 5000}}),
            call(Kind::until_deadline),
            control(Flags::ack | Flags::urg),
            ack(3540),
            control(Flags::syn),
            control(fin_ack),
            call(Kind::close),
            call(Kind::until_deadline),
            control(Flags::rst, 1),
            control(Flags::rst)};
}

}  // namespace seed

/// One for each state in which a connection can be met, with and without the peer's options.
inline std::vector<Seed> connection_seeds() {
    constexpr std::array<char const*, test::HostilePlan::begins> names{
        "syn_sent", "syn_received", "established", "established_passively", "fin_wait_1", "fin_wait_2", "close_wait",
        "closing",  "last_ack",     "time_wait"};
    std::vector<Seed> seeds;
    for (std::uint8_t i = 0; i < names.size(); ++i) {
        for (std::uint8_t system = 0; system < 2; ++system) {
            test::HostilePlan plan;
            plan.system.system = system;
            plan.begin = static_cast<test::HostilePlan::Begin>(i);
            plan.peer_options = true;
            plan.iss = i;
            plan.steps = seed::everyday();
            seeds.push_back({std::string{system == 0 ? "bsd44_" : "linux_"} + names[i], bytes_of(plan)});
        }
    }
    return seeds;
}

inline std::vector<Seed> pair_seeds() {
    using Step = test::SwarmStep;
    using Kind = Step::Kind;
    struct Life {
        char const* name;
        std::vector<test::SwarmFate> fates;
        std::vector<Step> steps;
    };
    std::vector<Life> const lives{
        {"orderly", {}, {{Kind::write, false, 5000}, {Kind::time_passes, false, 100}, {Kind::read, true, 5000}}},
        {"losses", {{0}, {0}, {}, {0, 0}, {50}}, {{Kind::write, false, 60'000}, {Kind::time_passes, false, 3000}}},
        {"both_ways",
         {{0}, {}},
         {{Kind::write, false, 20'000}, {Kind::write, true, 20'000}, {Kind::shutdown, true, 0}}},
        {"power_loss",
         {},
         {{Kind::write, false, 9000}, {Kind::crash, true, 0}, {Kind::time_passes, false, 2000}, {Kind::boot, true, 0}}},
        {"keepalive", {}, {{Kind::keepalive, false, 5}, {Kind::crash, true, 0}}},
        {"user_timeout",
         {},
         {{Kind::user_timeout, false, 3000},
          {Kind::cut, false, 0},
          {Kind::write, false, 10},
          {Kind::time_passes, false, 9000},
          {Kind::restore, false, 0}}},
        {"closes",
         {},
         {{Kind::write, true, 100}, {Kind::close, false, 0}, {Kind::time_passes, false, 50}, {Kind::write, true, 100}}},
        {"aborts", {{0, 20}}, {{Kind::write, true, 30'000}, {Kind::time_passes, false, 15}, {Kind::abort, false, 0}}},
    };
    std::vector<Seed> seeds;
    for (Life const& life : lives) {
        for (std::uint8_t system = 0; system < 2; ++system) {
            test::SwarmPlan plan;
            plan.client.system = system;
            plan.server.system = 1;
            plan.one_way = 1;
            plan.fates = life.fates;
            plan.steps = life.steps;
            seeds.push_back({std::string{system == 0 ? "bsd44_" : "linux_"} + life.name, bytes_of(plan)});
        }
    }
    return seeds;
}

}  // namespace tcpsim::fuzz

// Anything may happen; then everything is healed, and every connection completes or is told its error.
#include "sim/app/process.hpp"
#include "stack/base/check.hpp"
#include "tests/sim/swarm/diary.hpp"
#include "tests/sim/swarm/programs.hpp"
#include "tests/sim/swarm/troubles.hpp"
#include "tests/support/invariants.hpp"

#include <boost/range/iterator_range.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>

using namespace tcpsim;
using namespace tcpsim::swarm;
using namespace std::chrono_literals;
using app::Process;

namespace {

constexpr std::uint64_t in_ci = 2000;
constexpr std::size_t most_told = 5;  ///< failures; then it gives up

struct Lived {
    std::string wrong{};
    std::map<std::string, std::uint64_t> effects{};  ///< by the trouble's name
    std::map<std::size_t, std::uint64_t> verbs{};    ///< by the alternative of world::Verb, cures included
    std::map<net::Verdict::Kind, std::uint64_t> verdicts{};
    std::uint64_t completed{0};  ///< clients that heard all their echoes
    std::uint64_t datagrams{0};  ///< that were answered
};

/// What holds for every connection of the world, looked at again and again.
class Watch {
  public:
    std::string violated(world::World const& world) {
        std::string wrong;
        for (std::uint32_t node = 0; node < world.nodes(); ++node) {
            machine::Machine const* const machine = world.machine(trace::NodeId{node});
            if (machine == nullptr || machine->host() == nullptr) {
                continue;
            }
            for (host::ConnectionId const id : machine->host()->connections()) {
                test::Invariants& watched = connections_[{node, {machine->boot_number(), id}}];
                wrong += watched.violated(*machine->host()->find(id));
            }
        }
        return wrong;
    }

  private:
    std::map<std::pair<std::uint32_t, std::pair<std::uint32_t, host::ConnectionId>>, test::Invariants> connections_{};
};

/// What of a plan had an effect: how often a rule fired, whether another verb could do something.
void count_effects(Plan const& plan, world::World const& world, std::vector<std::optional<std::uint32_t>> const& steps,
                   Lived& lived) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (!steps[i]) {
            continue;
        }
        std::uint64_t effect = world.steps()[*steps[i]].effective ? 1 : 0;
        if (auto const* arm = std::get_if<world::ArmRule>(&plan.troubles[i].verb)) {
            auto const& rules = world.link(arm->link).rules();
            auto const of_it = std::find_if(rules.begin(), rules.end(),
                                            [&](auto const& each) { return each.rule.name == arm->rule.name; });
            effect = of_it == rules.end() ? 0 : of_it->fired;
            lived.verdicts[arm->rule.verdict.kind] += effect;
        }
        lived.effects[plan.troubles[i].name] += effect;
    }
    for (world::Step const& step : world.steps()) {
        lived.verbs[step.verb.index()] += step.effective ? 1 : 0;
    }
}

/// Whoever has keepalive, or unacknowledged data, cannot be here any more after so long.
void judge_connections(Plan const& plan, world::World const& world, Lived& lived) {
    for (std::uint32_t node = 0; node < world.nodes(); ++node) {
        machine::Machine const* machine = world.machine(trace::NodeId{node});
        if (machine == nullptr || machine->host() == nullptr) {
            continue;
        }
        auto const client = std::find(plan.clients.begin(), plan.clients.end(), trace::NodeId{node});
        bool const guarded = client == plan.clients.end() ||
                             plan.guards[static_cast<std::size_t>(client - plan.clients.begin())] == Guard::keepalive;
        for (host::ConnectionId const id : machine->host()->connections()) {
            tcp::Connection const& connection = *machine->host()->find(id);
            bool const waits_for_nothing =
                !guarded && connection.state() == tcp::State::established && connection.unacknowledged() == 0;
            if (!waits_for_nothing) {
                lived.wrong += std::string{world.node_name(trace::NodeId{node})} + " has a connection in " +
                               std::string{tcp::name(connection.state())} + "; ";
            }
        }
    }
}

/// No client is left without an answer. One that asked for no keepalive may wait for ever for text that was acknowledged,
/// as its peer is gone: judge_connections() knows whether it does.
void judge_outcomes(Plan const& plan, std::vector<Outcome> const& outcomes, world::World const& world, Lived& lived) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        machine::Machine const& machine = *world.machine(plan.clients[i]);
        bool const lives = machine.boot_number() == 1 && machine.power() == machine::Power::running;
        bool const may_wait = plan.guards[i] != Guard::keepalive && lives && !machine.host()->connections().empty();
        bool const completed = outcomes[i].error == Errno::none;
        lived.completed += completed ? 1 : 0;
        if (plan.harmless && !completed) {
            lived.wrong += "client " + std::to_string(i + 1) + " failed though nothing was lost for good: " +
                           (outcomes[i].error ? std::string{name(*outcomes[i].error)} + " at " +
                                                    std::to_string(nanoseconds(outcomes[i].ended) / 1'000'000) + " ms"
                                              : "no end") +
                           ", guarded by " + std::to_string(static_cast<int>(plan.guards[i])) + "; ";
        }
        if (outcomes[i].broken) {
            lived.wrong += "client " + std::to_string(i + 1) + " read what nobody wrote; ";
        }
        if (lives && outcomes[i].started && !outcomes[i].error && !may_wait) {
            lived.wrong += "client " + std::to_string(i + 1) + " was told nothing; ";
        }
    }
}

/// Who asks long enough after the healing is answered.
void judge_answers(Plan const& plan, std::vector<Answers> const& answers, world::World const& world, Lived& lived) {
    for (std::size_t i = 0; plan.datagrams && i < answers.size(); ++i) {
        std::string const who = "client " + std::to_string(i + 1);
        machine::Machine const& machine = *world.machine(plan.clients[i]);
        bool const lives = machine.boot_number() == 1 && machine.power() == machine::Power::running;
        lived.datagrams += answers[i].heard;
        if (answers[i].broken) {
            lived.wrong += who + " heard a datagram that it never sent; ";
        }
        if (lives && !answers[i].ended) {
            lived.wrong += who + " asks by datagram for ever; ";
        }
        if (lives && plan.echo_lives && !answers[i].after_healing) {
            lived.wrong += who + " is not answered by datagram; ";
        }
    }
}

void install(Plan const& plan, world::World& world, std::vector<Outcome>& outcomes, std::vector<Answers>& answers) {
    using machine::Restart;
    for (trace::NodeId const server : plan.servers) {
        std::uint16_t const port = plan.service.port;
        world.install(server, {"sink", app::coroutine_program([port](Process& p) { return sink(p, port); })});
    }
    if (plan.datagrams) {
        std::uint16_t const port = plan.datagrams->port;
        world.install(plan.servers[0],
                      {"echo", app::coroutine_program([port](Process& p) { return echo_datagrams(p, port); })});
    }
    for (std::size_t i = 0; i < plan.clients.size(); ++i) {
        world.install(plan.clients[i], {"talk", app::coroutine_program([&plan, i, outcome = &outcomes[i]](Process& p) {
                                            return talk(p, plan.service, plan.guards[i], outcome);
                                        }),
                                        Restart::never});
        if (plan.datagrams) {
            world.install(plan.clients[i], {"ask", app::coroutine_program([&plan, heard = &answers[i]](Process& p) {
                                                return ask(p, *plan.datagrams, heard);
                                            }),
                                            Restart::never});
        }
    }
}

/// Who sleeps or is off comes first: nobody can change the network of a machine that is not awake.
void heal(Plan const& plan, std::uint64_t without, world::World& world) {
    for (bool const wakes : {true, false}) {
        for (std::size_t i = 0; i < plan.troubles.size(); ++i) {
            for (world::Verb const& cure : plan.troubles[i].cure) {
                bool const awakens =
                    std::holds_alternative<world::Resume>(cure) || std::holds_alternative<world::Boot>(cure);
                if (awakens == wakes && (without >> i & 1U) == 0) {
                    world.schedule(world.add_step(cure), Instant{healing});
                }
            }
        }
    }
}

/// Lives through the plan without the troubles whose bit in `without` is set.
Lived live(Plan const& plan, std::uint64_t without, trace::Sink* diary = nullptr) {
    std::vector<Outcome> outcomes(plan.clients.size());
    std::vector<Answers> answers(plan.clients.size());
    Lived lived;
    world::World world{plan.seed};
    if (diary != nullptr) {
        world.attach(*diary);
    }
    topology::populate(world, plan.graph, plan.plugged, plan.profiles);
    if (plan.reconverges) {
        world.reconverge(2s, [&graph = plan.graph](std::vector<bool> const& down) {
            std::vector<std::vector<host::Route>> ways;
            for (auto& each : topology::configure(graph, {.multipath = false, .failed = down})) {
                ways.push_back(std::move(each.configuration.routes));
            }
            return ways;
        });
    }
    install(plan, world, outcomes, answers);
    std::vector<std::optional<std::uint32_t>> steps;
    for (std::size_t i = 0; i < plan.troubles.size(); ++i) {
        Trouble const& trouble = plan.troubles[i];
        if ((without >> i & 1U) != 0) {
            steps.emplace_back();
            continue;
        }
        steps.emplace_back(world.add_step(trouble.verb));
        world.schedule(*steps.back(), Instant{trouble.at});
    }
    heal(plan, without, world);
    try {
        Watch watch;
        for (Instant until{}; until < Instant{healing + 30s} && lived.wrong.empty(); until += 250ms) {
            world.run(until);
            lived.wrong = watch.violated(world);
        }
        world.run(Instant{healing + 6h});
    } catch (CheckFailed const& bug) {
        lived.wrong = bug.what();
        return lived;
    }
    count_effects(plan, world, steps, lived);
    judge_outcomes(plan, outcomes, world, lived);
    judge_answers(plan, answers, world, lived);
    judge_connections(plan, world, lived);
    return lived;
}

/// The fewest troubles with which it still goes wrong.
std::uint64_t shrunk(Plan const& plan) {
    std::uint64_t without = 0;
    for (bool more = true; more;) {
        more = false;
        for (std::size_t i = 0; i < plan.troubles.size(); ++i) {
            std::uint64_t const fewer = without | std::uint64_t{1} << i;
            if (fewer != without && !live(plan, fewer).wrong.empty()) {
                without = fewer;
                more = true;
            }
        }
    }
    return without;
}

std::uint64_t environment(char const* name, std::uint64_t otherwise) {
    char const* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

namespace {

/// What all seeds together came to.
struct Tally {
    std::map<std::string, std::uint64_t> effects{};
    std::map<std::size_t, std::uint64_t> verbs{};
    std::map<net::Verdict::Kind, std::uint64_t> verdicts{};
    std::uint64_t clients{0};
    std::uint64_t completed{0};
    std::uint64_t datagrams{0};
    std::uint64_t harmless{0};
    void add(Plan const& plan, Lived const& lived) {
        clients += plan.clients.size();
        completed += lived.completed;
        datagrams += lived.datagrams;
        harmless += plan.harmless ? 1 : 0;
        for (auto const& [name, times] : lived.effects) {
            effects[name] += times;
        }
        for (auto const& [verb, times] : lived.verbs) {
            verbs[verb] += times;
        }
        for (auto const& [kind, times] : lived.verdicts) {
            verdicts[kind] += times;
        }
    }
    [[nodiscard]] std::string report() const {
        std::string text = "\n  " + std::to_string(completed) + " of " + std::to_string(clients) +
                           " clients heard all their echoes, and " + std::to_string(datagrams) +
                           " datagrams were answered; " + std::to_string(harmless) + " schedules were harmless";
        for (TroubleKind const& kind : trouble_kinds()) {
            auto const found = effects.find(std::string{kind.name});
            text += "\n  " + std::to_string(found == effects.end() ? 0 : found->second) + " " + std::string{kind.name};
        }
        return text;
    }
};

/// Everything that can be drawn has had an effect, and nothing that there is was forgotten in the table.
void check_that_all_happened(Tally& tally) {
    CHECK(tally.completed > tally.clients / 5);
    CHECK(tally.harmless > 0);
    CHECK(tally.datagrams > tally.clients);
    for (TroubleKind const& kind : trouble_kinds()) {
        CAPTURE(kind.name);
        CHECK(tally.effects[std::string{kind.name}] > 0);
    }
    for (std::size_t verb = 0; verb < std::variant_size_v<world::Verb>; ++verb) {
        CAPTURE(verb);
        CHECK(tally.verbs[verb] > 0);
    }
    for (auto kind = net::Verdict::Kind::pass; kind <= net::Verdict::Kind::corrupt;
         kind = static_cast<net::Verdict::Kind>(static_cast<int>(kind) + 1)) {
        CAPTURE(static_cast<int>(kind));
        CHECK(tally.verdicts[kind] > 0);
    }
}

}  // namespace

TEST_CASE("swarm: after anything and a healing, every connection completes or is told its error") {
    std::uint64_t const only = environment("TCPSIM_SWARM_SEED", 0);
    std::uint64_t const first = only != 0 ? only : environment("TCPSIM_SWARM_FROM", 1);
    std::uint64_t const count = only != 0 ? only : environment("TCPSIM_SWARM", in_ci);
    Tally tally;
    std::size_t failed = 0;
    for (std::uint64_t seed = first; seed <= count && failed < most_told; ++seed) {
        Plan const plan = plan_of(seed);
        Lived const lived = live(plan, 0);
        tally.add(plan, lived);
        if (!lived.wrong.empty()) {
            ++failed;
            std::uint64_t const without = shrunk(plan);
            FAIL_CHECK("seed " << seed << ": " << lived.wrong << "\nenough is:" << told(plan, without)
                               << "\nreplay: TCPSIM_SWARM_SEED=" << seed << " test_sim_swarm");
        } else if (only != 0) {
            MESSAGE("seed " << seed << ":" << told(plan, 0));
        }
        if (environment("TCPSIM_SWARM_DIARY", 0) != 0) {
            Diary diary{plan};
            (void)live(plan, lived.wrong.empty() ? 0 : shrunk(plan), &diary);
        }
    }
    if (count - first + 1 >= in_ci && failed == 0) {
        MESSAGE("how often each had an effect in " << count - first + 1 << " schedules:" << tally.report());
        check_that_all_happened(tally);
    }
}

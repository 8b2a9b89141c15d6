// Random worlds of two connections: whatever the wire does, nothing is lost, doubled or forgotten.
#include "tests/support/property.hpp"

#include "tests/support/pair.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::State;

namespace {

struct Step {
    enum class Kind : std::uint8_t { client_writes, server_writes, client_reads, server_reads, time_passes };
    Kind kind{};
    std::uint32_t amount{0};
};

void showValue(Step const& step, std::ostream& out) {
    constexpr std::array<char const*, 5> names{"client writes ", "server writes ", "client reads ", "server reads ",
                                               "ms "};
    out << names[static_cast<std::size_t>(step.kind)] << step.amount;
}

rc::Gen<Step> any_step() {
    auto const amount =
        rc::gen::oneOf(rc::gen::inRange(0U, 30U), rc::gen::inRange(0U, 3000U), rc::gen::inRange(0U, 60'000U));
    return rc::gen::construct<Step>(
        rc::gen::map(rc::gen::inRange(0, 5), [](int k) { return static_cast<Step::Kind>(k); }), amount);
}

/// What becomes of one segment: mostly it passes.
rc::Gen<std::vector<Duration>> any_fate() {
    using Fate = std::vector<Duration>;
    auto const later =
        rc::gen::map(rc::gen::inRange(1, 400), [](int ms) { return Fate{std::chrono::milliseconds{ms}}; });
    return rc::gen::weightedOneOf<Fate>({{8, rc::gen::just(Fate{Duration{0}})},
                                         {3, rc::gen::just(Fate{})},
                                         {2, later},
                                         {1, rc::gen::just(Fate{Duration{0}, Duration{0}})},
                                         {1, rc::gen::just(Fate{Duration{0}, Duration{50ms}})}});
}

profile::Profile any_profile() {
    profile::Profile p = profile_of(*rc::gen::element<std::string>("linux", "linux", "bsd44"));
    if (p.name == "linux") {
        auto const off =
            *rc::gen::element<std::string>("", "tcp_sack", "tcp_timestamps", "tcp_window_scaling", "tcp_early_retrans");
        if (!off.empty()) {
            RC_ASSERT(!profile::set(p, off, "0"));
        }
    }
    return p;
}

void take(Pair& p, Step const& step) {
    switch (step.kind) {
        case Step::Kind::client_writes:
            p.client().write(step.amount);
            break;
        case Step::Kind::server_writes:
            p.server().write(step.amount);
            break;
        case Step::Kind::client_reads:
            p.client().read(step.amount);
            break;
        case Step::Kind::server_reads:
            p.server().read(step.amount);
            break;
        case Step::Kind::time_passes:
            p.run(std::chrono::milliseconds{step.amount % 2000});
            break;
    }
}

/// Both read all there is, until all that was written has been read, or too much time has gone.
void read_everything(Pair& p) {
    Instant const limit = p.now() + 1000s;
    auto const done = [&] {
        return p.server().was_read() == p.client().written() && p.client().was_read() == p.server().written();
    };
    while (!done() && p.now() < limit && p.violation().empty()) {
        p.run(100ms);
        p.client().read(1U << 20U);
        p.server().read(1U << 20U);
    }
}

void nothing_is_lost() {
    Pair::Settings settings;
    settings.client_receive_buffer = *rc::gen::element(0U, 0U, 3000U, 8192U);
    settings.server_receive_buffer = *rc::gen::element(0U, 0U, 3000U, 8192U);
    settings.link_mss = *rc::gen::element(1460U, 1460U, 536U, 8960U);
    settings.one_way = *rc::gen::element<Duration>(Duration{0}, Duration{10ms}, Duration{300ms});
    Pair p{any_profile(), any_profile(), settings};
    p.connect();
    RC_ASSERT(p.client().state() == State::established);
    RC_ASSERT(p.server().state() == State::established);
    auto const fates = *rc::gen::container<std::vector<std::vector<Duration>>>(any_fate());
    std::size_t next = 0;
    auto const decide = [&] {
        return fates.empty() ? std::vector<Duration>{Duration{0}} : fates[next++ % fates.size()];
    };
    p.to_server().decide_by(decide);
    p.to_client().decide_by(decide);
    for (Step const& step : *rc::gen::container<std::vector<Step>>(any_step())) {
        take(p, step);
        RC_ASSERT(p.violation() == "");
    }
    p.heal();
    read_everything(p);
    RC_ASSERT(p.violation() == "");
    RC_ASSERT(!p.client().ended());
    RC_ASSERT(!p.server().ended());
    RC_ASSERT(p.server().was_read() == p.client().written());
    RC_ASSERT(p.client().was_read() == p.server().written());
    p.client().shutdown();
    p.run(std::chrono::milliseconds{*rc::gen::inRange(0, 50)});
    p.server().shutdown();
    p.run_until_quiet(1000s);
    RC_ASSERT(p.violation() == "");
    RC_ASSERT(p.client().state() == State::closed);
    RC_ASSERT(p.server().state() == State::closed);
    RC_ASSERT(p.client().read(1) == 0);
    RC_ASSERT(p.client().saw_end());
}

}  // namespace

TEST_CASE("property: random writes, reads, loss, reordering, duplication, then heal: all that was written is read") {
    CHECK(holds("nothing is lost", 3000, nothing_is_lost));
}

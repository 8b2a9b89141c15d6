#include "tests/stack/tcp/plans.hpp"

#include "stack/wire/packet.hpp"

namespace tcpsim::test {
namespace {

using wire::Flags;

rc::Gen<std::uint8_t> below(int limit) {
    return rc::gen::map(rc::gen::inRange(0, limit), [](int n) { return static_cast<std::uint8_t>(n); });
}

template <class T>
rc::Gen<T> words16() {
    return rc::gen::oneOf(rc::gen::inRange<T>(0, 30), rc::gen::inRange<T>(0, 3000), rc::gen::arbitrary<T>());
}

rc::Gen<SystemChoice> any_system() {
    return rc::gen::mapcat(rc::gen::weightedElement<std::uint8_t>({{1, 0}, {3, 1}}), [](std::uint8_t system) {
        auto const setting = rc::gen::oneOf(rc::gen::just<std::uint8_t>(0), below(variations_of(system)));
        return rc::gen::map(setting, [system](std::uint8_t s) { return SystemChoice{system, s}; });
    });
}

rc::Gen<std::int32_t> near_zero() {
    return rc::gen::oneOf(rc::gen::inRange(-3, 4), rc::gen::inRange(-2000, 2000), rc::gen::inRange(-100'000, 100'000),
                          rc::gen::arbitrary<std::int32_t>());
}

rc::Gen<std::vector<std::array<std::int32_t, 2>>> pairs(int at_most, rc::Gen<std::int32_t> const& number) {
    using Pairs = std::vector<std::array<std::int32_t, 2>>;
    auto const pair = rc::gen::map(rc::gen::pair(number, number), [](std::pair<std::int32_t, std::int32_t> const& p) {
        return std::array<std::int32_t, 2>{p.first, p.second};
    });
    return rc::gen::mapcat(rc::gen::inRange(0, at_most + 1), [pair](int count) {
        return rc::gen::container<Pairs>(static_cast<std::size_t>(count), pair);
    });
}

rc::Gen<std::uint8_t> any_flags() {
    constexpr std::uint8_t ack = Flags::ack;
    constexpr std::uint8_t ack_psh = Flags::ack | Flags::psh;
    constexpr std::uint8_t ack_fin = Flags::ack | Flags::fin;
    constexpr std::uint8_t syn_ack = Flags::syn | Flags::ack;
    auto const without_rst = [](std::uint8_t bits) { return static_cast<std::uint8_t>(bits & ~Flags::rst); };
    return rc::gen::weightedOneOf<std::uint8_t>({{6, rc::gen::element(ack, ack, ack_psh, ack_fin, syn_ack)},
                                                 {2, rc::gen::map(rc::gen::arbitrary<std::uint8_t>(), without_rst)},
                                                 {1, rc::gen::arbitrary<std::uint8_t>()}});
}

rc::Gen<HostileStep> any_hostile_step() {
    using Kind = HostileStep::Kind;
    auto const kind = rc::gen::weightedElement<Kind>({{30, Kind::segment},
                                                      {5, Kind::write},
                                                      {3, Kind::read},
                                                      {5, Kind::until_deadline},
                                                      {2, Kind::time_passes},
                                                      {1, Kind::shutdown},
                                                      {1, Kind::close},
                                                      {1, Kind::no_delay},
                                                      {1, Kind::cork},
                                                      {1, Kind::keepalive},
                                                      {1, Kind::user_timeout},
                                                      {2, Kind::icmp}});
    auto const raw = rc::gen::weightedOneOf<std::vector<std::uint8_t>>(
        {{5, rc::gen::just(std::vector<std::uint8_t>{})},
         {1, rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>())}});
    auto const length = rc::gen::oneOf(rc::gen::just<std::uint16_t>(0), words16<std::uint16_t>());
    return rc::gen::build<HostileStep>(
        rc::gen::set(&HostileStep::kind, kind), rc::gen::set(&HostileStep::flags, any_flags()),
        rc::gen::set(&HostileStep::from, below(12)), rc::gen::set(&HostileStep::offset, near_zero()),
        rc::gen::set(&HostileStep::ack_from, below(3)), rc::gen::set(&HostileStep::ack_offset, near_zero()),
        rc::gen::set(&HostileStep::window, words16<std::uint16_t>()), rc::gen::set(&HostileStep::length, length),
        rc::gen::set(&HostileStep::sack, rc::gen::oneOf(pairs(0, near_zero()), pairs(3, near_zero()),
                                                        pairs(3, rc::gen::inRange(0, 20'000)))),
        rc::gen::set(&HostileStep::timestamps, pairs(1, near_zero())), rc::gen::set(&HostileStep::options, raw));
}

rc::Gen<SwarmStep> any_swarm_step() {
    using Kind = SwarmStep::Kind;
    auto const kind = rc::gen::weightedElement<Kind>({{20, Kind::write},
                                                      {10, Kind::read},
                                                      {20, Kind::time_passes},
                                                      {1, Kind::shutdown},
                                                      {1, Kind::close},
                                                      {1, Kind::abort},
                                                      {1, Kind::crash},
                                                      {1, Kind::boot},
                                                      {1, Kind::cut},
                                                      {2, Kind::restore},
                                                      {1, Kind::keepalive},
                                                      {1, Kind::user_timeout},
                                                      {1, Kind::cork},
                                                      {1, Kind::no_delay}});
    return rc::gen::build<SwarmStep>(rc::gen::set(&SwarmStep::kind, kind),
                                     rc::gen::set(&SwarmStep::server, rc::gen::arbitrary<bool>()),
                                     rc::gen::set(&SwarmStep::amount, words16<std::uint16_t>()));
}

/// Only what may not end a connection or lose a byte.
rc::Gen<SwarmStep> any_innocent_step() {
    using Kind = SwarmStep::Kind;
    auto const kind = rc::gen::weightedElement<Kind>(
        {{20, Kind::write}, {10, Kind::read}, {20, Kind::time_passes}, {1, Kind::shutdown}, {1, Kind::no_delay}});
    return rc::gen::build<SwarmStep>(rc::gen::set(&SwarmStep::kind, kind),
                                     rc::gen::set(&SwarmStep::server, rc::gen::arbitrary<bool>()),
                                     rc::gen::set(&SwarmStep::amount, words16<std::uint16_t>()));
}

/// Mostly a segment passes.
rc::Gen<SwarmFate> any_fate() {
    auto const later =
        rc::gen::map(rc::gen::inRange<std::uint16_t>(1, 400), [](std::uint16_t ms) { return SwarmFate{ms}; });
    return rc::gen::weightedOneOf<SwarmFate>({{8, rc::gen::just(SwarmFate{0})},
                                              {3, rc::gen::just(SwarmFate{})},
                                              {2, later},
                                              {1, rc::gen::just(SwarmFate{0, 0})},
                                              {1, rc::gen::just(SwarmFate{0, 50})}});
}

}  // namespace

rc::Gen<HostilePlan> any_hostile_plan() {
    auto const begin =
        rc::gen::map(below(HostilePlan::begins), [](std::uint8_t n) { return static_cast<HostilePlan::Begin>(n); });
    return rc::gen::build<HostilePlan>(
        rc::gen::set(&HostilePlan::system, any_system()), rc::gen::set(&HostilePlan::begin, begin),
        rc::gen::set(&HostilePlan::peer_options, rc::gen::arbitrary<bool>()),
        rc::gen::set(&HostilePlan::iss, below(16)), rc::gen::set(&HostilePlan::receive_buffer, below(4)),
        rc::gen::set(&HostilePlan::send_buffer, below(4)),
        rc::gen::set(&HostilePlan::steps, rc::gen::container<std::vector<HostileStep>>(any_hostile_step())));
}

rc::Gen<SwarmPlan> any_swarm_plan() {
    auto const steps = rc::gen::oneOf(rc::gen::container<std::vector<SwarmStep>>(any_innocent_step()),
                                      rc::gen::container<std::vector<SwarmStep>>(any_swarm_step()));
    return rc::gen::build<SwarmPlan>(
        rc::gen::set(&SwarmPlan::client, any_system()), rc::gen::set(&SwarmPlan::server, any_system()),
        rc::gen::set(&SwarmPlan::client_buffer, below(5)), rc::gen::set(&SwarmPlan::server_buffer, below(5)),
        rc::gen::set(&SwarmPlan::link_mss, below(5)), rc::gen::set(&SwarmPlan::one_way, below(4)),
        rc::gen::set(&SwarmPlan::faulty_opening, rc::gen::arbitrary<bool>()),
        rc::gen::set(&SwarmPlan::fates, rc::gen::container<std::vector<SwarmFate>>(any_fate())),
        rc::gen::set(&SwarmPlan::steps, steps));
}

}  // namespace tcpsim::test

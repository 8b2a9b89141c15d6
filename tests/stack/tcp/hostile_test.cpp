// A peer that sends anything: no CHECK, no sanitizer, no broken invariant.
#include "tests/support/dialogue.hpp"
#include "tests/support/invariants.hpp"
#include "tests/support/property.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;
using tcp::Connection;
using tcp::State;

namespace {

constexpr wire::FourTuple tuple{{{0x0a010002}, 40000}, {{0x0a020002}, 9998}};

struct Step {
    enum class Kind : std::uint8_t { segment, write, read, shutdown, close, abort, time_passes, until_deadline };
    Kind kind{};
    std::uint8_t flags{0};
    std::uint8_t from{0};    ///< which number seq counts from
    std::int32_t offset{0};  ///< and how far
    std::uint8_t ack_from{0};
    std::int32_t ack_offset{0};
    std::uint16_t window{0};
    std::uint16_t length{0};
    std::vector<std::uint8_t> options{};
};

void showValue(Step const& s, std::ostream& out) {
    constexpr std::array<char const*, 8> names{"segment", "write", "read", "shutdown",
                                               "close",   "abort", "ms",   "deadline"};
    out << names[static_cast<std::size_t>(s.kind)] << " flags " << int{s.flags} << " seq " << int{s.from} << '+'
        << s.offset << " ack " << int{s.ack_from} << '+' << s.ack_offset << " win " << s.window << " len " << s.length
        << " options " << s.options.size();
}

rc::Gen<std::int32_t> near_zero() {
    return rc::gen::oneOf(rc::gen::inRange(-3, 4), rc::gen::inRange(-2000, 2000), rc::gen::inRange(-100'000, 100'000),
                          rc::gen::arbitrary<std::int32_t>());
}

rc::Gen<std::vector<std::uint8_t>> any_options() {
    using Bytes = std::vector<std::uint8_t>;
    auto const stamp = rc::gen::map(rc::gen::container<Bytes>(8, rc::gen::arbitrary<std::uint8_t>()), [](Bytes bytes) {
        constexpr std::array<std::uint8_t, 4> head{1, 1, 8, 10};
        bytes.insert(bytes.begin(), head.begin(), head.end());
        return bytes;
    });
    return rc::gen::oneOf(rc::gen::just(Bytes{}), stamp, rc::gen::container<Bytes>(rc::gen::arbitrary<std::uint8_t>()));
}

rc::Gen<Step> any_step() {
    using Kind = Step::Kind;
    auto const kind = rc::gen::weightedElement<Kind>({{30, Kind::segment},
                                                      {4, Kind::write},
                                                      {3, Kind::read},
                                                      {1, Kind::shutdown},
                                                      {1, Kind::close},
                                                      {1, Kind::time_passes},
                                                      {4, Kind::until_deadline}});
    constexpr std::uint8_t ack = wire::Flags::ack;
    constexpr std::uint8_t ack_psh = wire::Flags::ack | wire::Flags::psh;
    constexpr std::uint8_t ack_fin = wire::Flags::ack | wire::Flags::fin;
    constexpr std::uint8_t syn_ack = wire::Flags::syn | wire::Flags::ack;
    auto const without_rst = [](std::uint8_t bits) { return static_cast<std::uint8_t>(bits & ~wire::Flags::rst); };
    auto const flags = rc::gen::oneOf(rc::gen::element(ack, ack, ack_psh, ack_fin, syn_ack),
                                      rc::gen::map(rc::gen::arbitrary<std::uint8_t>(), without_rst),
                                      rc::gen::arbitrary<std::uint8_t>());
    auto const length = rc::gen::oneOf(rc::gen::just<std::uint16_t>(0), rc::gen::inRange<std::uint16_t>(0, 1500),
                                       rc::gen::arbitrary<std::uint16_t>());
    auto const window = rc::gen::oneOf(rc::gen::just<std::uint16_t>(0), rc::gen::inRange<std::uint16_t>(0, 20),
                                       rc::gen::arbitrary<std::uint16_t>());
    return rc::gen::build<Step>(rc::gen::set(&Step::kind, kind), rc::gen::set(&Step::flags, flags),
                                rc::gen::set(&Step::from, rc::gen::inRange<std::uint8_t>(0, 4)),
                                rc::gen::set(&Step::offset, near_zero()),
                                rc::gen::set(&Step::ack_from, rc::gen::inRange<std::uint8_t>(0, 4)),
                                rc::gen::set(&Step::ack_offset, near_zero()), rc::gen::set(&Step::window, window),
                                rc::gen::set(&Step::length, length), rc::gen::set(&Step::options, any_options()));
}

SeqNum number(std::uint8_t from, std::int32_t offset, std::array<SeqNum, 3> const& interesting) {
    auto const distance = static_cast<std::uint32_t>(offset);
    return from < interesting.size() ? interesting[from] + distance : SeqNum{distance};
}

wire::TcpSegment segment_of(Step const& s, tcp::Tcb const& tcb) {
    wire::TcpSegment segment;
    segment.source_port = tuple.remote.port;
    segment.destination_port = tuple.local.port;
    segment.seq = number(s.from, s.offset, {tcb.rcv.nxt, tcb.rcv.wup + tcb.rcv.wnd, tcb.rcv.nxt});
    segment.ack = number(s.ack_from, s.ack_offset, {tcb.snd.nxt, tcb.snd.una, tcb.snd.nxt});
    segment.flags = wire::Flags{s.flags};
    segment.window = s.window;
    std::vector<std::uint8_t> options = s.options;
    options.resize(std::min<std::size_t>(options.size(), wire::OptionBytes::capacity));
    CHECK(segment.options.append(options));
    segment.payload = Payload::pattern(s.length, segment.seq.raw(), s.length);  // conflicting on purpose
    return segment;
}

void take(Connection& c, Step const& s, Instant& now, tcp::Actions& out) {
    tcp::Cause const closed{tcp::Why::closed};
    switch (s.kind) {
        case Step::Kind::segment:
            if (c.state() != State::closed) {
                c.segment_arrives(segment_of(s, c.tcb()), now, out);
            }
            return;
        case Step::Kind::write:
            (void)c.send(Payload::pattern(1, 0, s.length), now, out).ok();
            return;
        case Step::Kind::read:
            (void)c.receive(s.length, now, out).ok();
            return;
        case Step::Kind::shutdown:
            return c.shutdown_send(closed, now, out);
        case Step::Kind::close:
            return c.close(closed, now, out);
        case Step::Kind::abort:
            return c.abort(closed, now, out);
        case Step::Kind::time_passes:
        case Step::Kind::until_deadline:
            now = s.kind == Step::Kind::time_passes ? now + std::chrono::milliseconds{s.length} : now;
            if (c.next_deadline() != never) {
                now = std::max(now, s.kind == Step::Kind::until_deadline ? c.next_deadline() : now);
                c.timers_expire(now, out);
            }
            return;
    }
}

Connection any_connection(profile::Profile const& p, Instant now, tcp::Actions& out) {
    tcp::OpenWith with;
    with.tuple = tuple;
    with.iss = SeqNum{*rc::gen::element(0U, 0xffff'fff0U, 0x7fff'fff0U)};
    with.receive_buffer = *rc::gen::element(0U, 100U, 3000U, 1U << 20U);
    with.send_buffer = *rc::gen::element(0U, 100U, 3000U, 1U << 20U);
    if (*rc::gen::arbitrary<bool>()) {
        return Connection::active_open(with, p, now, out);
    }
    Step const syn = *any_step();
    wire::TcpSegment segment = segment_of(syn, tcp::Tcb{});
    segment.flags = wire::Flags{wire::Flags::syn};
    return Connection::passive_open(with, segment, p, now, out);
}

void survives_anything() {
    profile::Profile const p = profile_of(*rc::gen::element<std::string>("linux", "bsd44"));
    Instant now{1000s};
    tcp::Actions out;
    Connection c = any_connection(p, now, out);
    bool const established = *rc::gen::weightedElement<bool>({{3, true}, {1, false}});
    if (established) {  // else the random segments must do it
        wire::TcpSegment answer;
        bool const active = c.state() == State::syn_sent;
        answer.seq = active ? SeqNum{*rc::gen::element(0U, 0xffff'ff00U, 0x7fff'ff00U)} : c.tcb().rcv.nxt;
        answer.ack = c.tcb().snd.nxt;
        answer.flags =
            wire::Flags{static_cast<std::uint8_t>(active ? wire::Flags::syn | wire::Flags::ack : wire::Flags::ack)};
        answer.window = *rc::gen::arbitrary<std::uint16_t>();
        answer.options = wire::encode(*rc::gen::arbitrary<bool>() ? Dialogue::usual_options() : wire::Options{},
                                      wire::OptionLayout::linux_order);
        c.segment_arrives(answer, now, out);
    }
    Invariants invariants;
    for (Step const& step : *rc::gen::container<std::vector<Step>>(any_step())) {
        out.clear();
        take(c, step, now, out);
        RC_ASSERT(invariants.violated(c) == "");
        RC_ASSERT(out.emitted() < 1000U);
    }
}

}  // namespace

TEST_CASE("property: hostile segments and calls in any order break nothing") {
    CHECK(holds("survives anything", 6000, survives_anything));
}

#include "tests/support/hostile.hpp"

#include "stack/base/check.hpp"
#include "stack/wire/options.hpp"
#include "tests/support/choices.hpp"
#include "tests/support/invariants.hpp"

#include <algorithm>
#include <ostream>

namespace tcpsim::test {
namespace {

using tcp::Connection;
using tcp::State;
using wire::Flags;
using Begin = HostilePlan::Begin;
using Kind = HostileStep::Kind;

constexpr wire::FourTuple tuple{{{0x0a010002}, 40000}, {{0x0a020002}, 9998}};
constexpr std::array<std::uint32_t, 4> edges{0, 0xffff'fff0U, 0x7fff'fff0U, 0xffff'0000U};
constexpr std::array<std::uint32_t, 4> buffers{0, 100, 3000, 1U << 20U};
constexpr std::uint8_t fin_ack = Flags::fin | Flags::ack;

class Life {
  public:
    explicit Life(HostilePlan const& plan) : profile_{chosen(plan.system)} { begin(plan); }

    void take(HostileStep const& step);
    std::string violation() {
        std::string const wrong = invariants_.violated(*connection_);
        constexpr std::size_t flood = 5000;
        return out_.emitted() > flood ? "one event sent a flood" : wrong;
    }
    [[nodiscard]] bool over() const { return connection_->state() == State::closed; }

  private:
    void begin(HostilePlan const& plan);
    void behave(HostilePlan const& plan);
    /// A segment as a peer sends it that has seen all and offers some window.
    void peer(std::uint8_t flags, SeqNum ack);
    void arrives(wire::TcpSegment const& segment, wire::Ecn ecn = wire::Ecn::not_ect);
    void icmp(HostileStep const& step);
    void option(HostileStep const& step);
    void wait_until(Instant at);
    [[nodiscard]] wire::TcpSegment segment_of(HostileStep const& step) const;
    void remember();

    profile::Profile profile_;
    Instant now_{std::chrono::seconds{1000}};
    tcp::Actions out_{};
    std::optional<Connection> connection_{};
    Invariants invariants_{};
    wire::Timestamps last_{7'000'000, 0};  ///< the peer's last value, and ours
};

void Life::begin(HostilePlan const& plan) {
    tcp::OpenWith with;
    with.tuple = tuple;
    with.iss = SeqNum{edges[plan.iss % edges.size()]};
    with.receive_buffer = buffers[plan.receive_buffer % buffers.size()];
    with.send_buffer = buffers[plan.send_buffer % buffers.size()];
    wire::Options options;
    if (plan.peer_options) {
        options = {.mss = 1460, .window_scale = 7, .sack_permitted = true, .timestamps = last_};
    }
    bool const passive = plan.begin == Begin::syn_received || plan.begin == Begin::established_passively;
    wire::TcpSegment syn;
    syn.source_port = tuple.remote.port;
    syn.destination_port = tuple.local.port;
    syn.seq = SeqNum{edges[(plan.iss / edges.size()) % edges.size()]};
    syn.window = 1000;
    syn.options = wire::encode(options, wire::OptionLayout::linux_order);
    if (passive) {
        syn.flags = Flags{Flags::syn};
        connection_ = Connection::passive_open(with, syn, profile_, now_, out_);
    } else {
        connection_ = Connection::active_open(with, profile_, now_, out_);
        if (plan.begin != Begin::syn_sent) {
            syn.flags = Flags{Flags::syn | Flags::ack};
            syn.ack = with.iss + 1;
            now_ += std::chrono::milliseconds{20};
            arrives(syn);
        }
    }
    behave(plan);
}

void Life::behave(HostilePlan const& plan) {
    tcp::Cause const closed{tcp::Why::closed};
    bool const closes_first = plan.begin == Begin::fin_wait_1 || plan.begin == Begin::fin_wait_2 ||
                              plan.begin == Begin::closing || plan.begin == Begin::time_wait;
    if (plan.begin == Begin::established_passively) {
        peer(Flags::ack, connection_->tcb().snd.nxt);
    }
    SeqNum const before_fin = connection_->tcb().snd.nxt;
    if (closes_first) {
        connection_->shutdown_send(closed, now_, out_);
    }
    switch (plan.begin) {
        case Begin::fin_wait_2:
            return peer(Flags::ack, connection_->tcb().snd.nxt);
        case Begin::closing:
            return peer(fin_ack, before_fin);
        case Begin::time_wait:
            return peer(fin_ack, connection_->tcb().snd.nxt);
        case Begin::close_wait:
        case Begin::last_ack:
            peer(fin_ack, before_fin);
            if (plan.begin == Begin::last_ack) {
                connection_->shutdown_send(closed, now_, out_);
            }
            return;
        default:
            return;
    }
}

void Life::peer(std::uint8_t flags, SeqNum ack) {
    wire::TcpSegment segment;
    segment.source_port = tuple.remote.port;
    segment.destination_port = tuple.local.port;
    segment.seq = connection_->tcb().rcv.nxt;
    segment.ack = ack;
    segment.flags = Flags{flags};
    segment.window = 1000;
    if (connection_->tcb().timestamps.enabled) {
        wire::Options options;
        options.timestamps = wire::Timestamps{++last_.value, last_.echo};
        segment.options = wire::encode(options, wire::OptionLayout::linux_order);
    }
    arrives(segment);
}

void Life::arrives(wire::TcpSegment const& segment, wire::Ecn ecn) {
    if (!over()) {
        connection_->segment_arrives(segment, now_, out_, ecn);
        remember();
    }
}

void Life::icmp(HostileStep const& step) {
    constexpr std::array<std::uint8_t, 6> types{3, 3, 3, 4, 11, 12};  // mostly unreachable
    constexpr std::uint16_t codes = 16;
    tcp::IcmpError error;
    error.type = types[step.flags % types.size()];
    error.code = static_cast<std::uint8_t>(step.length % codes);
    error.seq = connection_->tcb().snd.una + static_cast<std::uint32_t>(step.offset);
    error.mtu = step.window;
    if (!over()) {
        connection_->icmp_arrives(error, now_, out_);
    }
}

void Life::remember() {
    for (std::size_t i = 0; i < out_.emitted(); ++i) {
        if (auto const stamp = wire::decode(out_[i].segment.options).timestamps) {
            last_.echo = stamp->value;
        }
    }
}

wire::TcpSegment Life::segment_of(HostileStep const& s) const {
    tcp::Tcb const& tcb = connection_->tcb();
    auto const number = [](std::uint8_t from, std::int32_t offset, std::array<SeqNum, 3> const& interesting) {
        return interesting[from % interesting.size()] + static_cast<std::uint32_t>(offset);
    };
    wire::TcpSegment segment;
    segment.source_port = tuple.remote.port;
    segment.destination_port = tuple.local.port;
    segment.seq = number(s.from, s.offset, {tcb.rcv.nxt, tcb.rcv.wup + tcb.rcv.wnd, SeqNum{}});
    segment.ack = number(s.ack_from, s.ack_offset, {tcb.snd.nxt, tcb.snd.una, SeqNum{}});
    segment.flags = Flags{s.flags};
    segment.window = s.window;
    wire::Options options;
    for (std::size_t i = 0; i < std::min<std::size_t>(s.sack.size(), s.timestamps.empty() ? 4 : 3); ++i) {
        options.sack.push_back({tcb.snd.una + static_cast<std::uint32_t>(s.sack[i][0]),
                                tcb.snd.una + static_cast<std::uint32_t>(s.sack[i][1])});
    }
    if (!s.timestamps.empty()) {
        options.timestamps = wire::Timestamps{last_.value + static_cast<std::uint32_t>(s.timestamps[0][0]),
                                              last_.echo + static_cast<std::uint32_t>(s.timestamps[0][1])};
    }
    segment.options = wire::encode(options, wire::OptionLayout::linux_order);
    std::size_t const room = wire::OptionBytes::capacity - segment.options.size();
    std::vector<std::uint8_t> raw = s.options;
    raw.resize(std::min(raw.size(), room));
    check(segment.options.append(raw), "options fit");
    segment.payload = Payload::pattern(s.length, segment.seq.raw(), s.length);  // contradicts itself on purpose
    return segment;
}

void Life::wait_until(Instant at) {
    now_ = std::max(now_, at);
    connection_->timers_expire(now_, out_);
}

void Life::option(HostileStep const& step) {
    tcp::UserOptions options = connection_->options();
    switch (step.kind) {
        case Kind::no_delay:
            options.no_delay = !options.no_delay;
            break;
        case Kind::cork:
            options.cork = !options.cork;
            break;
        case Kind::keepalive:
            options.keepalive = !options.keepalive;
            options.keepalive_idle = tcp::Seconds{step.length % 0x8000};
            options.keepalive_interval = tcp::Seconds{step.window};
            break;
        default:
            options.user_timeout = tcp::Milliseconds{step.length};
            break;
    }
    connection_->set_options(options, now_, out_);
}

void Life::take(HostileStep const& step) {
    tcp::Cause const closed{tcp::Why::closed};
    Connection& c = *connection_;
    out_.clear();
    switch (step.kind) {
        case Kind::segment:
            return arrives(segment_of(step), static_cast<wire::Ecn>(step.from / 3 % 4));
        case Kind::icmp:
            return icmp(step);
        case Kind::write:
            return (void)c.send(Payload::pattern(1, 0, step.length), now_, out_).ok();
        case Kind::read:
            return (void)c.receive(step.length, now_, out_).ok();
        case Kind::until_deadline:
            return c.next_deadline() == never ? void() : wait_until(c.next_deadline());
        case Kind::time_passes:
            // A host asks for deadlines in their order.
            for (Instant const end = now_ + std::chrono::milliseconds{step.length}; c.next_deadline() <= end;) {
                wait_until(c.next_deadline());
            }
            return;
        case Kind::shutdown:
            return c.shutdown_send(closed, now_, out_);
        case Kind::close:
            return c.close(closed, now_, out_);
        case Kind::abort:
            return c.abort(closed, now_, out_);
        default:
            return option(step);
    }
}

}  // namespace

std::string violated(HostilePlan const& plan) {
    Life life{plan};
    std::string wrong = life.violation();
    for (HostileStep const& step : plan.steps) {
        if (!wrong.empty()) {
            break;
        }
        life.take(step);
        wrong = life.violation();
    }
    return wrong;
}

HostilePlan hostile_plan(std::span<std::uint8_t const> bytes) {
    ChoiceReader in{bytes};
    HostilePlan plan;
    plan.system = {in.u8(), in.u8()};
    plan.begin = static_cast<Begin>(in.u8() % HostilePlan::begins);
    plan.peer_options = in.flag();
    plan.iss = in.u8();
    plan.receive_buffer = in.u8();
    plan.send_buffer = in.u8();
    constexpr std::size_t enough = 300;
    while (!in.empty() && plan.steps.size() < enough) {
        HostileStep step;
        std::uint8_t const kind = in.u8();
        // Most of a fuzzer's steps are segments.
        step.kind = static_cast<Kind>(kind < HostileStep::kinds ? kind : 0);
        step.length = in.u16();
        step.window = in.u16();
        if (step.kind == Kind::icmp) {
            step.flags = in.u8();
            step.offset = in.i32();
        }
        if (step.kind == Kind::segment) {
            step.flags = in.u8();
            step.from = in.u8();
            step.offset = in.i32();
            step.ack_from = in.u8();
            step.ack_offset = in.i32();
            std::uint8_t const lists = in.u8();  // SACK blocks, timestamps, raw options
            for (unsigned i = 0; i < (lists & 7U) && i < 4; ++i) {
                std::int32_t const begin = in.i32();
                step.sack.push_back({begin, in.i32()});
            }
            if ((lists & 8U) != 0) {
                std::int32_t const value = in.i32();
                step.timestamps.push_back({value, in.i32()});
            }
            if ((lists & 16U) != 0) {
                for (std::size_t n = in.u8() % (wire::OptionBytes::capacity + 1); n > 0; --n) {
                    step.options.push_back(in.u8());
                }
            }
        }
        plan.steps.push_back(std::move(step));
    }
    return plan;
}

std::vector<std::uint8_t> bytes_of(HostilePlan const& plan) {
    ChoiceWriter out;
    out.u8(plan.system.system);
    out.u8(plan.system.setting);
    out.u8(static_cast<std::uint8_t>(plan.begin));
    out.flag(plan.peer_options);
    out.u8(plan.iss);
    out.u8(plan.receive_buffer);
    out.u8(plan.send_buffer);
    for (HostileStep const& step : plan.steps) {
        out.u8(static_cast<std::uint8_t>(step.kind));
        out.u16(step.length);
        out.u16(step.window);
        if (step.kind == Kind::icmp) {
            out.u8(step.flags);
            out.i32(step.offset);
        }
        if (step.kind != Kind::segment) {
            continue;
        }
        out.u8(step.flags);
        out.u8(step.from);
        out.i32(step.offset);
        out.u8(step.ack_from);
        out.i32(step.ack_offset);
        out.u8(static_cast<std::uint8_t>(step.sack.size() | (step.timestamps.empty() ? 0U : 8U) |
                                         (step.options.empty() ? 0U : 16U)));
        for (auto const& list : {step.sack, step.timestamps}) {
            for (auto const& [first, second] : list) {
                out.i32(first);
                out.i32(second);
            }
        }
        if (!step.options.empty()) {
            out.u8(static_cast<std::uint8_t>(step.options.size()));
            for (std::uint8_t const byte : step.options) {
                out.u8(byte);
            }
        }
    }
    return out.bytes();
}

void showValue(HostileStep const& s, std::ostream& out) {
    constexpr std::array<char const*, HostileStep::kinds> names{
        "segment", "write",   "read", "deadline",  "ms",           "shutdown", "close",
        "abort",   "nodelay", "cork", "keepalive", "user timeout", "icmp"};
    out << names[static_cast<std::size_t>(s.kind)] << " len " << s.length;
    if (s.kind == Kind::segment) {
        out << " flags " << int{s.flags} << " seq " << int{s.from} << '+' << s.offset << " ack " << int{s.ack_from}
            << '+' << s.ack_offset << " win " << s.window << " options " << s.options.size();
        for (auto const& [begin, end] : s.sack) {
            out << " sack una+" << begin << ":una+" << end;
        }
        for (auto const& [value, echo] : s.timestamps) {
            out << " ts +" << value << " ecr +" << echo;
        }
    }
}

void showValue(HostilePlan const& plan, std::ostream& out) {
    out << "system " << int{plan.system.system} << '/' << int{plan.system.setting} << " begin "
        << static_cast<int>(plan.begin) << " options " << plan.peer_options << " iss " << int{plan.iss} << " buffers "
        << int{plan.receive_buffer} << ' ' << int{plan.send_buffer};
    for (HostileStep const& step : plan.steps) {
        out << "\n  ";
        showValue(step, out);
    }
}

}  // namespace tcpsim::test

#include "sim/packet_script/player.hpp"

#include "sim/packet_script/inbound.hpp"
#include "sim/packet_script/outbound.hpp"
#include "sim/packet_script/settings.hpp"
#include "sim/packet_script/symbols.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::packet_script {

namespace {

constexpr std::uint16_t first_remote_port = 40000;
constexpr Duration longest_wait = std::chrono::hours{24};  // for an event at any time
constexpr int tolerance_divisor = 8;                       // the original's 12.5 %

std::string seconds(Duration time) {
    constexpr std::int64_t microsecond = 1000, million = 1'000'000;
    std::int64_t const micros = time.count() / microsecond;
    std::string fraction = std::to_string(micros % million);
    return std::to_string(micros / million) + "." + std::string(6 - fraction.size(), '0') + fraction + " s";
}

/// The line from its direction on.
std::string packet_text(Event const& event) {
    return event.line.substr(std::min(event.line.find('>'), event.line.size()));
}

std::string seconds(Instant at) { return seconds(at.time_since_epoch()); }

}  // namespace

Player::Player(Script const& script, Conditions const& conditions)
    : script_{script}, exact_{conditions.exact}, profile_{conditions.profile}, next_remote_port_{first_remote_port} {}

Outcome Player::play() {
    try {
        set_up();
        for (Event const& event : script_.events) {
            playing_ = &event;
            play_event(event);
        }
        await_blocked();
    } catch (Stop const& stop) {
        return stopped(playing_, stop);
    }
    return {};
}

void Player::set_up() {
    options_ = read_options(script_.options);
    if (script_.setup) {
        for (ShellAction const& action : read_shell(script_.setup->text)) {
            if (auto const* setting = std::get_if<SetSetting>(&action);
                setting != nullptr && setting->name != "tcp_fastopen_key") {
                apply(*setting, profile_);
            }
        }
    }
    stage_.emplace(options_.configuration(), profile_);
    program_.emplace(*stage_, options_.addresses(), exact_ ? Duration{0} : options_.tolerance);
    if (script_.setup) {
        for (ShellAction const& action : read_shell(script_.setup->text)) {
            carry_out(action);
        }
    }
}

// --- time

Duration Player::tolerance(Instant expected) const {
    return exact_ ? Duration{0} : std::max(options_.tolerance, (expected - last_event_) / tolerance_divisor);
}

void Player::check_time(std::string const& what, Instant at, Instant from, Instant until, Duration tolerance) const {
    if (at >= from - tolerance && at <= until + tolerance) {
        return;
    }
    std::string const range = from == until ? "at " + seconds(from) : "from " + seconds(from) + " to " + seconds(until);
    fail(what + (at < from ? " comes too early" : " comes too late"), range + ", give or take " + seconds(tolerance),
         "at " + seconds(at));
}

template <class Enough>
void Player::advance(Instant limit, Enough enough) {
    retry_blocked();
    while (!enough() && next_event() <= limit) {
        if (stage_->next_deadline() <= next_event()) {
            stage_->expire_next();
        } else {
            stage_->wait_until(next_event());
        }
        retry_blocked();
    }
    if (!enough()) {
        stage_->wait_until(limit);
    }
}

/// A deadline of the stack, or the end of a call that waits for so long only.
Instant Player::next_event() const {
    return std::min(stage_->next_deadline(), blocked_ ? program_->gives_up() : never);
}

void Player::advance_to_arrival(Instant at) {
    advance(at - Duration{1}, [] { return false; });
    stage_->wait_until(at);
}

void Player::advance_by(Duration time) {
    advance(stage_->now() + time, [] { return false; });
}

// --- events

void Player::play_event(Event const& event) {
    Instant const base = event.when.kind == When::Kind::relative ? stage_->now() : Instant{};
    Instant const from = base + event.when.from;
    Instant const until = event.when.until ? base + *event.when.until : from;
    if (auto const* packet = std::get_if<Packet>(&event.what)) {
        if (packet->direction == Direction::outbound) {
            play_outbound(event, *packet, from, until);
        } else {
            play_inbound(*packet, from);
        }
    } else if (std::holds_alternative<Call>(event.what)) {
        play_call(event, from, event.when.returns ? base + *event.when.returns : from);
    } else {
        advance(from, [] { return false; });
        if (auto const* command = std::get_if<Command>(&event.what)) {
            play_shell(command->text);
        } else {
            play_code(std::get<Code>(event.what));
        }
    }
    last_event_ = stage_->now();
}

void Player::begin_passive(Packet const& packet) {
    Flow flow;
    flow.tuple = {{options_.local, options_.bind_port}, {options_.remote, next_remote_port_++}};
    flow.remote_known = true;
    if (auto const* tcp = std::get_if<TcpPattern>(&packet.body)) {
        flow.remote_isn = tcp->range.first;
    }
    flow_ = flow;
}

void Player::play_inbound(Packet const& packet, Instant at) {
    advance_to_arrival(at);
    if (!flow_ || (flow_->stage == Flow::Stage::listening && std::holds_alternative<TcpPattern>(packet.body))) {
        begin_passive(packet);
    }
    auto const* tcp = std::get_if<TcpPattern>(&packet.body);
    if (tcp != nullptr && !flow_->remote_known && tcp->flags.has(wire::Flags::syn)) {
        flow_->remote_isn = tcp->range.first;
        flow_->remote_known = true;
    }
    stage_->packet_arrives(inbound_packet(packet, *flow_, options_.guess_echo));
    advance(at, [] { return false; });
}

// --- packets of the stack

Sent const* Player::next_sent() {
    auto& sent = stage_->sent();
    auto const is_of_flow = [&](Sent const& each) {
        auto const* segment = std::get_if<wire::TcpSegment>(&each.packet.body);
        auto const* datagram = std::get_if<wire::UdpDatagram>(&each.packet.body);
        if (!flow_ || (segment == nullptr && datagram == nullptr)) {
            return false;
        }
        std::uint16_t const source = segment != nullptr ? segment->source_port : datagram->source_port;
        std::uint16_t const destination = segment != nullptr ? segment->destination_port : datagram->destination_port;
        return wire::FourTuple{{each.packet.header.source, source}, {each.packet.header.destination, destination}} ==
               flow_->tuple;
    };
    while (!sent.empty() && !is_of_flow(sent.front())) {
        sent.pop_front();
    }
    return sent.empty() ? nullptr : &sent.front();
}

/// The offload of the original's device: segments that follow one another are one packet, as long as the script's.
wire::Ipv4Packet Player::take_joined(Packet const& packet, Instant limit, Instant& at) {
    auto const* pattern = std::get_if<TcpPattern>(&packet.body);
    wire::Ipv4Packet joined = next_sent()->packet;
    at = next_sent()->at;
    last_cause_ = next_sent()->cause;
    stage_->sent().pop_front();
    auto* whole = std::get_if<wire::TcpSegment>(&joined.body);
    bool const joins = offload_ && !options_.strict_segments && pattern != nullptr && whole != nullptr;
    while (joins && !whole->payload.empty() && whole->payload.size() < pattern->range.length) {
        advance(limit, [&] { return next_sent() != nullptr; });
        Sent const* next = next_sent();
        auto const* segment = next == nullptr ? nullptr : std::get_if<wire::TcpSegment>(&next->packet.body);
        auto const length = static_cast<std::uint32_t>(whole->payload.size());
        if (segment == nullptr || segment->seq != whole->seq + length || segment->payload.empty()) {
            break;
        }
        join(*whole, *segment);
        stage_->sent().pop_front();
    }
    return joined;
}

/// The stack's initial number, from its SYN.
void Player::learn(Packet const& packet, wire::Ipv4Packet const& sent) {
    auto const* pattern = std::get_if<TcpPattern>(&packet.body);
    auto const* segment = std::get_if<wire::TcpSegment>(&sent.body);
    if (pattern == nullptr || segment == nullptr || flow_->local_isn || !segment->flags.has(wire::Flags::syn)) {
        return;
    }
    flow_->local_isn = segment->seq.raw();
    flow_->script_local_isn = pattern->range.first;
    flow_->stage = Flow::Stage::open;
}

void Player::play_outbound(Event const& event, Packet const& packet, Instant from, Instant until) {
    bool const any_time = event.when.kind == When::Kind::any;
    Duration const tolerated = tolerance(from);
    Instant const limit = any_time ? stage_->now() + longest_wait : until + tolerated;
    advance(limit, [&] { return next_sent() != nullptr; });
    if (next_sent() == nullptr) {
        fail("the stack sends nothing", packet_text(event), "nothing until " + seconds(stage_->now()));
    }
    Instant at{};
    wire::Ipv4Packet const sent = take_joined(packet, limit, at);
    learn(packet, sent);
    TimestampCheck const check{
        .tick = options_.timestamp_tick == Duration{0} ? std::nullopt : std::optional{options_.timestamp_tick},
        .tolerance = std::max(options_.tolerance, stage_->now().time_since_epoch() / tolerance_divisor)};
    std::string const differs = difference(packet, sent, *flow_, check);
    if (!differs.empty()) {
        throw Stop{Outcome::Verdict::fail, "the stack sends another packet: " + differs, packet_text(event),
                   "> " + in_script_notation(sent, *flow_), last_cause_};
    }
    if (!any_time) {
        check_time("the packet", at, from, until, tolerated);
    }
}

// --- calls

void Player::play_call(Event const& event, Instant at, Instant returns) {
    await_blocked();
    advance(at, [] { return false; });
    Call const& call = std::get<Call>(event.what);
    auto const returned = program_->attempt(call, false);
    Program::Effect const effect = program_->take_effect();
    if (effect.connecting) {
        flow_ = Flow{.stage = Flow::Stage::connecting, .tuple = *effect.connecting};
    } else if (effect.listening) {
        flow_ = Flow{.stage = Flow::Stage::listening};
    }
    if (returned) {
        check_returned(event, *returned);
    } else if (!program_->may_block(call)) {
        check_returned(event, Returned{-1, Errno::eagain});
    } else {
        blocked_ = Blocked{&event, returns};
    }
}

void Player::retry_blocked() {
    if (!blocked_) {
        return;
    }
    Call const& call = std::get<Call>(blocked_->event->what);
    if (!program_->woken(call)) {
        return;
    }
    auto const returned = program_->attempt(call, true);
    if (returned) {
        Blocked const done = *std::exchange(blocked_, std::nullopt);
        playing_ = done.event;
        check_time("the call's return", stage_->now(), done.returns, done.returns, tolerance(done.returns));
        check_returned(*done.event, *returned);
    }
}

void Player::await_blocked() {
    if (!blocked_) {
        return;
    }
    Event const* const interrupted = playing_;
    advance(blocked_->returns + tolerance(blocked_->returns), [&] { return !blocked_; });
    if (blocked_) {
        playing_ = blocked_->event;
        fail("the call still blocks", "it returns at " + seconds(blocked_->returns),
             "nothing until " + seconds(stage_->now()));
    }
    playing_ = interrupted;
}

void Player::check_returned(Event const& event, Returned const& returned) {
    Call const& call = std::get<Call>(event.what);
    auto const words = [](std::int64_t value, std::string_view error) {
        return std::to_string(value) + (error.empty() ? "" : " ") + std::string{error};
    };
    bool const any = call.result.kind == Expression::Kind::ellipsis;
    std::int64_t const expected = any ? returned.value : number_of(call.result);
    std::string const error{returned.error == Errno::none ? "" : name(returned.error)};
    std::string const wanted = call.error == "EWOULDBLOCK" ? "EAGAIN" : call.error;
    if (returned.value != expected || (!wanted.empty() && wanted != error)) {
        fail(call.name + "() gives something else", words(expected, call.error), words(returned.value, error));
    }
}

}  // namespace tcpsim::packet_script

#include "tests/support/pair.hpp"

#include <algorithm>

namespace tcpsim::test {
namespace {

constexpr wire::Endpoint client_address{{0x0a010002}, 40000};
constexpr wire::Endpoint server_address{{0x0a020002}, 9998};
constexpr SeqNum client_iss{0xffff'f000};  // so that every pair wraps
constexpr SeqNum server_iss{0x7fff'f000};

/// RFC 9293 §3.10.7.1: what a host says for a connection that is gone.
std::optional<wire::TcpSegment> answer_for_nobody(wire::TcpSegment const& segment) {
    using wire::Flags;
    if (segment.flags.has(Flags::rst)) {
        return std::nullopt;
    }
    wire::TcpSegment reset;
    reset.source_port = segment.destination_port;
    reset.destination_port = segment.source_port;
    bool const has_ack = segment.flags.has(Flags::ack);
    reset.seq = has_ack ? segment.ack : SeqNum{};
    reset.ack = has_ack ? SeqNum{} : segment.seq + segment.length();
    reset.flags = Flags{static_cast<std::uint8_t>(has_ack ? Flags::rst : Flags::rst | Flags::ack)};
    return reset;
}

}  // namespace

End::End(Pair& pair, profile::Profile profile, std::uint64_t stream, std::uint64_t peers_stream)
    : pair_{&pair},
      profile_{std::make_unique<profile::Profile>(std::move(profile))},
      stream_{stream},
      peers_stream_{peers_stream} {}

std::uint64_t End::write(std::uint64_t bytes) {
    Result<std::uint64_t> const taken =
        connection_->send(Payload::pattern(stream_, written_, bytes), pair_->now_, actions_);
    written_ += taken.ok() ? taken.value() : 0;
    after_call();
    return taken.ok() ? taken.value() : 0;
}

std::uint64_t End::read(std::uint64_t at_most) {
    Result<Payload> const got = connection_->receive(at_most, pair_->now_, actions_);
    std::uint64_t const length = got.ok() ? got.value().size() : 0;
    if (length > 0 && got.value() != Payload::pattern(peers_stream_, read_, length)) {
        pair_->violation_ = "bytes were read that the other end did not write";
    }
    saw_end_ = saw_end_ || (got.ok() && length == 0 && at_most > 0);
    read_ += length;
    after_call();
    return length;
}

void End::shutdown() {
    connection_->shutdown_send(tcp::Cause{tcp::Why::closed}, pair_->now_, actions_);
    after_call();
}

void End::close() {
    connection_->close(tcp::Cause{tcp::Why::closed}, pair_->now_, actions_);
    after_call();
}

void End::abort() {
    connection_->abort(tcp::Cause{tcp::Why::aborted}, pair_->now_, actions_);
    after_call();
}

void End::set_options(tcp::UserOptions const& options) {
    connection_->set_options(options, pair_->now_, actions_);
    after_call();
}

void End::crash() {
    power_ = Power::off;
    connection_.reset();
}

void End::boot() { power_ = power_ == Power::off ? Power::on_again : power_; }

void End::after_call() { pair_->walk(*this); }

std::size_t End::sent(tcp::Why why) const {
    auto const found = causes_.find(why);
    return found == causes_.end() ? 0 : found->second;
}

Pair::Pair(profile::Profile client, profile::Profile server, Settings settings)
    : settings_{settings},
      to_server_{settings.one_way},
      to_client_{settings.one_way},
      client_{*this, std::move(client), 1, 2},
      server_{*this, std::move(server), 2, 1} {}

tcp::OpenWith Pair::opening(End const& end) const {
    bool const is_client = &end == &client_;
    tcp::OpenWith with;
    with.tuple =
        is_client ? wire::FourTuple{client_address, server_address} : wire::FourTuple{server_address, client_address};
    with.iss = is_client ? client_iss : server_iss;
    with.link_mss = static_cast<std::uint16_t>(settings_.link_mss);
    with.receive_buffer = is_client ? settings_.client_receive_buffer : settings_.server_receive_buffer;
    return with;
}

void Pair::open() {
    client_.connection_ = tcp::Connection::active_open(opening(client_), *client_.profile_, now_, client_.actions_);
    walk(client_);
}

void Pair::open_from_server() {
    server_.connection_ = tcp::Connection::active_open(opening(server_), *server_.profile_, now_, server_.actions_);
    walk(server_);
}

void Pair::connect() {
    open();
    run(4 * settings_.one_way);
}

void Pair::heal() {
    to_server_.heal(now_);
    to_client_.heal(now_);
}

Instant Pair::next_event() const {
    Instant next = std::min(to_server_.next(), to_client_.next());
    for (End const* end : {&client_, &server_}) {
        next = end->exists() ? std::min(next, end->connection().next_deadline()) : next;
    }
    return next;
}

bool Pair::advance(Instant limit) {
    Instant const next = next_event();
    if (next == never || next > limit || !violation_.empty()) {
        return false;
    }
    // Two ends that answer each other for ever must not go unnoticed, nor hang a test.
    constexpr std::uint32_t flood = 100'000;
    events_at_once_ = next > now_ ? 0 : events_at_once_ + 1;
    if (events_at_once_ > flood) {
        violation_ = "time stands still: an endless exchange";
        return false;
    }
    step(next);
    return true;
}

void Pair::run(Duration duration) {
    Instant const end = now_ + duration;
    while (advance(end)) {
    }
    now_ = end;
}

void Pair::run_until_quiet(Duration at_most) {
    Instant const end = now_ + at_most;
    while (advance(end)) {
    }
}

/// At one instant: frames before deadlines, the client before the server.
void Pair::step(Instant at) {
    now_ = std::max(now_, at);
    if (to_client_.next() <= now_) {
        deliver(client_, to_client_.take());
    } else if (to_server_.next() <= now_) {
        deliver(server_, to_server_.take());
    } else if (client_.exists() && client_.connection().next_deadline() <= now_) {
        expire(client_);
    } else {
        expire(server_);
    }
}

void Pair::deliver(End& end, wire::TcpSegment const& segment) {
    using wire::Flags;
    if (end.power_ == End::Power::off) {
        return;
    }
    if (end.state() != tcp::State::closed) {
        end.connection_->segment_arrives(segment, now_, end.actions_);
    } else if (!end.exists() && !end.crashed() && segment.flags.has(Flags::syn) && !segment.flags.has(Flags::ack)) {
        end.connection_ = tcp::Connection::passive_open(opening(end), segment, *end.profile_, now_, end.actions_);
    } else if (auto const reset = answer_for_nobody(segment)) {
        wire_from(end).put(*reset, now_);
    }
    walk(end);
}

void Pair::expire(End& end) {
    end.connection_->timers_expire(now_, end.actions_);
    walk(end);
}

void Pair::walk(End& end) {
    for (std::size_t i = 0; i < end.actions_.emitted(); ++i) {
        ++end.causes_[end.actions_[i].cause.why];
        wire_from(end).put(end.actions_[i].segment, now_);
    }
    for (tcp::Note const& note : end.actions_.notes()) {
        auto const* changed = std::get_if<tcp::StateChanged>(&note);
        end.left_ = changed != nullptr ? changed->from : end.left_;
    }
    if (end.actions_.ended()) {
        end.ended_ = end.actions_.ended();
    }
    end.actions_.clear();
    if (violation_.empty() && end.exists()) {
        violation_ = end.invariants_.violated(end.connection());
    }
}

}  // namespace tcpsim::test

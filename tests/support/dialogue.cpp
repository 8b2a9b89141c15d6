#include "tests/support/dialogue.hpp"

#include "stack/base/check.hpp"
#include "stack/wire/notation.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace tcpsim::test {
namespace {

using wire::Flags;

constexpr wire::FourTuple tuple{{{0x0a010002}, 50000}, {{0x0a020002}, 9998}};
constexpr SeqNum our_iss{0xffff'fff0};  // so that every dialogue wraps
constexpr SeqNum peer_iss{0x7fff'fff0};
constexpr std::uint32_t peer_ts_zero = 7'000'000;

}  // namespace

profile::Profile profile_of(std::string_view name) {
    profile::Profile const* found = profile::find(name);
    check(found != nullptr, "the profile exists");
    return *found;
}

wire::Options Dialogue::usual_options() {
    wire::Options options;
    options.mss = 1460;
    options.window_scale = 7;
    options.sack_permitted = true;
    return options;
}

wire::Options Dialogue::with_timestamps() {
    wire::Options options = usual_options();
    options.timestamps = wire::Timestamps{peer_ts_zero, 0};
    return options;
}

Dialogue::Dialogue(profile::Profile profile) : profile_{std::make_unique<profile::Profile>(std::move(profile))} {}

Dialogue Dialogue::syn_sent(profile::Profile profile, tcp::UserOptions const& options) {
    Dialogue d{std::move(profile)};
    tcp::OpenWith with;
    with.options = options;
    with.tuple = tuple;
    with.iss = our_iss;
    d.connection_ = tcp::Connection::active_open(with, *d.profile_, d.now_, d.actions_);
    d.our_zero_ = our_iss;
    d.peer_zero_ = d.peer_next_ = peer_iss;
    d.collect();
    return d;
}

Dialogue Dialogue::syn_received(profile::Profile profile, wire::Options peer_options, std::uint8_t more_flags,
                                tcp::UserOptions const& options) {
    Dialogue d{std::move(profile)};
    tcp::OpenWith with;
    with.options = options;
    with.tuple = tuple;
    with.iss = our_iss;
    wire::TcpSegment syn;
    syn.source_port = tuple.remote.port;
    syn.destination_port = tuple.local.port;
    syn.seq = peer_iss;
    syn.flags = Flags{static_cast<std::uint8_t>(Flags::syn | more_flags)};
    syn.window = 65535;
    syn.options = wire::encode(peer_options, wire::OptionLayout::linux_order);
    d.timestamps_ = peer_options.timestamps.has_value();
    d.connection_ = tcp::Connection::passive_open(with, syn, *d.profile_, d.now_, d.actions_);
    d.our_zero_ = our_iss;
    d.peer_zero_ = peer_iss;
    d.peer_next_ = peer_iss + 1;
    d.collect();
    return d;
}

Dialogue Dialogue::established(profile::Profile profile, Duration rtt, wire::Options peer_options) {
    Dialogue d = syn_sent(std::move(profile));
    // Whether it asks for ECN is another dialogue's question.
    std::uint8_t const ecn_bits = d.front().segment.flags.bits & (Flags::ece | Flags::cwr);
    d.expect(words::SYN.also(ecn_bits).seq(0));
    d.after(rtt);
    d.timestamps_ = peer_options.timestamps.has_value();
    wire::TcpSegment answer;
    answer.source_port = tuple.remote.port;
    answer.destination_port = tuple.local.port;
    answer.seq = peer_iss;
    answer.ack = our_iss + 1;
    answer.flags = Flags{Flags::syn | Flags::ack};
    answer.window = 65535;
    if (peer_options.timestamps) {
        peer_options.timestamps->echo = d.our_last_ts_;
    }
    answer.options = wire::encode(peer_options, wire::OptionLayout::linux_order);
    d.peer_next_ = peer_iss + 1;
    d.connection_->segment_arrives(answer, d.now_, d.actions_);
    d.collect();
    d.expect(words::ACK.seq(1).ack(1).len(0));
    d.begin_here();
    d.expect_silence();
    return d;
}

void Dialogue::begin_here() {
    our_zero_ = connection_->tcb().snd.nxt;
    peer_zero_ = peer_next_;
}

void Dialogue::collect() {
    for (std::size_t i = 0; i < actions_.emitted(); ++i) {
        wire::TcpSegment const& segment = actions_[i].segment;
        our_end_ = later_of(our_end_ == SeqNum{} ? segment.seq : our_end_, segment.seq + segment.length());
        wire::Options const options = wire::decode(segment.options);
        if (!segment.flags.has(Flags::syn)) {  // RFC 9293 §3.7.1, MUST-16: whatever it is, with its options
            int const least = profile_->mtu.min_mss.value;
            int const most = std::max<int>(connection_->tcb().path.peer_mss, least);
            CHECK(segment.payload.size() + segment.options.size() <= static_cast<std::size_t>(most));
        }
        if (options.timestamps) {
            our_last_ts_ = options.timestamps->value;
        }
        emitted_.push_back(actions_[i]);
    }
    for (auto const& note : actions_.notes()) {
        notes_.push_back(note);
    }
    writable_ = writable_ || actions_.is_writable();
    signalled_ += actions_.is_urgent() ? 1U : 0U;
    if (actions_.ended()) {
        ended_ = actions_.ended();
    }
    actions_.clear();
}

void Dialogue::peer(SegmentPattern const& pattern) {
    wire::TcpSegment segment;
    segment.source_port = tuple.remote.port;
    segment.destination_port = tuple.local.port;
    segment.flags = Flags{pattern.flags};
    segment.seq = pattern.seq_ ? peer_zero_ + static_cast<std::uint32_t>(*pattern.seq_) : peer_next_;
    if (segment.flags.has(Flags::ack)) {
        segment.ack = pattern.ack_ ? our_zero_ + static_cast<std::uint32_t>(*pattern.ack_) : our_end_;
    }
    segment.urgent = pattern.urgent_.value_or(0);
    segment.window = pattern.win_.value_or(512);  // 64 KiB at the usual scale of 7
    std::uint32_t const length = pattern.len_.value_or(0);
    segment.payload = Payload::pattern(1, static_cast<std::uint32_t>(segment.seq - peer_iss), length);
    wire::Options options;
    options.mss = pattern.mss_;
    for (auto const& [left, right] : pattern.sack_.value_or(SackBlocks{})) {
        options.sack.push_back(
            {our_zero_ + static_cast<std::uint32_t>(left), our_zero_ + static_cast<std::uint32_t>(right)});
    }
    if (pattern.ts_) {
        options.timestamps = pattern.ts_;
    } else if (timestamps_ && !pattern.without_ts_ && !segment.flags.has(Flags::rst)) {
        auto const elapsed =
            std::chrono::duration_cast<std::chrono::milliseconds>(now_ - Instant{std::chrono::seconds{1000}});
        options.timestamps = wire::Timestamps{peer_ts_zero + static_cast<std::uint32_t>(elapsed.count()), our_last_ts_};
    }
    segment.options = wire::encode(options, wire::OptionLayout::linux_order);
    if (!segment.flags.has(Flags::rst)) {
        peer_next_ = later_of(peer_next_, segment.seq + segment.length());
    }
    connection_->segment_arrives(segment, now_, actions_, pattern.ecn_.value_or(wire::Ecn::not_ect));
    collect();
}

void Dialogue::icmp(std::uint8_t type, std::uint8_t code, std::int64_t seq, std::uint16_t mtu) {
    SeqNum const number = our_zero_ + static_cast<std::uint32_t>(seq);
    connection_->icmp_arrives(tcp::IcmpError{type, code, number, mtu}, now_, actions_);
    collect();
}

Result<std::uint64_t> Dialogue::try_write(std::uint64_t bytes) {
    auto const offset = static_cast<std::uint32_t>(connection_->tcb().send_queue.end() - our_iss);
    Result<std::uint64_t> result = connection_->send(Payload::pattern(2, offset, bytes), now_, actions_);
    collect();
    return result;
}

std::uint64_t Dialogue::write(std::uint64_t bytes) { return try_write(bytes).value(); }

Result<Payload> Dialogue::read(std::uint64_t at_most) {
    Result<Payload> result = connection_->receive(at_most, now_, actions_);
    collect();
    return result;
}

std::uint64_t Dialogue::write_urgent(std::uint64_t bytes) {
    auto const offset = static_cast<std::uint32_t>(connection_->tcb().send_queue.end() - our_iss);
    Result<std::uint64_t> result =
        connection_->send(Payload::pattern(2, offset, bytes), now_, actions_, tcp::WriteEnd::urgent);
    collect();
    return result.value();
}

Result<Payload> Dialogue::read_urgent(bool peek) { return connection_->receive_urgent(peek); }

std::uint64_t Dialogue::drain() { return connection_->unread() == 0 ? 0 : read(connection_->unread()).value().size(); }

void Dialogue::close() {
    connection_->close(tcp::Cause{tcp::Why::closed}, now_, actions_);
    collect();
}

void Dialogue::shutdown() {
    connection_->shutdown_send(tcp::Cause{tcp::Why::closed}, now_, actions_);
    collect();
}

void Dialogue::abort() {
    connection_->abort(tcp::Cause{tcp::Why::aborted}, now_, actions_);
    collect();
}

void Dialogue::set_quick_ack(std::int64_t value) {
    connection_->set_quick_ack(value, now_, actions_);
    collect();
}

void Dialogue::set_no_delay() {
    tcp::UserOptions options = connection_->options();
    options.no_delay = true;
    connection_->set_options(options, now_, actions_);
    collect();
}

Dialogue& Dialogue::after(Duration duration) {
    Instant const end = now_ + duration;
    while (connection_->next_deadline() <= end) {
        now_ = std::max(now_, connection_->next_deadline());
        connection_->timers_expire(now_, actions_);
        collect();
    }
    now_ = end;
    return *this;
}

std::string Dialogue::describe(wire::TcpSegment const& segment) const {
    return wire::notation(segment, {our_zero_, peer_zero_, 0, 0});
}

std::string Dialogue::mismatch(SegmentPattern const& wanted, tcp::Emit const& emit) const {
    wire::TcpSegment const& got = emit.segment;
    std::string wrong;
    auto const differs = [&](char const* what, std::int64_t want, std::int64_t is) {
        wrong += std::string{what} + " is " + std::to_string(is) + ", wanted " + std::to_string(want) + "; ";
    };
    auto const flags = static_cast<std::uint8_t>(got.flags.bits & ~(wanted.any_psh ? Flags::psh : 0));
    if (flags != wanted.flags) {
        differs("flags", wanted.flags, flags);
    }
    if (wanted.seq_ && got.seq - our_zero_ != *wanted.seq_) {
        differs("seq", *wanted.seq_, got.seq - our_zero_);
    }
    if (wanted.ack_ && got.ack - peer_zero_ != *wanted.ack_) {
        differs("ack", *wanted.ack_, got.ack - peer_zero_);
    }
    if (wanted.len_ && got.payload.size() != *wanted.len_) {
        differs("len", *wanted.len_, static_cast<std::int64_t>(got.payload.size()));
    }
    if (wanted.urgent_ && got.urgent != *wanted.urgent_) {
        differs("urgent pointer", *wanted.urgent_, got.urgent);
    }
    if (wanted.win_ && got.window != *wanted.win_) {
        differs("win", *wanted.win_, got.window);
    }
    if (wanted.mss_ && wire::decode(got.options).mss != wanted.mss_) {
        differs("mss", *wanted.mss_, wire::decode(got.options).mss.value_or(0));
    }
    if (wanted.sack_) {
        std::vector<std::pair<std::int64_t, std::int64_t>> blocks;
        for (wire::SackBlock const& block : wire::decode(got.options).sack) {
            blocks.emplace_back(block.left - peer_zero_, block.right - peer_zero_);
        }
        wrong += blocks == *wanted.sack_ ? "" : "SACK blocks differ; ";
    }
    if (wanted.ts_ && wire::decode(got.options).timestamps != wanted.ts_) {
        wrong += "timestamps differ; ";
    }
    if (wanted.ecn_ && emit.ecn != *wanted.ecn_) {
        differs("ECN", static_cast<int>(*wanted.ecn_), static_cast<int>(emit.ecn));
    }
    return wrong;
}

std::optional<tcp::Emit> Dialogue::take() {
    if (emitted_.empty()) {
        return std::nullopt;
    }
    std::optional<tcp::Emit> first = std::move(emitted_.front());
    emitted_.pop_front();
    return first;
}

void Dialogue::expect(SegmentPattern const& pattern) {
    REQUIRE_MESSAGE(!emitted_.empty(), "a segment was expected, but nothing was sent");
    tcp::Emit const emit = emitted_.front();
    emitted_.pop_front();
    std::string const wrong = mismatch(pattern, emit);
    CHECK_MESSAGE(wrong.empty(), "sent: ", describe(emit.segment), " – ", wrong);
}

void Dialogue::expect(SegmentPattern const& pattern, tcp::Why why) {
    REQUIRE_MESSAGE(!emitted_.empty(), "a segment was expected, but nothing was sent");
    CHECK(static_cast<int>(emitted_.front().cause.why) == static_cast<int>(why));
    expect(pattern);
}

void Dialogue::expect_silence() {
    for (tcp::Emit const& emit : emitted_) {
        FAIL_CHECK("silence was expected, but this was sent: ", describe(emit.segment));
    }
    emitted_.clear();
}

void Dialogue::expect_silence_for(Duration duration) {
    after(duration);
    expect_silence();
}

}  // namespace tcpsim::test

#include "stack/tcp/connection.hpp"

#include "stack/base/check.hpp"
#include "stack/tcp/acknowledge.hpp"
#include "stack/tcp/compressed_ack.hpp"
#include "stack/tcp/ecn.hpp"
#include "stack/tcp/fin_wait_2.hpp"
#include "stack/tcp/give_up.hpp"
#include "stack/tcp/keepalive.hpp"
#include "stack/tcp/mtu.hpp"
#include "stack/tcp/output.hpp"
#include "stack/tcp/persist.hpp"
#include "stack/tcp/recovery.hpp"
#include "stack/tcp/retransmit.hpp"
#include "stack/tcp/segment_arrives.hpp"
#include "stack/tcp/send_memory.hpp"
#include "stack/tcp/sendable.hpp"
#include "stack/tcp/timer_wheel.hpp"
#include "stack/tcp/turn.hpp"
#include "stack/tcp/urgent.hpp"
#include "stack/tcp/window.hpp"
#include "stack/tcp/window_space.hpp"
#include "stack/tcp/window_use.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::tcp {

void enter(Turn& turn, State next) {
    turn.out.note(StateChanged{turn.tcb.state, next});
    turn.out.state_changed();
    turn.tcb.state = next;
}

void end_connection(Turn& turn, Ended ended) {
    Tcb& tcb = turn.tcb;
    tcb.error = ended.error;
    tcb.ended = true;
    tcb.timers.stop_all();
    tcb.send_queue.clear();
    tcb.packets.reset();
    enter(turn, State::closed);
    turn.out.end(ended);
    turn.out.readable();
    turn.out.writable();
}

namespace {

/// 4.4BSD tcp_usr_connect, tcp_input: TCPTV_KEEP_INIT.
void limit_opening(Turn& turn) {
    Duration const limit = turn.profile.rto.connect_limit.value;
    if (limit > Duration{0}) {
        turn.tcb.timers.start(Timer::connect_limit, turn.now, limit);
    }
}

void connect_limit_reached(Turn& turn) {
    Retransmission const& r = turn.tcb.retransmission;
    turn.out.note(TimerExpired{Timer::connect_limit, 0, turn.profile.rto.connect_limit.value});
    give_up(turn, Ended{EndReason::gave_up, error_of_silence(turn.tcb), r.retransmits,
                        r.first != never ? turn.now - r.first : Duration{0}, turn.profile.rto.connect_limit.value});
}

void linger_over(Turn& turn, Timer timer) {
    turn.out.note(TimerExpired{timer, 0, turn.tcb.timers.waited(timer)});
    end_connection(turn, Ended{});
}

void expire(Turn& turn, Timer timer) {
    switch (timer) {
        case Timer::retransmit:
            return retransmission_timeout(turn);
        case Timer::tail_loss_probe:
            return tail_loss_probe_timeout(turn);
        case Timer::reordering:
            return reordering_timeout(turn);
        case Timer::delayed_ack:
            return delayed_ack_expired(turn);
        case Timer::persist:
            return persist_timeout(turn);
        case Timer::connect_limit:
            return connect_limit_reached(turn);
        case Timer::fin_wait_2:
        case Timer::time_wait:
            return linger_over(turn, timer);
        case Timer::compressed_ack:
            return compressed_ack_expired(turn);
        case Timer::keepalive:
            return keepalive_timeout(turn);
    }
}

}  // namespace

Connection::Connection(OpenWith const& with, profile::Profile const& profile) : profile_{&profile} {
    tcb_.tuple = with.tuple;
    tcb_.snd.iss = tcb_.snd.una = with.iss;
    tcb_.snd.nxt = tcb_.snd.sml = tcb_.snd.probed = with.iss + 1;
    tcb_.send_queue.start(with.iss + 1);
    tcb_.timestamps.offset = with.timestamp_offset;
    tcb_.options = with.options;
    tcb_.device_holds = with.device_holds;
    if (with.options.quick_ack_off) {
        tcb_.delayed_ack.pingpong = static_cast<std::uint8_t>(profile.delayed_ack.pingpong_threshold.value);
    }
    start_path_mtu(tcb_, with.link_mss);
    tcb_.receive_buffer = with.receive_buffer != 0 ? with.receive_buffer
                                                   : static_cast<std::uint32_t>(profile.buffers.receive_default.value);
    tcb_.receive_buffer_fixed = with.receive_buffer != 0;
    if (!tcb_.receive_buffer_fixed) {
        tcb_.receive_buffer = std::max(tcb_.receive_buffer, fresh_memory_for_window(profile, with.receive_room));
    }
    tcb_.send_buffer_fixed = with.send_buffer != 0;
    tcb_.send_buffer =
        with.send_buffer != 0 ? with.send_buffer : static_cast<std::uint32_t>(profile.buffers.send_default.value);
    tcb_.congestion = Congestion{profile, with.options.congestion};
    tcb_.recovery.reordering = static_cast<std::uint16_t>(profile.recovery.reordering.value);
    tcb_.window_use.measured_until = with.iss;
    set_md5_key(with.md5_key);
}

Connection Connection::active_open(OpenWith const& with, profile::Profile const& profile, Instant now, Actions& out) {
    Connection connection{with, profile};
    Turn turn{connection.tcb_, profile, now, out};
    // Linux tcp_connect_init: a known TS.Recent tells that segments will carry timestamps.
    std::uint32_t const mss = connection.tcb_.advertised_mss;
    choose_initial_window(turn, with.recent_timestamp ? mss - timestamps_length : mss);
    connection.tcb_.timestamps.recent = with.recent_timestamp.value_or(0);
    enter(turn, State::syn_sent);
    send_syn(turn, Cause{Why::connect});
    add_to_syn(turn, with.fast_open);
    new_segments_sent(turn, true);
    connection.tcb_.retransmission.first = now;  // Linux tcp_connect: retrans_stamp
    limit_opening(turn);
    return connection;
}

namespace {

/// RFC 9293 §3.10.7.2, third, as far as it concerns the new connection.
void take_request(Turn& turn, wire::TcpSegment const& syn) {
    turn.tcb.passive = true;
    take_syn(turn, syn, wire::decode(syn.options));
    choose_initial_window(turn, largest_arrival(turn.tcb));
    if (!turn.tcb.window_scaling) {
        turn.tcb.rcv.wscale = 0;
    }
    enter(turn, State::syn_received);
}

}  // namespace

Connection Connection::from_cookie(OpenWith const& with, wire::TcpSegment const& syn, profile::Profile const& profile,
                                   Instant now, Actions& out) {
    Connection connection{with, profile};
    Turn turn{connection.tcb_, profile, now, out};
    take_request(turn, syn);
    Actions unsent;
    Turn before{connection.tcb_, profile, now, unsent};
    send_syn(before, Cause{Why::syn_received});
    connection.tcb_.send_queue.sent().mark_repeated(0, now, false);  // Karn: nobody knows when it was sent
    connection.tcb_.liveness.heard = never;
    new_segments_sent(turn, true);
    return connection;
}

Connection Connection::passive_open(OpenWith const& with, wire::TcpSegment const& syn, profile::Profile const& profile,
                                    Instant now, Actions& out) {
    Connection connection{with, profile};
    Turn turn{connection.tcb_, profile, now, out};
    take_request(turn, syn);
    take_ecn_of_request(turn, with.ecn);
    connection.tcb_.liveness.heard = now;
    if (with.fast_open.accept) {
        accept_before_handshake(turn, syn);
    }
    send_syn(turn, Cause{Why::syn_received});
    add_to_syn_ack(turn, with.fast_open);
    new_segments_sent(turn, true);
    limit_opening(turn);
    return connection;
}

namespace {

/// Marks whether new text leaves without a program's call: then the device is still busy when a woken program writes.
class KernelSends {
  public:
    explicit KernelSends(Tcb& tcb) : tcb_{&tcb}, nxt_{tcb.snd.nxt} {}
    KernelSends(KernelSends const&) = delete;
    KernelSends& operator=(KernelSends const&) = delete;
    ~KernelSends() { tcb_->window_use.by_kernel = tcb_->window_use.by_kernel || tcb_->snd.nxt != nxt_; }

  private:
    Tcb* tcb_;
    SeqNum nxt_;
};

}  // namespace

void Connection::segment_arrives(wire::TcpSegment const& segment, Instant now, Actions& out, wire::Ecn ecn) {
    check(tcb_.state != State::closed && tcb_.state != State::listen, "a segment reaches a live connection");
    KernelSends const kernel{tcb_};
    Turn turn{tcb_, *profile_, now, out};
    if (tcb_.state == State::syn_sent) {
        segment_arrives_in_syn_sent(turn, segment);
    } else {
        segment_arrives_otherwise(turn, segment, ecn);
    }
}

void Connection::icmp_arrives(IcmpError const& icmp, Instant now, Actions& out) {
    check(tcb_.state != State::closed && tcb_.state != State::listen, "an error reaches a live connection");
    Turn turn{tcb_, *profile_, now, out};
    icmp_error_arrives(turn, icmp);
}

void Connection::path_mtu_learnt(std::uint16_t mtu, Instant now, Actions& out) {
    Turn turn{tcb_, *profile_, now, out};
    take_path_mtu(turn, mtu);
}

void Connection::timers_expire(Instant now, Actions& out) {
    KernelSends const kernel{tcb_};
    Turn turn{tcb_, *profile_, now, out};
    if (tcb_.packets && tcb_.packets->held_until <= now) {
        tcb_.packets->held_until = never;
        send_pending(turn, Why::data_written);  // Linux tcp_tsq_write
    }
    for (std::size_t i = 0; i < timer_count; ++i) {
        auto const timer = static_cast<Timer>(i);
        if (goes_off(tcb_.timers, timer, *profile_) <= now) {
            tcb_.timers.stop(timer);
            expire(turn, timer);
        }
    }
}

Result<std::uint64_t> Connection::send(Payload const& data, Instant now, Actions& out, WriteEnd end) {
    if (tcb_.error != Errno::none) {
        return take_error();
    }
    if (tcb_.ended || tcb_.fin_queued) {
        return Errno::epipe;
    }
    tcb_.window_use.by_kernel = tcb_.window_use.by_kernel && tcb_.window_use.last_sent == now;
    Turn turn{tcb_, *profile_, now, out};
    std::uint64_t const taken = write_text(turn, data, end);
    tcb_.writer_waits = tcb_.writer_waits || taken < data.size();
    return taken;
}

Result<Payload> Connection::receive(std::uint64_t at_most, Instant now, Actions& out) {
    if (tcb_.receive_queue.unread() > 0) {
        Turn turn{tcb_, *profile_, now, out};
        Payload data = read_and_acknowledge(turn, at_most);
        tcb_.end_read = peer_finished() && tcb_.receive_queue.unread() == 0;
        if (!data.empty() || at_most == 0) {
            return data;
        }
    }
    // Linux SOCK_DONE: after a FIN every read is the end of the stream; an error is left for send() and SO_ERROR.
    if (peer_finished()) {
        tcb_.end_read = true;
        return Payload{};
    }
    if (tcb_.error != Errno::none) {
        return take_error();
    }
    if (tcb_.disconnected) {
        return Errno::enotconn;
    }
    return tcb_.ended ? Result<Payload>{Payload{}} : Result<Payload>{Errno::eagain};
}

Payload Connection::peek(std::uint64_t at_most) const {
    return tcb_.rare ? peek_text(tcb_, at_most) : tcb_.receive_queue.peek(at_most);
}

Result<Payload> Connection::receive_urgent(bool peek) { return take_urgent_octet(tcb_, peek); }

void Connection::shutdown_receive() { tcb_.read_shut = true; }

void Connection::shutdown_send(Cause cause, Instant now, Actions& out) {
    bool const waits = tcb_.state == State::syn_received && tcb_.detached;  // for no more, now that nobody is left
    if ((tcb_.fin_queued && !waits) || tcb_.ended) {
        return;
    }
    Turn turn{tcb_, *profile_, now, out};
    // RFC 9293 §3.10.4.
    switch (tcb_.state) {
        case State::syn_sent:  // Linux tcp_disconnect: whoever waits for connect() is told so
            end_connection(turn, Ended{EndReason::aborted, Errno::econnreset, 0, {}, {}});
            tcb_.disconnected = true;
            return;
        case State::syn_received:
            if (profile_->listening.fin_waits_for_ack.value && !tcb_.detached) {  // Linux tcp_shutdown
                tcb_.fin_queued = true;
                tcb_.fin_why = cause.why;
                return;
            }
            tcb_.timers.stop(Timer::connect_limit);  // 4.4BSD tcp_timers: it ends nothing beyond SYN-RECEIVED
            [[fallthrough]];
        case State::established:
            enter(turn, State::fin_wait_1);
            break;
        case State::close_wait:
            enter(turn, State::last_ack);
            break;
        default:
            return;
    }
    tcb_.fin_queued = true;
    tcb_.fin_why = cause.why;
    send_pending(turn, Why::data_written);
}

namespace {

/// RFC 9293 §3.6.1: text that nobody will read means that something was lost: RST, not FIN. Linux __tcp_close: what waits
/// beyond a hole could not have been read yet.
bool loses_text(Tcb const& tcb, profile::Profile const& profile) {
    return profile.teardown.on_close_with_unread.value == profile::OnCloseWithUnread::reset &&
           tcb.receive_queue.unread() > 0;
}

}  // namespace

void Connection::close(Cause cause, Instant now, Actions& out) {
    tcb_.detached = true;
    if (tcb_.state == State::time_wait) {  // nobody is left to be told of unread data
        return;
    }
    if (loses_text(tcb_, *profile_) && !tcb_.ended) {
        abort(Cause{Why::aborted}, now, out);
        return;
    }
    if (tcb_.state == State::fin_wait_2) {
        Turn turn{tcb_, *profile_, now, out};
        closed_in_fin_wait_2(turn);
        return;
    }
    shutdown_send(cause, now, out);
}

void Connection::abort(Cause cause, Instant now, Actions& out) {
    if (tcb_.ended || tcb_.state == State::closed) {
        return;
    }
    Turn turn{tcb_, *profile_, now, out};
    // Linux: what waits in TIME-WAIT is no socket any more, which anybody could abort.
    if (tcb_.state == State::time_wait &&
        profile_->time_wait.segments.value == profile::TimeWaitSegments::linux_mini_sockets) {
        tcb_.detached = true;
        return;
    }
    // RFC 9293 §3.10.5; Linux tcp_close: a peer that has finished is told of lost text, too.
    bool const peer_knows = tcb_.state != State::syn_sent && tcb_.state != State::time_wait &&
                            tcb_.state != State::closing && tcb_.state != State::last_ack;
    // Linux tcp_disconnect: or whose last text, or FIN, is not out.
    bool const unsent_while_closing = (tcb_.state == State::closing || tcb_.state == State::last_ack) && unsent() > 0;
    if (peer_knows || unsent_while_closing || loses_text(tcb_, *profile_)) {
        send_reset(turn, cause);
    }
    end_connection(turn, Ended{EndReason::aborted, Errno::none, 0, {}, {}});
}

void Connection::give_way(Instant now, Actions& out) {
    check(tcb_.state == State::syn_received, "only a connection that opens gives way");
    Turn turn{tcb_, *profile_, now, out};
    Retransmission const& series = tcb_.retransmission;
    turn.out.note(TimerExpired{Timer::retransmit, series.retransmits, tcb_.timers.waited(Timer::retransmit)});
    Duration const elapsed = series.retransmits > 0 ? now - series.first : Duration{0};
    end_connection(turn, Ended{EndReason::gave_up, Errno::etimedout, series.retransmits, elapsed, {}});
}

void Connection::end_orphan(Instant now, Actions& out) {
    check(tcb_.detached, "only an orphan has no place");
    Turn turn{tcb_, *profile_, now, out};
    send_reset(turn, Cause{Why::aborted});
    end_connection(turn, Ended{EndReason::aborted, Errno::none, 0, {}, {}});
}

std::optional<SeqNum> Connection::reopened_by(wire::TcpSegment const& syn) const {
    return tcp::reopened_by(tcb_, *profile_, syn);
}

std::optional<Inheritance> Connection::inherited(bool chosen_port, Instant now) const {
    return inherited_from(tcb_, *profile_, chosen_port, now);
}

void Connection::make_way(Instant now, Actions& out) {
    check(tcb_.state == State::time_wait || tcb_.state == State::fin_wait_2, "only what waits makes way");
    Turn turn{tcb_, *profile_, now, out};
    end_connection(turn, Ended{});
}

Instant Connection::next_deadline() const {
    return std::min(first_to_go_off(tcb_.timers, *profile_), tcb_.packets ? tcb_.packets->held_until : never);
}

bool Connection::can_receive() const {
    return has_text_to_read(tcb_) || tcb_.error != Errno::none || tcb_.ended || peer_finished();
}

// Linux tcp_stream_is_readable, tcp_epollin_ready: or the peer cannot send as much, because its window is all but shut.
bool Connection::has_unread(std::uint64_t low_water) const {
    std::uint64_t const unread = tcb_.receive_queue.unread();
    return has_text_to_read(tcb_) && (unread >= low_water || window_left(tcb_) <= tcb_.rcv.mss);
}

bool Connection::has_send_room() {
    bool const room = has_send_space(tcb_, *profile_);
    tcb_.writer_waits = tcb_.writer_waits || !room;  // Linux tcp_poll: SOCK_NOSPACE
    return room;
}

bool Connection::can_send() const {
    if (tcb_.ended || tcb_.error != Errno::none || tcb_.fin_queued) {
        return true;
    }
    return may_send_text(tcb_) && has_send_space(tcb_, *profile_);
}

std::string_view Connection::md5_key() const { return signs(tcb_) ? tcb_.rare->md5_key : std::string_view{}; }

void Connection::set_md5_key(std::string key) {
    bool const signed_before = signs(tcb_);
    if (tcb_.rare || !key.empty()) {
        rare(tcb_).md5_key = std::move(key);
    }
    if (signs(tcb_) != signed_before) {
        int const mss = tcb_.snd.mss + (signed_before ? signature_length : -signature_length);
        tcb_.snd.mss = static_cast<std::uint16_t>(mss);
    }
}

bool Connection::peer_finished() const { return tcb_.rcv.finished; }

bool Connection::receive_shut() const { return tcb_.read_shut; }

bool Connection::send_finished() const { return tcb_.fin_queued; }

Errno Connection::take_error() { return std::exchange(tcb_.error, Errno::none); }

Errno Connection::take_soft_error() { return std::exchange(tcb_.retransmission.soft_error, Errno::none); }

std::uint64_t Connection::unread() const { return readable_text(tcb_); }

bool Connection::at_mark() const { return tcp::at_mark(tcb_); }

bool Connection::has_urgent() const { return has_urgent_octet(tcb_); }

std::optional<SeqNum> Connection::unfilled_packet() const { return tcp::unfilled_packet(tcb_, *profile_); }

void Connection::set_quick_ack(std::int64_t value, Instant now, Actions& out) {
    Turn turn{tcb_, *profile_, now, out};
    quick_ack_chosen(turn, value);
}

void Connection::keepalive_idle_set(Instant now, Actions& out) {
    Turn turn{tcb_, *profile_, now, out};
    count_idleness(turn);
}

bool Connection::quick_ack() const { return !converses(tcb_, *profile_); }

void Connection::set_options(UserOptions const& options, Instant now, Actions& out) {
    Turn turn{tcb_, *profile_, now, out};
    if (options.window_clamp != tcb_.options.window_clamp && options.window_clamp != 0) {
        set_window_clamp(turn, options.window_clamp);
    }
    UserOptions const before = std::exchange(tcb_.options, options);
    keepalive_options_changed(turn, before);
    if (options.congestion && options.congestion != before.congestion) {
        tcb_.congestion.choose(*options.congestion);
    }
    if ((options.no_delay && !before.no_delay) || (before.cork && !options.cork)) {
        push(now, out);
    }
}

void Connection::push(Instant now, Actions& out) {
    if (tcb_.state != State::established && tcb_.state != State::close_wait) {
        return;
    }
    Turn turn{tcb_, *profile_, now, out};
    bool const corked = tcb_.options.cork;
    tcb_.options.cork = false;
    send_pending(turn, Why::data_written);
    tcb_.options.cork = corked;
}

}  // namespace tcpsim::tcp

#include "stack/tcp/sendable.hpp"

#include "stack/tcp/output.hpp"
#include "stack/tcp/send_memory.hpp"
#include "stack/tcp/urgent.hpp"
#include "stack/tcp/window.hpp"
#include "stack/tcp/window_use.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace tcpsim::tcp {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

/// Linux sk_gso_max_size: GSO_LEGACY_MAX_SIZE less headers.
constexpr std::uint32_t largest_packet = 65'535 - 320;

/// How much text the next new segment carries; 0: nothing may be sent now.
std::uint32_t next_segment(Tcb const& tcb, profile::Profile const& profile, std::uint32_t mss) {
    std::uint32_t const wanted = std::min(unsent_text(tcb), mss);
    std::uint32_t const usable = usable_window(tcb);
    if (usable < wanted) {
        // RFC 9293 §3.8.6.2.1 (3): a window that cuts the segment is used only if it is half of the largest ever.
        return usable > 0 && tcb.snd.nxt == tcb.snd.una && usable >= tcb.snd.max_wnd / 2 ? usable : 0;
    }
    bool const partial = wanted < mss;
    return partial && !tcb.fin_queued && nagle_holds(tcb, profile) ? 0 : wanted;
}

/// Linux tcp_tso_autosize: what the path carries in about a millisecond, more over a short path, at least two segments.
std::uint32_t autosized(Tcb const& tcb, profile::Profile const& profile, std::uint32_t mss) {
    constexpr unsigned rtt_log = 9;  // sysctl tcp_tso_rtt_log
    constexpr std::int64_t no_boost = 32;
    auto const least = static_cast<std::uint32_t>(profile.send.least_segments.value);
    std::uint32_t bytes = tcb.window_use.pace;
    std::int64_t const halvings = tcb.rtt.min_rtt() / 1us >> rtt_log;
    bytes += halvings < no_boost ? largest_packet >> halvings : 0;
    return std::max(std::min(bytes, largest_packet) / mss, least);
}

/// Until where the packet in front reaches, as write() laid it out.
SeqNum end_of_first_packet(Tcb const& tcb) {
    bool const is_last = !tcb.packets || tcb.packets->last.at_or_before(tcb.snd.nxt);
    return is_last ? tcb.send_queue.end() : tcb.packets->last;
}

/// Linux tcp_skb_can_collapse_to: how much unsent text a packet may hold before a record ends.
std::uint32_t unsent_in_record(Tcb const& tcb) {
    bool const several = tcb.packets && !tcb.packets->records.empty();
    return several ? static_cast<std::uint32_t>(tcb.packets->records.front() - tcb.snd.nxt) : unsent_text(tcb);
}

/// Linux tcp_tso_should_defer: more may go at once if the next ACK is awaited.
bool waits_for_more(Turn const& turn, std::uint32_t packet, std::uint32_t room, std::uint32_t segments) {
    Tcb const& tcb = turn.tcb;
    constexpr Duration recent = 1ms;
    // A kernel takes some time of its own, so that what lies exactly as far back is not recent there.
    if (tcb.recovery.phase >= Recovery::Phase::recovery || turn.now - tcb.window_use.last_sent >= recent) {
        return false;
    }
    std::uint64_t const mss = tcb.snd.mss;
    std::uint64_t const usable = usable_window(tcb);
    std::uint64_t const limit = std::min(usable, room * mss);
    bool const is_last = tcb.snd.nxt + packet == tcb.send_queue.end();
    auto const divisor = static_cast<std::uint64_t>(turn.profile.send.window_divisor.value);
    std::uint64_t const window = std::min<std::uint64_t>(tcb.snd.wnd, tcb.congestion.cwnd() * mss);
    constexpr std::uint64_t largest_burst = 3;  // tcp_max_tso_deferred_mss
    std::uint64_t const chunk = divisor > 0 ? window / divisor : largest_burst * mss + 1;
    if (limit >= segments * mss || (!is_last && limit >= packet) || limit >= chunk || tcb.send_queue.sent().empty()) {
        return false;
    }
    Duration const srtt = tcb.rtt.srtt(turn.profile);
    Instant const ack_expected = tcb.send_queue.sent().front().sent_at + srtt;
    if (ack_expected - turn.now > std::min<Duration>(srtt / 2, 1ms)) {
        return false;
    }
    return std::min(usable, room * mss) <= packet || !tcb.fin_queued;
}

/// Linux tcp_write_xmit: one turn of its loop.
Sendable next_packet(Turn const& turn, bool at_once, std::uint32_t mss) {
    Tcb const& tcb = turn.tcb;
    std::uint32_t const cwnd = tcb.congestion.cwnd();
    std::uint32_t const in_flight = tcb.send_queue.sent().in_flight();
    std::uint32_t const usable = usable_window(tcb);
    std::uint32_t const unsent = unsent_in_record(tcb);
    if (in_flight >= cwnd) {
        return {0, true};
    }
    // tcp_cwnd_test: at most half a window in one packet.
    std::uint32_t const room = cwnd - in_flight;
    std::uint32_t const most = autosized(tcb, turn.profile, mss);
    std::uint32_t const longest = std::min({room, std::max(cwnd / 2, 1U), most}) * mss;
    // tcp_grow_skb: a short packet is filled from the one behind it.
    auto const laid_out = static_cast<std::uint32_t>(end_of_first_packet(tcb) - tcb.snd.nxt);
    std::uint32_t const whole = std::min(unsent, std::max(laid_out, longest));
    std::uint32_t const packet = in_urgent_mode(tcb) ? std::min(whole, mss) : whole;  // each has its own pointer
    // Linux tcp_write_xmit, tcp_skb_is_last: Nagle holds the last packet alone.
    bool const is_last = packet == unsent_text(tcb);
    bool const held = !at_once && !tcb.fin_queued && nagle_holds(tcb, turn.profile);
    if (packet <= mss || usable < mss) {
        bool const waits = packet < mss && held && is_last;
        std::uint32_t const needed = packet + (is_last && tcb.fin_queued ? 1U : 0U);  // the FIN is a part of it
        return {usable >= needed && !waits ? packet : 0, false, std::min(packet, longest)};
    }
    if (!at_once && waits_for_more(turn, packet, room, most)) {
        bool const by_window = std::uint64_t{room} * mss < usable && std::uint64_t{room} * mss <= packet;
        return {0, by_window, std::min(packet, longest)};
    }
    // tcp_mss_split_point
    std::uint32_t const needed = std::min(packet, usable);
    if (longest <= needed) {
        return {longest, false, longest};
    }
    // RFC 9293 §3.8.6.2.1 (3) deviated from: behind full segments a window may cut one short, as far as Nagle lets it.
    std::uint32_t const partial = needed % mss;
    bool const fits = !is_last && longest <= usable;
    return {partial > 0 && held && !fits ? needed - partial : needed, false, std::min(packet, longest)};
}

/// Linux tcp_xmit_size_goal: half of the largest window ever offered, in whole segments.
std::uint32_t packet_goal(Tcb const& tcb) {
    std::uint32_t const half = half_of_largest_window(tcb);
    std::uint32_t const mss = current_mss(tcb);
    return std::max(std::min(half, largest_packet) / mss * mss, mss);
}

std::uint32_t goal_of(Tcb const& tcb, WriteEnd write_end) {
    return write_end == WriteEnd::urgent ? current_mss(tcb) : packet_goal(tcb);
}

/// The next text begins a packet of its own: nothing unsent, or the last packet is full.
bool begins_packet(Tcb const& tcb, std::uint32_t goal) {
    SeqNum const end = tcb.send_queue.end();
    if (!tcb.packets || !end.after(tcb.snd.nxt)) {
        return true;
    }
    if (!tcb.packets->records.empty() && tcb.packets->records.back() == end) {
        return true;
    }
    return static_cast<std::uint32_t>(end - later_of(tcb.packets->last, tcb.snd.nxt)) >= goal;
}

/// Room for the next text: in the last packet if it is neither sent nor full, or in a new one.
std::uint32_t room_in_packet(Tcb& tcb, WriteEnd write_end) {
    PacketLayout& packets = *tcb.packets;
    SeqNum const end = tcb.send_queue.end();
    std::uint32_t const goal = goal_of(tcb, write_end);
    if (!begins_packet(tcb, goal)) {
        packets.last_pushed = false;
        return goal - static_cast<std::uint32_t>(end - later_of(packets.last, tcb.snd.nxt));
    }
    if (end.after(tcb.snd.nxt) && packets.last_pushed) {
        packets.pushed.push_back(end);
    }
    packets.last = end;
    packets.last_pushed = false;
    return goal;
}

/// Linux tcp_sendmsg_locked: a full packet leaves if it is the first, or when much is unpushed.
void send_full_packet(Turn& turn, SeqNum& pushed) {
    Tcb& tcb = turn.tcb;
    if (tcb.send_queue.end().after(pushed + tcb.snd.max_wnd / 2)) {  // forced_push
        tcb.packets->last_pushed = true;
        pushed = tcb.send_queue.end();
        send_pending(turn, Why::data_written);
    } else if (tcb.packets->last.at_or_before(tcb.snd.nxt)) {
        send_portion(turn, Why::data_written);
    }
}

/// Linux tcp_should_autocork: while the device has packets of this connection, a short one waits for more to write. What a
/// write sends has left when it returns; what an ACK lets go has not when the writer is woken (recorded: send_much_close).
bool autocorks(Turn const& turn, WriteEnd end) {
    Tcb const& tcb = turn.tcb;
    bool const device_busy = turn.profile.send.autocorks.value && tcb.device_holds && tcb.window_use.by_kernel &&
                             tcb.window_use.last_sent == turn.now;
    return device_busy && tcb.packets && !tcb.send_queue.sent().empty() && !begins_packet(tcb, goal_of(tcb, end));
}

/// Linux tcp_sendmsg_locked: text becomes packets. Only where one begins is the send buffer asked for room.
std::uint64_t write_packets(Turn& turn, Payload const& data, WriteEnd end) {
    Tcb& tcb = turn.tcb;
    bool const may_send = may_send_text(tcb);
    SeqNum pushed = tcb.send_queue.end();  // every write ends with a push
    std::uint64_t done = 0;
    while (done < data.size()) {
        if (begins_packet(tcb, goal_of(tcb, end))) {
            if (!has_send_memory(tcb, turn.profile)) {
                break;
            }
            restart_if_idle(turn);  // tcp_skb_entail
        }
        if (!tcb.packets) {
            tcb.packets = std::make_unique<PacketLayout>(PacketLayout{.last = tcb.send_queue.end()});
        }
        std::uint32_t const room = room_in_packet(tcb, end);
        std::uint64_t const part = std::min<std::uint64_t>(room, data.size() - done);
        tcb.send_queue.append(data.part(done, part));
        done += part;
        if (part == room && done < data.size() && may_send) {
            send_full_packet(turn, pushed);
        }
    }
    if (done == 0) {
        return 0;
    }
    bool const whole = done == data.size();
    if (tcb.packets) {
        // Linux tcp_push: with MSG_MORE no push, unless much is unpushed, or a full buffer cuts the write short.
        tcb.packets->last_pushed =
            !whole || end != WriteEnd::more_follows || tcb.send_queue.end().after(pushed + tcb.snd.max_wnd / 2);
    }
    if (tcb.packets && whole && end == WriteEnd::record) {
        tcb.packets->records.push_back(tcb.send_queue.end());
    }
    if (end == WriteEnd::urgent && whole) {  // Linux tcp_push: what left on the way did not know
        make_urgent(tcb);
    }
    if (may_send && autocorks(turn, end)) {
        tcb.packets->held_until = turn.now;  // the device is done when the writer is
    } else if (may_send) {
        bool const corked = tcb.options.cork;
        tcb.options.cork = corked || (whole && end == WriteEnd::more_follows);  // TCP_NAGLE_CORK: for this call alone
        send_pending(turn, Why::data_written);
        tcb.options.cork = corked;
    }
    return done;
}

/// 4.4BSD tcp_usrreq, PRU_SENDOOB: t_force, so that the peer is told even if its window is shut.
std::uint64_t write_segments(Turn& turn, Payload const& data, WriteEnd end) {
    Tcb& tcb = turn.tcb;
    std::uint64_t const used = send_memory(tcb, turn.profile);
    std::uint64_t const room = used < tcb.send_buffer ? tcb.send_buffer - used : 0;
    std::uint64_t const taken = std::min(room, data.size());
    if (taken == 0) {
        return 0;
    }
    restart_if_idle(turn);
    tcb.send_queue.append(data.part(0, taken));
    if (end == WriteEnd::urgent && taken == data.size()) {
        make_urgent(tcb);
    }
    if (!may_send_text(tcb)) {
        return taken;
    }
    std::size_t const before = turn.out.emitted();
    send_pending(turn, Why::data_written);
    if (end == WriteEnd::urgent && turn.out.emitted() == before) {
        bool const shut = tcb.snd.wnd == 0 && tcb.snd.nxt == tcb.snd.una;
        shut ? send_probe(turn, Cause{Why::data_written}) : send_ack(turn, Cause{Why::data_written});
    }
    return taken;
}

}  // namespace

// In bytes per second: twice the window per round trip in slow start, else 1.2 times.
void set_pace(Turn& turn) {
    Tcb& tcb = turn.tcb;
    auto const srtt = static_cast<std::uint64_t>(tcb.rtt.srtt(turn.profile) / 1us);
    if (turn.profile.send.unit.value != profile::SendUnit::linux_packet || !tcb.rtt.measured() || srtt == 0) {
        return;
    }
    constexpr unsigned pacing_shift = 10;
    std::uint32_t const cwnd = tcb.congestion.cwnd();
    std::uint64_t const percent = cwnd < tcb.congestion.ssthresh() / 2 ? 200 : 120;
    std::uint64_t const segments = std::max<std::uint64_t>(cwnd, tcb.send_queue.sent().size());
    std::uint64_t const rate = tcb.snd.mss * percent * 10'000 * segments / srtt;
    tcb.window_use.pace = static_cast<std::uint16_t>(std::min<std::uint64_t>(rate >> pacing_shift, 0xffff));
}

bool window_takes_next_packet(Turn const& turn) {
    Tcb const& tcb = turn.tcb;
    if (turn.profile.send.unit.value != profile::SendUnit::linux_packet) {
        return window_allows_next(tcb);
    }
    std::uint32_t const unsent = unsent_text(tcb);
    auto const laid_out = static_cast<std::uint32_t>(end_of_first_packet(tcb) - tcb.snd.nxt);
    std::uint32_t const text = std::min({laid_out, unsent_in_record(tcb), packet_goal(tcb)});
    std::uint32_t const fin = text == unsent && tcb.fin_queued && !fin_sent(tcb) ? 1 : 0;
    return has_unsent(tcb) && usable_window(tcb) >= text + fin;
}

std::uint32_t segments_per_packet(Tcb const& tcb, profile::Profile const& profile) {
    return profile.send.unit.value == profile::SendUnit::linux_packet ? autosized(tcb, profile, current_mss(tcb)) : 1;
}

std::uint32_t half_of_largest_window(Tcb const& tcb) {
    constexpr std::uint32_t small_window = 536;  // TCP_MSS_DEFAULT
    return tcb.snd.max_wnd > small_window ? tcb.snd.max_wnd / 2 : tcb.snd.max_wnd;
}

std::uint32_t unsent_text(Tcb const& tcb) {
    std::int32_t const left = tcb.send_queue.end() - tcb.snd.nxt;
    return left > 0 ? static_cast<std::uint32_t>(left) : 0;
}

std::uint32_t usable_window(Tcb const& tcb) {
    if (tcb.retransmission.no_path) {
        return 0;  // Linux tcp_write_xmit: what found no route counts as unsent, and the persist timer tries again
    }
    // Before its SYN is acknowledged only Fast Open lets text go: the SYN's own number takes no part of the window.
    SeqNum const left = later_of(tcb.snd.una, tcb.snd.iss + 1);
    std::int32_t const usable = left + tcb.snd.wnd - tcb.snd.nxt;
    return usable > 0 ? static_cast<std::uint32_t>(usable) : 0;
}

bool nagle_holds(Tcb const& tcb, profile::Profile const& profile) {
    if (in_urgent_mode(tcb)) {  // Linux tcp_nagle_test, 4.4BSD tcp_output: not even a cork holds it
        return false;
    }
    if (tcb.options.cork) {  // Linux TCP_CORK, BSD TCP_NOPUSH: until it is full, or the persist timer's patience ends
        return true;
    }
    if (tcb.options.no_delay || tcb.snd.nxt == tcb.snd.una) {
        return false;
    }
    switch (profile.send.nagle.value) {
        case profile::NaglePolicy::rfc896:
            return true;
        case profile::NaglePolicy::minshall:
            // Linux tcp_minshall_check; the second half forgets a mark that the sequence space has lapped.
            return tcb.snd.sml.after(tcb.snd.una) && tcb.snd.sml.at_or_before(tcb.snd.nxt);
    }
    return false;
}

Sendable next_portion(Turn const& turn, bool at_once, std::uint32_t mss) {
    Tcb const& tcb = turn.tcb;
    if (unsent_text(tcb) == 0) {
        return {};
    }
    switch (turn.profile.send.unit.value) {
        case profile::SendUnit::segment: {
            std::uint32_t const length = next_segment(tcb, turn.profile, mss);
            bool const open = tcb.send_queue.sent().in_flight() < tcb.congestion.cwnd();
            return {open ? length : 0, length > 0 && !open};
        }
        case profile::SendUnit::linux_packet:
            return next_packet(turn, at_once, mss);
    }
    return {};
}

std::uint64_t write_text(Turn& turn, Payload const& data, WriteEnd end) {
    switch (turn.profile.send.unit.value) {
        case profile::SendUnit::segment:
            return write_segments(turn, data, end);
        case profile::SendUnit::linux_packet:
            return write_packets(turn, data, end);
    }
    return 0;
}

std::optional<SeqNum> unfilled_packet(Tcb const& tcb, profile::Profile const& profile) {
    bool const lays_out = profile.send.unit.value == profile::SendUnit::linux_packet;
    return !lays_out || begins_packet(tcb, packet_goal(tcb)) ? std::nullopt
                                                             : std::optional{later_of(tcb.packets->last, tcb.snd.nxt)};
}

/// Packets before the last were filled to the goal, except the first, of which a part may have gone, and the ends of records.
std::uint32_t unsent_packets(Tcb const& tcb) {
    if (unsent_text(tcb) == 0) {
        return 0;
    }
    if (!tcb.packets || tcb.packets->last.at_or_before(tcb.snd.nxt)) {
        return 1;
    }
    std::uint32_t const goal = packet_goal(tcb);
    std::uint32_t packets = tcb.send_queue.end().after(tcb.packets->last) ? 1 : 0;
    SeqNum from = tcb.snd.nxt;
    auto const add_until = [&](SeqNum end) {
        packets += (static_cast<std::uint32_t>(end - from) + goal - 1) / goal;
        from = end;
    };
    for (std::size_t i = 0; i < tcb.packets->records.size() && tcb.packets->records[i].before(tcb.packets->last); ++i) {
        add_until(tcb.packets->records[i]);
    }
    add_until(tcb.packets->last);
    return packets;
}

bool ends_pushed(Tcb const& tcb, SeqNum end) {
    if (!tcb.packets) {
        return end == tcb.send_queue.end();
    }
    PacketLayout const& packets = *tcb.packets;
    bool const earlier = !packets.pushed.empty() && end.at_or_after(packets.pushed.front());
    return earlier || (packets.last_pushed && end == tcb.send_queue.end());
}

bool repeats_push(Tcb const& tcb, profile::Profile const& profile, SentSegment const& sent, SeqNum text_end) {
    switch (profile.send.unit.value) {
        case profile::SendUnit::segment:
            return text_end == tcb.send_queue.end();
        case profile::SendUnit::linux_packet:
            return (sent.control & wire::Flags::psh) != 0;
    }
    return false;
}

void grow_packet(Tcb& tcb, std::uint32_t length) {
    if (!tcb.packets || length == 0) {
        return;
    }
    PacketLayout& packets = *tcb.packets;
    SeqNum const end = tcb.snd.nxt + length;
    while (packets.pushed.size() > 1 && packets.pushed[1].at_or_before(end)) {
        packets.pushed.pop_front();
    }
    if (!packets.pushed.empty() && packets.pushed.front().at_or_before(end)) {
        packets.pushed.front() = end;
    }
    if (packets.last.after(tcb.snd.nxt) && packets.last.before(end)) {
        packets.last = end == tcb.send_queue.end() ? tcb.snd.nxt : end;
    }
}

void forget_sent_packets(Tcb& tcb) {
    if (!tcb.packets) {
        return;
    }
    while (!tcb.packets->pushed.empty() && tcb.packets->pushed.front().at_or_before(tcb.snd.nxt)) {
        tcb.packets->pushed.pop_front();
    }
    while (!tcb.packets->records.empty() && tcb.packets->records.front().at_or_before(tcb.snd.nxt)) {
        tcb.packets->records.pop_front();
    }
    if (unsent_text(tcb) == 0) {
        tcb.packets.reset();
    }
}

}  // namespace tcpsim::tcp

#include "tools/render/why.hpp"

#include "tools/render/text.hpp"

#include <fmt/format.h>

namespace tcpsim::render {
namespace {

using tcp::Why;

std::string nth_after(std::string_view what, tcp::Cause const& cause) {
    return fmt::format("{} {} after {}", what, cause.count, seconds_text(cause.waited));
}

}  // namespace

std::string why_sent(tcp::Cause const& cause) {
    switch (cause.why) {
        case Why::unknown:
            return "came from outside";
        case Why::connect:
            return "a program called connect()";
        case Why::syn_received:
            return "answers a SYN";
        case Why::handshake_completed:
            return "completes the handshake";
        case Why::data_written:
            return "a program wrote";
        case Why::window_opened:
            return "an ACK made room for more data";
        case Why::acknowledge_at_once:
            return "acknowledges at once";
        case Why::delayed_ack_timer:
            return fmt::format("delayed ACK after {}", seconds_text(cause.waited));
        case Why::compressed_ack_timer:
            return fmt::format("{} segments beyond a gap, after {}", cause.count, seconds_text(cause.waited));
        case Why::acknowledge_out_of_order:
            return "data beyond a gap";
        case Why::acknowledge_filled_hole:
            return "data that fills a gap";
        case Why::acknowledge_repetition:
            return "data received before";
        case Why::acknowledge_fin:
            return "acknowledges a FIN";
        case Why::acknowledge_unacceptable:
            return "tells what it expects, to a segment outside the window";
        case Why::challenge_ack:
            return "challenges a segment that anybody may have sent";
        case Why::window_update:
            return "a read opened the window";
        case Why::retransmission_timeout:
            return nth_after("retransmission", cause);
        case Why::lost_with_the_first:
            return "lost with the first, repeated when an ACK made room";
        case Why::tail_loss_probe:
            return fmt::format("tail loss probe after {}", seconds_text(cause.waited));
        case Why::fast_retransmit:
            return "fast retransmit";
        case Why::zero_window_probe:
            return nth_after("zero-window probe", cause);
        case Why::closed:
            return "its program closed";
        case Why::program_ended:
            return "its program ended";
        case Why::no_connection:
            return "nobody there has this connection";
        case Why::nobody_reads:
            return "its program has closed and will not read this";
        case Why::port_closed:
            return "no program listens on that port";
        case Why::aborted:
            return "its program closed with unread data, or aborted";
        case Why::keepalive_probe:
            return nth_after("keepalive probe", cause);
        case Why::gave_up:
            return "gave up: nothing was answered";
    }
    return "";
}

bool remarkable(tcp::Cause const& cause) {
    switch (cause.why) {
        case Why::delayed_ack_timer:
        case Why::compressed_ack_timer:
        case Why::acknowledge_out_of_order:
        case Why::acknowledge_filled_hole:
        case Why::acknowledge_repetition:
        case Why::acknowledge_unacceptable:
        case Why::challenge_ack:
        case Why::window_update:
        case Why::retransmission_timeout:
        case Why::lost_with_the_first:
        case Why::tail_loss_probe:
        case Why::fast_retransmit:
        case Why::zero_window_probe:
        case Why::program_ended:
        case Why::no_connection:
        case Why::nobody_reads:
        case Why::port_closed:
        case Why::aborted:
        case Why::keepalive_probe:
        case Why::gave_up:
            return true;
        default:
            return false;
    }
}

bool remarkable(trace::Happened const& happened) {
    using trace::Happening;
    switch (happened.what) {
        case Happening::process_started:
        case Happening::process_exited:
        case Happening::signal_handled:
            return false;
        case Happening::boot:
            return happened.boot > 1;
        default:
            return true;
    }
}

std::string why_lost(Loss const& loss, Naming const& naming) {
    using trace::DropReason;
    switch (loss.reason) {
        case DropReason::rule:
            return loss.step ? fmt::format("fault {}", naming.step(*loss.step)) : "a fault rule";
        case DropReason::link_cut:
            return fmt::format("{} is cut", naming.link(loss.link));
        case DropReason::queue_full:
            return fmt::format("the queue of {} is full", naming.link(loss.link));
        case DropReason::no_power:
            return fmt::format("{} has no power", naming.node(loss.node));
        case DropReason::kernel_stopped:
            return fmt::format("{} has crashed", naming.node(loss.node));
        case DropReason::interface_down:
            return fmt::format("{}'s interface is down", naming.node(loss.node));
        case DropReason::ttl_expired:
            return fmt::format("its time to live ended at {}", naming.node(loss.node));
        case DropReason::no_route:
            return fmt::format("{} has no route", naming.node(loss.node));
        case DropReason::no_neighbour:
            return fmt::format("{} knows no such neighbour", naming.node(loss.node));
        case DropReason::not_for_us:
            return fmt::format("{} does not have that address", naming.node(loss.node));
        case DropReason::too_big:
            return fmt::format("it is too big to leave {}", naming.node(loss.node));
        case DropReason::checksum:
            return "corrupted on the way";
        case DropReason::no_listener:
            return fmt::format("nobody listens at {}", naming.node(loss.node));
        case DropReason::invalid_source:
            return "no host has its source address";
        case DropReason::bad_signature:
            return fmt::format("{} does not accept its signature", naming.node(loss.node));
        case DropReason::syn_queue_full:
            return fmt::format("{}'s SYN queue is full", naming.node(loss.node));
        case DropReason::accept_queue_full:
            return fmt::format("{}'s accept queue is full", naming.node(loss.node));
        case DropReason::receive_buffer_full:
            return fmt::format("the receive buffer of {}'s socket is full", naming.node(loss.node));
        case DropReason::unknown_protocol:
            return fmt::format("{} does not know the protocol", naming.node(loss.node));
        case DropReason::no_carrier:
            return fmt::format("{} has no carrier", naming.node(loss.node));
        case DropReason::black_hole:
            return fmt::format("{} swallows everything", naming.link(loss.link));
        case DropReason::suspended:
            return fmt::format("{} is suspended", naming.node(loss.node));
        case DropReason::link_loss:
            return fmt::format("{} loses at random", naming.link(loss.link));
        case DropReason::early_drop:
            return fmt::format("the queue of {} stands for too long", naming.link(loss.link));
        case DropReason::prohibited:
            return fmt::format("{} forbids it", naming.node(loss.node));
        case DropReason::no_mapping:
            return fmt::format("{} has no mapping for it", naming.node(loss.node));
        case DropReason::no_flow:
            return fmt::format("{} knows no such connection", naming.node(loss.node));
    }
    return "";
}

std::string what_happened(trace::Happened const& happened, Naming const& naming) {
    using trace::Happening;
    std::string const node = naming.node(happened.node);
    switch (happened.what) {
        case Happening::power_loss:
            return node + " loses power";
        case Happening::crash:
            return node + " crashes";
        case Happening::boot:
            return happened.boot > 1 ? fmt::format("{} boots again: boot {}", node, happened.boot) : node + " boots";
        case Happening::process_started:
            return fmt::format("{} starts on {}", happened.name, node);
        case Happening::process_exited:
            return fmt::format("{} on {} exits with {}", happened.name, node, happened.status);
        case Happening::process_killed:
            return fmt::format("{} on {} is killed by signal {}", happened.name, node, happened.status);
        case Happening::signal_handled:
            return fmt::format("{} on {} handles signal {}", happened.name, node, happened.status);
        case Happening::process_stopped:
            return fmt::format("{} on {} is stopped", happened.name, node);
        case Happening::process_continued:
            return fmt::format("{} on {} goes on", happened.name, node);
        case Happening::shutdown_begun:
            return node + " shuts down";
        case Happening::powered_off:
            return node + " is off after its shutdown";
        case Happening::link_cut:
            return naming.link(happened.link) + " is cut";
        case Happening::link_restored:
            return naming.link(happened.link) + " is restored";
        case Happening::rule_armed:
            return fmt::format("a fault rule stands on {} now", naming.link(happened.link));
        case Happening::rule_removed:
            return fmt::format("a fault rule is gone from {}", naming.link(happened.link));
        case Happening::delay_changed:
            return naming.link(happened.link) + " has another delay";
        case Happening::mtu_changed:
            return fmt::format("{} of {} has another MTU", happened.name, node);
        case Happening::carrier_lost:
            return fmt::format("{} of {} loses its carrier", happened.name, node);
        case Happening::carrier_found:
            return fmt::format("{} of {} has a carrier again", happened.name, node);
        case Happening::nic_down:
            return fmt::format("{} of {} is taken down", happened.name, node);
        case Happening::nic_up:
            return fmt::format("{} of {} is brought up", happened.name, node);
        case Happening::address_removed:
            return fmt::format("{} of {} loses its address", happened.name, node);
        case Happening::address_added:
            return fmt::format("{} of {} gets an address", happened.name, node);
        case Happening::suspended:
            return node + " is suspended";
        case Happening::resumed:
            return node + " is resumed";
        case Happening::clock_jumped:
            return fmt::format("the clock of {} is set", node);
        case Happening::link_blackholed:
            return naming.link(happened.link) + " swallows packets from now on";
        case Happening::link_changed:
            return naming.link(happened.link) + " has other properties";
        case Happening::routes_changed:
            return node + " has other routes";
        case Happening::mappings_changed:
            return node + " has other mappings";
        case Happening::neighbours_forgotten:
            return node + " forgets its neighbours";
    }
    return "";
}

std::string what_moved(trace::Because const& because, Naming const& naming) {
    switch (because.kind) {
        case trace::Because::Kind::start:
            return "the start";
        case trace::Because::Kind::timeline_step:
            return "step " + naming.step(because.step);
        case trace::Because::Kind::packet:
            return fmt::format("packet {} of {}", because.packet.number, naming.node(because.packet.origin));
        case trace::Because::Kind::timer:
            return "a timer";
        case trace::Because::Kind::program:
            return "a program of " + naming.node(because.process.machine);
    }
    return "";
}

namespace {

struct NoteWords {
    std::string operator()(tcp::StateChanged const& note) const {
        return fmt::format("{} → {}", tcp::name(note.from), tcp::name(note.to));
    }
    std::string operator()(tcp::RttMeasured const& note) const {
        return fmt::format("RTT {}, smoothed {} ± {}, RTO {}", duration_text(note.sample), duration_text(note.srtt),
                           duration_text(note.rttvar), duration_text(note.rto));
    }
    std::string operator()(tcp::TimerExpired const& note) const {
        return fmt::format("{} timer expires after {}", identifier(note.timer), seconds_text(note.waited));
    }
    std::string operator()(tcp::SegmentRefused const& note) const {
        return fmt::format("segment refused: {}", identifier(note.rule));
    }
    std::string operator()(tcp::Ended const& note) const {
        return fmt::format("connection ended: {}{}{}", identifier(note.reason), note.error == Errno::none ? "" : ", ",
                           note.error == Errno::none ? "" : name(note.error));
    }
    std::string operator()(tcp::SoftError const& note) const {
        return fmt::format("an ICMP error, {}, is kept in mind", name(note.error));
    }
    std::string operator()(tcp::PathMtuFell const& note) const {
        return fmt::format("the path takes {} bytes: segments of {} from now on", note.mtu, note.mss);
    }
    std::string operator()(tcp::DeliveryDoubted const& note) const {
        return fmt::format("{} retransmissions in {}: the way may be broken", note.retransmissions,
                           seconds_text(note.elapsed));
    }
};

}  // namespace

std::string what_noted(tcp::Note const& note) { return std::visit(NoteWords{}, note); }

}  // namespace tcpsim::render

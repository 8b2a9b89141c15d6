// Enumerators by their own names: what machine-readable output prints. Switches, so that a new one is not forgotten.
#include "sim/scenario/words.hpp"
#include "tools/render/why.hpp"

namespace tcpsim::render {

std::string_view identifier(tcp::Why why) {
    using Enum = tcp::Why;
    switch (why) {
        case Enum::unknown:
            return "unknown";
        case Enum::connect:
            return "connect";
        case Enum::syn_received:
            return "syn_received";
        case Enum::handshake_completed:
            return "handshake_completed";
        case Enum::data_written:
            return "data_written";
        case Enum::window_opened:
            return "window_opened";
        case Enum::acknowledge_at_once:
            return "acknowledge_at_once";
        case Enum::delayed_ack_timer:
            return "delayed_ack_timer";
        case Enum::compressed_ack_timer:
            return "compressed_ack_timer";
        case Enum::acknowledge_out_of_order:
            return "acknowledge_out_of_order";
        case Enum::acknowledge_filled_hole:
            return "acknowledge_filled_hole";
        case Enum::acknowledge_repetition:
            return "acknowledge_repetition";
        case Enum::acknowledge_fin:
            return "acknowledge_fin";
        case Enum::acknowledge_unacceptable:
            return "acknowledge_unacceptable";
        case Enum::challenge_ack:
            return "challenge_ack";
        case Enum::window_update:
            return "window_update";
        case Enum::retransmission_timeout:
            return "retransmission_timeout";
        case Enum::lost_with_the_first:
            return "lost_with_the_first";
        case Enum::tail_loss_probe:
            return "tail_loss_probe";
        case Enum::fast_retransmit:
            return "fast_retransmit";
        case Enum::zero_window_probe:
            return "zero_window_probe";
        case Enum::closed:
            return "closed";
        case Enum::program_ended:
            return "program_ended";
        case Enum::no_connection:
            return "no_connection";
        case Enum::nobody_reads:
            return "nobody_reads";
        case Enum::port_closed:
            return "port_closed";
        case Enum::aborted:
            return "aborted";
        case Enum::keepalive_probe:
            return "keepalive_probe";
        case Enum::gave_up:
            return "gave_up";
    }
    return "";
}

std::string_view identifier(trace::DropReason reason) {
    using Enum = trace::DropReason;
    switch (reason) {
        case Enum::rule:
            return "rule";
        case Enum::link_cut:
            return "link_cut";
        case Enum::queue_full:
            return "queue_full";
        case Enum::no_power:
            return "no_power";
        case Enum::kernel_stopped:
            return "kernel_stopped";
        case Enum::interface_down:
            return "interface_down";
        case Enum::ttl_expired:
            return "ttl_expired";
        case Enum::no_route:
            return "no_route";
        case Enum::no_neighbour:
            return "no_neighbour";
        case Enum::not_for_us:
            return "not_for_us";
        case Enum::checksum:
            return "checksum";
        case Enum::no_listener:
            return "no_listener";
        case Enum::accept_queue_full:
            return "accept_queue_full";
        case Enum::invalid_source:
            return "invalid_source";
        case Enum::bad_signature:
            return "bad_signature";
        case Enum::syn_queue_full:
            return "syn_queue_full";
        case Enum::receive_buffer_full:
            return "receive_buffer_full";
        case Enum::unknown_protocol:
            return "unknown_protocol";
        case Enum::too_big:
            return "too_big";
        case Enum::no_carrier:
            return "no_carrier";
        case Enum::black_hole:
            return "black_hole";
        case Enum::suspended:
            return "suspended";
        case Enum::link_loss:
            return "link_loss";
        case Enum::early_drop:
            return "early_drop";
        case Enum::prohibited:
            return "prohibited";
        case Enum::no_mapping:
            return "no_mapping";
        case Enum::no_flow:
            return "no_flow";
    }
    return "";
}

std::string_view identifier(tcp::EndReason reason) {
    using Enum = tcp::EndReason;
    switch (reason) {
        case Enum::finished:
            return "finished";
        case Enum::reset_by_peer:
            return "reset_by_peer";
        case Enum::refused:
            return "refused";
        case Enum::gave_up:
            return "gave_up";
        case Enum::aborted:
            return "aborted";
        case Enum::unreachable:
            return "unreachable";
    }
    return "";
}

std::string_view identifier(trace::Happening happening) {
    using Enum = trace::Happening;
    switch (happening) {
        case Enum::power_loss:
            return "power_loss";
        case Enum::crash:
            return "crash";
        case Enum::boot:
            return "boot";
        case Enum::process_started:
            return "process_started";
        case Enum::process_exited:
            return "process_exited";
        case Enum::process_killed:
            return "process_killed";
        case Enum::link_cut:
            return "link_cut";
        case Enum::link_restored:
            return "link_restored";
        case Enum::rule_armed:
            return "rule_armed";
        case Enum::rule_removed:
            return "rule_removed";
        case Enum::delay_changed:
            return "delay_changed";
        case Enum::mtu_changed:
            return "mtu_changed";
        case Enum::signal_handled:
            return "signal_handled";
        case Enum::shutdown_begun:
            return "shutdown_begun";
        case Enum::powered_off:
            return "powered_off";
        case Enum::process_stopped:
            return "process_stopped";
        case Enum::process_continued:
            return "process_continued";
        case Enum::carrier_lost:
            return "carrier_lost";
        case Enum::carrier_found:
            return "carrier_found";
        case Enum::nic_down:
            return "nic_down";
        case Enum::nic_up:
            return "nic_up";
        case Enum::address_removed:
            return "address_removed";
        case Enum::address_added:
            return "address_added";
        case Enum::suspended:
            return "suspended";
        case Enum::resumed:
            return "resumed";
        case Enum::clock_jumped:
            return "clock_jumped";
        case Enum::link_blackholed:
            return "link_blackholed";
        case Enum::link_changed:
            return "link_changed";
        case Enum::routes_changed:
            return "routes_changed";
        case Enum::mappings_changed:
            return "mappings_changed";
        case Enum::neighbours_forgotten:
            return "neighbours_forgotten";
    }
    return "";
}

std::string_view identifier(tcp::Timer timer) {
    using Enum = tcp::Timer;
    switch (timer) {
        case Enum::retransmit:
            return "retransmit";
        case Enum::tail_loss_probe:
            return "tail_loss_probe";
        case Enum::compressed_ack:
            return "compressed_ack";
        case Enum::reordering:
            return "reordering";
        case Enum::delayed_ack:
            return "delayed_ack";
        case Enum::persist:
            return "persist";
        case Enum::connect_limit:
            return "connect_limit";
        case Enum::fin_wait_2:
            return "fin_wait_2";
        case Enum::time_wait:
            return "time_wait";
        case Enum::keepalive:
            return "keepalive";
    }
    return "";
}

std::string_view identifier(tcp::Refusal rule) {
    using Enum = tcp::Refusal;
    switch (rule) {
        case Enum::unacceptable:
            return "unacceptable";
        case Enum::paws:
            return "paws";
        case Enum::bad_ack:
            return "bad_ack";
        case Enum::no_ack_bit:
            return "no_ack_bit";
        case Enum::reset_out_of_window:
            return "reset_out_of_window";
        case Enum::icmp_out_of_window:
            return "icmp_out_of_window";
    }
    return "";
}

std::string_view identifier(trace::Because::Kind kind) {
    using Enum = trace::Because::Kind;
    switch (kind) {
        case Enum::start:
            return "start";
        case Enum::timeline_step:
            return "timeline_step";
        case Enum::packet:
            return "packet";
        case Enum::timer:
            return "timer";
        case Enum::program:
            return "program";
    }
    return "";
}

std::string_view identifier(trace::Call call) { return scenario::word_for(call); }

}  // namespace tcpsim::render

#include "stack/wire/notation.hpp"
#include "tools/render/json.hpp"
#include "tools/render/json_parts.hpp"
#include "tools/render/why.hpp"

#include <fmt/format.h>

namespace tcpsim::render {
namespace {

std::string hex(std::span<std::uint8_t const> bytes) {
    std::string text;
    for (std::uint8_t const byte : bytes) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

Json json_of_tuple(wire::FourTuple const& tuple) {
    return {{"local", wire::to_string(tuple.local)}, {"remote", wire::to_string(tuple.remote)}};
}

/// Absolute numbers, as on the wire.
Json json_of_frame(wire::Frame const& frame) {
    Json json{{"source_mac", wire::to_string(frame.source)}, {"destination_mac", wire::to_string(frame.destination)}};
    auto const* packet = std::get_if<wire::Ipv4Packet>(&frame.body);
    auto const* segment = wire::tcp_of(frame);
    if (packet != nullptr) {
        json["ip"] = {{"source", wire::to_string(packet->header.source)},
                      {"destination", wire::to_string(packet->header.destination)},
                      {"identification", packet->header.identification},
                      {"ttl", packet->header.ttl},
                      {"tos", packet->header.tos},
                      {"dont_fragment", packet->header.dont_fragment},
                      {"protocol", packet->header.protocol}};
    }
    if (segment != nullptr) {
        json["tcp"] = {{"source_port", segment->source_port},
                       {"destination_port", segment->destination_port},
                       {"flags", wire::flags_text(segment->flags)},
                       {"seq", segment->seq.raw()},
                       {"ack", segment->ack.raw()},
                       {"length", segment->payload.size()},
                       {"window", segment->window},
                       {"urgent", segment->urgent},
                       {"options", hex(segment->options.bytes())}};
    } else {
        json["notation"] = wire::notation(frame, {});
    }
    return json;
}

struct NoteMembers {
    Json operator()(tcp::StateChanged const& note) const {
        return {{"note", "state_changed"}, {"from", tcp::name(note.from)}, {"to", tcp::name(note.to)}};
    }
    Json operator()(tcp::RttMeasured const& note) const {
        return {{"note", "rtt_measured"},
                {"sample_ns", note.sample.count()},
                {"srtt_ns", note.srtt.count()},
                {"rttvar_ns", note.rttvar.count()},
                {"rto_ns", note.rto.count()}};
    }
    Json operator()(tcp::TimerExpired const& note) const {
        return {{"note", "timer_expired"},
                {"timer", identifier(note.timer)},
                {"count", note.count},
                {"waited_ns", note.waited.count()}};
    }
    Json operator()(tcp::SegmentRefused const& note) const {
        return {{"note", "segment_refused"}, {"rule", identifier(note.rule)}};
    }
    Json operator()(tcp::Ended const& note) const {
        Json json;
        json["note"] = "ended";
        json.update(json_of(note));
        return json;
    }
    Json operator()(tcp::SoftError const& note) const { return {{"note", "soft_error"}, {"error", name(note.error)}}; }
    Json operator()(tcp::PathMtuFell const& note) const {
        return {{"note", "path_mtu_fell"}, {"mtu", note.mtu}, {"mss", note.mss}};
    }
    Json operator()(tcp::DeliveryDoubted const& note) const {
        return {{"note", "delivery_doubted"},
                {"retransmissions", note.retransmissions},
                {"elapsed_ns", note.elapsed.count()}};
    }
};

/// The members of each kind of record, its type first.
struct Members {
    Naming const* naming;

    Json operator()(trace::FramePassed const& passed) const {
        Json json{{"type", passed.outwards ? "frame_sent" : "frame_received"},
                  {"node", naming->node(passed.node)},
                  {"interface", naming->interface(passed.node, passed.interface)},
                  {"packet", packet_name(passed.packet, *naming)},
                  {"cause", json_of(passed.cause)}};
        json["frame"] = json_of_frame(*passed.frame);
        return json;
    }
    Json operator()(trace::FrameDropped const& dropped) const {
        bool const at_node = dropped.node != trace::no_node;
        Json json{{"type", "frame_dropped"}, {"packet", packet_name(dropped.packet, *naming)}};
        json[at_node ? "node" : "link"] = at_node ? naming->node(dropped.node) : naming->link(dropped.link);
        json["reason"] = identifier(dropped.reason);
        if (dropped.reason == trace::DropReason::rule) {
            json["rule"] = dropped.rule;
        }
        return json;
    }
    Json operator()(trace::FrameDelayed const& delayed) const {
        return {{"type", "frame_delayed"},
                {"packet", packet_name(delayed.packet, *naming)},
                {"link", naming->link(delayed.link)},
                {"rule", delayed.rule},
                {"by_ns", delayed.by.count()}};
    }
    Json operator()(trace::CallMade const& made) const {
        return {{"type", "call_made"},
                {"process", json_of(made.process, *naming)},
                {"number", made.number},
                {"call", identifier(made.call)},
                {"descriptor", made.descriptor},
                {"bytes", made.bytes},
                {"address", made.address == wire::Endpoint{} ? Json{} : Json(wire::to_string(made.address))}};
    }
    Json operator()(trace::CallReturned const& returned) const {
        bool const failed = returned.error != Errno::none;
        Json json{{"type", "call_returned"},
                  {"process", json_of(returned.process, *naming)},
                  {"number", returned.number},
                  {"call", identifier(returned.call)},
                  {"descriptor", returned.descriptor},
                  {"value", failed ? Json{} : Json(returned.value)},
                  {"error", failed ? Json(name(returned.error)) : Json{}},
                  {"end_of_stream", returned.end_of_stream},
                  {"blocked", returned.blocked}};
        json["ended_by"] = json_of(returned.because, *naming);
        json["connection"] = returned.connection == wire::FourTuple{} ? Json{} : json_of_tuple(returned.connection);
        return json;
    }
    Json operator()(trace::TcpNote const& note) const {
        Json json{{"type", "tcp_note"},
                  {"host", naming->node(note.machine)},
                  {"boot", note.boot},
                  {"connection", json_of_tuple(note.tuple)}};
        json.update(std::visit(NoteMembers{}, note.what));
        return json;
    }
    Json operator()(trace::Happened const& happened) const {
        Json json;
        json["type"] = "happened";
        json.update(json_of(happened, *naming));
        return json;
    }
};

}  // namespace

JsonLines::JsonLines(std::ostream& out, Naming const& naming, std::string_view scenario, std::uint64_t seed,
                     std::string_view program_version)
    : out_{&out}, naming_{&naming} {
    Json const header{{"format", "tcpsim trace"},
                      {"version", json_version},
                      {"tcpsim", program_version},
                      {"scenario", scenario},
                      {"seed", seed}};
    *out_ << dump(header, -1) << '\n';
}

void JsonLines::record(trace::Record const& record) {
    Json json{{"serial", record.serial}, {"at_ns", nanoseconds(record.at)}};
    json.update(std::visit(Members{naming_}, record.what));
    json["because"] = json_of(record.because, *naming_);
    *out_ << dump(json, -1) << '\n';
}

}  // namespace tcpsim::render

#include "tools/render/json_parts.hpp"

#include "tools/render/why.hpp"

namespace tcpsim::render {

std::string dump(Json const& json, int indent) { return json.dump(indent, ' ', false, Json::error_handler_t::replace); }

Json json_of(trace::ProcessRef process, Naming const& naming) {
    return {{"host", naming.node(process.machine)}, {"boot", process.boot}, {"process", process.process}};
}

Json json_of(trace::Because const& because, Naming const& naming) {
    Json json;
    json["kind"] = identifier(because.kind);
    switch (because.kind) {
        case trace::Because::Kind::start:
            break;
        case trace::Because::Kind::timeline_step:
            json["step"] = naming.step(because.step);
            break;
        case trace::Because::Kind::packet:
            json["packet"] = packet_name(because.packet, naming);
            break;
        case trace::Because::Kind::timer:
            json["connection"] = {{"slot", because.connection.slot}, {"generation", because.connection.generation}};
            break;
        case trace::Because::Kind::program:
            json["process"] = json_of(because.process, naming);
            break;
    }
    return json;
}

Json json_of(tcp::Cause const& cause) {
    return {{"why", identifier(cause.why)},
            {"count", cause.count},
            {"waited_ns", cause.waited.count()},
            {"words", why_sent(cause)}};
}

Json json_of(tcp::Ended const& ended) {
    return {{"reason", identifier(ended.reason)},
            {"error", ended.error == Errno::none ? Json{} : Json(name(ended.error))},
            {"retransmissions", ended.retransmissions},
            {"elapsed_ns", ended.elapsed.count()},
            {"limit_ns", ended.limit.count()}};
}

Json json_of(trace::Happened const& happened, Naming const& naming) {
    using trace::Happening;
    Json json;
    json["what"] = identifier(happened.what);
    switch (happened.what) {
        case Happening::power_loss:
        case Happening::crash:
        case Happening::boot:
        case Happening::shutdown_begun:
        case Happening::powered_off:
            json["host"] = naming.node(happened.node);
            json["boot"] = happened.boot;
            break;
        case Happening::process_started:
        case Happening::process_exited:
        case Happening::process_killed:
        case Happening::signal_handled:
        case Happening::process_stopped:
        case Happening::process_continued:
            json["program"] = happened.name;
            json["process"] = json_of(trace::ProcessRef{happened.node, happened.boot, happened.process}, naming);
            json["status"] = happened.status;
            break;
        case Happening::link_cut:
        case Happening::link_restored:
        case Happening::delay_changed:
        case Happening::link_blackholed:
        case Happening::link_changed:
            json["link"] = naming.link(happened.link);
            break;
        case Happening::rule_armed:
        case Happening::rule_removed:
            json["link"] = naming.link(happened.link);
            json["rule"] = happened.rule;
            break;
        case Happening::carrier_lost:
        case Happening::carrier_found:
        case Happening::nic_down:
        case Happening::nic_up:
        case Happening::address_removed:
        case Happening::address_added:
            json["interface"] = happened.name;
            json["node"] = naming.node(happened.node);
            break;
        case Happening::mtu_changed:
        case Happening::suspended:
        case Happening::resumed:
        case Happening::clock_jumped:
        case Happening::routes_changed:
        case Happening::mappings_changed:
        case Happening::neighbours_forgotten:
            json["node"] = naming.node(happened.node);
            break;
    }
    json["words"] = what_happened(happened, naming);
    return json;
}

}  // namespace tcpsim::render

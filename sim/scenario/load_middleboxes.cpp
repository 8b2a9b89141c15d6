// What a router is besides, from its node's mapping.
#include "sim/scenario/loading.hpp"

namespace tcpsim::scenario {

namespace {

using topology::MiddleboxSpec;

net::UnknownFlow unknown_named(std::string const& word, net::UnknownFlow otherwise) {
    return word == "drop"      ? net::UnknownFlow::drop
           : word == "reset"   ? net::UnknownFlow::reset
           : word == "pick_up" ? net::UnknownFlow::pick_up
           : word == "leak"    ? net::UnknownFlow::leak
                               : otherwise;
}

MiddleboxSpec common(Reader const& box, MiddleboxSpec::Kind kind) {
    MiddleboxSpec spec{.kind = kind};
    if (auto const* preset = net::preset_named(box.text_or("preset", ""))) {
        spec.timeouts = preset->timeouts;
        spec.unknown = preset->unknown;
    }
    spec.timeouts.opening = box.duration("opening").value_or(spec.timeouts.opening);
    spec.timeouts.established = box.duration("idle").value_or(spec.timeouts.established);
    spec.timeouts.closing = box.duration("closing").value_or(spec.timeouts.closing);
    spec.unknown = unknown_named(box.text_or("unknown", ""), spec.unknown);
    return spec;
}

/// Of those that know UDP.
MiddleboxSpec with_udp(Reader const& box, MiddleboxSpec::Kind kind) {
    MiddleboxSpec spec = common(box, kind);
    if (auto const udp = box.duration("udp_idle")) {
        spec.timeouts.asking = spec.timeouts.conversing = *udp;
    }
    spec.outside = box.text_or("outside", "");
    return spec;
}

void add_server(Value const& value, MiddleboxSpec& spec) {
    if (auto const to = split_endpoint(value.text); !to.host.empty()) {
        spec.servers.emplace_back(to.host, to.port);
    }
}

}  // namespace

std::vector<MiddleboxSpec> load_middleboxes(Reader const& node) {
    std::vector<MiddleboxSpec> boxes;
    if (auto const nat = node.mapping("nat")) {
        boxes.push_back(with_udp(*nat, MiddleboxSpec::Kind::nat));
    }
    if (auto const firewall = node.mapping("firewall")) {
        boxes.push_back(with_udp(*firewall, MiddleboxSpec::Kind::firewall));
        if (auto const port = firewall->integer("open_port")) {
            boxes.back().ports.push_back(static_cast<std::uint16_t>(*port));
        }
    }
    if (auto const balancer = node.mapping("load_balancer")) {
        boxes.push_back(common(*balancer, MiddleboxSpec::Kind::load_balancer));
        boxes.back().port = static_cast<std::uint16_t>(balancer->integer("port").value_or(0));
        for (auto const& server : balancer->items("servers")) {
            add_server(server, boxes.back());
        }
    }
    if (auto const proxy = node.mapping("syn_proxy")) {
        boxes.push_back(common(*proxy, MiddleboxSpec::Kind::syn_proxy));
        if (auto const* server = proxy->find("server")) {
            add_server(*server, boxes.back());
        }
    }
    return boxes;
}

}  // namespace tcpsim::scenario

#include "tools/render/names.hpp"

#include <fmt/format.h>

#include <utility>

namespace tcpsim::render {
namespace {

template <class Index>
std::string lookup(std::vector<std::string> const& names, Index index, char const* kind) {
    auto const at = static_cast<std::size_t>(index);
    return at < names.size() ? names[at] : fmt::format("{} {}", kind, at);
}

}  // namespace

Naming::Naming(scenario::Names names) : names_{std::move(names)} {
    for (std::size_t node = 0; node < names_.addresses.size(); ++node) {
        for (wire::Ipv4Prefix const& prefix : names_.addresses[node]) {
            owners_.emplace(prefix.address, trace::NodeId{static_cast<std::uint32_t>(node)});
        }
    }
}

std::string Naming::node(trace::NodeId id) const {
    return id == trace::no_node ? "outside" : lookup(names_.nodes, id, "node");
}
std::string Naming::link(trace::LinkId id) const { return lookup(names_.links, id, "link"); }
std::string Naming::step(std::uint32_t number) const { return lookup(names_.steps, number, "step"); }

std::string Naming::interface(trace::NodeId id, std::uint32_t number) const {
    auto const at = static_cast<std::size_t>(id);
    return at < names_.interfaces.size() ? lookup(names_.interfaces[at], number, "interface")
                                         : fmt::format("interface {}", number);
}

trace::NodeId Naming::owner(wire::Ipv4Address address) const {
    auto const found = owners_.find(address);
    return found == owners_.end() ? trace::no_node : found->second;
}

std::string Naming::endpoint(wire::Endpoint const& endpoint) const {
    trace::NodeId const node_id = owner(endpoint.address);
    return node_id == trace::no_node ? wire::to_string(endpoint) : fmt::format("{}:{}", node(node_id), endpoint.port);
}

std::string packet_name(trace::PacketId id, Naming const& naming) {
    return fmt::format("{}#{}", naming.node(id.origin), id.number);
}

}  // namespace tcpsim::render

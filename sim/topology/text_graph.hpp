// A graph whose every attribute is text: what GraphML and DOT files hold, before it is known to make sense.
#pragma once

#include "sim/topology/topology.hpp"

#include <boost/property_map/dynamic_property_map.hpp>

#include <optional>
#include <string>
#include <variant>

namespace tcpsim::topology {

struct TextNode {
    std::string name{};
    std::string kind{};
    std::string number{};  ///< DOT only
};
struct TextEdge {
    std::string name{};
    std::string delay{};
    std::string rate{};
    std::string queue{};
    std::string mtu{};
    std::string queue_bytes{};
    std::string jitter{};
    std::string loss{};
    std::string red{};
    std::string codel{};
    std::string direct{};
    std::string address_source{};
    std::string address_target{};
};
using TextGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, TextNode, TextEdge>;

TextGraph to_text(Graph const& graph);
/// Nodes by `number` where they have one. Or the first attribute that makes no sense, in words.
std::variant<Graph, std::string> from_text(TextGraph const& text);

/// The attributes by their names in a file; attributes of other names are ignored. `text` must outlive them.
boost::dynamic_properties attributes_of(TextGraph& text);

/// Why `xml` must not reach the XML parser, which recurses into every element; empty if it may. Reads tags and
/// comments as that parser does, and refuses what it does not understand.
std::optional<std::string> xml_refusal(std::string_view xml);

}  // namespace tcpsim::topology

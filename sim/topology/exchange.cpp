// GraphML and DOT through Boost.Graph. Its readers throw; here that becomes text. What they cannot survive – deep
// nesting, the products of subgraphs, sheer size – is refused before they see it.
#include "sim/topology/text_graph.hpp"

#include <boost/graph/graphml.hpp>
#include <boost/graph/graphviz.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <vector>

namespace tcpsim::topology {
namespace {

constexpr std::size_t most_bytes = 1U << 20U;

/// Reads by Boost what has passed every check of ours.
template <class Reader>
std::variant<Graph, std::string> read_by_boost(char const* format, Reader reader) {
    TextGraph text;
    boost::dynamic_properties attributes = attributes_of(text);
    try {
        reader(text, attributes);
    } catch (std::exception const& error) {
        return fmt::format("not a {} graph: {}", format, error.what());
    }
    return from_text(text);
}

/// The value of an attribute in a tag, or nothing.
std::string attribute_of(std::string const& tag, std::string const& name) {
    for (char const quote : {'"', '\''}) {
        std::string const opening = " " + name + "=" + quote;
        if (auto const begin = tag.find(opening); begin != std::string::npos) {
            auto const first = begin + opening.size();
            return tag.substr(first, tag.find(quote, first) - first);
        }
    }
    return {};
}

/// "<node id="a"", without what closes it.
template <class Visitor>
void for_each_tag(std::string const& xml, Visitor const& visit) {
    for (std::size_t begin = xml.find('<'); begin != std::string::npos; begin = xml.find('<', begin + 1)) {
        if (xml.compare(begin, 4, "<!--") == 0) {
            begin = std::min(xml.find("-->", begin), xml.size() - 1);
            continue;
        }
        std::string tag = xml.substr(begin, xml.find('>', begin) - begin);
        std::replace_if(
            tag.begin(), tag.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
        visit(tag);
    }
}

/// The identifiers of a GraphML file's nodes in the order in which Boost meets them, which keeps them to itself.
std::vector<std::string> identifiers_of(std::string const& xml) {
    std::vector<std::string> all;
    auto const meet = [&](std::string const& identifier) {
        if (std::find(all.begin(), all.end(), identifier) == all.end()) {
            all.push_back(identifier);
        }
    };
    for_each_tag(xml, [&](std::string const& tag) {
        if (tag.starts_with("<node ")) {
            meet(attribute_of(tag, "id"));
        } else if (tag.starts_with("<edge ")) {
            meet(attribute_of(tag, "source"));
            meet(attribute_of(tag, "target"));
        }
    });
    return all;
}

/// An edge's end that is no node: Boost would make one.
std::optional<std::string> missing_node(std::string const& xml) {
    std::vector<std::string> nodes;
    std::vector<std::string> ends;
    for_each_tag(xml, [&](std::string const& tag) {
        if (tag.starts_with("<node ")) {
            nodes.push_back(attribute_of(tag, "id"));
        } else if (tag.starts_with("<edge ")) {
            ends.push_back(attribute_of(tag, "source"));
            ends.push_back(attribute_of(tag, "target"));
        }
    });
    auto const missing = std::find_if(ends.begin(), ends.end(), [&](std::string const& end) {
        return std::find(nodes.begin(), nodes.end(), end) == nodes.end();
    });
    return missing == ends.end() ? std::nullopt : std::optional{*missing};
}

/// Who has no name is called by its identifier.
void name_by_identifier(TextGraph& graph, std::string const& xml) {
    std::vector<std::string> const identifiers = identifiers_of(xml);
    for (Vertex v = 0; v < boost::num_vertices(graph) && v < identifiers.size(); ++v) {
        graph[v].name = graph[v].name.empty() ? identifiers[v] : graph[v].name;
    }
}

/// An attribute or identifier of a DOT file. Boost leaves "node" and other keywords without quotes, which its own
/// reader then refuses; its writer finds this by argument-dependent lookup.
struct Quoted {
    std::string text{};
};
std::string escape_dot_string(Quoted const& quoted) {
    std::string escaped{"\""};
    for (char const c : quoted.text) {
        escaped += c == '"' ? "\\\"" : std::string{c};
    }
    return escaped + '"';
}

/// [name="value", …] without the attributes that are empty.
class DotAttributes {
  public:
    void add(char const* name, std::string const& value) {
        if (!value.empty()) {
            text_ += fmt::format("{}{}={}", text_.empty() ? "" : ", ", name, escape_dot_string(Quoted{value}));
        }
    }
    void write(std::ostream& out) const { out << " [" << text_ << "]"; }

  private:
    std::string text_{};
};

}  // namespace

std::string write_graphml(Graph const& graph) {
    TextGraph text = to_text(graph);
    boost::dynamic_properties const attributes = attributes_of(text);
    std::ostringstream out;
    boost::write_graphml(out, text, attributes, true);
    return out.str();
}

std::variant<Graph, std::string> read_graphml(std::string const& text) {
    if (text.size() > most_bytes) {
        return fmt::format("not a GraphML graph: more than {} bytes", most_bytes);
    }
    if (auto const refusal = xml_refusal(text)) {
        return fmt::format("not a GraphML graph: {}", *refusal);
    }
    if (auto const missing = missing_node(text)) {
        return fmt::format("not a GraphML graph: an edge ends at '{}', which is no node", *missing);
    }
    return read_by_boost("GraphML", [&](TextGraph& graph, boost::dynamic_properties& attributes) {
        std::istringstream in{text};
        boost::read_graphml(in, graph, attributes);
        name_by_identifier(graph, text);
    });
}

std::string write_dot(Graph const& graph) {
    TextGraph const text = to_text(graph);
    auto const write_node = [&](std::ostream& out, Vertex v) {
        DotAttributes attributes;
        attributes.add("kind", text[v].kind);
        attributes.add("number", text[v].number);
        attributes.write(out);
    };
    auto const write_edge = [&](std::ostream& out, boost::graph_traits<TextGraph>::edge_descriptor edge) {
        DotAttributes attributes;
        attributes.add("name", text[edge].name);
        attributes.add("delay", text[edge].delay);
        attributes.add("rate", text[edge].rate);
        attributes.add("queue", text[edge].queue);
        attributes.add("mtu", text[edge].mtu);
        attributes.add("queue_bytes", text[edge].queue_bytes);
        attributes.add("jitter", text[edge].jitter);
        attributes.add("loss", text[edge].loss);
        attributes.add("red", text[edge].red);
        attributes.add("codel", text[edge].codel);
        attributes.add("direct", text[edge].direct);
        attributes.add("address_source", text[edge].address_source);
        attributes.add("address_target", text[edge].address_target);
        attributes.write(out);
    };
    auto const identifier = boost::make_function_property_map<Vertex>([&](Vertex v) { return Quoted{text[v].name}; });
    std::ostringstream out;
    boost::write_graphviz(out, text, write_node, write_edge, boost::default_writer{}, identifier);
    return out.str();
}

std::variant<Graph, std::string> read_dot(std::string const& text) {
    if (text.size() > most_bytes) {
        return fmt::format("not a DOT graph: more than {} bytes", most_bytes);
    }
    // Boost's parser recurses into subgraphs and multiplies them out: {a b} -- {c d} are four links.
    if (std::count(text.begin(), text.end(), '{') > 1) {
        return "not a DOT graph: more than one '{' (subgraphs are not read)";
    }
    return read_by_boost("DOT", [&](TextGraph& graph, boost::dynamic_properties& attributes) {
        boost::read_graphviz(text, graph, attributes, "name");
    });
}

}  // namespace tcpsim::topology

#include "sim/topology/text_graph.hpp"

#include "sim/topology/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

namespace tcpsim::topology {
namespace {

/// Parsing stops at the first attribute that makes no sense.
using Wrong = std::optional<std::string>;

/// Sets `value` from `text` if there is any; says what is wrong if it cannot be read.
template <class T, class Reader>
Wrong read(std::string const& what, std::string const& text, T& value, Reader reader) {
    if (text.empty()) {
        return std::nullopt;
    }
    auto const read = reader(text);
    if (!read.value) {
        return fmt::format("{}: {}, {}", what, read.fault.what, read.fault.expected);
    }
    value = static_cast<T>(*read.value);
    return std::nullopt;
}

Read<NodeKind> read_kind(std::string const& text) {
    if (text == "host" || text == "router" || text == "switch") {
        return {text == "host" ? NodeKind::host : text == "router" ? NodeKind::router : NodeKind::lan, {}};
    }
    return {std::nullopt, {fmt::format("'{}' is no kind of node", text), "expected 'host', 'router' or 'switch'"}};
}

Read<wire::Ipv4Prefix> read_prefix(std::string const& text) {
    auto const prefix = wire::parse_ipv4_prefix(text);
    return prefix
               ? Read<wire::Ipv4Prefix>{prefix, {}}
               : Read<wire::Ipv4Prefix>{
                     std::nullopt, {fmt::format("'{}' is not an address", text), "expected one such as 10.1.0.2/24"}};
}

std::string prefix_text(wire::Ipv4Prefix prefix) {
    return fmt::format("{}/{}", wire::to_string(prefix.address), prefix.length);
}

template <class T>
auto count_up_to_most_of() {
    return [](std::string const& text) { return read_integer(text, 0, std::numeric_limits<T>::max()); };
}

/// "a b c": its words.
std::vector<std::string> words_of(std::string const& text) {
    std::vector<std::string> words(1);
    for (char const c : text) {
        if (c == ' ') {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    return words;
}

/// "1%", or "good bad to_bad to_good".
Read<net::LossModel> read_loss(std::string const& text) {
    std::vector<std::uint32_t> numbers;
    for (auto const& word : words_of(text)) {
        auto const read = read_probability(word);
        if (!read.value) {
            return {std::nullopt, read.fault};
        }
        numbers.push_back(*read.value);
    }
    if (numbers.size() != 1 && numbers.size() != 4) {
        return {std::nullopt, {fmt::format("'{}' is no loss", text), "expected one probability or four"}};
    }
    numbers.resize(4);
    return {net::LossModel{{numbers[0]}, {numbers[1]}, {numbers[2]}, {numbers[3]}}, {}};
}

std::string loss_text(net::LossModel const& loss) {
    auto const text = [](net::Probability p) { return probability_text(p.per_million); };
    bool const bursts = loss != net::LossModel{.good = loss.good};
    return loss.loses_nothing() ? ""
           : !bursts            ? text(loss.good)
                                : fmt::format("{} {} {} {}", text(loss.good), text(loss.bad), text(loss.turns_bad),
                                              text(loss.turns_good));
}

/// "min max at_max weight_shift marks".
Read<net::RedSettings> read_red(std::string const& text) {
    auto const words = words_of(text);
    if (words.size() != 5 || (words[4] != "true" && words[4] != "false")) {
        return {std::nullopt, {fmt::format("'{}' is no RED", text), "expected 'min max at_max weight_shift marks'"}};
    }
    auto const least = read_integer(words[0], 0, std::numeric_limits<std::uint32_t>::max());
    auto const most = read_integer(words[1], 0, std::numeric_limits<std::uint32_t>::max());
    auto const at_max = read_probability(words[2]);
    auto const shift = read_integer(words[3], 1, 20);
    if (!least.value || !most.value || !at_max.value || !shift.value) {
        return {std::nullopt, {fmt::format("'{}' is no RED", text), "expected 'min max at_max weight_shift marks'"}};
    }
    return {net::RedSettings{static_cast<std::uint32_t>(*least.value),
                             static_cast<std::uint32_t>(*most.value),
                             {*at_max.value},
                             static_cast<std::uint8_t>(*shift.value),
                             words[4] == "true"},
            {}};
}

std::string red_text(net::RedSettings const& red) {
    return red == net::RedSettings{}
               ? ""
               : fmt::format("{} {} {} {} {}", red.min_packets, red.max_packets,
                             probability_text(red.at_max.per_million), red.weight_shift, red.marks ? "true" : "false");
}

/// "target interval marks".
Read<net::CodelSettings> read_codel(std::string const& text) {
    auto const words = words_of(text);
    Fault const fault{fmt::format("'{}' is no CoDel", text), "expected 'target interval marks'"};
    if (words.size() != 3 || (words[2] != "true" && words[2] != "false")) {
        return {std::nullopt, fault};
    }
    auto const target = read_duration(words[0]);
    auto const interval = read_duration(words[1]);
    if (!target.value || !interval.value) {
        return {std::nullopt, fault};
    }
    return {net::CodelSettings{*target.value, *interval.value, words[2] == "true"}, {}};
}

std::string codel_text(net::CodelSettings const& codel) {
    return codel == net::CodelSettings{} ? ""
                                         : fmt::format("{} {} {}", duration_text(codel.target),
                                                       duration_text(codel.interval), codel.marks ? "true" : "false");
}

Read<bool> read_boolean(std::string const& text) {
    if (text == "true" || text == "false") {
        return {text == "true", {}};
    }
    return {std::nullopt, {fmt::format("'{}' is neither", text), "expected 'true' or 'false'"}};
}

Wrong read_node(TextNode const& text, Node& node) {
    node.name = text.name;
    return read(fmt::format("node '{}', kind", text.name), text.kind, node.kind, read_kind);
}

Wrong read_edge(TextEdge const& text, std::string const& link, Edge& edge) {
    auto const what = [&](char const* attribute) { return fmt::format("link '{}', {}", link, attribute); };
    edge.name = text.name;
    Wrong wrong = read(what("delay"), text.delay, edge.delay, read_duration);
    if (!wrong) {
        wrong = read(what("rate"), text.rate, edge.bits_per_second, read_rate);
    }
    if (!wrong) {
        wrong = read(what("queue"), text.queue, edge.queue_packets, count_up_to_most_of<std::uint32_t>());
    }
    if (!wrong) {
        wrong = read(what("mtu"), text.mtu, edge.mtu, count_up_to_most_of<std::uint16_t>());
    }
    if (!wrong) {
        wrong = read(what("queue_bytes"), text.queue_bytes, edge.queue_bytes, count_up_to_most_of<std::uint32_t>());
    }
    if (!wrong) {
        wrong = read(what("jitter"), text.jitter, edge.jitter, read_duration);
    }
    if (!wrong) {
        wrong = read(what("loss"), text.loss, edge.loss, read_loss);
    }
    if (!wrong) {
        wrong = read(what("red"), text.red, edge.red, read_red);
    }
    if (!wrong) {
        wrong = read(what("codel"), text.codel, edge.codel, read_codel);
    }
    if (!wrong) {
        wrong = read(what("direct"), text.direct, edge.direct, read_boolean);
    }
    if (!wrong) {
        wrong = read(what("address_source"), text.address_source, edge.address_source, read_prefix);
    }
    if (!wrong) {
        wrong = read(what("address_target"), text.address_target, edge.address_target, read_prefix);
    }
    return wrong;
}

/// The order in which nodes were written, where it is known.
std::variant<std::vector<Vertex>, std::string> node_order(TextGraph const& text) {
    std::vector<std::uint64_t> numbers(boost::num_vertices(text), std::numeric_limits<std::uint64_t>::max());
    for (Vertex const v : boost::make_iterator_range(boost::vertices(text))) {
        if (auto wrong = read(fmt::format("node '{}', number", text[v].name), text[v].number, numbers[v],
                              count_up_to_most_of<std::uint32_t>())) {
            return *wrong;
        }
    }
    std::vector<Vertex> order(numbers.size());
    std::iota(order.begin(), order.end(), Vertex{0});
    std::stable_sort(order.begin(), order.end(), [&](Vertex a, Vertex b) { return numbers[a] < numbers[b]; });
    return order;
}

}  // namespace

TextGraph to_text(Graph const& graph) {
    TextGraph text;
    for (Vertex const v : boost::make_iterator_range(boost::vertices(graph))) {
        char const* const kind = graph[v].kind == NodeKind::router ? "router"
                                 : graph[v].kind == NodeKind::lan  ? "switch"
                                                                   : "host";
        boost::add_vertex(TextNode{graph[v].name, kind, std::to_string(v + 1)}, text);
    }
    auto const prefix = [](wire::Ipv4Prefix const& p) { return p == wire::Ipv4Prefix{} ? "" : prefix_text(p); };
    for (auto const edge : boost::make_iterator_range(boost::edges(graph))) {
        Edge const& link = graph[edge];
        TextEdge const attributes{link.name,
                                  duration_text(link.delay),
                                  link.bits_per_second == 0 ? "" : rate_text(link.bits_per_second),
                                  std::to_string(link.queue_packets),
                                  std::to_string(link.mtu),
                                  link.queue_bytes == 0 ? "" : std::to_string(link.queue_bytes),
                                  link.jitter == Duration{0} ? "" : duration_text(link.jitter),
                                  loss_text(link.loss),
                                  red_text(link.red),
                                  codel_text(link.codel),
                                  link.direct ? "true" : "",
                                  prefix(link.address_source),
                                  prefix(link.address_target)};
        boost::add_edge(boost::source(edge, graph), boost::target(edge, graph), attributes, text);
    }
    return text;
}

std::variant<Graph, std::string> from_text(TextGraph const& text) {
    auto const ordered = node_order(text);
    if (auto const* wrong = std::get_if<std::string>(&ordered)) {
        return *wrong;
    }
    Graph graph;
    std::vector<Vertex> place(boost::num_vertices(text));
    for (Vertex const v : std::get<std::vector<Vertex>>(ordered)) {
        Node node;
        if (auto wrong = read_node(text[v], node)) {
            return *wrong;
        }
        place[v] = boost::add_vertex(std::move(node), graph);
    }
    for (auto const edge : boost::make_iterator_range(boost::edges(text))) {
        Vertex const source = boost::source(edge, text);
        Vertex const target = boost::target(edge, text);
        std::string const link =
            text[edge].name.empty() ? fmt::format("{}-{}", text[source].name, text[target].name) : text[edge].name;
        Edge properties;
        if (auto wrong = read_edge(text[edge], link, properties)) {
            return *wrong;
        }
        connect(graph, place[source], place[target], std::move(properties));
    }
    return graph;
}

boost::dynamic_properties attributes_of(TextGraph& text) {
    boost::dynamic_properties attributes{boost::ignore_other_properties};
    attributes.property("name", boost::get(&TextNode::name, text));
    attributes.property("kind", boost::get(&TextNode::kind, text));
    attributes.property("number", boost::get(&TextNode::number, text));
    attributes.property("name", boost::get(&TextEdge::name, text));
    attributes.property("delay", boost::get(&TextEdge::delay, text));
    attributes.property("rate", boost::get(&TextEdge::rate, text));
    attributes.property("queue", boost::get(&TextEdge::queue, text));
    attributes.property("mtu", boost::get(&TextEdge::mtu, text));
    attributes.property("queue_bytes", boost::get(&TextEdge::queue_bytes, text));
    attributes.property("jitter", boost::get(&TextEdge::jitter, text));
    attributes.property("loss", boost::get(&TextEdge::loss, text));
    attributes.property("red", boost::get(&TextEdge::red, text));
    attributes.property("codel", boost::get(&TextEdge::codel, text));
    attributes.property("direct", boost::get(&TextEdge::direct, text));
    attributes.property("address_source", boost::get(&TextEdge::address_source, text));
    attributes.property("address_target", boost::get(&TextEdge::address_target, text));
    return attributes;
}

}  // namespace tcpsim::topology

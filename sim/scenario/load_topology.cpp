// The topology: a shape by name, a graph in place, or a file.
#include "sim/scenario/check_value.hpp"
#include "sim/scenario/loading.hpp"
#include "sim/scenario/suggest.hpp"

#include <boost/range/iterator_range.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace tcpsim::scenario {

namespace {

using topology::Graph;

struct NodesByName {
    std::map<std::string, topology::Vertex> vertices{};
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (auto const& [name, vertex] : vertices) {
            all.push_back(name);
        }
        return all;
    }
};

NodesByName add_nodes(Reader const& graph_of_file, Graph& graph, Problems& problems) {
    NodesByName nodes;
    for (auto const& item : graph_of_file.items("nodes")) {
        Reader const node{item, *field_of(graph_of_file.value(), graph_shape(), "nodes")->shape};
        auto const name = node.text("name");
        if (!name) {
            continue;
        }
        if (nodes.vertices.contains(*name)) {
            problems.add(node.place_of("name"), fmt::format("a second node '{}'", *name), "expected another name");
            continue;
        }
        auto const word = node.text_or("kind", "host");
        auto const kind = word == "router"   ? topology::NodeKind::router
                          : word == "switch" ? topology::NodeKind::lan
                                             : topology::NodeKind::host;
        nodes.vertices[*name] = boost::add_vertex({*name, kind, load_middleboxes(node)}, graph);
    }
    return nodes;
}

topology::Edge edge_of(Reader const& link) {
    topology::Edge edge{};
    edge.name = link.text_or("name", "");
    edge.delay = link.duration("delay").value_or(Duration{0});
    edge.bits_per_second = link.rate("rate").value_or(0);
    edge.queue_packets = static_cast<std::uint32_t>(link.integer("queue").value_or(edge.queue_packets));
    edge.mtu = static_cast<std::uint16_t>(link.integer("mtu").value_or(edge.mtu));
    edge.queue_bytes = static_cast<std::uint32_t>(link.size("queue_bytes").value_or(0));
    edge.jitter = link.duration("jitter").value_or(Duration{0});
    edge.loss = load_loss(link);
    edge.direct = link.boolean_or("direct", false);
    if (auto const red = link.mapping("red")) {
        edge.red.min_packets = static_cast<std::uint32_t>(red->integer("min").value_or(0));
        edge.red.max_packets = static_cast<std::uint32_t>(red->integer("max").value_or(0));
        edge.red.at_max = red->probability("at_max").value_or(edge.red.at_max);
        edge.red.marks = red->boolean_or("ecn", false);
    }
    if (auto const codel = link.mapping("codel")) {
        edge.codel.target = codel->duration("target").value_or(net::codel_target);
        edge.codel.interval = codel->duration("interval").value_or(edge.codel.interval);
        edge.codel.marks = codel->boolean_or("ecn", false);
    }
    return edge;
}

/// The vertex that one end of a link names.
std::optional<topology::Vertex> end_of(Value const& name, NodesByName const& nodes, Problems& problems) {
    if (name.kind != Value::Kind::scalar) {
        return std::nullopt;
    }
    auto const found = nodes.vertices.find(name.text);
    if (found == nodes.vertices.end()) {
        auto const names = nodes.names();
        problems.add(name.place, fmt::format("no node {}", quoted(name.text)), suggestion(name.text, views(names)));
        return std::nullopt;
    }
    return found->second;
}

void add_links(Reader const& graph_of_file, NodesByName const& nodes, Graph& graph, Problems& problems) {
    std::vector<std::string> names;
    for (auto const& item : graph_of_file.items("links")) {
        Reader const link{item, *field_of(graph_of_file.value(), graph_shape(), "links")->shape};
        auto const between = link.items("between");
        if (between.size() != 2) {
            continue;
        }
        auto const a = end_of(between[0], nodes, problems);
        auto const b = end_of(between[1], nodes, problems);
        if (!a || !b) {
            continue;
        }
        if (*a == *b) {
            problems.add(between[1].place, fmt::format("a link from '{}' to itself", between[0].text),
                         "expected two nodes");
            continue;
        }
        auto edge = edge_of(link);
        auto const name = edge.name.empty() ? between[0].text + "-" + between[1].text : edge.name;
        if (std::find(names.begin(), names.end(), name) != names.end()) {
            problems.add(edge.name.empty() ? item.place : link.place_of("name"),
                         fmt::format("a second link '{}'", name), "expected another name");
            continue;
        }
        names.push_back(name);
        topology::connect(graph, *a, *b, std::move(edge));
    }
}

/// Where the node or link stands that `problem` names first; `whole` if it names none.
Place place_of(std::string const& problem, Reader const& graph_of_file, Place const& whole) {
    std::size_t first = std::string::npos;
    Place place = whole;
    auto const look = [&](std::string const& name, Place const& where) {
        std::size_t const found = problem.find("'" + name + "'");
        if (found < first) {
            first = found;
            place = where;
        }
    };
    for (auto const& item : graph_of_file.items("nodes")) {
        if (auto const* name = item.find("name")) {
            look(name->text, name->place);
        }
    }
    for (auto const& item : graph_of_file.items("links")) {
        auto const* name = item.find("name");
        auto const* between = item.find("between");
        bool const has_ends = between != nullptr && between->children.size() == 2;
        look(name != nullptr ? name->text
             : has_ends      ? between->children[0].text + "-" + between->children[1].text
                             : "",
             item.place);
    }
    return place;
}

/// `whole`: what the graph as such is called in messages.
std::optional<Graph> graph_of(Reader const& graph_of_file, Place const& whole, Problems& problems) {
    std::size_t const before = problems.size();
    Graph graph;
    auto const nodes = add_nodes(graph_of_file, graph, problems);
    add_links(graph_of_file, nodes, graph, problems);
    bool const complete = !graph_of_file.items("nodes").empty() && problems.size() == before;
    if (graph_of_file.items("nodes").empty() && graph_of_file.find("nodes") != nullptr) {
        problems.add(graph_of_file.place_of("nodes"), "no nodes", "expected at least two hosts");
    }
    if (complete) {
        for (auto const& problem : topology::problems(graph)) {
            problems.add(place_of(problem, graph_of_file, whole), "the topology: " + problem, "");
        }
    }
    return problems.size() == before ? std::optional{std::move(graph)} : std::nullopt;
}

std::optional<Graph> yaml_graph(std::string const& file, std::string const& text, Problems& problems) {
    auto unfit = unfit_text(file, text);
    auto parsed = unfit.empty() ? parse_yaml(file, text) : std::variant<Value, Problem>{unfit.front()};
    if (auto const* problem = std::get_if<Problem>(&parsed)) {
        problems.add(problem->place, problem->what, problem->expected);
        return std::nullopt;
    }
    auto& tree = std::get<Value>(parsed);
    std::size_t const before = problems.size();
    check_shape(tree, graph_shape(), problems);
    if (problems.size() != before) {
        return std::nullopt;
    }
    return graph_of(Reader{tree, graph_shape()}, tree.place, problems);
}

std::optional<Graph> from_file(std::string const& file, Place const& place, Resolver const& resolver,
                               Problems& problems) {
    bool const yaml = file.ends_with(".yaml") || file.ends_with(".yml");
    bool const graphml = file.ends_with(".graphml");
    bool const dot = file.ends_with(".dot") || file.ends_with(".gv");
    if (!yaml && !graphml && !dot) {
        problems.add(place, fmt::format("{} is no topology", quoted(file)),
                     "expected {shape: …}, {nodes: …, links: …}, or a file that ends in .yaml, .graphml or .dot");
        return std::nullopt;
    }
    auto const included = resolver ? resolver(file) : Included{"", "files cannot be read here"};
    if (!included.error.empty()) {
        problems.add(place, fmt::format("cannot read {}: {}", quoted(file), included.error),
                     "expected a file of topologies/");
        return std::nullopt;
    }
    if (yaml) {
        return yaml_graph(file, included.text, problems);
    }
    auto read = graphml ? topology::read_graphml(included.text) : topology::read_dot(included.text);
    if (auto const* wrong = std::get_if<std::string>(&read)) {
        problems.add(place, fmt::format("{}: {}", file, *wrong), "");
        return std::nullopt;
    }
    for (auto const& problem : topology::problems(std::get<Graph>(read))) {
        problems.add(place, fmt::format("{}: {}", file, problem), "");
        return std::nullopt;
    }
    return std::get<Graph>(std::move(read));
}

std::optional<Graph> from_shape(Reader const& shape) {
    auto const name = shape.text_or("shape", "");
    auto const rtt = name == "dumbbell" ? std::optional<Duration>{} : shape.duration("rtt");
    if (name == "pair" && rtt) {
        return topology::pair(*rtt);
    }
    if (name == "routed" && rtt) {
        return topology::routed(*rtt);
    }
    if (name != "dumbbell") {
        return std::nullopt;
    }
    auto const pairs = shape.integer("pairs");
    auto const access = shape.duration("access_delay");
    auto const core = shape.duration("core_delay");
    return pairs && access && core ? std::optional{topology::dumbbell(static_cast<int>(*pairs), *access, *core)}
                                   : std::nullopt;
}

}  // namespace

std::optional<topology::Graph> load_topology(Reader const& root, Resolver const& resolver, Problems& problems) {
    if (auto const file = root.text("topology")) {
        return from_file(*file, root.place_of("topology"), resolver, problems);
    }
    auto const mapping = root.mapping("topology");
    if (!mapping) {
        return std::nullopt;
    }
    if (mapping->find("nodes") != nullptr) {
        Reader const graph{mapping->value(), graph_shape()};
        return mapping->find("links") == nullptr ? std::nullopt : graph_of(graph, root.place_of("topology"), problems);
    }
    return from_shape(*mapping);
}

void load_networking(Reader const& root, Scenario& scenario) {
    scenario.arp = root.text_or("neighbours", "static") == "arp";
    if (auto const routing = root.mapping("routing")) {
        scenario.reconverges = routing->duration("reconverge");
        scenario.equal_cost = routing->boolean_or("equal_cost", false);
    }
}

std::variant<Graph, std::vector<Problem>> load_graph(std::string const& file, Resolver const& resolver) {
    Problems problems;
    auto graph = from_file(file, Place{file, 1, 1}, resolver, problems);
    if (!graph) {
        return problems.take();
    }
    return std::move(*graph);
}

std::vector<HostSpec> load_hosts(Reader const& root, topology::Graph const& graph) {
    Problems already_reported;
    std::vector<HostSpec> hosts;
    auto const bodies = root.items("hosts");
    for (auto const vertex : boost::make_iterator_range(boost::vertices(graph))) {
        auto const& node = graph[vertex];
        if (node.kind != topology::NodeKind::host) {
            continue;
        }
        auto const body =
            std::find_if(bodies.begin(), bodies.end(), [&](Value const& v) { return v.key == node.name; });
        hosts.push_back({node.name, read_host_body(body == bodies.end() ? Value{} : *body, already_reported)});
    }
    return hosts;
}

}  // namespace tcpsim::scenario

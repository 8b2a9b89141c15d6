#include "sim/topology/segments.hpp"

#include <boost/range/iterator_range.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace tcpsim::topology {
namespace {

/// Disjoint sets with the smallest member as their name.
class Sets {
  public:
    explicit Sets(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
    std::size_t find(std::size_t one) const {
        while (parent_[one] != one) {
            one = parent_[one];
        }
        return one;
    }
    /// False if they were one set before.
    bool join(std::size_t a, std::size_t b) {
        std::size_t const first = std::min(find(a), find(b));
        std::size_t const second = std::max(find(a), find(b));
        parent_[second] = first;
        return first != second;
    }

  private:
    std::vector<std::size_t> parent_;
};

}  // namespace

std::vector<std::size_t> segments(Graph const& graph) {
    Sets sets{boost::num_edges(graph)};
    std::map<Vertex, std::size_t> first_at_switch;
    std::size_t link = 0;
    for (auto const edge : boost::make_iterator_range(boost::edges(graph))) {
        for (Vertex const end : {boost::source(edge, graph), boost::target(edge, graph)}) {
            if (graph[end].kind == NodeKind::lan) {
                sets.join(first_at_switch.try_emplace(end, link).first->second, link);
            }
        }
        ++link;
    }
    std::vector<std::size_t> all(link);
    for (std::size_t i = 0; i < link; ++i) {
        all[i] = sets.find(i);
    }
    return all;
}

bool has_switching_loop(Graph const& graph) {
    Sets sets{boost::num_vertices(graph)};
    auto const [first, last] = boost::edges(graph);
    return std::any_of(first, last, [&](auto const& edge) {
        Vertex const a = boost::source(edge, graph);
        Vertex const b = boost::target(edge, graph);
        bool const both = graph[a].kind == NodeKind::lan && graph[b].kind == NodeKind::lan;
        return both && !sets.join(a, b);
    });
}

}  // namespace tcpsim::topology

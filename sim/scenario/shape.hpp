// The format as tables: one row per key. The loader checks by them, json_schema() and the reference page are printed
// from them, so that the three cannot drift.
#pragma once

#include "sim/scenario/tree.hpp"
#include "sim/topology/units.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::scenario {

using topology::duration_text;
using topology::Fault;
using topology::Read;
using topology::read_duration;
using topology::read_integer;
using topology::read_probability;
using topology::read_rate;
using topology::read_size;

/// What a scalar must be. A field with a `shape` may be a mapping of that shape instead.
enum class Kind : std::uint8_t {
    nothing,      ///< only a mapping (or no value at all)
    text,         ///< any scalar
    name,         ///< letters, digits, '-' and '_': it can stand in a dotted path
    host,         ///< a host of the topology
    node,         ///< a host or router of the same graph
    link,         ///< a link of the topology
    program,      ///< a program's name
    process,      ///< "program" or "host/program"
    step,         ///< a timeline step's name
    rule,         ///< the name of a drop or slow step
    socket,       ///< a socket's name within a program
    endpoint,     ///< "host:port"
    integer,      ///< within least..most
    boolean,      ///< true or false
    duration,     ///< "10ms"
    instant,      ///< the same, since the world's start: not after `until`
    size,         ///< "64KiB" or plain bytes, within least..most
    rate,         ///< "10Mbit/s"
    probability,  ///< "0.5%"
    prefix,       ///< "10.1.0.7/24"
    word,         ///< one of `words`
    flags,        ///< TCP flags in notation
    data,         ///< text to send
    returned,     ///< a number, a text, or `end`
    file,         ///< a file name, given to the resolver
    host_body,    ///< a mapping: profile and settings of that profile
};

struct Shape;

struct Field {
    std::string_view name{};
    Kind kind{Kind::text};
    std::string_view doc{};
    bool required{false};
    bool may_be_empty{false};
    enum class Many : std::uint8_t { one, list, pair, by_name } many{Many::one};
    Shape const* shape{nullptr};
    std::int64_t least{0};
    std::int64_t most{std::numeric_limits<std::int64_t>::max()};
    std::span<std::string_view const> (*words)(){nullptr};
};

/// Alternative forms of one mapping. The first field tells: by being there, or by its value if `word` is set.
struct Variant {
    std::string_view word{};
    std::string_view doc{};
    std::span<Field const> fields{};
    /// Gives way to other variants whose key is there too: in a step, `socket` may be the call or say on which.
    bool weak{false};
};

struct Shape {
    std::string_view name{};  ///< "a step": for messages and headings
    std::string_view doc{};
    std::span<Field const> fields{};  ///< in every variant
    std::span<Variant const> variants{};
    bool word_alone{false};                           ///< `- close` may stand for `- close:`
    std::span<std::string_view const> exactly_one{};  ///< of these keys
};

Shape const& scenario_shape();
Shape const& graph_shape();  ///< the root of a file of topologies/
Shape const& step_shape();
Shape const& program_shape();
Shape const& timeline_shape();
Shape const& expectation_shape();
Shape const& around_shape();
Shape const& pattern_shape();
Shape const& amount_shape();

/// Every shape that a scenario can contain, parents first.
std::vector<Shape const*> all_shapes();

/// Collects what is wrong; sorted by place when taken.
class Problems {
  public:
    void add(Place const& place, std::string what, std::string expected = {});
    [[nodiscard]] bool empty() const { return problems_.empty(); }
    [[nodiscard]] std::size_t size() const { return problems_.size(); }
    std::vector<Problem> take();

  private:
    std::vector<Problem> problems_{};
};

/// The variant that `value` is, or null.
Variant const* variant_of(Value const& value, Shape const& shape);
/// The row for `key` in `value`, or null.
Field const* field_of(Value const& value, Shape const& shape, std::string_view key);

/// Reports every key that is unknown, doubled or missing and every value of the wrong form, here and below.
/// Replaces words that stand alone by their mapping.
void check_shape(Value& value, Shape const& shape, Problems& problems);

/// Reads by the table: asking for a key that the table does not have is our bug. What is absent or wrong is empty,
/// since check_shape() has reported it.
class Reader {
  public:
    Reader(Value const& value, Shape const& shape) : value_{&value}, shape_{&shape} {}

    [[nodiscard]] bool has(std::string_view key) const { return value_->find(key) != nullptr; }
    [[nodiscard]] Value const* find(std::string_view key) const;  ///< present, whatever it is
    [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
    [[nodiscard]] std::string text_or(std::string_view key, std::string_view otherwise) const;
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
    [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
    [[nodiscard]] bool boolean_or(std::string_view key, bool otherwise) const;
    [[nodiscard]] std::optional<Duration> duration(std::string_view key) const;
    [[nodiscard]] std::optional<Instant> instant(std::string_view key) const;
    [[nodiscard]] std::optional<std::uint64_t> size(std::string_view key) const;
    [[nodiscard]] std::optional<std::uint64_t> rate(std::string_view key) const;
    [[nodiscard]] std::optional<net::Probability> probability(std::string_view key) const;
    [[nodiscard]] std::optional<wire::Ipv4Prefix> prefix(std::string_view key) const;
    [[nodiscard]] std::optional<std::string> flags(std::string_view key) const;
    /// The mapping under `key` with the row's shape; empty if it is not one.
    [[nodiscard]] std::optional<Reader> mapping(std::string_view key) const;
    /// The items of the list under `key`; none if it is not one.
    [[nodiscard]] std::span<Value const> items(std::string_view key) const;
    [[nodiscard]] Place place_of(std::string_view key) const;
    [[nodiscard]] Value const& value() const { return *value_; }
    [[nodiscard]] Field const& row(std::string_view key) const;

  private:
    [[nodiscard]] Value const* scalar(std::string_view key) const;
    Value const* value_;
    Shape const* shape_;
};

/// Host and port of "server:9998"; empty host if it is none.
struct HostAndPort {
    std::string host{};
    std::uint16_t port{0};
};
HostAndPort split_endpoint(std::string_view text);

}  // namespace tcpsim::scenario

// Small mappings that several tables use. The tables are constants, so that they can point at one another.
#pragma once

#include "sim/scenario/shape.hpp"

#include <array>

namespace tcpsim::scenario::tables {

using Many = Field::Many;
inline constexpr std::int64_t most_port = 65535;

inline constexpr std::array around_fields{
    Field{.name = "value", .kind = Kind::duration, .doc = "the time or duration itself", .required = true},
    Field{.name = "within", .kind = Kind::duration, .doc = "how far it may differ, either way", .required = true},
};
inline constexpr Shape around{
    "a time with a tolerance", "Exact without a tolerance, for timers are ideal.", around_fields, {}};

inline constexpr std::array pattern_fields{
    Field{.name = "pattern",
          .kind = Kind::size,
          .doc = "so many bytes of a pattern that goes on from write to write, and from read to read",
          .required = true,
          .least = 1},
};
inline constexpr Shape pattern{
    "a pattern", "Long data without typing it: a lost, doubled or wrong byte is noticed.", pattern_fields, {}};

inline constexpr std::array exactly_fields{
    Field{.name = "exactly",
          .kind = Kind::size,
          .doc = "goes on reading until so many bytes have come, the stream ends, or an error",
          .required = true,
          .least = 1},
};
inline constexpr std::array at_most_fields{
    Field{.name = "at_most", .kind = Kind::size, .doc = "what one read() may return", .required = true, .least = 1},
};
inline constexpr std::array amount_variants{
    Variant{.word = {}, .doc = "A loop of read().", .fields = exactly_fields},
    Variant{.word = {}, .doc = "One read(); the same as the plain number.", .fields = at_most_fields},
};
inline constexpr Shape amount{"an amount to read", "`read: 1024` is `read: {at_most: 1024}`.", {}, amount_variants};

inline constexpr std::int64_t most_nth = 1'000'000'000;
inline constexpr Field flags{
    .name = "flags", .kind = Kind::flags, .doc = "exactly these: letters of FSRPUEW, and '.' for ACK"};
inline constexpr Field data{.name = "data",
                            .kind = Kind::boolean,
                            .doc = "true: only segments that carry data; false: only those that carry none"};

/// Independent or in bursts: of links, and of the verb that changes them.
inline constexpr std::array loss_fields{
    Field{.name = "good", .kind = Kind::probability, .doc = "in the good state; default 0%"},
    Field{.name = "bad", .kind = Kind::probability, .doc = "in the bad state; default 100%"},
    Field{.name = "to_bad",
          .kind = Kind::probability,
          .doc = "before each frame, from the good state to the bad one",
          .required = true},
    Field{.name = "to_good", .kind = Kind::probability, .doc = "and back", .required = true},
};
inline constexpr Shape loss{
    "a loss in bursts", "Gilbert-Elliott: a good state and a bad one, each with its own loss.", loss_fields, {}};

/// The timeline's verbs (shapes_faults.cpp).
inline constexpr std::size_t fault_variant_count = 37;
extern std::array<Variant, fault_variant_count> const fault_variants;
extern Shape const nat;
extern Shape const firewall;
extern Shape const load_balancer;
extern Shape const syn_proxy;
extern Shape const graph;
extern Shape const step;
extern Shape const program;
extern Shape const timeline_step;
extern Shape const expectation;

}  // namespace tcpsim::scenario::tables

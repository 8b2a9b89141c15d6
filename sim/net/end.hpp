// The two ends of a link.
#pragma once

#include <cstdint>

namespace tcpsim::net {

enum class End : std::uint8_t { a, b };
constexpr End other(End end) { return end == End::a ? End::b : End::a; }

}  // namespace tcpsim::net

// The name of an open file description.
#pragma once

#include <compare>
#include <cstdint>

namespace tcpsim::socket {

/// Names an open file description (POSIX "open file description"), not a descriptor.
struct FileId {
    std::uint64_t value{0};
    auto operator<=>(FileId const&) const = default;
};

}  // namespace tcpsim::socket

// A process's descriptor table: numbers for open file descriptions.
#pragma once

#include "stack/socket/sockets.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tcpsim::machine {

class Descriptors {
  public:
    [[nodiscard]] std::optional<socket::FileId> file(std::int32_t fd) const;
    /// So many more would get numbers below most_descriptors, and not below `least`.
    [[nodiscard]] bool has_room(std::int32_t least = 0, std::int32_t more = 1) const;
    /// POSIX.1-2017 §2.14: the lowest number that is not open, and at least `least`.
    std::int32_t install(socket::FileId file, std::int32_t least = 0);
    /// At this number, which must not be open.
    void put(std::int32_t fd, socket::FileId file);
    /// No longer open; the caller releases the file.
    std::optional<socket::FileId> take(std::int32_t fd);
    /// One past the highest number that was ever open.
    [[nodiscard]] std::int32_t end() const { return static_cast<std::int32_t>(files_.size()); }

  private:
    std::vector<std::optional<socket::FileId>> files_{};
};

/// What a process may have open at once (Linux getrlimit(2) RLIMIT_NOFILE, the usual soft limit).
inline constexpr std::int32_t most_descriptors = 1024;

}  // namespace tcpsim::machine

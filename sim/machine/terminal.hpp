// The terminal of a process: somebody types lines at given times into descriptor 0. What is written to 1 and 2 is
// shown, that is, taken.
#pragma once

#include "stack/base/payload.hpp"
#include "stack/base/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tcpsim::machine {

struct TypedLine {
    Instant at{};        ///< since the world's start
    std::string text{};  ///< with its newline; empty: the end of the file (^D)
};

class Terminal {
  public:
    /// In the order of their times. What was typed before the process began is lost.
    Terminal(std::vector<TypedLine> lines, Instant begun);
    /// The line that can be read, which is then gone; the end of the file stays. Nothing if none has been typed yet.
    std::optional<Payload> read(Instant now);
    /// When there is something to read; never once the typist has left.
    [[nodiscard]] Instant next() const { return next_ < lines_.size() ? lines_[next_].at : never; }

  private:
    std::vector<TypedLine> lines_;
    std::size_t next_{0};
};

}  // namespace tcpsim::machine

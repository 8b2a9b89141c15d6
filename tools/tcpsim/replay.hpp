// The command line that repeats this run exactly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcpsim::tool {

class Replay {
  public:
    Replay(int argc, char const* const* argv) : words_{argv, argv + argc} {}
    /// The seed that the run really uses; added unless the command line names it already.
    void use_seed(std::uint64_t seed, bool named) {
        seed_ = seed;
        named_ = named;
    }
    [[nodiscard]] std::optional<std::uint64_t> seed() const { return seed_; }
    /// Quoted for a POSIX shell.
    [[nodiscard]] std::string text() const;

  private:
    std::vector<std::string> words_;
    std::optional<std::uint64_t> seed_{};
    bool named_{false};
};

}  // namespace tcpsim::tool

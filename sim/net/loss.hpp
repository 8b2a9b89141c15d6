// Random loss of a link: Gilbert 1960, Elliott 1963: a good state and a bad one, each with its own loss. A link that never
// turns bad loses independently.
#pragma once

#include "sim/net/probability.hpp"

namespace tcpsim::net {

struct LossModel {
    Probability good{};       ///< a frame is lost in the good state
    Probability bad{};        ///< and in the bad one
    Probability turns_bad{};  ///< before each frame, in the good state
    Probability turns_good{};
    [[nodiscard]] bool loses_nothing() const { return *this == LossModel{}; }
    bool operator==(LossModel const&) const = default;
};

/// One direction's state.
class LossProcess {
  public:
    /// The next frame's fate. Two draws, whatever the state.
    bool loses(LossModel const& model, core::Random& stream) {
        if ((bad_ ? model.turns_good : model.turns_bad).happens(stream)) {
            bad_ = !bad_;
        }
        return (bad_ ? model.bad : model.good).happens(stream);
    }
    [[nodiscard]] bool is_bad() const { return bad_; }

  private:
    bool bad_{false};
};

}  // namespace tcpsim::net

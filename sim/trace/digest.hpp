// A 64-bit number over every typed field of every record: two runs are the same iff it is.
#pragma once

#include "sim/trace/record.hpp"

#include <cstdint>

namespace tcpsim::trace {

/// FNV-1a style mixing of 64-bit words. Hashes fields, never text and never padding.
class Digest final : public Sink {
  public:
    void record(Record const& record) override;
    [[nodiscard]] std::uint64_t value() const { return state_; }

  private:
    std::uint64_t state_{0xcbf2'9ce4'8422'2325U};
};

}  // namespace tcpsim::trace

// A 64-bit number over every typed field of every record: two runs are the same iff it is.
#pragma once

#include "sim/trace/record.hpp"

#include <cstdint>

namespace tcpsim::trace {

/// FNV-1a style mixing, a 64-bit word at a time. Hashes fields, never text, never padding, never a pointer.
///
/// Payload is hashed by length and content, in runs: stored bytes as bytes, however many blocks hold them; a pattern
/// by (stream, offset, length), because making its bytes would cost more than the run. So the same bytes give two
/// digests if one program stores them and another describes them – which are two different scenarios.
class Digest final : public Sink {
  public:
    void record(Record const& record) override;
    [[nodiscard]] std::uint64_t value() const { return state_; }

  private:
    std::uint64_t state_{0xcbf2'9ce4'8422'2325U};
};

}  // namespace tcpsim::trace

// Keeps records for readers that look back: the timeline prints a packet's fate on the line that sent it.
#pragma once

#include "sim/trace/record.hpp"

#include <deque>
#include <vector>

namespace tcpsim::trace {

/// Copies every record; frames are copied too, so that their pointers stay valid as long as this object.
class Memory final : public Sink {
  public:
    void record(Record const& record) override;
    [[nodiscard]] std::vector<Record> const& records() const { return records_; }

  private:
    std::vector<Record> records_{};
    std::deque<wire::Frame> frames_{};
};

}  // namespace tcpsim::trace

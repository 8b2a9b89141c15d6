#include "sim/trace/memory.hpp"

namespace tcpsim::trace {

void Memory::record(Record const& record) {
    auto const keep = [this](wire::Frame const*& frame) {
        if (frame != nullptr) {
            frame = &frames_.emplace_back(*frame);  // a deque never moves its elements when it grows
        }
    };
    Record& copy = records_.emplace_back(record);
    if (auto* passed = std::get_if<FramePassed>(&copy.what)) {
        keep(passed->frame);
    } else if (auto* dropped = std::get_if<FrameDropped>(&copy.what)) {
        keep(dropped->frame);
    } else if (auto* delayed = std::get_if<FrameDelayed>(&copy.what)) {
        keep(delayed->frame);
    }
}

}  // namespace tcpsim::trace

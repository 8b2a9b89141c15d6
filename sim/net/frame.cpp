#include "sim/net/frame.hpp"

namespace tcpsim::net {

void ReturnToPool::operator()(FlyingFrame* frame) const {
    *frame = FlyingFrame{};  // lets go of the payload now, not when the slot is taken again
    pool->free_.push_back(frame);
}

FramePtr FramePool::take() {
    if (free_.empty()) {
        free_.push_back(all_.emplace_back(std::make_unique<FlyingFrame>()).get());
    }
    FlyingFrame* const frame = free_.back();
    free_.pop_back();
    return FramePtr{frame, ReturnToPool{this}};
}

}  // namespace tcpsim::net

// A frame on its way, pooled: headers stay structs until a reader wants bytes.
#pragma once

#include "sim/trace/record.hpp"
#include "stack/tcp/cause.hpp"
#include "stack/wire/packet.hpp"

#include <memory>
#include <vector>

namespace tcpsim::net {

struct FlyingFrame {
    wire::Frame frame{};
    trace::PacketId packet{};
    tcp::Cause cause{};
    Instant arrives{};
    std::uint64_t number{0};  ///< on its link and direction
};

class FramePool;
struct ReturnToPool {
    FramePool* pool{nullptr};
    void operator()(FlyingFrame* frame) const;
};
using FramePtr = std::unique_ptr<FlyingFrame, ReturnToPool>;

/// Owns every frame of a world; must outlive all FramePtr.
class FramePool {
  public:
    FramePtr take();

  private:
    friend struct ReturnToPool;
    std::vector<std::unique_ptr<FlyingFrame>> all_{};
    std::vector<FlyingFrame*> free_{};
};

}  // namespace tcpsim::net

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
    // Its link's, while it flies.
    Instant arrives{};
    std::uint64_t number{0};  ///< on its link and direction
    bool scheduled{false};    ///< an event of the queue names it
    std::uint64_t ticket{0};  ///< of its transmitter, which may send it earlier or later than was foreseen; 0: none
    bool in_order{false};     ///< jitter delays it, so that it overtakes none
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
    FramePool() = default;
    FramePool(FramePool const&) = delete;
    FramePool& operator=(FramePool const&) = delete;
    FramePtr take();                                                ///< as new
    [[nodiscard]] std::size_t size() const { return all_.size(); }  ///< how many were ever in use at once

  private:
    friend struct ReturnToPool;
    std::vector<std::unique_ptr<FlyingFrame>> all_{};
    std::vector<FlyingFrame*> free_{};
};

}  // namespace tcpsim::net

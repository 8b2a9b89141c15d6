#include "sim/net/transmitter.hpp"

#include "stack/base/check.hpp"

#include <algorithm>

namespace tcpsim::net {

namespace {
constexpr std::uint32_t full_frame = 1514;  // Floyd and Jacobson's "typical small packet", as Linux takes avpkt
}

Duration transmission_time(std::uint64_t bytes, std::uint64_t bits_per_second) {
    // A frame has at most 64 KiB and a header, so that bits * 10^9 stays far below 2^63.
    check(bytes < 1'000'000'000, "a frame is small enough to be timed in 64 bits");
    std::uint64_t const bits_times_second = bytes * 8 * 1'000'000'000;
    return Duration{bits_times_second / bits_per_second + (bits_times_second % bits_per_second == 0 ? 0 : 1)};
}

void Transmitter::forget_begun(Instant now) {
    while (!waiting_.empty() && waiting_.front().begins <= now) {
        waiting_bytes_ -= waiting_.front().bytes;
        waiting_.pop_front();
    }
}

void Transmitter::stall(Instant until) { free_ = std::max(free_, until); }

Transmitter::Admission Transmitter::admit(std::uint32_t bytes, bool ecn_capable, QueueSettings const& settings,
                                          Instant now, core::Random* stream) {
    using Verdict = Admission::Verdict;
    Instant const turn = std::max(now, free_);
    if (settings.bits_per_second == 0) {
        return {Verdict::sent, turn};  // behind what waits since there was a rate, or while it is stalled
    }
    forget_begun(now);
    bool const waits = turn > now;
    bool marked = false;
    if (settings.red.max_packets != 0 && stream != nullptr) {
        Duration const packet = transmission_time(full_frame, settings.bits_per_second);
        auto const idle = waits ? 0 : static_cast<std::uint64_t>((now - free_) / packet);
        if (red_.drops(settings.red, static_cast<std::uint32_t>(waiting_.size()), idle, *stream)) {
            marked = settings.red.marks && ecn_capable;
            if (!marked) {
                return {Verdict::dropped_early, {}};
            }
        }
    }
    if (waits) {
        bool const too_many = waiting_.size() >= settings.queue_packets;
        bool const too_much = settings.queue_bytes != 0 && waiting_bytes_ + bytes > settings.queue_bytes;
        if (too_many || too_much) {
            return {Verdict::queue_full, {}};
        }
        waiting_.push_back({turn, bytes});
        waiting_bytes_ += bytes;
    }
    free_ = turn + transmission_time(bytes, settings.bits_per_second);
    return {marked ? Verdict::marked : Verdict::sent, free_};
}

}  // namespace tcpsim::net

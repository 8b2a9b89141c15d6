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

void Transmitter::make_progress(Instant now) {
    for (; begun_ < sending_.size() && sending_[static_cast<std::uint32_t>(begun_)].begins <= now; ++begun_) {
        waiting_bytes_ -= sending_[static_cast<std::uint32_t>(begun_)].bytes;
    }
    for (; !sending_.empty() && sending_.front().ends <= now; --begun_) {
        sending_.pop_front();
    }
}

void Transmitter::stall(Instant until) {
    stalled_until_ = until;
    free_ = std::max(free_, until);
}

Transmitter::Admission Transmitter::occupy(std::uint32_t bytes, std::uint64_t bits_per_second, Instant now) {
    make_progress(now);
    bool const timed = bits_per_second != 0;
    if (!timed && free_ <= now) {
        return {Admission::Verdict::sent, now};
    }
    Instant const begins = std::max(now, free_);
    free_ = begins + (timed ? transmission_time(bytes, bits_per_second) : Duration{0});
    sending_.push_back({std::max(now, stalled_until_), begins, free_, bytes, ++tickets_});
    waiting_bytes_ += bytes;
    return {Admission::Verdict::sent, free_, tickets_};
}

std::vector<Transmitter::Moved> Transmitter::change_rate(std::uint64_t before, std::uint64_t after, Instant now) {
    make_progress(now);
    std::vector<Moved> moved;
    Instant free = now;
    for (std::uint32_t i = 0; i < sending_.size(); ++i) {
        Sending& each = sending_[i];
        Instant const foreseen = each.ends;
        Duration takes{0};
        if (i < begun_) {
            // What is left of one frame: bits * 10^9, as transmission_time() counts them, far below 2^63.
            auto const left = static_cast<std::uint64_t>((each.ends - now).count()) * before;
            takes = after == 0 ? takes : Duration{left / after + (left % after == 0 ? 0 : 1)};
            each.ends = now + takes;
        } else {
            takes = after == 0 ? takes : transmission_time(each.bytes, after);
            each.begins = std::max(each.not_before, free);
            each.ends = each.begins + takes;
        }
        free = each.ends;
        if (each.ends != foreseen) {
            moved.push_back({each.ticket, each.ends - foreseen});
        }
    }
    if (!sending_.empty()) {
        free_ = std::max(free, stalled_until_);
    }
    return moved;
}

Transmitter::Admission Transmitter::admit(std::uint32_t bytes, bool ecn_capable, QueueSettings const& settings,
                                          Instant now, core::Random* stream) {
    using Verdict = Admission::Verdict;
    if (settings.bits_per_second == 0) {
        return occupy(bytes, 0, now);  // behind what waits while it is stalled
    }
    make_progress(now);
    bool const waits = free_ > now;
    bool marked = false;
    if (settings.red.max_packets != 0 && stream != nullptr) {
        Duration const packet = transmission_time(full_frame, settings.bits_per_second);
        auto const idle = waits ? 0 : static_cast<std::uint64_t>((now - free_) / packet);
        if (red_.drops(settings.red, static_cast<std::uint32_t>(waiting()), idle, *stream)) {
            marked = settings.red.marks && ecn_capable;
            if (!marked) {
                return {Verdict::dropped_early, {}};
            }
        }
    }
    if (waits) {
        bool const too_many = waiting() >= settings.queue_packets;
        bool const too_much = settings.queue_bytes != 0 && waiting_bytes_ + bytes > settings.queue_bytes;
        if (too_many || too_much) {
            return {Verdict::queue_full, {}};
        }
    }
    Admission admitted = occupy(bytes, settings.bits_per_second, now);
    admitted.verdict = marked ? Verdict::marked : Verdict::sent;
    return admitted;
}

}  // namespace tcpsim::net

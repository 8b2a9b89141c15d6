#include "stack/tcp/dctcp.hpp"

#include <algorithm>

namespace tcpsim::tcp {
namespace {

constexpr unsigned alpha_bits = 10;

}  // namespace

void Dctcp::observe(CongestionWindow& /*window*/, AckEvent const& ack, profile::Profile const& profile) {
    acknowledged_ += ack.segments;
    marked_ += ack.ece ? ack.segments : 0;
    if (begun_ && ack.una.before(window_end_)) {
        return;
    }
    // alpha = alpha * (1 - g) + g * M, g = 2^-shift; what rounding would keep for ever becomes zero (Linux).
    auto const shift = static_cast<unsigned>(profile.dctcp.shift_g.value);
    std::uint32_t const decay = alpha_ >> shift;
    alpha_ -= decay > 0 ? decay : alpha_;
    std::uint64_t const gain = (std::uint64_t{marked_} << (alpha_bits - shift)) / std::max(acknowledged_, 1U);
    alpha_ += static_cast<std::uint32_t>(gain);
    acknowledged_ = marked_ = 0;
    window_end_ = ack.nxt;
    begun_ = true;
}

std::uint32_t Dctcp::reduce(CongestionWindow const& window, Congested why, profile::Profile const& /*profile*/) {
    switch (why) {
        case Congested::mark: {
            std::uint64_t const half_of_marked = (std::uint64_t{window.cwnd} * alpha_) >> (alpha_bits + 1);
            return std::max(window.cwnd - static_cast<std::uint32_t>(half_of_marked), CongestionWindow::least_ssthresh);
        }
        case Congested::loss:
            break;  // §3.5: as RFC 5681
    }
    return std::max(window.cwnd / 2, CongestionWindow::least_ssthresh);
}

}  // namespace tcpsim::tcp

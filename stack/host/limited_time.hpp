// How long a sender had text that was not acknowledged, and what it waited for meanwhile: TCP_INFO's busy_time, rwnd_limited
// and sndbuf_limited (Linux tcp_chrono).
#pragma once

#include "stack/base/time.hpp"
#include "stack/tcp/connection.hpp"
#include "stack/tcp/sendable.hpp"
#include "stack/tcp/window_use.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tcpsim::host {

enum class Limit : std::uint8_t {
    nothing_to_do,
    network,         ///< or the congestion window
    receive_window,  ///< the peer's
    send_buffer,     ///< everything is out, and the writer found no room for more
};

/// What the sender waits for now.
inline Limit limit_of(tcp::Connection const& connection) {
    tcp::Tcb const& tcb = connection.tcb();
    if (connection.tcb().send_queue.size() == 0) {
        return Limit::nothing_to_do;
    }
    std::uint32_t const unsent = tcp::unsent_text(tcb);
    bool const window_open = tcb.send_queue.sent().in_flight() < tcb.congestion.cwnd();
    // Linux tcp_write_xmit: tcp_cwnd_test comes first, then tcp_snd_wnd_test.
    if (unsent > 0 && window_open && tcp::usable_window(tcb) < std::min<std::uint32_t>(unsent, tcb.snd.mss)) {
        return Limit::receive_window;
    }
    // Linux tcp_cwnd_validate
    bool const starved = unsent == 0 && tcb.writer_waits && tcp::may_send_text(tcb) && !tcp::window_limits(tcb);
    return starved ? Limit::send_buffer : Limit::network;
}

class LimitedTime {
  public:
    void change(Limit limit, Instant now) {
        if (limit != limit_) {
            spent_[place(limit_)] += now - since_;
            limit_ = limit;
            since_ = now;
        }
    }
    [[nodiscard]] Duration spent(Limit limit, Instant now) const {
        return spent_[place(limit)] + (limit == limit_ ? now - since_ : Duration{0});
    }
    /// Whatever it waited for.
    [[nodiscard]] Duration busy(Instant now) const {
        return spent(Limit::network, now) + spent(Limit::receive_window, now) + spent(Limit::send_buffer, now);
    }

  private:
    static constexpr std::size_t place(Limit limit) { return static_cast<std::size_t>(limit); }
    std::array<Duration, 4> spent_{};
    Instant since_{};
    Limit limit_{Limit::nothing_to_do};
};

}  // namespace tcpsim::host

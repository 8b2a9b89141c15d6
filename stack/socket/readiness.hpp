// What poll() would say of a file, and what a wake-up tells its waiters.
#pragma once

namespace tcpsim::socket {

/// What poll() would say, as bits: POLLIN, POLLOUT, POLLRDHUP, POLLERR, POLLHUP, POLLPRI.
struct Readiness {
    bool in{false};
    bool out{false};
    bool rdhup{false};
    bool err{false};
    bool hup{false};
    bool pri{false};
    bool operator==(Readiness const&) const = default;
    [[nodiscard]] bool any() const { return in || out || rdhup || err || hup || pri; }
    /// What both have.
    [[nodiscard]] Readiness operator&(Readiness const& other) const {
        return {in && other.in,   out && other.out, rdhup && other.rdhup,
                err && other.err, hup && other.hup, pri && other.pri};
    }
    [[nodiscard]] Readiness operator|(Readiness const& other) const {
        return {in || other.in,   out || other.out, rdhup || other.rdhup,
                err || other.err, hup || other.hup, pri || other.pri};
    }
};

}  // namespace tcpsim::socket

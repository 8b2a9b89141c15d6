// Whether sockets agree to share a local port.
#pragma once

namespace tcpsim::host {

/// SO_REUSEADDR and SO_REUSEPORT.
struct Reuse {
    bool address{false};
    bool port{false};
    bool operator==(Reuse const&) const = default;
};

}  // namespace tcpsim::host

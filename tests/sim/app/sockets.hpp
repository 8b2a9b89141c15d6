// How programs of the tests come to a connection between the two hosts.
#pragma once

#include "sim/app/process.hpp"
#include "tests/sim/world/two_hosts.hpp"

namespace tcpsim::tests {

inline app::Task<std::int32_t> listening(app::Process& p, int backlog = 8) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.bind(fd, {.port = port});
    (void)co_await p.listen(fd, backlog);
    co_return fd;
}

inline app::Task<std::int32_t> accepted(app::Process& p) {
    std::int32_t const listener = co_await listening(p);
    Result<std::int32_t> const fd = co_await p.accept(listener);
    co_return fd.value();
}

/// -1 if it fails.
inline app::Task<std::int32_t> connected(app::Process& p) {
    std::int32_t const fd = (co_await p.socket()).value();
    Result<Done> const done = co_await p.connect(fd, server_endpoint);
    co_return done.ok() ? fd : -1;
}

}  // namespace tcpsim::tests

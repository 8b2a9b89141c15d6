#include "sim/app/calls_epoll.hpp"

#include "sim/app/calls_ready.hpp"

namespace tcpsim::app {

// Linux do_epoll_wait.
std::optional<Result<EpollWaitCall::Value>> EpollWaitCall::attempt(machine::Process& kernel,
                                                                   net::Context& context) const {
    Result<Value> found = kernel.epoll_ready(epoll, most);
    bool const waits = found.ok() && found.value().empty() && kernel.clock(context.now) < until;
    return waits ? std::nullopt : std::optional{std::move(found)};
}

trace::CallReturned returned(EpollWaitCall const& /*call*/, std::vector<socket::EpollEvent> const& value) {
    trace::CallReturned what{.value = static_cast<std::int64_t>(value.size())};
    for (socket::EpollEvent const& event : value) {
        what.ready.push_back({static_cast<std::int32_t>(event.data), poll_bits(event.events)});
    }
    return what;
}

std::optional<Result<WatchLinksCall::Value>> WatchLinksCall::attempt(machine::Process& kernel,
                                                                     net::Context& /*context*/) {
    auto changed = kernel.changed_links();
    return changed ? std::optional{Result<Value>{std::move(*changed)}} : std::nullopt;
}

trace::CallReturned returned(WatchLinksCall const& /*call*/, std::vector<machine::LinkState> const& value) {
    return {.value = static_cast<std::int64_t>(value.size())};
}

}  // namespace tcpsim::app

// epoll_wait(): the one epoll call that waits; and the wait for news of the machine's own links.
#pragma once

#include "sim/app/calls.hpp"
#include "stack/socket/epoll.hpp"

#include <vector>

namespace tcpsim::app {

/// EPOLL_CTL_…, with Linux's numbers.
enum class EpollControl : std::uint8_t { add = 1, remove = 2, modify = 3 };

struct EpollWaitCall {
    using Value = std::vector<socket::EpollEvent>;
    std::int32_t epoll{-1};
    std::size_t most{1};
    Instant until{never};
    Duration timeout{-1};  ///< negative: for ever

    [[nodiscard]] trace::CallMade made() const {
        return {.call = trace::Call::epoll_wait, .descriptor = epoll, .bytes = most, .argument = timeout.count()};
    }
    /// Linux ep_poll: of several who wait for one epoll, a change wakes the first.
    [[nodiscard]] machine::WaitFor waits_on() const {
        return {.descriptors = {epoll}, .sharing = machine::Sharing::exclusive, .until = until};
    }
    [[nodiscard]] static bool restarts() { return false; }
    std::optional<Result<Value>> attempt(machine::Process& kernel, net::Context& context) const;
};
trace::CallReturned returned(EpollWaitCall const& call, std::vector<socket::EpollEvent> const& value);

/// recvmsg() on a netlink socket that heard of RTMGRP_LINK and RTMGRP_IPV4_IFADDR since the process began (rtnetlink(7)):
/// waits for the next change, and tells how all links are then.
struct WatchLinksCall {
    using Value = std::vector<machine::LinkState>;

    [[nodiscard]] static trace::CallMade made() { return {.call = trace::Call::recvmsg, .option = "NETLINK_ROUTE"}; }
    [[nodiscard]] static machine::WaitFor waits_on() { return {.links = true}; }
    [[nodiscard]] static bool restarts() { return true; }
    static std::optional<Result<Value>> attempt(machine::Process& kernel, net::Context& context);
};
trace::CallReturned returned(WatchLinksCall const& call, std::vector<machine::LinkState> const& value);

}  // namespace tcpsim::app

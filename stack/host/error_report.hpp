// An entry of the error queue, as a program may read it with MSG_ERRQUEUE.
#pragma once

#include "stack/base/errno.hpp"
#include "stack/base/payload.hpp"
#include "stack/base/time.hpp"
#include "stack/wire/address.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::host {

/// ee_origin: SO_EE_ORIGIN_…, with Linux's numbers.
enum class ReportOrigin : std::uint8_t { icmp = 2, timestamping = 4, zerocopy = 5 };

/// struct sock_extended_err and what stands beside it: an ICMP error, or a notice about the program's own sending.
struct ErrorReport {
    Errno error{Errno::none};
    std::uint8_t type{0}, code{0};
    std::uint32_t info{0};         ///< an MTU that fits; SCM_TSTAMP_…; the first of the writes whose buffers are free
    wire::Endpoint destination{};  ///< of what caused it
    wire::Ipv4Address offender{};  ///< who says so
    Payload quoted{};              ///< of what caused it, behind the IP header
    ReportOrigin origin{ReportOrigin::icmp};
    std::uint32_t data{0};        ///< OPT_ID's number of the last byte; the last of the writes whose buffers are free
    std::optional<Instant> at{};  ///< SCM_TIMESTAMPING
    bool operator==(ErrorReport const&) const = default;
};

}  // namespace tcpsim::host

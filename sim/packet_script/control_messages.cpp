#include "sim/packet_script/control_messages.hpp"

#include "sim/packet_script/members.hpp"
#include "sim/packet_script/symbols.hpp"
#include "sim/packet_script/verdict.hpp"
#include "stack/socket/message_bits.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpsim::packet_script {

namespace {

// include/uapi: asm-generic/socket.h, linux/in.h, linux/tcp.h.
constexpr std::int64_t sol_socket = 1, sol_ip = 0, sol_tcp = 6;
constexpr std::int64_t scm_timestamping = 37, ip_recverr = 11, tcp_cm_inq = 36;
constexpr std::int64_t second = 1'000'000'000;

/// struct cmsghdr with what follows: one number without a name, or the members of a structure.
struct ControlMessage {
    std::int64_t level{0};
    std::int64_t type{0};
    std::vector<std::pair<std::string_view, std::int64_t>> data{};
};

ControlMessage report_of(host::ErrorReport const& report) {
    std::int64_t const error = errno_number(report.error).value_or(0);
    return {sol_ip,
            ip_recverr,
            {{"ee_errno", error},
             {"ee_origin", static_cast<std::int64_t>(report.origin)},
             {"ee_type", report.type},
             {"ee_code", report.code},
             {"ee_info", report.info},
             {"ee_data", report.data}}};
}

/// In the order in which Linux puts them (tcp_recvmsg, ip_recv_error).
std::vector<ControlMessage> messages_of(socket::Received const& received) {
    std::vector<ControlMessage> messages;
    if (received.at) {
        std::int64_t const at = received.at->time_since_epoch().count();
        messages.push_back({sol_socket, scm_timestamping, {{"scm_sec", at / second}, {"scm_nsec", at % second}}});
    }
    if (received.unread) {
        messages.push_back({sol_tcp, tcp_cm_inq, {{"", static_cast<std::int64_t>(*received.unread)}}});
    }
    if (received.report) {
        messages.push_back(report_of(*received.report));
    }
    return messages;
}

std::string shown(ControlMessage const& message) {
    std::string text = "{cmsg_level=" + std::to_string(message.level) + ", cmsg_type=" + std::to_string(message.type);
    for (auto const& [name, value] : message.data) {
        text += ", " + (name.empty() ? std::string{"cmsg_data"} : std::string{name}) + "=" + std::to_string(value);
    }
    return text + "}";
}

/// A time of the script against one of the stack, both as seconds and nanoseconds.
bool same_time(Expression const& expected, ControlMessage const& seen, Duration tolerance) {
    std::int64_t const wanted =
        number_of(needed_member(expected, "scm_sec")) * second + number_of(needed_member(expected, "scm_nsec"));
    std::int64_t const told = seen.data[0].second * second + seen.data[1].second;
    return std::abs(wanted - told) <= tolerance.count();
}

bool same(Expression const& expected, ControlMessage const& seen, Duration tolerance) {
    if (number_of(needed_member(expected, "cmsg_level")) != seen.level ||
        number_of(needed_member(expected, "cmsg_type")) != seen.type) {
        return false;
    }
    Expression const& data = needed_member(expected, "cmsg_data");
    if (data.kind == Expression::Kind::ellipsis) {
        return true;
    }
    if (seen.type == scm_timestamping && seen.level == sol_socket) {
        return same_time(data, seen, tolerance);
    }
    for (auto const& [name, value] : seen.data) {
        Expression const& wanted = name.empty() ? data : needed_member(data, name);
        if (wanted.kind != Expression::Kind::ellipsis && number_of(wanted) != value) {
            return false;
        }
    }
    return true;
}

}  // namespace

void expect_circumstances(Expression const& message, socket::Received const& received, bool error_queue,
                          Duration tolerance) {
    std::int64_t const flags =
        (error_queue ? socket::msg_errqueue.bits : 0U) | (received.truncated ? socket::msg_trunc.bits : 0U);
    Expression const* const wanted = member(message, "msg_flags");
    if (wanted != nullptr && wanted->kind != Expression::Kind::ellipsis && number_of(*wanted) != flags) {
        fail("recvmsg() has other msg_flags", std::to_string(number_of(*wanted)), std::to_string(flags));
    }
    Expression const* const control = member(message, "msg_control");
    if (control == nullptr || control->kind == Expression::Kind::ellipsis) {
        return;
    }
    std::vector<ControlMessage> const messages = messages_of(received);
    for (std::size_t i = 0; i < std::max(messages.size(), control->items.size()); ++i) {
        if (i >= messages.size() || i >= control->items.size() || !same(control->items[i], messages[i], tolerance)) {
            fail("recvmsg() has another control message " + std::to_string(i + 1), "as the script says",
                 i < messages.size() ? shown(messages[i]) : "none");
        }
    }
}

}  // namespace tcpsim::packet_script

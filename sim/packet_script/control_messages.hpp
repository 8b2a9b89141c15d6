// What recvmsg() tells besides the data (cmsg(3)), compared with what a script says.
#pragma once

#include "sim/packet_script/script.hpp"
#include "stack/socket/messages.hpp"

namespace tcpsim::packet_script {

/// `message` is the msghdr of the call. Fails where msg_control or msg_flags say otherwise; times may differ by `tolerance`.
void expect_circumstances(Expression const& message, socket::Received const& received, bool error_queue,
                          Duration tolerance);

}  // namespace tcpsim::packet_script

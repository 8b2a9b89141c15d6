// MSG_… under the names that programs use.
#pragma once

#include "stack/socket/message_bits.hpp"

namespace tcpsim::app {

using socket::MessageFlags;
using socket::msg_dontwait;
using socket::msg_eor;
using socket::msg_errqueue;
using socket::msg_fastopen;
using socket::msg_more;
using socket::msg_nosignal;
using socket::msg_oob;
using socket::msg_peek;
using socket::msg_trunc;
using socket::msg_waitall;
using socket::msg_zerocopy;

}  // namespace tcpsim::app

// TCP MD5 signatures (RFC 2385): a digest in every segment, which only who knows the key can make. Linux TCP_MD5SIG.
#pragma once

#include "stack/base/md5.hpp"
#include "stack/wire/address.hpp"
#include "stack/wire/packet.hpp"

#include <string_view>

namespace tcpsim::tcp {

/// RFC 2385 §2.0. `sender`: its address and port are the local ones.
Md5Digest signature_of(wire::TcpSegment const& segment, wire::FourTuple const& sender, std::string_view key);
/// Fills in the digest, where the options hold a place for it.
void sign(wire::TcpSegment& segment, wire::FourTuple const& sender, std::string_view key);
bool is_signed(wire::TcpSegment const& segment);
/// The segment is to be thrown away in silence: it has no signature but should, or the wrong one, or one that nobody asked
/// for (an empty key). `receiver`: as it sees the connection.
bool signature_refused(wire::TcpSegment const& segment, wire::FourTuple const& receiver, std::string_view key);

}  // namespace tcpsim::tcp

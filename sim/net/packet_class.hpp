// What a fault rule counts: classes of TCP packets. Telling new data from repeated data takes a memory of each stream.
#pragma once

#include "stack/base/seq.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <map>

namespace tcpsim::net {

enum class PacketClass : std::uint8_t {
    tcp,            ///< every TCP packet
    new_data,       ///< carries text beyond everything that its sender had sent before
    repeated_data,  ///< carries text, none of it new
    pure_ack,       ///< neither text nor SYN, FIN or RST: window updates and probes as well
    syn,
    syn_ack,
    fin,
    rst,
};

/// The classes that one packet belongs to: a FIN may carry new data.
class PacketClasses {
  public:
    void add(PacketClass one) { bits_ |= 1U << static_cast<unsigned>(one); }
    [[nodiscard]] bool has(PacketClass one) const { return (bits_ & (1U << static_cast<unsigned>(one))) != 0; }

  private:
    std::uint32_t bits_{0};
};

/// How far each stream that passes has got.
class StreamMemory {
  public:
    /// What this frame is in the light of those before it; it is remembered.
    PacketClasses see(wire::Frame const& frame);

  private:
    struct Stream {
        SeqNum initial{};
        SeqNum sent{};  ///< past the last octet
    };
    std::map<wire::FourTuple, Stream> streams_{};  ///< by sender and receiver
};

}  // namespace tcpsim::net

#include "sim/trace/digest.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

namespace tcpsim::trace {
namespace {

struct Mixer {
    std::uint64_t state;

    /// One-to-one in `state` and in `value`: a single changed field always changes the digest.
    void word(std::uint64_t value) {
        state = (state ^ value) * 0x0000'0100'0000'01b3U;  // FNV's prime
        state ^= state >> 32U;  // FNV on words never carries a high bit down; bytes would not need this
    }
};

// mix() is overloaded for every type that a record can hold. Structs are taken apart by structured bindings, so that
// a new field does not compile until it is hashed.

template <class... Fields>
void mix_all(Mixer& mixer, Fields const&... fields);

template <class T>
requires std::integral<T> || std::is_enum_v<T>
void mix(Mixer& mixer, T value) { mixer.word(static_cast<std::uint64_t>(value)); }
void mix(Mixer& mixer, Duration value) { mixer.word(static_cast<std::uint64_t>(value.count())); }
void mix(Mixer& mixer, Instant value) { mixer.word(static_cast<std::uint64_t>(nanoseconds(value))); }
void mix(Mixer& mixer, SeqNum value) { mixer.word(value.raw()); }

/// Bytes of one run, eight to a word.
class ByteRun {
  public:
    explicit ByteRun(Mixer& mixer) : mixer_{mixer} {}

    void add(std::uint8_t byte) {
        word_ |= std::uint64_t{byte} << (8 * (length_ % 8));
        if (++length_ % 8 == 0) {
            mixer_.word(std::exchange(word_, 0));
        }
    }
    /// The length comes last and makes the zeroes of an unfinished word unambiguous.
    void end() {
        if (length_ % 8 != 0) {
            mixer_.word(std::exchange(word_, 0));
        }
        mixer_.word(std::exchange(length_, 0));
    }
    [[nodiscard]] bool empty() const { return length_ == 0; }

  private:
    Mixer& mixer_;
    std::uint64_t word_{0};
    std::uint64_t length_{0};
};

template <class Bytes>
requires std::same_as<typename Bytes::value_type, std::uint8_t> || std::same_as<typename Bytes::value_type, char>
void mix(Mixer& mixer, Bytes const& bytes) {
    ByteRun run{mixer};
    for (auto const byte : bytes) {
        run.add(static_cast<std::uint8_t>(byte));
    }
    run.end();
}
void mix(Mixer& mixer, wire::OptionBytes const& options) { mix(mixer, options.bytes()); }

void mix(Mixer& mixer, Payload const& payload) {
    enum class Run : std::uint8_t { bytes, pattern };
    mix(mixer, payload.size());
    ByteRun run{mixer};
    auto const end_run = [&] {
        if (!run.empty()) {
            mix(mixer, Run::bytes);
            run.end();
        }
    };
    for (Slice const& slice : payload.slices()) {
        if (slice.is_pattern()) {
            end_run();
            mix_all(mixer, Run::pattern, slice.stream(), slice.offset(), slice.size());
            continue;
        }
        for (std::byte const byte : slice.stored()) {
            run.add(std::to_integer<std::uint8_t>(byte));
        }
    }
    end_run();
}

template <class... Alternatives>
void mix(Mixer& mixer, std::variant<Alternatives...> const& one) {
    mix(mixer, one.index());
    std::visit([&](auto const& alternative) { mix(mixer, alternative); }, one);
}

// --- wire
void mix(Mixer& mixer, wire::Ipv4Address address) { mix(mixer, address.value); }
void mix(Mixer& mixer, wire::MacAddress const& address) { mix(mixer, address.bytes); }
void mix(Mixer& mixer, wire::Endpoint const& endpoint) {
    auto const& [address, port] = endpoint;
    mix_all(mixer, address, port);
}
void mix(Mixer& mixer, wire::FourTuple const& tuple) {
    auto const& [local, remote] = tuple;
    mix_all(mixer, local, remote);
}
void mix(Mixer& mixer, wire::Flags flags) { mix(mixer, flags.bits); }
void mix(Mixer& mixer, wire::RawPayload const& raw) {
    auto const& [payload] = raw;
    mix(mixer, payload);
}
void mix(Mixer& mixer, wire::TcpSegment const& segment) {
    auto const& [source_port, destination_port, seq, ack, flags, window, urgent, options, payload] = segment;
    mix_all(mixer, source_port, destination_port, seq, ack, flags, window, urgent, options, payload);
}
void mix(Mixer& mixer, wire::UdpDatagram const& datagram) {
    auto const& [source_port, destination_port, payload] = datagram;
    mix_all(mixer, source_port, destination_port, payload);
}
void mix(Mixer& mixer, wire::IcmpMessage const& message) {
    auto const& [type, code, rest, payload] = message;
    mix_all(mixer, type, code, rest, payload);
}
void mix(Mixer& mixer, wire::Ipv4Header const& header) {
    auto const& [source, destination, tos, identification, dont_fragment, more_fragments, fragment_offset, ttl,
                 protocol, options] = header;
    mix_all(mixer, source, destination, tos, identification, dont_fragment, more_fragments, fragment_offset, ttl,
            protocol, options);
}
void mix(Mixer& mixer, wire::Ipv4Packet const& packet) {
    auto const& [header, body] = packet;
    mix_all(mixer, header, body);
}
void mix(Mixer& mixer, wire::ArpPacket const& packet) {
    auto const& [operation, sender_mac, sender, target_mac, target] = packet;
    mix_all(mixer, operation, sender_mac, sender, target_mac, target);
}
void mix(Mixer& mixer, wire::Frame const& frame) {
    auto const& [destination, source, ether_type, body] = frame;
    mix_all(mixer, destination, source, ether_type, body);
}
void mix(Mixer& mixer, wire::Frame const* frame) {
    mix(mixer, frame != nullptr);
    if (frame != nullptr) {
        mix(mixer, *frame);
    }
}

// --- tcp
void mix(Mixer& mixer, tcp::Cause const& cause) {
    auto const& [why, count, waited] = cause;
    mix_all(mixer, why, count, waited);
}
void mix(Mixer& mixer, tcp::StateChanged const& note) {
    auto const& [from, to] = note;
    mix_all(mixer, from, to);
}
void mix(Mixer& mixer, tcp::RttMeasured const& note) {
    auto const& [sample, srtt, rttvar, rto] = note;
    mix_all(mixer, sample, srtt, rttvar, rto);
}
void mix(Mixer& mixer, tcp::TimerExpired const& note) {
    auto const& [timer, count, waited] = note;
    mix_all(mixer, timer, count, waited);
}
void mix(Mixer& mixer, tcp::SegmentRefused const& note) {
    auto const& [rule] = note;
    mix(mixer, rule);
}
void mix(Mixer& mixer, tcp::Ended const& note) {
    auto const& [reason, error, retransmissions, elapsed, limit] = note;
    mix_all(mixer, reason, error, retransmissions, elapsed, limit);
}
void mix(Mixer& mixer, tcp::SoftError const& note) {
    auto const& [error] = note;
    mix(mixer, error);
}
void mix(Mixer& mixer, tcp::DeliveryDoubted const& note) {
    auto const& [retransmissions, elapsed] = note;
    mix_all(mixer, retransmissions, elapsed);
}
void mix(Mixer& mixer, tcp::PathMtuFell const& note) {
    auto const& [mtu, mss] = note;
    mix_all(mixer, mtu, mss);
}

// --- trace
void mix(Mixer& mixer, PacketId const& packet) {
    auto const& [origin, number] = packet;
    mix_all(mixer, origin, number);
}
void mix(Mixer& mixer, ProcessRef const& ref) {
    auto const& [machine, boot, process] = ref;
    mix_all(mixer, machine, boot, process);
}
void mix(Mixer& mixer, host::ConnectionId const& id) {
    auto const& [slot, generation] = id;
    mix_all(mixer, slot, generation);
}
void mix(Mixer& mixer, Because const& because) {
    auto const& [kind, step, packet, connection, process] = because;
    mix_all(mixer, kind, step, packet, connection, process);
}
void mix(Mixer& mixer, FramePassed const& event) {
    auto const& [node, interface, outwards, packet, cause, frame] = event;
    mix_all(mixer, node, interface, outwards, packet, cause, frame);
}
void mix(Mixer& mixer, FrameDropped const& event) {
    auto const& [link, node, reason, rule, packet, frame] = event;
    mix_all(mixer, link, node, reason, rule, packet, frame);
}
void mix(Mixer& mixer, FrameDelayed const& event) {
    auto const& [link, rule, packet, by, frame] = event;
    mix_all(mixer, link, rule, packet, by, frame);
}
void mix(Mixer& mixer, Watched const& one) {
    auto const& [descriptor, events] = one;
    mix_all(mixer, descriptor, events);
}
void mix(Mixer& mixer, std::vector<Watched> const& all) {
    mix(mixer, all.size());
    for (Watched const& one : all) {
        mix(mixer, one);
    }
}
void mix(Mixer& mixer, CallMade const& event) {
    auto const& [process, number, call, descriptor, bytes, address, flags, other, argument, option, data, watched] =
        event;
    mix_all(mixer, process, number, call, descriptor, bytes, address, flags, other, argument, option, data, watched);
}
void mix(Mixer& mixer, CallReturned const& event) {
    auto const& [process, number, call, descriptor, value, error, end_of_stream, restarts, blocked, because, connection,
                 address, told, data, ready] = event;
    mix_all(mixer, process, number, call, descriptor, value, error, end_of_stream, restarts, blocked, because,
            connection, address, told, data, ready);
}
void mix(Mixer& mixer, TcpNote const& event) {
    auto const& [machine, boot, tuple, what] = event;
    mix_all(mixer, machine, boot, tuple, what);
}
void mix(Mixer& mixer, Happened const& event) {
    auto const& [what, node, link, boot, process, status, rule, name] = event;
    mix_all(mixer, what, node, link, boot, process, status, rule, name);
}

template <class... Fields>
void mix_all(Mixer& mixer, Fields const&... fields) {
    (mix(mixer, fields), ...);
}

}  // namespace

void Digest::record(Record const& record) {
    auto const& [at, serial, because, what] = record;
    Mixer mixer{state_};
    mix_all(mixer, at, serial, because, what);
    state_ = mixer.state;
}

}  // namespace tcpsim::trace

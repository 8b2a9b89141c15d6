// Records made by hand: a client (node 0), a router (1) and a server (2), and what can happen among them.
#pragma once

#include "tools/render/names.hpp"
#include "tools/render/teller.hpp"

#include <deque>

namespace tcpsim::by_hand {

inline constexpr trace::NodeId client{0}, router{1}, server{2};
inline constexpr wire::Endpoint client_end{{0x0a010002}, 40000}, server_end{{0x0a020002}, 9998};
inline constexpr std::uint32_t client_iss = 1'000'000, server_iss = 7'000'000;

inline Instant at_ms(std::int64_t ms) { return Instant{} + std::chrono::milliseconds{ms}; }

inline scenario::Names names() {
    scenario::Names names;
    names.nodes = {"client", "router", "server"};
    names.interfaces = {{"eth0"}, {"eth0", "eth1"}, {"eth0"}};
    names.addresses = {{{{0x0a010002}, 24}}, {{{0x0a010001}, 24}, {{0x0a020001}, 24}}, {{{0x0a020002}, 24}}};
    names.links = {"client-router", "router-server"};
    names.steps = {"power-cut", "power-back"};
    return names;
}

/// Numbers records, owns frames, and hands everything to one sink.
class Trace {
  public:
    explicit Trace(trace::Sink& sink) : sink_{&sink} {}

    void add(Instant at, trace::Because const& because, trace::Event what) {
        sink_->record({at, ++serial_, because, std::move(what)});
    }

    /// A segment leaves its sender; `seq` and `ack` are relative to the initial sequence numbers.
    trace::PacketId sent(Instant at, trace::NodeId from, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
                         std::uint64_t bytes, tcp::Cause cause, trace::Because because = {}) {
        bool const by_client = from == client;
        wire::TcpSegment segment;
        wire::Endpoint const source = by_client ? client_end : server_end;
        wire::Endpoint const destination = by_client ? server_end : client_end;
        segment.source_port = source.port;
        segment.destination_port = destination.port;
        segment.seq = SeqNum{(by_client ? client_iss : server_iss) + seq};
        segment.flags.bits = flags;
        segment.ack =
            segment.flags.has(wire::Flags::ack) ? SeqNum{(by_client ? server_iss : client_iss) + ack} : SeqNum{};
        segment.window = 512;
        segment.payload = Payload::pattern(0, 0, bytes);
        wire::Ipv4Packet packet;
        packet.header.source = source.address;
        packet.header.destination = destination.address;
        packet.header.protocol = wire::protocol_tcp;
        packet.body = segment;
        wire::Frame& frame = frames_.emplace_back();
        frame.body = packet;
        trace::PacketId const id{from, ++numbers_[from == client ? 0 : 1]};
        cause_ = cause;
        add(at, because, trace::FramePassed{from, 0, true, id, cause, &frame});
        return id;
    }
    /// The packet that was sent last, at another interface.
    void passes(Instant at, trace::NodeId node, std::uint32_t interface, bool outwards, trace::PacketId id) {
        add(at, {}, trace::FramePassed{node, interface, outwards, id, cause_, &frames_.back()});
    }
    void arrives(Instant at, trace::NodeId node, trace::PacketId id) { passes(at, node, 0, false, id); }
    void lost(Instant at, trace::PacketId id, trace::DropReason reason, trace::NodeId node) {
        add(at, {}, trace::FrameDropped{{}, node, reason, 0, id, &frames_.back()});
    }

    void calls(Instant at, trace::ProcessRef process, std::uint32_t number, trace::Call call, std::uint64_t bytes = 0) {
        trace::CallMade made;
        made.process = process;
        made.number = number;
        made.call = call;
        made.descriptor = 3;
        made.bytes = bytes;
        add(at, of(process), made);
    }
    /// With `because` it had blocked, and that ended the wait.
    void returns(Instant at, trace::CallReturned returned, std::optional<trace::Because> because = {}) {
        returned.descriptor = 3;
        returned.connection = {client_end, server_end};
        returned.blocked = because.has_value();
        returned.because = because.value_or(trace::Because{});
        add(at, of(returned.process), returned);
    }

    static trace::Because of(trace::ProcessRef process) {
        trace::Because because;
        because.kind = trace::Because::Kind::program;
        because.process = process;
        return because;
    }
    static trace::Because of(trace::PacketId packet) {
        trace::Because because;
        because.kind = trace::Because::Kind::packet;
        because.packet = packet;
        return because;
    }
    static trace::Because timer() {
        trace::Because because;
        because.kind = trace::Because::Kind::timer;
        return because;
    }
    static trace::Because step(std::uint32_t number) {
        trace::Because because;
        because.kind = trace::Because::Kind::timeline_step;
        because.step = number;
        return because;
    }

  private:
    trace::Sink* sink_;
    std::uint64_t serial_{0};
    std::uint64_t numbers_[2]{0, 0};
    std::deque<wire::Frame> frames_{};
    tcp::Cause cause_{};
};

inline trace::Happened happened(trace::Happening what, trace::NodeId node, std::uint32_t boot, std::string name = "") {
    trace::Happened event;
    event.what = what;
    event.node = node;
    event.boot = boot;
    event.process = 1;
    event.name = std::move(name);
    return event;
}

}  // namespace tcpsim::by_hand

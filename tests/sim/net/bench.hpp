// One link with nothing at its ends: frames are put in by hand, and what arrives is noted.
#pragma once

#include "sim/net/link.hpp"
#include "sim/trace/memory.hpp"
#include "stack/base/check.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpsim::net::testing {

inline constexpr std::size_t ethernet_header = 14;
inline constexpr std::size_t headers = ethernet_header + 20 + 20;  // Ethernet II, IPv4, TCP, none with options

inline wire::Frame tcp_frame(std::uint64_t payload_bytes, std::uint8_t flags = wire::Flags::ack) {
    wire::TcpSegment segment;
    segment.flags = wire::Flags{flags};
    segment.payload = Payload::pattern(1, 0, payload_bytes);
    wire::Ipv4Packet packet;
    packet.header.source = wire::Ipv4Address{0x0a010002};
    packet.header.destination = wire::Ipv4Address{0x0a020002};
    packet.header.protocol = wire::protocol_tcp;
    packet.body = std::move(segment);
    wire::Frame frame;
    frame.body = std::move(packet);
    return frame;
}

/// What the world lends to its parts.
struct Surroundings {
    Surroundings() { tracer.attach(memory); }
    Context context() { return Context{now, {}, queue, tracer, frames}; }
    FramePtr frame(wire::Frame content, std::uint64_t packet) {
        FramePtr frame = frames.take();
        frame->frame = std::move(content);
        frame->packet = trace::PacketId{trace::NodeId{0}, packet};
        return frame;
    }
    /// Every record of one kind, in order.
    template <class Event>
    [[nodiscard]] std::vector<Event> all() const {
        std::vector<Event> found;
        for (trace::Record const& record : memory.records()) {
            if (auto const* event = std::get_if<Event>(&record.what)) {
                found.push_back(*event);
            }
        }
        return found;
    }

    Instant now{};
    core::EventQueue queue{};
    trace::Tracer tracer{};
    trace::Memory memory{};
    FramePool frames{};
};

struct Arrival {
    Instant at{};
    End towards{};
    std::uint64_t packet{0};
    bool operator==(Arrival const&) const = default;
};

struct LinkBench : Surroundings {
    explicit LinkBench(LinkSettings settings) : link{trace::LinkId{5}, std::move(settings)} {}

    void send(End from, std::uint64_t packet, wire::Frame content = tcp_frame(0)) {
        Context lent = context();
        link.send(from, frame(std::move(content), packet), lent);
    }
    /// Dispatches every event up to and including `until`.
    void run(Instant until = never) {
        while (!queue.empty() && queue.top().at <= until) {
            core::Event const event = queue.pop();
            now = event.at;
            ++events;
            Context lent = context();
            End const towards = towards_of(event.owner);
            bool const expected = link.expects(towards, event.first);
            FramePtr const frame = link.arrive(towards, event.first, lent);
            bool const may_be_a_turn = link.settings().codel.target != Duration{0};
            check(expected == (frame != nullptr) || may_be_a_turn, "expects() foretells arrive()");
            if (frame != nullptr) {
                arrivals.push_back({now, towards, frame->packet.number});
                auto const* const packet = std::get_if<wire::Ipv4Packet>(&frame->frame.body);
                marked_arrivals += packet != nullptr && packet->header.ecn() == wire::Ecn::ce ? 1U : 0U;
            }
        }
        now = until == never ? now : std::max(now, until);
    }
    bool cut() {
        Context lent = context();
        return link.cut(lent);
    }
    bool restore() {
        Context lent = context();
        return link.restore(lent);
    }
    std::uint32_t arm(Rule rule) {
        Context lent = context();
        return link.arm(std::move(rule), lent);
    }
    bool remove(std::uint32_t rule) {
        Context lent = context();
        return link.remove(rule, lent);
    }

    Link link;
    std::vector<Arrival> arrivals{};
    std::size_t marked_arrivals{0};
    std::uint64_t events{0};
};

constexpr Instant at(Duration since_start) { return Instant{since_start}; }

}  // namespace tcpsim::net::testing

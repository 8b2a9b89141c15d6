#include "tests/support/host_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace tcpsim::test {

using wire::Flags;

HostBench::HostBench(std::string_view system, host::Configuration configuration, SipKey secret)
    : profile{*profile::find(system)}, a{std::move(configuration), profile, secret} {}

void HostBench::set(std::string_view setting, std::string_view value) {
    REQUIRE_FALSE(profile::set(profile, setting, value));
}

host::ListenerId HostBench::listen(std::uint16_t port, int backlog, host::ConnectionOptions options) {
    return a.listen({{}, port}, backlog, options).value();
}

Result<host::ConnectionId> HostBench::connect(wire::Endpoint remote, wire::Endpoint local,
                                              host::ConnectionOptions options) {
    out.clear();
    return a.connect(local, remote, options, now, out);
}

void HostBench::arrives(wire::TcpSegment segment) { arrives(address_b, address_a, std::move(segment)); }

void HostBench::arrives(wire::Ipv4Address from, wire::Ipv4Address to, wire::TcpSegment segment) {
    out.clear();
    wire::Frame frame = frame_to_a(std::move(segment));
    auto& header = std::get<wire::Ipv4Packet>(frame.body).header;
    header.source = from;
    header.destination = to;
    a.frame_arrives(0, frame, now, out);
}

void HostBench::syn(std::uint16_t port, wire::Options const& options, std::uint16_t to) {
    wire::TcpSegment s = segment(port, to, Flags::syn, SeqNum{100});
    s.options = wire::encode(options, wire::OptionLayout::linux_order);
    arrives(std::move(s));
}

void HostBench::ack(std::uint16_t port, SeqNum iss, std::uint32_t text, std::uint16_t to) {
    arrives(segment(port, to, Flags::ack, SeqNum{101}, iss + 1, text));
}

SeqNum HostBench::handshake(std::uint16_t port, std::uint16_t to) {
    syn(port, {}, to);
    REQUIRE(sent_only(Flags::syn | Flags::ack));
    SeqNum const iss = sent().seq;
    ack(port, iss, 0, to);
    return iss;
}

void HostBench::after(Duration duration) {
    out.clear();
    Instant const end = now + duration;
    while (true) {
        Instant next = never;
        host::ConnectionId who{};
        for (host::ConnectionId const id : a.connections()) {
            Instant const deadline = a.find(id)->next_deadline();
            who = deadline < next ? id : who;
            next = std::min(next, deadline);
        }
        if (next > end) {
            break;
        }
        now = std::max(now, next);
        a.timers_expire(who, now, out);
    }
    now = end;
}

std::size_t HostBench::count(tcp::State state) const {
    auto const all = a.connections();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](host::ConnectionId id) { return a.find(id)->state() == state; }));
}

}  // namespace tcpsim::test

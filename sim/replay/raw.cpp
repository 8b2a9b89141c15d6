#include "sim/replay/raw.hpp"

#include "sim/replay/operations.hpp"
#include "stack/tcp/connection.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace tcpsim::replay {
namespace {

constexpr std::string_view from_receive_next{"rcv.nxt"};

wire::Ipv4Packet packet(wire::Endpoint from, wire::Endpoint to, wire::TcpSegment segment) {
    constexpr std::uint8_t usual_ttl = 64;
    segment.source_port = from.port;
    segment.destination_port = to.port;
    wire::Ipv4Packet made;
    made.header.source = from.address;
    made.header.destination = to.address;
    made.header.ttl = usual_ttl;
    made.header.protocol = wire::protocol_tcp;
    made.body = std::move(segment);
    return made;
}

/// The recorder's own SYN.
wire::Ipv4Packet raw_syn(Call const& call) {
    constexpr std::uint16_t port_argument = 2;
    auto const address = [&](std::size_t argument) {
        return wire::parse_ipv4(call.args.at(argument)).value_or(wire::Ipv4Address{});
    };
    auto const port = [&](std::size_t argument) { return static_cast<std::uint16_t>(number(call, argument)); };
    wire::TcpSegment syn{.seq = SeqNum{static_cast<std::uint32_t>(number(call, 4))},
                         .flags = wire::Flags{wire::Flags::syn},
                         .window = 64'240};
    syn.options = wire::encode(
        {.mss = 1460, .window_scale = 7, .sack_permitted = true, .timestamps = wire::Timestamps{.value = 1, .echo = 0}},
        wire::OptionLayout::linux_order);
    return packet({address(0), port(port_argument)}, {address(1), port(port_argument + 1)}, std::move(syn));
}

/// "rcv.nxt+100"
std::optional<std::int32_t> offset_of(Fault const& fault) {
    auto const seq = fault.more.find("seq");
    auto const segment = fault.more.find("segment");
    if (seq == fault.more.end() || segment == fault.more.end() || segment->second != "RST" ||
        !seq->second.starts_with(from_receive_next)) {
        return std::nullopt;
    }
    std::string_view text{seq->second};
    text.remove_prefix(from_receive_next.size());
    if (text.empty()) {
        return 0;
    }
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    std::int32_t offset = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{offset} : std::nullopt;
}

std::optional<wire::Ipv4Packet> forged_reset(Fault const& fault, Stage const& stage, world::World const& world) {
    machine::Machine const* const client = world.machine(stage.client);
    auto const offset = offset_of(fault);
    if (client == nullptr || client->host() == nullptr || !offset) {
        return std::nullopt;
    }
    for (host::ConnectionId const id : client->host()->connections()) {
        tcp::Connection const* const connection = client->host()->find(id);
        if (connection == nullptr) {
            continue;
        }
        wire::FourTuple const& tuple = connection->tuple();
        wire::TcpSegment const reset{.seq = connection->tcb().rcv.nxt + static_cast<std::uint32_t>(*offset),
                                     .flags = wire::Flags{wire::Flags::rst}};
        return packet(tuple.remote, tuple.local, reset);
    }
    return std::nullopt;
}

}  // namespace

bool is_raw(std::string const& op) { return op == "raw_syn"; }

std::vector<RawSend> raw_sends(RecordedRun const& recorded, std::vector<std::string>& lacking) {
    std::vector<RawSend> sends;
    for (Call const& call : recorded.calls) {
        if (is_raw(call.op)) {
            sends.push_back({.at = call.at, .call = &call});
        }
    }
    for (Fault const& fault : recorded.faults) {
        if (fault.verb != "inject") {
            continue;
        }
        if (offset_of(fault)) {
            sends.push_back({.at = fault.at, .fault = &fault});
        } else {
            lacking.push_back("fault inject " + fault.what);
        }
    }
    std::stable_sort(sends.begin(), sends.end(), [](RawSend const& a, RawSend const& b) { return a.at < b.at; });
    return sends;
}

bool send_raw(RawSend const& raw, Stage const& stage, world::World& world) {
    bool const from_client = raw.call != nullptr && raw.call->who.starts_with("client");
    auto made = raw.call != nullptr ? std::optional{raw_syn(*raw.call)} : forged_reset(*raw.fault, stage, world);
    if (!made) {
        return false;
    }
    world.schedule(world.add_step(world::SendRaw{from_client ? stage.client : stage.server, *std::move(made)}),
                   world.now());
    return true;
}

}  // namespace tcpsim::replay

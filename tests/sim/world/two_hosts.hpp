// A world of two machines on one cable, and views of what it recorded: the ground under the tests of sim/.
#pragma once

#include "sim/app/process.hpp"
#include "sim/trace/memory.hpp"
#include "sim/world/world.hpp"
#include "stack/profile/profile.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tcpsim::tests {

using namespace std::chrono_literals;

inline constexpr wire::Ipv4Address client_address{0x0a00'0001};  // 10.0.0.1
inline constexpr wire::Ipv4Address server_address{0x0a00'0002};
inline constexpr std::uint16_t port = 7;
inline constexpr wire::Endpoint server_endpoint{server_address, port};
inline constexpr Duration one_way = 10ms;
inline constexpr Duration round_trip = 2 * one_way;

constexpr Instant at(Duration since_start) { return Instant{since_start}; }

/// One interface, `peer` on the same link.
inline host::Configuration configuration(std::string name, wire::Ipv4Address address, wire::Ipv4Address peer) {
    auto const mac = [](wire::Ipv4Address a) {
        return wire::MacAddress{{0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(a.value & 0xffU)}};
    };
    wire::Ipv4Prefix const network{address, 24};
    return {.name = std::move(name),
            .interfaces = {{.name = "eth0", .mac = mac(address), .address = network}},
            .routes = {{.destination = network}},
            .neighbours = {{.address = peer, .mac = mac(peer)}}};
}

/// What a test sets before the world runs.
struct Setting {
    std::uint64_t seed{1};
    net::LinkSettings link{.name = "client-server", .delay = one_way};
    profile::Profile profile{*profile::find("linux")};
};

class TwoHosts {
  public:
    explicit TwoHosts(Setting const& setting = {}) : world{setting.seed} {
        world.attach(memory);
        client = world.add_machine(configuration("client", client_address, server_address), setting.profile);
        server = world.add_machine(configuration("server", server_address, client_address), setting.profile);
        link = world.add_link(setting.link, client, 0, server, 0);
    }
    void install(trace::NodeId machine, std::string name, app::Main main,
                 machine::Restart restart = machine::Restart::always) {
        world.install(machine, {std::move(name), app::coroutine_program(std::move(main)), restart});
    }
    /// Its number.
    std::uint32_t schedule(Duration when, world::Verb verb) {
        std::uint32_t const step = world.add_step(std::move(verb));
        world.schedule(step, at(when));
        return step;
    }
    /// Runs until nothing is left.
    void run() { world.run(never); }

    /// Every record of one kind that `keep` accepts, in order, with its time and reason.
    template <class Event>
    struct Found {
        trace::Record const* record;
        Event const* what;
        Event const* operator->() const { return what; }
        [[nodiscard]] Instant at() const { return record->at; }
    };
    template <class Event>
    std::vector<Found<Event>> all(std::function<bool(Event const&)> const& keep) const {
        std::vector<Found<Event>> found;
        for (trace::Record const& record : memory.records()) {
            if (auto const* event = std::get_if<Event>(&record.what); event != nullptr && keep(*event)) {
                found.push_back({&record, event});
            }
        }
        return found;
    }
    auto returned(trace::NodeId machine, trace::Call call) const {
        return all<trace::CallReturned>(
            [=](auto const& event) { return event.process.machine == machine && event.call == call; });
    }
    auto happened(trace::Happening what) const {
        return all<trace::Happened>([=](auto const& event) { return event.what == what; });
    }
    auto dropped(trace::DropReason reason) const {
        return all<trace::FrameDropped>([=](auto const& event) { return event.reason == reason; });
    }
    /// Segments that left `machine` with all of `flags`.
    auto sent(trace::NodeId machine, std::uint8_t flags = 0) const {
        return all<trace::FramePassed>([=](auto const& event) {
            auto const* segment = wire::tcp_of(*event.frame);
            return event.node == machine && event.outwards && segment != nullptr &&
                   (segment->flags.bits & flags) == flags;
        });
    }

    trace::Memory memory{};
    world::World world;
    trace::NodeId client{};
    trace::NodeId server{};
    trace::LinkId link{};
};

}  // namespace tcpsim::tests

// sim/world: a machine that has rebooted is a fresh one, but for its boot number and its random streams.
#include "sim/app/programs.hpp"
#include "stack/wire/notation.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::Process;
using app::Task;

namespace {

constexpr Duration second_life = 100s;

/// Connections that stay open, half-open and in TIME-WAIT, and text that nobody acknowledges.
Task<> leave_traces(Process& p) {
    for (int i = 0; i < 3; ++i) {
        std::int32_t const fd = (co_await p.socket()).value();
        (void)co_await p.connect(fd, server_endpoint);
        (void)co_await p.write(fd, Payload::text("hello"));
        (void)co_await p.read(fd, 1024);
        if (i == 0) {
            (void)co_await p.close(fd);
        }
    }
    std::int32_t const listener = (co_await p.socket()).value();
    (void)co_await p.bind(listener, {.port = 99});
    (void)co_await p.listen(listener, 1);
    (void)co_await p.sleep(1h);
}
/// What both lives do: the same calls at the same time after their boot.
Task<> live(Process& p) {
    (void)co_await p.sleep_until(at(second_life + 1s));
    std::int32_t const listener = (co_await p.socket()).value();
    (void)co_await p.bind(listener, {.port = 99});
    (void)co_await p.listen(listener, 1);
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.connect(fd, server_endpoint);
    (void)co_await p.write(fd, Payload::text("hello"));
    (void)co_await p.read(fd, 1024);
    (void)co_await p.close(fd);
}

/// What the client's interface and programs saw in its second life, without what random streams choose.
std::vector<std::string> seen(TwoHosts const& two) {
    std::vector<std::string> lines;
    for (trace::Record const& record : two.memory.records()) {
        if (record.at < at(second_life + 500ms)) {
            continue;
        }
        std::string line = std::to_string(nanoseconds(record.at)) + " ";
        if (auto const* passed = std::get_if<trace::FramePassed>(&record.what);
            passed != nullptr && passed->node == two.client) {
            auto const* segment = wire::tcp_of(*passed->frame);
            line += passed->outwards ? "sends " : "receives ";
            line += segment == nullptr
                        ? "ARP"
                        : wire::flags_text(segment->flags) + " " + std::to_string(segment->payload.size()) + " " +
                              std::to_string(segment->window);
        } else if (auto const* returned = std::get_if<trace::CallReturned>(&record.what);
                   returned != nullptr && returned->process.machine == two.client) {
            line += "call " + std::to_string(static_cast<int>(returned->call)) + " " + std::to_string(returned->value) +
                    " " + std::string{name(returned->error)};
        } else {
            continue;
        }
        lines.push_back(line);
    }
    return lines;
}

/// What a kernel holds, in words, without the boot number.
std::vector<std::string> state(machine::Machine const& machine) {
    std::vector<std::string> lines;
    for (auto const& [number, process] : machine.processes()) {
        lines.push_back("process " + std::to_string(number) + " " + process->name() + ", child of " +
                        std::to_string(process->parent()) + ", descriptors to " +
                        std::to_string(process->descriptors().end()) + (process->next_signal() ? ", signals" : ""));
    }
    for (host::ConnectionId const id : machine.host()->connections()) {
        lines.push_back("connection " + std::to_string(id.slot) + "/" + std::to_string(id.generation) + " " +
                        std::string{tcp::name(machine.host()->find(id)->state())});
    }
    lines.push_back("own timers " + std::to_string(nanoseconds(machine.host()->next_deadline(host::own_timers))));
    for (machine::LinkState const& link : machine.links()) {
        lines.push_back(link.name + (link.up ? " up" : " down") + (link.carrier ? "" : ", no carrier") + " " +
                        (link.address ? to_string(link.address->address) : "no address"));
    }
    for (host::Route const& route : machine.host()->configuration().routes) {
        lines.push_back("route to " + to_string(route.destination.address));
    }
    return lines;
}

struct Life {
    explicit Life(bool second) {
        two.install(two.server, "echo", [](Process& p) { return app::echo(p, port); });
        if (second) {
            two.install(
                two.client, "before", [](Process& p) { return leave_traces(p); }, machine::Restart::never);
            two.schedule(10s, world::SetNic{two.client, 0, false});
            two.schedule(11s, world::SkewClock{.machine = two.client, .by = 5s});
            two.schedule(12s, world::PowerLoss{two.client});
            two.schedule(second_life, world::Boot{two.client});
        }
        two.install(two.client, "after", [](Process& p) { return live(p); });
        two.world.run(at(second_life));
        booted = state(*two.world.machine(two.client));
        two.world.run(at(second_life + 60s));
    }
    TwoHosts two{};
    std::vector<std::string> booted{};  ///< after the boot, before any program runs
};

}  // namespace

TEST_CASE("a boot wipes everything: a rebooted machine sees and does what a fresh one does") {
    Life const rebooted{true};
    Life const fresh{false};
    CHECK(rebooted.two.world.machine(rebooted.two.client)->boot_number() == 2);
    CHECK(fresh.two.world.machine(fresh.two.client)->boot_number() == 1);
    CHECK(rebooted.booted == fresh.booted);
    CHECK(fresh.booted.size() == 4);  // a process, no timer, an interface, a route
    CHECK(state(*rebooted.two.world.machine(rebooted.two.client)) == state(*fresh.two.world.machine(fresh.two.client)));
    auto const second = seen(rebooted.two);
    auto const first = seen(fresh.two);
    REQUIRE(first.size() > 10);
    CHECK(second == first);
    auto const connections = [](Life const& life) {
        return life.two.world.machine(life.two.client)->host()->connections().size();
    };
    CHECK(connections(rebooted) == connections(fresh));
}

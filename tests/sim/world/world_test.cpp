// sim/world: time, order, the timeline, and what must not change when something unrelated does.
#include "sim/world/world.hpp"

#include "sim/app/programs.hpp"
#include "sim/trace/digest.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::Process;
using app::Task;

namespace {

Task<> talk(Process& p, Instant again, std::vector<std::string>& heard) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.connect(fd, server_endpoint);
    for (int i = 0; i < 2; ++i) {
        (void)co_await p.write(fd, Payload::text("hello"));
        Result<Payload> const got = co_await p.read(fd, 1024);
        heard.push_back(got.ok() ? got.value().to_string() : std::string{name(got.error())});
        (void)co_await p.sleep_until(again);
    }
    (void)co_await p.close(fd);
}
Task<> note_time(Process& p, Duration pause, Instant& woke) {
    (void)co_await p.sleep(pause);
    woke = p.now();
}

/// Two hosts that talk at 0 and 2 s; between, the server loses power and is back.
struct Reboot {
    explicit Reboot(Setting const& setting = {}) : two{setting} {
        two.world.attach(digest);
        two.install(two.server, "echo", [](Process& p) { return app::echo(p, port); });
        two.install(two.client, "client", [this](Process& p) { return talk(p, at(2s), heard); });
        two.schedule(1s, world::PowerLoss{two.server});
        two.schedule(1500ms, world::Boot{two.server});
    }
    TwoHosts two;
    trace::Digest digest{};
    std::vector<std::string> heard{};
};

/// Lets `step` happen when it first sees a frame arrive.
class Trigger final : public trace::Sink {
  public:
    Trigger(world::World& world, std::uint32_t step) : world_{&world}, step_{step} {}
    void record(trace::Record const& record) override {
        auto const* frame = std::get_if<trace::FramePassed>(&record.what);
        if (frame != nullptr && !frame->outwards && !fired_) {
            fired_ = true;
            world_->schedule(step_, record.at);
        }
    }

  private:
    world::World* world_;
    std::uint32_t step_;
    bool fired_{false};
};

/// Every record but for its serial number, in words that two worlds share.
std::vector<std::uint64_t> digests(trace::Memory const& memory, std::vector<trace::NodeId> const& nodes) {
    auto const node_of = [](trace::Event const& event) {
        if (auto const* passed = std::get_if<trace::FramePassed>(&event)) {
            return passed->node;
        }
        if (auto const* made = std::get_if<trace::CallMade>(&event)) {
            return made->process.machine;
        }
        if (auto const* returned = std::get_if<trace::CallReturned>(&event)) {
            return returned->process.machine;
        }
        if (auto const* note = std::get_if<trace::TcpNote>(&event)) {
            return note->machine;
        }
        return trace::no_node;
    };
    std::vector<std::uint64_t> result;
    for (trace::Record record : memory.records()) {
        if (std::find(nodes.begin(), nodes.end(), node_of(record.what)) != nodes.end()) {
            record.serial = 0;
            trace::Digest one;
            one.record(record);
            result.push_back(one.value());
        }
    }
    return result;
}

}  // namespace

TEST_CASE("world: a reboot between two writes turns the second read into ECONNRESET") {
    Reboot reboot;
    reboot.two.run();
    CHECK(reboot.heard == std::vector<std::string>{"hello", "ECONNRESET"});
    CHECK(reboot.two.world.now() == at(2s + round_trip));
}

TEST_CASE("world: the same seed gives the same records, another seed others") {
    Reboot first;
    Reboot again;
    Reboot other{{.seed = 2}};
    first.two.run();
    again.two.run();
    other.two.run();
    CHECK(first.digest.value() == again.digest.value());
    CHECK(first.digest.value() != other.digest.value());
    CHECK(first.heard == other.heard);
}

TEST_CASE("world: running in steps changes nothing") {
    Reboot whole;
    Reboot parts;
    whole.two.run();
    while (parts.two.world.run(parts.two.world.now() + 7ms)) {
    }
    CHECK(whole.digest.value() == parts.digest.value());
    CHECK(whole.two.world.events() == parts.two.world.events());
    CHECK(whole.two.world.now() == parts.two.world.now());
}

TEST_CASE("world: hosts that nobody talks to change no record of the others") {
    Reboot alone;
    Reboot crowded;
    auto const third =
        crowded.two.world.add_machine(configuration("third", client_address, server_address), *profile::find("bsd44"));
    auto const fourth =
        crowded.two.world.add_machine(configuration("fourth", server_address, client_address), *profile::find("linux"));
    crowded.two.world.add_link({.name = "third-fourth", .delay = one_way}, third, 0, fourth, 0);
    std::vector<std::string> heard;
    crowded.two.install(fourth, "echo", [](Process& p) { return app::echo(p, port); });
    crowded.two.install(third, "client", [&](Process& p) { return talk(p, at(2s), heard); });
    alone.two.run();
    crowded.two.run();
    CHECK(heard == std::vector<std::string>{"hello", "hello"});
    std::vector<trace::NodeId> const both{alone.two.client, alone.two.server};
    CHECK(digests(alone.two.memory, both) == digests(crowded.two.memory, both));
    CHECK(!digests(alone.two.memory, both).empty());
}

TEST_CASE("world: run stops at `until` if something is left, and at the last event if not") {
    TwoHosts two;
    Instant woke{};
    two.install(two.client, "sleeper", [&](Process& p) { return note_time(p, 3s, woke); });
    CHECK(two.world.run(at(1s)));
    CHECK(two.world.now() == at(1s));
    CHECK(woke == Instant{});
    CHECK(two.world.run(at(3s) - 1ns));
    CHECK_FALSE(two.world.run(at(3s)));
    CHECK(woke == at(3s));
    CHECK_FALSE(two.world.run(at(9s)));
    CHECK(two.world.now() == at(3s));
}

TEST_CASE("world: an entry that went stale neither counts nor moves the clock") {
    TwoHosts two;
    Instant woke{};
    two.install(two.client, "sleeper", [&](Process& p) { return note_time(p, 1h, woke); });
    two.schedule(1s, world::PowerLoss{two.client});
    CHECK_FALSE(two.world.run(at(1min)));
    CHECK(two.world.now() == at(1s));
    CHECK(two.world.events() == 2);  // the program's start and the power loss, not the end of its sleep
    CHECK(woke == Instant{});
}

TEST_CASE("world: a step that a sink schedules comes after the event that it saw, before all others") {
    TwoHosts two;
    std::vector<std::string> heard;
    two.install(two.server, "echo", [](Process& p) { return app::echo(p, port); });
    two.install(two.client, "client", [&](Process& p) { return talk(p, at(2s), heard); });
    std::uint32_t const step = two.world.add_step(world::PowerLoss{two.server});
    Trigger trigger{two.world, step};
    two.world.attach(trigger);
    two.world.run(at(1s));
    CHECK(two.world.steps()[step].at == at(one_way));  // the SYN
    CHECK(two.world.steps()[step].effective);
    auto const lost = two.happened(trace::Happening::power_loss);
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].at() == at(one_way));
    auto const answers = two.sent(two.server);
    REQUIRE(answers.size() == 1);  // the SYN,ACK left in the event that the step had to wait for
    CHECK(answers[0].record->serial < lost[0].record->serial);
}

TEST_CASE("world: at one instant steps come first, then frames, deadlines, programs") {
    TwoHosts two;
    std::vector<std::string> heard;
    Instant woke{};
    two.install(two.server, "sleeper", [&](Process& p) { return note_time(p, one_way, woke); });
    two.install(two.client, "client", [&](Process& p) { return talk(p, at(2s), heard); });
    two.schedule(one_way, world::ArmRule{two.link, {.name = "no answers", .match = {.flags = "S."}}});
    two.world.run(at(one_way));
    std::vector<trace::Because::Kind> kinds;
    for (trace::Record const& record : two.memory.records()) {
        if (record.at == at(one_way) && (kinds.empty() || kinds.back() != record.because.kind)) {
            kinds.push_back(record.because.kind);
        }
    }
    using Kind = trace::Because::Kind;
    CHECK(kinds == std::vector<Kind>{Kind::timeline_step, Kind::packet, Kind::program});
}

TEST_CASE("world: a cut link loses what is in flight, and the connection outlives a short cut") {
    TwoHosts two;
    std::vector<std::string> heard;
    two.install(two.server, "echo", [](Process& p) { return app::echo(p, port); });
    two.install(two.client, "client", [&](Process& p) { return talk(p, at(2s), heard); });
    two.schedule(2s + one_way / 2, world::CutLink{two.link});
    two.schedule(2s + one_way, world::CutLink{two.link});
    two.schedule(2100ms, world::RestoreLink{two.link});
    two.run();
    CHECK(two.dropped(trace::DropReason::link_cut).size() >= 1);
    CHECK(heard == std::vector<std::string>{"hello", "hello"});
    CHECK(two.world.steps()[0].effective);
    CHECK_FALSE(two.world.steps()[1].effective);
    CHECK(two.world.steps()[2].effective);
}

TEST_CASE("world: a rule is removed by its name") {
    TwoHosts two;
    std::vector<std::string> heard;
    net::Rule const deaf{
        .name = "deaf", .match = {.to = server_address}, .verdict = {.kind = net::Verdict::Kind::drop}};
    two.install(two.server, "echo", [](Process& p) { return app::echo(p, port); });
    two.install(two.client, "client", [&](Process& p) { return talk(p, at(2s), heard); });
    two.schedule(0s, world::ArmRule{two.link, deaf});
    two.schedule(500ms, world::RemoveRule{two.link, "blind"});
    two.schedule(500ms, world::RemoveRule{two.link, "deaf"});
    two.run();
    CHECK_FALSE(two.world.steps()[1].effective);
    CHECK(two.world.steps()[2].effective);
    CHECK(heard == std::vector<std::string>{"hello", "hello"});
    // The first SYN left at time 0 before the rule was armed; the link had already taken it.
    CHECK(two.world.link(two.link).rules()[0].fired >= 1);
}

TEST_CASE("world: a router between two networks is a node like the others") {
    world::World world{1};
    trace::Memory memory;
    world.attach(memory);
    wire::Ipv4Address const near{0x0a01'0001};
    wire::Ipv4Address const far{0x0a02'0001};
    wire::Ipv4Address const client{0x0a01'0002};
    wire::Ipv4Address const server{0x0a02'0002};
    auto near_side = configuration("router", near, client);
    auto const far_side = configuration("router", far, server);
    near_side.interfaces.push_back(far_side.interfaces[0]);
    near_side.routes.push_back({.destination = {far, 24}, .interface = 1});
    near_side.neighbours.push_back({.interface = 1, .address = server, .mac = far_side.neighbours[0].mac});
    auto client_side = configuration("client", client, near);
    client_side.routes.push_back({.gateway = near});
    auto server_side = configuration("server", server, far);
    server_side.routes.push_back({.gateway = far});
    auto const client_id = world.add_machine(client_side, *profile::find("linux"));
    auto const router_id = world.add_router(near_side);
    auto const server_id = world.add_machine(server_side, *profile::find("linux"));
    world.add_link({.name = "client-router", .delay = one_way}, client_id, 0, router_id, 0);
    world.add_link({.name = "router-server"}, router_id, 1, server_id, 0);
    Result<Done> connected{Errno::einval};
    auto const connect = [&connected, server](Process& p) -> Task<> {
        return [](Process& self, wire::Endpoint to, Result<Done>& result) -> Task<> {
            std::int32_t const fd = (co_await self.socket()).value();
            result = co_await self.connect(fd, to);
        }(p, {server, port}, connected);
    };
    world.install(server_id, {"echo", app::coroutine_program([](Process& p) { return app::echo(p, port); })});
    world.install(client_id, {"client", app::coroutine_program(connect)});
    world.run(at(round_trip));
    CHECK(connected.ok());
    CHECK(world.machine(router_id) == nullptr);
    CHECK(world.node_name(router_id) == "router");
    CHECK(world.nodes() == 3);
    CHECK(world.links() == 2);
}

TEST_CASE("world: a timeline that would change the past is our bug") {
    TwoHosts two;
    two.world.run(at(1s));
    two.schedule(1s, world::Crash{two.client});
    two.run();
    CHECK(two.world.now() == at(1s));
    std::uint32_t const step = two.world.add_step(world::Boot{two.client});
    CHECK_THROWS_AS(two.world.schedule(step, at(500ms)), CheckFailed);
    two.world.schedule(step, at(2s));
    CHECK_THROWS_AS(two.world.schedule(step, at(3s)), CheckFailed);
}

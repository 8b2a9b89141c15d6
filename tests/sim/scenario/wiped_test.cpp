// A machine that boots again is a fresh one: it does to the packet what it does in a world where it boots for the first time.
#include "sim/trace/memory.hpp"
#include "stack/wire/notation.hpp"
#include "tests/sim/scenario/support.hpp"

using namespace tcpsim;
using namespace tcpsim::tests;
using namespace std::chrono_literals;

namespace {

/// Until 50 s the path takes 1000 bytes only. What "before" leaves: neighbours, a path MTU, a Fast Open cookie, metrics of the path
/// (it ends one connection after losses), open, half-closed and TIME-WAIT connections, a listener with a queue.
std::string const world = R"(name: lives
until: 200s
topology: {shape: routed, rtt: 20ms}
neighbours: arp
hosts:
  client: {tcp_fastopen: 3}
  server: {tcp_fastopen: 3}
programs:
  - {name: sink, host: server, run: sink, port: 9}
  - {name: echo-server, host: server, run: echo, port: 7}
)";
std::string const before = R"(  - name: before
    host: client
    restart_at_boot: never
    steps:
      - connect: "server:9"
        at: 2s
      - write: {pattern: 30000}
      - close
      - connect: "server:7"
      - write: "hello"
      - read: 5
      - close
      - connect: "server:7"
      - write: "hello"
      - sleep: 1h
  - name: listener
    host: client
    restart_at_boot: never
    steps:
      - listen: 99
      - sleep: 1h
  - name: visitor
    host: server
    restart_at_boot: never
    steps:
      - connect: "client:99"
        at: 5s
      - write: "nobody reads this"
      - sleep: 1h
)";
/// What both lives do.
std::string const after = R"(  - name: after
    host: client
    steps:
      - connect: "server:9"
        at: 101s
      - write: {pattern: 30000}
      - close
      - sleep: 5s
      - connect: "server:7"
      - write: "hello"
      - read: 5
      - close
)";
std::string const path = R"(timeline:
  - {at: 1s, mtu: {router: router, link: router-server, bytes: 1000}}
  - {at: 50s, mtu: {router: router, link: router-server, bytes: 1500}}
  - {name: loss, at: 0s, drop: {link: router-server, from: client, data: true, nth: 7}, may_never_fire: true}
  - {at: 50s, heal: loss}
)";

std::string line_of(trace::FramePassed const& passed) {
    std::string line = passed.outwards ? "sends " : "receives ";
    if (std::holds_alternative<wire::ArpPacket>(passed.frame->body)) {
        return line + "ARP";
    }
    auto const* const segment = wire::tcp_of(*passed.frame);
    if (segment == nullptr) {
        return line + "something else";
    }
    wire::Options const options = wire::decode(segment->options);
    return line + wire::flags_text(segment->flags) + " " + std::to_string(segment->payload.size()) + " bytes, window " +
           std::to_string(segment->window) + ", MSS " + std::to_string(options.mss.value_or(0)) + ", " +
           std::to_string(segment->options.size()) + " bytes of options";
}

struct Lived {
    std::vector<std::string> lines{};  ///< what passed the client's interface from 99 s on, and what its calls gave
    std::size_t connections{0};        ///< the client's, at 9 s
    std::size_t at_birth{0};           ///< and at 99 s
};
Lived live(std::string const& first_life, std::string const& end) {
    scenario::Run run{loaded(world + first_life + after + path + end), {}};
    trace::Memory memory;
    run.attach(memory);
    Lived lived;
    auto const client = trace::NodeId{0};
    auto const connections = [&](world::World const& seen) {
        return seen.machine(client)->host()->connections().size();
    };
    run.look_at(Instant{9s}, [&](world::World const& seen) { lived.connections = connections(seen); });
    run.look_at(Instant{99s}, [&](world::World const& seen) { lived.at_birth = connections(seen); });
    (void)run.run();
    for (trace::Record const& record : memory.records()) {
        if (record.at < Instant{99s}) {
            continue;
        }
        std::string const at = std::to_string(nanoseconds(record.at)) + " ";
        if (auto const* passed = std::get_if<trace::FramePassed>(&record.what);
            passed != nullptr && passed->node == client) {
            lived.lines.push_back(at + line_of(*passed));
        } else if (auto const* returned = std::get_if<trace::CallReturned>(&record.what);
                   returned != nullptr && returned->process.machine == client) {
            lived.lines.push_back(at + "call " + std::to_string(static_cast<int>(returned->call)) + " gave " +
                                  std::to_string(returned->value) + " " + std::string{name(returned->error)});
        }
    }
    return lived;
}

}  // namespace

TEST_CASE("wiped: after a boot, whatever was before it, the kernel does to the packet what a fresh one does") {
    Lived const fresh = live("", "");
    REQUIRE(fresh.lines.size() > 60);
    for (char const* const end :
         {"  - {at: 10s, power_loss: client}\n  - {at: 98s, boot: client}\n",
          "  - {at: 10s, crash: client}\n  - {at: 98s, boot: client}\n",
          "  - {at: 10s, shutdown: client}\n  - {at: 98s, boot: client}\n",
          "  - {at: 10s, reboot: {host: client, boots_after: 88s}}\n",
          "  - {at: 9500ms, clock_skew: {host: client, by: 1h, ppm: 100000}}\n  - {at: 9600ms, nic_down: client}\n"
          "  - {at: 9700ms, suspend: client}\n  - {at: 10s, power_loss: client}\n  - {at: 98s, boot: client}\n"}) {
        CAPTURE(end);
        Lived const second = live(before, end);
        CHECK(second.connections >= 2);
        CHECK(second.at_birth == 0);
        CHECK(second.lines == fresh.lines);
    }
}

TEST_CASE("wiped: without a boot the first life shows, so that the comparison sees something") {
    CHECK(live(before, "").lines != live("", "").lines);
}

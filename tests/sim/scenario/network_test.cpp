// LANs, ARP, routers, middleboxes: from YAML to what programs see.
#include "tests/sim/scenario/support.hpp"

using namespace tcpsim;
using namespace tcpsim::tests;

namespace {

/// What failed; empty if everything held.
std::string wrong(std::string const& text) {
    std::string lines;
    for (auto const& verdict : run(loaded(text)).verdicts) {
        lines += verdict.holds ? "" : verdict.name + ": " + verdict.seen + "; ";
    }
    return lines;
}

std::string const pair = R"(name: x
until: 1h
topology: {shape: pair, rtt: 20ms}
neighbours: arp
hosts: {client: {tcp_retries2: 5}}
programs:
  - {name: server, host: server, run: echo, port: 7}
  - name: client
    host: client
    steps:
)";
std::string const routed = R"(name: x
until: 1h
topology: {shape: routed, rtt: 20ms}
hosts: {client: {tcp_retries2: 5}}
programs:
  - {name: server, host: server, run: echo, port: 7}
  - name: client
    host: client
    steps:
)";
/// A client behind `box`, next to a server.
std::string behind(std::string const& box) {
    return "name: x\nuntil: 3h\ntopology:\n  nodes: [{name: client}, {name: box, kind: router, " + box +
           "}, {name: server}]\n"
           "  links: [{between: [client, box], delay: 1ms}, {between: [box, server], delay: 9ms}]\n"
           "hosts: {client: {tcp_retries2: 5}, server: {tcp_retries2: 5}}\n"
           "programs:\n  - {name: server, host: server, run: echo, port: 7}\n"
           "  - name: client\n    host: client\n    steps:\n";
}
std::string const echo_twice =
    "      - {connect: \"server:7\", must: true}\n      - write: \"hello\"\n      - read: 9\n"
    "      - {write: \"again\", at: ";

}  // namespace

TEST_CASE("ARP: a connection asks for its neighbour first, and then works as without") {
    CHECK(wrong(pair + "      - {connect: \"server:7\", returns: 0}\n      - write: \"hi\"\n"
                       "      - {read: 9, returns: \"hi\"}\n"
                       "expect:\n  - call: {program: client, call: connect, takes: 40ms}\n") == "");
}

TEST_CASE("connect_lan_arp_fails: EHOSTUNREACH after three requests, without any router") {
    CHECK(wrong(pair + "      - {connect: \"server:7\", fails: EHOSTUNREACH, at: 1s}\n"
                       "timeline:\n  - {at: 0s, power_loss: server}\n"
                       "expect:\n  - call: {program: client, call: connect, takes: 3s}\n"
                       "  - never: {from: client}\n") == "");
}

TEST_CASE("crash_lan_arp_fails: forgotten, it is asked for in vain; the error comes after the full time-out") {
    CHECK(wrong(pair + echo_twice +
                "2s}\n      - {read: 9, fails: EHOSTUNREACH}\n"
                "timeline:\n  - {at: 1s, power_loss: server}\n  - {at: 1s, forget_neighbours: client}\n") == "");
}

TEST_CASE("crash_lan_arp_ages: a known neighbour is retransmitted to, and never answered for") {
    // tcp_retries2 = 5 is over before the neighbour is doubted: as through a router.
    CHECK(wrong(pair + echo_twice +
                "2s}\n      - {read: 9, fails: ETIMEDOUT}\n"
                "timeline:\n  - {at: 1s, power_loss: server}\n") == "");
}

TEST_CASE("a last-hop router whose neighbour is dead answers ICMP host unreachable after three seconds") {
    std::string arp = routed;
    arp.insert(arp.find("hosts:"), "neighbours: arp\n");
    CHECK(wrong(arp +
                "      - {connect: \"server:7\", fails: EHOSTUNREACH, at: 1s}\n"
                "timeline:\n  - {at: 0s, power_loss: server}\n"
                // ARP to the router first: 20 ms; then three seconds at the router, and half a round trip each way.
                "expect:\n  - call: {program: client, call: connect, takes: 3.04s}\n") == "");
}

TEST_CASE("routes that lead nowhere: each tells what it is called, at once in SYN-SENT") {
    struct Case {
        char const* answer;
        char const* outcome;
    };
    for (Case const& each :
         {Case{"net", "ENETUNREACH"}, Case{"host", "EHOSTUNREACH"}, Case{"port", "ECONNREFUSED"},
          Case{"protocol", "ENOPROTOOPT"}, Case{"prohibited", "EHOSTUNREACH"}, Case{"blackhole", "ETIMEDOUT"}}) {
        CAPTURE(each.answer);
        std::string const told = std::string{each.answer} == "blackhole" ? "" : ", takes: 20ms";
        CHECK(wrong(routed + "      - {connect: \"server:7\", fails: " + each.outcome +
                    ", at: 1s}\ntimeline:\n  - {at: 0s, route: {router: router, to: server, answer: " + each.answer +
                    "}}\nexpect:\n  - call: {program: client, call: connect, fails: " + each.outcome + told + "}\n") ==
              "");
    }
    CHECK(wrong(routed + "      - {connect: \"server:7\", returns: 0, at: 2s}\n"
                         "timeline:\n  - {at: 0s, route: {router: router, to: server, answer: host}}\n"
                         "  - {at: 1s, unroute: {router: router, to: server, answer: host}}\n") == "");
}

TEST_CASE("switch: three computers on one segment reach one another, and the world behind the router") {
    CHECK(wrong("name: x\ntopology: topologies/lan.yaml\nneighbours: arp\nprograms:\n"
                "  - {name: printer, host: printer, run: echo, port: 9100}\n"
                "  - {name: server, host: server, run: echo, port: 80}\n"
                "  - name: desktop\n    host: desktop\n    steps:\n"
                "      - {connect: \"printer:9100\", returns: 0}\n      - write: \"page\"\n"
                "      - {read: 9, returns: \"page\"}\n"
                "  - name: laptop\n    host: laptop\n    steps:\n"
                "      - {connect: \"server:80\", returns: 0}\n      - write: \"page\"\n"
                "      - {read: 9, returns: \"page\"}\n") == "");
}

TEST_CASE("routing that reconverges goes around a cut; static routing does not") {
    for (bool const reconverges : {true, false}) {
        CAPTURE(reconverges);
        std::string const text = std::string{"name: x\nuntil: 100s\ntopology: topologies/multihomed.yaml\n"} +
                                 (reconverges ? "routing: {reconverge: 5s}\n" : "") +
                                 "hosts: {client: {tcp_retries2: 5}}\nprograms:\n"
                                 "  - {name: server, host: server, run: echo, port: 7}\n"
                                 "  - name: client\n    host: client\n    steps:\n" +
                                 echo_twice + "2s}\n      - {read: 9, " +
                                 (reconverges ? "returns: \"again\"" : "fails: ETIMEDOUT") +
                                 "}\ntimeline:\n  - {at: 1s, cut: fast-gate}\n";
        CHECK(wrong(text) == "");
    }
}

TEST_CASE("nat_forgets_server_writes: the NAT answers the server with an RST") {
    std::string const text =
        "name: x\nuntil: 1h\ntopology:\n  nodes: [{name: client}, {name: box, kind: router, nat: {outside: server, "
        "preset: linux-conntrack}}, {name: server}]\n"
        "  links: [{between: [client, box], delay: 1ms}, {between: [box, server], delay: 9ms}]\nprograms:\n"
        "  - name: server\n    host: server\n    steps:\n      - listen: 7\n      - accept\n      - {read: 9, returns: "
        "\"hello\"}\n      - {write: \"news\", at: 2s}\n      - {read: 9, fails: ECONNRESET}\n"
        "  - name: client\n    host: client\n    steps:\n      - {connect: \"server:7\", must: true}\n"
        "      - write: \"hello\"\n      - {sleep: 4s}\n      - write: \"hello\"\n      - {read: 9, fails: "
        "ECONNRESET}\n"
        "timeline:\n  - {at: 1s, forget_flows: box}\n";
    CHECK(wrong(text) == "");
}

TEST_CASE(
    "nat_forgets_client_writes: dropped, reset, picked up, or leaking as recorded with nf_conntrack_tcp_loose=0") {
    auto const outcome = [](std::string const& unknown, std::string const& expected) {
        return wrong(behind("nat: {outside: server, preset: linux-conntrack, unknown: " + unknown + "}") + echo_twice +
                     "2s}\n      - {read: 9, " + expected + "}\ntimeline:\n  - {at: 1s, forget_flows: box}\n");
    };
    CHECK(outcome("pick_up", "returns: \"again\"") == "");
    CHECK(outcome("reset", "fails: ECONNRESET") == "");
    CHECK(outcome("drop", "fails: ETIMEDOUT") == "");
    CHECK(outcome("leak", "fails: ECONNRESET") == "");
}

TEST_CASE("NAT: rebinding makes the server see a stranger") {
    CHECK(wrong(behind("nat: {outside: server, preset: linux-conntrack}") + echo_twice +
                "2s}\n      - {read: 9, fails: ECONNRESET}\ntimeline:\n  - {at: 1s, rebind: box}\n") == "");
}

TEST_CASE("firewall: an idle connection is forgotten after its time, and keepalive helps") {
    std::string const box = "firewall: {outside: server, preset: azure-lb}";
    CHECK(wrong(behind(box) + echo_twice + "239s}\n      - {read: 9, returns: \"again\"}\n") == "");
    CHECK(wrong(behind(box) + echo_twice + "241s}\n      - {read: 9, fails: ETIMEDOUT}\n") == "");
    CHECK(wrong(behind("firewall: {outside: server, preset: azure-lb, unknown: reset}") + echo_twice +
                "241s}\n      - {read: 9, fails: ECONNRESET}\n") == "");
    CHECK(wrong(behind("firewall: {outside: client, preset: azure-lb}") +
                "      - {connect: \"server:7\", fails: ETIMEDOUT}\n") == "");
    CHECK(wrong(behind("firewall: {outside: client, preset: azure-lb, open_port: 7}") +
                "      - {connect: \"server:7\", returns: 0}\n") == "");
}

TEST_CASE("load balancer: connections to it reach a server, and are reset after 350 s of silence") {
    std::string const service =
        "name: x\nuntil: 1h\ntopology: topologies/service.yaml\nprograms:\n"
        "  - {name: server1, host: server1, run: echo, port: 8080}\n"
        "  - {name: server2, host: server2, run: echo, port: 8080}\n"
        "  - name: client\n    host: client\n    steps:\n      - {connect: \"balancer:80\", must: true}\n"
        "      - write: \"hello\"\n      - {read: 9, returns: \"hello\"}\n      - {write: \"again\", at: ";
    CHECK(wrong(service + "349s}\n      - {read: 9, returns: \"again\"}\n") == "");
    CHECK(wrong(service + "351s}\n      - {read: 9, fails: ECONNRESET}\n") == "");
    CHECK(wrong(service + "10s}\n      - {read: 9, fails: ECONNRESET}\n"
                          "timeline:\n  - {at: 1s, backend_out: {router: balancer, server: server1}}\n"
                          "  - {at: 1s, backend_out: {router: balancer, server: server2}}\n") == "");
}

TEST_CASE("SYN proxy: a connection through it works, text and all") {
    CHECK(wrong(behind("syn_proxy: {server: \"server:7\", preset: linux-conntrack}") +
                "      - {connect: \"server:7\", returns: 0}\n      - write: \"hello\"\n"
                "      - {read: 9, returns: \"hello\"}\n      - close\n") == "");
}

TEST_CASE("equal cost: each flow keeps to one way, and flows are shared among both") {
    std::string text =
        "name: x\nrouting: {equal_cost: true}\ntopology:\n  nodes:\n"
        "    [{name: client}, {name: a, kind: router}, {name: up, kind: router}, {name: low, kind: router}, "
        "{name: b, kind: router}, {name: server}]\n  links:\n"
        "    - {between: [client, a]}\n    - {between: [a, up], delay: 1ms}\n"
        "    - {between: [a, low], delay: 1ms}\n    - {between: [up, b], delay: 1ms}\n"
        "    - {between: [low, b], delay: 1ms}\n    - {between: [b, server]}\n"
        "programs:\n  - {name: server, host: server, run: echo, port: 7}\n";
    for (int i = 0; i < 16; ++i) {
        text += "  - name: c" + std::to_string(i) +
                "\n    host: client\n    steps:\n      - {connect: \"server:7\", returns: 0}\n      - write: \"hi\"\n"
                "      - {read: 9, returns: \"hi\"}\n";
    }
    text +=
        "timeline:\n  - {name: up, at: 0s, pass: {link: a-up, from: client, flags: S}}\n"
        "  - {name: low, at: 0s, pass: {link: a-low, from: client, flags: S}}\n";
    auto const report = run(loaded(text));
    CHECK(report.passed());
    REQUIRE(report.faults.size() == 2);
    CHECK(report.faults[0].times + report.faults[1].times == 16);
    CHECK(report.faults[0].times > 0);
    CHECK(report.faults[1].times > 0);
}

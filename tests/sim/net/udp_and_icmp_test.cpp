// sim/net: UDP through NAT and firewall, and the ICMP errors about what they know.
#include "sim/net/middlebox.hpp"
#include "stack/wire/bytes.hpp"
#include "stack/wire/icmp.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace tcpsim;
using namespace tcpsim::net;
using namespace std::chrono_literals;
using wire::Flags;

namespace {

constexpr wire::Endpoint client{{0xc0a80102}, 5000};  // 192.168.1.2
constexpr wire::Endpoint second_client{{0xc0a80103}, 5000};
constexpr wire::Endpoint server{{0x0a000002}, 53};
constexpr wire::Ipv4Address router{0x0a000007};  // on the way
constexpr wire::Ipv4Address public_address{0x0a000001};
constexpr std::uint32_t inside = 0, outside = 1;
constexpr FlowTimeouts timeouts{
    .opening = 10s, .established = 100s, .closing = 20s, .closed = 5s, .asking = 30s, .conversing = 120s, .reset = 5s};
constexpr Instant at(Duration since_start) { return Instant{since_start}; }

wire::Ipv4Packet datagram(wire::Endpoint from, wire::Endpoint to) {
    wire::Ipv4Packet made;
    made.header.source = from.address;
    made.header.destination = to.address;
    made.header.protocol = wire::protocol_udp;
    made.body = wire::UdpDatagram{from.port, to.port, Payload::pattern(1, 0, 9)};
    return made;
}
wire::Ipv4Packet segment(wire::Endpoint from, wire::Endpoint to, std::uint8_t flags) {
    wire::Ipv4Packet made = datagram(from, to);
    made.header.protocol = wire::protocol_tcp;
    made.body = wire::TcpSegment{.source_port = from.port, .destination_port = to.port, .flags = Flags{flags}};
    return made;
}
wire::Ipv4Packet error_about(wire::Ipv4Packet const& packet, wire::Ipv4Address from,
                             std::uint8_t type = wire::icmp_unreachable) {
    wire::Ipv4Packet made;
    made.header.source = from;
    made.header.destination = packet.header.source;
    made.header.protocol = wire::protocol_icmp;
    made.body = wire::icmp_error(type, wire::icmp_port, 0, packet);
    return made;
}
wire::Ipv4Packet echo_request(wire::Ipv4Address from, wire::Ipv4Address to) {
    wire::Ipv4Packet made;
    made.header.source = from;
    made.header.destination = to;
    made.header.protocol = wire::protocol_icmp;
    made.body = wire::IcmpMessage{.type = 8};
    return made;
}

Nat nat(UnknownFlow from_outside = UnknownFlow::reset) {
    return Nat{{.outside = outside, .address = public_address, .timeouts = timeouts, .from_outside = from_outside}};
}
/// The packet as the NAT lets it through.
wire::Ipv4Packet through(Nat& box, wire::Ipv4Packet packet, std::uint32_t interface, Instant now = at(0s)) {
    CHECK_FALSE(box.look(packet, interface, outside - interface, now).dropped);
    return packet;
}
bool passes(Nat& box, wire::Ipv4Packet packet, std::uint32_t interface, Instant now) {
    return !box.look(packet, interface, outside - interface, now).dropped;
}

}  // namespace

TEST_CASE("NAT: datagrams get the public address, and answers find their way back") {
    Nat box = nat();
    CHECK(through(box, datagram(client, server), inside) == datagram({public_address, client.port}, server));
    CHECK(through(box, datagram(server, {public_address, client.port}), outside) == datagram(server, client));
    wire::Ipv4Packet const other = through(box, datagram(second_client, server), inside);
    wire::Endpoint const mapped = key_of(other)->ends.local;
    CHECK(mapped.port != client.port);
    CHECK(through(box, datagram(server, mapped), outside) == datagram(server, second_client));
}

TEST_CASE("NAT: TCP and UDP with the same ports are two mappings") {
    Nat box = nat();
    CHECK(through(box, datagram(client, server), inside) == datagram({public_address, client.port}, server));
    CHECK_FALSE(passes(box, segment(server, {public_address, client.port}, Flags::ack), outside, at(0s)));
    CHECK(through(box, segment(second_client, server, Flags::syn), inside) ==
          segment({public_address, client.port}, server, Flags::syn));
    CHECK(box.size() == 2);
    CHECK(box.rebind());
    CHECK_FALSE(passes(box, datagram(server, {public_address, client.port}), outside, at(0s)));
}

TEST_CASE("NAT: a UDP mapping that was answered is remembered for longer than one that was not") {
    for (bool const answered : {false, true}) {
        for (bool const late : {false, true}) {
            CAPTURE(answered);
            CAPTURE(late);
            Nat box = nat();
            (void)through(box, datagram(client, server), inside);
            if (answered) {
                (void)through(box, datagram(server, {public_address, client.port}), outside);
            }
            Duration const life = (answered ? 120s : 30s) - (late ? 0ns : 1ns);
            CHECK(passes(box, datagram(server, {public_address, client.port}), outside, at(life)) == !late);
        }
    }
}

TEST_CASE("NAT: a datagram that nobody asked for is dropped, with or without a word") {
    for (UnknownFlow const unknown : {UnknownFlow::reset, UnknownFlow::drop}) {
        Nat box = nat(unknown);
        wire::Ipv4Packet const stranger = datagram(server, {public_address, 4711});
        wire::Ipv4Packet packet = stranger;
        Passage const passage = box.look(packet, outside, inside, at(0s));
        CHECK(passage.dropped == trace::DropReason::no_mapping);
        CHECK(passage.answers.size() == (unknown == UnknownFlow::reset ? 1U : 0U));
        for (wire::Ipv4Packet const& answer : passage.answers) {
            CHECK(answer.header.source == public_address);
            CHECK(answer.header.destination == server.address);
            CHECK(quoted_key(answer) == key_of(stranger));
        }
    }
}

TEST_CASE(
    "RFC 5508 REQ-4: an error from outside about a translated packet is about the insider's, with right checksums") {
    for (bool const udp : {false, true}) {
        CAPTURE(udp);
        Nat box = nat();
        wire::Ipv4Packet const sent =
            udp ? datagram(second_client, server) : segment(second_client, server, Flags::syn);
        (void)through(box, udp ? datagram(client, server) : segment(client, server, Flags::syn), inside);
        wire::Ipv4Packet const translated = through(box, sent, inside);
        REQUIRE(key_of(translated)->ends.local.port != second_client.port);
        wire::Ipv4Packet const error = through(box, error_about(translated, router), outside);
        CHECK(error == error_about(sent, router));
        CHECK(std::get<wire::Ipv4Packet>(wire::parse_ipv4_packet(wire::emit(error))) == error);
    }
}

TEST_CASE("RFC 5508 REQ-5: an insider's error about what came from outside is from the public address") {
    Nat box = nat();
    (void)through(box, datagram(client, server), inside);
    wire::Ipv4Packet const answer = datagram(server, {public_address, client.port});
    wire::Ipv4Packet const arrived = through(box, answer, outside);
    CHECK(through(box, error_about(arrived, client.address), inside) == error_about(answer, public_address));
}

TEST_CASE("RFC 5508 REQ-4, REQ-5: an error about no mapping is dropped, both ways") {
    Nat box = nat();
    CHECK_FALSE(passes(box, error_about(datagram({public_address, 4711}, server), router), outside, at(0s)));
    CHECK_FALSE(passes(box, error_about(datagram(server, client), client.address), inside, at(0s)));
    // Somebody else's port is not the public address's.
    (void)through(box, datagram(client, server), inside);
    wire::Ipv4Packet forged = error_about(datagram({router, client.port}, server), router);
    forged.header.destination = public_address;
    CHECK_FALSE(passes(box, forged, outside, at(0s)));
}

TEST_CASE("RFC 5508 REQ-6: no mapping lives longer because of an error") {
    Nat box = nat();
    wire::Ipv4Packet const translated = through(box, datagram(client, server), inside);
    CHECK(passes(box, error_about(translated, router), outside, at(30s - 1ns)));
    CHECK_FALSE(passes(box, error_about(translated, router), outside, at(30s)));
    CHECK(box.size() == 0);
}

namespace {

constexpr wire::Endpoint service{public_address, 80};
constexpr wire::Endpoint backend{{0xac100005}, 8080};

LoadBalancer balancer() { return LoadBalancer{{.service = service, .backends = {backend}, .timeouts = timeouts}, 1}; }
wire::Ipv4Packet through(LoadBalancer& box, wire::Ipv4Packet packet, Instant now = at(0s)) {
    CHECK_FALSE(box.look(packet, now).dropped);
    return packet;
}
bool passes(LoadBalancer& box, wire::Ipv4Packet packet, Instant now) { return !box.look(packet, now).dropped; }

}  // namespace

TEST_CASE("load balancer: an error about what it sent to a backend reaches the client as if from the service") {
    LoadBalancer box = balancer();
    wire::Ipv4Packet const sent = segment(client, service, Flags::syn);
    wire::Ipv4Packet const rewritten = through(box, sent);
    REQUIRE(key_of(rewritten)->ends.remote == backend);
    for (wire::Ipv4Address const from : {backend.address, router}) {
        wire::Ipv4Packet const error = through(box, error_about(rewritten, from));
        CHECK(error == error_about(sent, public_address));
        CHECK(std::get<wire::Ipv4Packet>(wire::parse_ipv4_packet(wire::emit(error))) == error);
    }
}

TEST_CASE("load balancer: an error about an answer reaches the backend, and is about what the backend sent") {
    LoadBalancer box = balancer();
    (void)through(box, segment(client, service, Flags::syn));
    wire::Ipv4Packet const sent = segment(backend, client, Flags::syn | Flags::ack);
    wire::Ipv4Packet const rewritten = through(box, sent);
    REQUIRE(key_of(rewritten)->ends.local == service);
    CHECK(through(box, error_about(rewritten, router)) == error_about(sent, router));
}

TEST_CASE("load balancer: an error about an unknown flow of the service is dropped, one that is none of its own passes") {
    LoadBalancer box = balancer();
    auto const passes_as_it_is = [&](wire::Ipv4Packet const& packet, Instant now) {
        wire::Ipv4Packet seen = packet;
        return !box.look(seen, now).dropped && seen == packet;
    };
    CHECK_FALSE(passes(box, error_about(segment(service, client, Flags::ack), router), at(0s)));
    CHECK(passes_as_it_is(error_about(segment(client, backend, Flags::ack), router), at(0s)));
    CHECK(passes(box, error_about(segment(client, server, Flags::ack), router), at(0s)));
    CHECK(passes(box, error_about(datagram(client, server), router), at(0s)));
    CHECK(passes(box, echo_request(client.address, public_address), at(0s)));
    wire::Ipv4Packet const rewritten = through(box, segment(client, service, Flags::syn));
    CHECK(passes(box, error_about(rewritten, router), at(10s - 1ns)));
    CHECK_FALSE(passes_as_it_is(error_about(rewritten, router), at(10s - 1ns)));
    CHECK(passes_as_it_is(error_about(rewritten, router), at(10s)));  // no error keeps it alive
}

TEST_CASE("SYN proxy: it looks at TCP only, as Linux does: an error passes as it is") {
    SynProxy box{{.service = server, .timeouts = timeouts}, 1};
    wire::Ipv4Packet const error = error_about(segment(server, client, Flags::ack), router);
    wire::Ipv4Packet seen = error;
    CHECK_FALSE(box.look(seen, at(0s)).dropped);
    CHECK(seen == error);
}

TEST_CASE("firewall: UDP begins inside or to an open port, and is remembered for so long after the last packet") {
    Firewall wall{{.outside = outside, .open_ports = {443}, .timeouts = timeouts, .unknown = UnknownFlow::reset}};
    Passage const refused = wall.look(datagram(server, client), outside, at(0s));
    CHECK(refused.dropped == trace::DropReason::prohibited);
    CHECK(refused.answers.empty());
    CHECK_FALSE(wall.look(datagram(server, {client.address, 443}), outside, at(0s)).dropped);
    CHECK_FALSE(wall.look(datagram(client, server), inside, at(0s)).dropped);
    CHECK_FALSE(wall.look(datagram(server, client), outside, at(30s - 1ns)).dropped);
    CHECK_FALSE(wall.look(datagram(server, client), outside, at(30s - 1ns + 120s - 1ns)).dropped);
    CHECK(wall.look(datagram(server, client), outside, at(300s)).dropped);
    // TCP with the same ports is something else.
    CHECK_FALSE(wall.look(datagram(client, server), inside, at(300s)).dropped);
    CHECK(wall.look(segment(server, client, Flags::ack), outside, at(300s)).dropped == trace::DropReason::no_flow);
}

TEST_CASE("firewall: errors about what it knows come in, others do not; other ICMP and all from inside does") {
    for (bool const udp : {false, true}) {
        CAPTURE(udp);
        Firewall wall{{.outside = outside, .timeouts = timeouts}};
        wire::Ipv4Packet const sent = udp ? datagram(client, server) : segment(client, server, Flags::syn);
        for (std::uint8_t const type : {wire::icmp_unreachable, wire::icmp_source_quench, wire::icmp_time_exceeded,
                                        wire::icmp_parameter_problem}) {
            CHECK(wall.look(error_about(sent, router, type), outside, at(0s)).dropped == trace::DropReason::no_flow);
        }
        CHECK_FALSE(wall.look(error_about(datagram(server, client), client.address), inside, at(0s)).dropped);
        CHECK_FALSE(wall.look(echo_request(router, client.address), outside, at(0s)).dropped);
        CHECK_FALSE(wall.look(sent, inside, at(0s)).dropped);
        Duration const life = udp ? 30s : 10s;
        CHECK_FALSE(wall.look(error_about(sent, router), outside, at(life - 1ns)).dropped);
        CHECK(wall.look(error_about(sent, router), outside, at(life)).dropped);
    }
}

TEST_CASE("middleboxes: a firewall behind a NAT sees insiders' addresses in both directions") {
    Middleboxes boxes;
    boxes.nat.emplace(NatSettings{.outside = outside, .address = public_address, .timeouts = timeouts});
    boxes.firewall.emplace(FirewallSettings{.outside = outside, .timeouts = timeouts});
    wire::Ipv4Packet syn = segment(client, server, Flags::syn);
    CHECK_FALSE(boxes.look(syn, inside, outside, at(0s)).dropped);
    CHECK(syn == segment({public_address, client.port}, server, Flags::syn));
    wire::Ipv4Packet answer = segment(server, {public_address, client.port}, Flags::syn | Flags::ack);
    CHECK_FALSE(boxes.look(answer, outside, inside, at(0s)).dropped);
    CHECK(answer == segment(server, client, Flags::syn | Flags::ack));
}

TEST_CASE("presets: UDP is remembered, and RFC 4787's for as long as it asks for") {
    for (FlowPreset const& preset : presets()) {
        CAPTURE(preset.name);
        CHECK(preset.timeouts.asking > 0s);
        CHECK(preset.timeouts.conversing >= preset.timeouts.asking);
    }
    CHECK(preset_named("rfc5382")->timeouts.asking >= 2min);  // RFC 4787 REQ-5
    CHECK(preset_named("linux-conntrack")->timeouts.asking == 30s);
    CHECK(preset_named("linux-conntrack")->timeouts.conversing == 120s);
}

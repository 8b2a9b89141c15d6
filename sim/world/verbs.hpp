// The verbs of a timeline, as data.
#pragma once

#include "sim/machine/machine.hpp"
#include "sim/net/link.hpp"
#include "stack/host/configuration.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace tcpsim::world {

struct PowerLoss {
    trace::NodeId machine{};
};
struct Crash {
    trace::NodeId machine{};
};
struct Boot {
    trace::NodeId machine{};
};
struct Kill {
    trace::NodeId machine{};
    std::string process{};
    machine::Signal signal{machine::Signal::sigkill};
};
/// The process ends by itself.
struct Exit {
    trace::NodeId machine{};
    std::string process{};
    std::int32_t status{0};
};
struct Shutdown {
    trace::NodeId machine{};
    machine::ShutdownPlan plan{};
};
struct CutLink {
    trace::LinkId link{};
};
struct RestoreLink {
    trace::LinkId link{};
};
struct ArmRule {
    trace::LinkId link{};
    net::Rule rule{};
};
struct RemoveRule {
    trace::LinkId link{};
    std::string rule{};
};
struct SetDelay {
    trace::LinkId link{};
    Duration delay{0};  ///< one way, each way
};
struct SetMtu {
    trace::NodeId router{};
    std::uint32_t interface { 0 };
    std::uint16_t mtu{1500};
};
struct Suspend {
    trace::NodeId machine{};
    machine::Suspension how{};
};
struct Resume {
    trace::NodeId machine{};
};
struct SkewClock {
    trace::NodeId machine{};
    Duration by{0};                                   ///< ahead, at once
    std::optional<std::int32_t> parts_per_million{};  ///< and so much faster from now on
};
struct SetNic {
    trace::NodeId machine{};
    std::uint32_t interface { 0 };
    bool up{true};
};
struct RemoveAddress {
    trace::NodeId machine{};
    std::uint32_t interface { 0 };
};
struct AddAddress {
    trace::NodeId machine{};
    std::uint32_t interface { 0 };
    wire::Ipv4Prefix address{};
};
/// `ip neighbour flush`: what ARP has learnt is gone.
struct ForgetNeighbours {
    trace::NodeId machine{};
};
struct BlackHole {
    trace::LinkId link{};
    std::optional<net::End> towards{};  ///< empty: both ways
};
/// A cable that makes and loses contact: cut for `down`, whole for `up`, so many times.
struct Flap {
    trace::LinkId link{};
    Duration down{0};
    Duration up{0};
    std::uint32_t times{1};
};
struct ChangeLink {
    trace::LinkId link{};
    net::LinkChange change{};
};
/// In front of the router's others.
struct AddRoute {
    trace::NodeId router{};
    host::Route route{};
};
struct RemoveRoute {
    trace::NodeId router{};
    wire::Ipv4Prefix destination{};
    host::RouteKind kind{};
};
/// What a router knows of flows as NAT, firewall, load balancer or SYN proxy is gone.
struct ForgetFlows {
    trace::NodeId router{};
};
/// A NAT's flows get other ports.
struct RebindFlows {
    trace::NodeId router{};
};
struct SetBackend {
    trace::NodeId router{};
    std::size_t backend{0};
    bool in{true};
};
/// Changes nothing: somebody wants to see how it is now.
struct Look {
    trace::NodeId node{};
};
/// A packet filter on the machine drops all input, or no longer: `iptables -A INPUT -j DROP`. Gone with the next boot.
struct DropInput {
    trace::NodeId machine{};
    bool drops{true};
};
/// A program with a raw socket sends this packet as it is, whoever it says it is from. The kernel knows nothing of it.
struct SendRaw {
    trace::NodeId machine{};
    wire::Ipv4Packet packet{};
};
using Verb = std::variant<PowerLoss, Crash, Boot, Kill, Exit, Shutdown, CutLink, RestoreLink, ArmRule, RemoveRule,
                          SetDelay, SetMtu, Suspend, Resume, SkewClock, SetNic, RemoveAddress, AddAddress, BlackHole,
                          Flap, ChangeLink, AddRoute, RemoveRoute, ForgetFlows, RebindFlows, SetBackend,
                          ForgetNeighbours, Look, SendRaw, DropInput>;

}  // namespace tcpsim::world

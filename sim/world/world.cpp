#include "sim/world/world.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::world {

using trace::Because;

World::World(std::uint64_t seed) : seed_{seed} {}
World::~World() = default;

trace::NodeId World::add_machine(host::Configuration configuration, profile::Profile profile) {
    trace::NodeId const id{static_cast<std::uint32_t>(nodes_.size())};
    nodes_.emplace_back(std::make_unique<machine::Machine>(id, std::move(configuration), std::move(profile), seed_));
    return id;
}

trace::NodeId World::add_router(host::Configuration configuration, net::Middleboxes middleboxes) {
    trace::NodeId const id{static_cast<std::uint32_t>(nodes_.size())};
    nodes_.emplace_back(std::make_unique<net::Router>(id, std::move(configuration), std::move(middleboxes), seed_));
    return id;
}

trace::NodeId World::add_switch(host::Configuration configuration) {
    trace::NodeId const id{static_cast<std::uint32_t>(nodes_.size())};
    nodes_.emplace_back(std::make_unique<net::Switch>(id, std::move(configuration)));
    return id;
}

void World::reconverge(Duration after, Ways ways) {
    reconverges_after_ = after;
    ways_ = std::move(ways);
}

trace::LinkId World::add_link(net::LinkSettings settings, trace::NodeId a, std::uint32_t interface_a, trace::NodeId b,
                              std::uint32_t interface_b) {
    trace::LinkId const id{static_cast<std::uint32_t>(links_.size())};
    net::Link& link = *links_.emplace_back(std::make_unique<net::Link>(id, std::move(settings), seed_));
    cabling_.push_back({.a = a, .b = b, .interface_a = interface_a, .interface_b = interface_b});
    plug(a, interface_a, {.link = &link, .end = net::End::a});
    plug(b, interface_b, {.link = &link, .end = net::End::b});
    return id;
}

void World::plug(trace::NodeId node, std::uint32_t interface, net::Cable cable) {
    std::visit([&](auto& plugged) { plugged->plug(interface, cable); }, nodes_.at(static_cast<std::size_t>(node)));
}

void World::install(trace::NodeId machine, machine::Unit unit) { machine_at(machine).install(std::move(unit)); }

std::uint32_t World::add_step(Verb verb) {
    if (auto const* const arm = std::get_if<ArmRule>(&verb); arm != nullptr && arm->rule.match.kind) {
        link_at(arm->link).remember_streams();
    }
    steps_.push_back({.verb = std::move(verb)});
    return static_cast<std::uint32_t>(steps_.size() - 1);
}

void World::store(trace::NodeId machine, std::string const& path, Payload content) {
    machine_at(machine).disk()[path] = std::move(content);
}

void World::schedule(std::uint32_t step, Instant at) {
    Step& scheduled = steps_.at(step);
    check(at >= now_, "a step is scheduled for now or later");
    check(!scheduled.scheduled, "a step is scheduled once");
    scheduled.scheduled = true;
    scheduled.at = at;
    queue_.push({.at = at, .kind = core::Kind::timeline_step, .owner = step});
}

void World::start() {
    started_ = true;
    net::Context lent = context({.kind = Because::Kind::start});
    for (Node& node : nodes_) {
        if (auto* const machine = std::get_if<std::unique_ptr<machine::Machine>>(&node)) {
            (*machine)->boot(lent);
        }
    }
}

bool World::run(Instant until) {
    if (!started_) {
        start();
    }
    while (!queue_.empty()) {
        core::Event const event = queue_.top();
        bool const live = is_live(event);
        if (live && event.at > until) {
            now_ = std::max(now_, until);
            return true;
        }
        queue_.pop();
        if (live) {  // nobody must see that a stale entry was there, not even by the time
            now_ = event.at;
            ++events_;
            dispatch(event);
        }
    }
    return false;
}

bool World::is_live(core::Event const& event) {
    switch (event.kind) {
        case core::Kind::timeline_step:
            return event.owner != reconvergence || event.first == reconvergences_;
        case core::Kind::frame:
            return link_at(net::link_of(event.owner)).expects(net::towards_of(event.owner), event.first);
        case core::Kind::deadline:
            return is_live_deadline(event);
        case core::Kind::program:
            return machine_at(trace::NodeId{event.owner}).is_live(event, queue_);
    }
    return false;
}

void World::dispatch(core::Event const& event) {
    switch (event.kind) {
        case core::Kind::timeline_step:
            apply(event);
            return;
        case core::Kind::frame:
            deliver(event);
            return;
        case core::Kind::deadline:
            deadline_reached(event);
            return;
        case core::Kind::program: {
            net::Context lent =
                context({.kind = Because::Kind::program,
                         .process = {trace::NodeId{event.owner}, event.boot, static_cast<std::uint32_t>(event.first)}});
            machine_at(trace::NodeId{event.owner}).program_resumes(event, lent);
            if (event.first == machine::init) {  // the end of a shutdown or of a reboot: its power came or went
                settle_carriers(lent);
            }
            return;
        }
    }
}

bool World::is_live_deadline(core::Event const& event) {
    auto* const router = std::get_if<std::unique_ptr<net::Router>>(&nodes_.at(event.owner));
    return router != nullptr ? (*router)->is_live(event)
                             : machine_at(trace::NodeId{event.owner}).is_live(event, queue_);
}

void World::deadline_reached(core::Event const& event) {
    net::Context lent =
        context({.kind = Because::Kind::timer,
                 .connection = {static_cast<std::uint32_t>(event.first), static_cast<std::uint32_t>(event.second)}});
    if (auto* const router = std::get_if<std::unique_ptr<net::Router>>(&nodes_.at(event.owner))) {
        (*router)->deadline_reached(lent);
    } else {
        machine_at(trace::NodeId{event.owner}).deadline_reached(event, lent);
    }
}

void World::deliver(core::Event const& event) {
    trace::LinkId const id = net::link_of(event.owner);
    net::End const towards = net::towards_of(event.owner);
    net::Context lent = context({.kind = Because::Kind::packet});
    net::FramePtr frame = link_at(id).arrive(towards, event.first, lent);
    if (frame == nullptr) {
        return;  // it was the turn of one that waits for the transmitter
    }
    lent.because.packet = frame->packet;
    Cabling const& cable = cabling_[static_cast<std::size_t>(id)];
    trace::NodeId const node = towards == net::End::a ? cable.a : cable.b;
    std::uint32_t const interface = towards == net::End::a ? cable.interface_a : cable.interface_b;
    std::visit([&](auto& at) { at->frame_arrives(interface, std::move(frame), lent); },
               nodes_[static_cast<std::size_t>(node)]);
}

machine::Machine& World::machine_at(trace::NodeId id) {
    auto* const machine = std::get_if<std::unique_ptr<machine::Machine>>(&nodes_.at(static_cast<std::size_t>(id)));
    check(machine != nullptr, "a router has neither power nor programs");
    return **machine;
}

net::Router& World::router_at(trace::NodeId id) {
    auto* const router = std::get_if<std::unique_ptr<net::Router>>(&nodes_.at(static_cast<std::size_t>(id)));
    check(router != nullptr, "only a router forwards");
    return **router;
}

net::Link& World::link_at(trace::LinkId id) { return *links_.at(static_cast<std::size_t>(id)); }

machine::Machine const* World::machine(trace::NodeId id) const {
    auto const* machine = std::get_if<std::unique_ptr<machine::Machine>>(&nodes_.at(static_cast<std::size_t>(id)));
    return machine == nullptr ? nullptr : machine->get();
}

net::Link const& World::link(trace::LinkId id) const { return *links_.at(static_cast<std::size_t>(id)); }

host::Configuration const& World::configuration(trace::NodeId id) const {
    return std::visit([](auto const& node) -> host::Configuration const& { return node->configuration(); },
                      nodes_.at(static_cast<std::size_t>(id)));
}

std::string_view World::node_name(trace::NodeId id) const { return configuration(id).name; }

}  // namespace tcpsim::world

// The timeline: what each verb does to whom.
#include "sim/world/world.hpp"

#include <utility>

namespace tcpsim::world {

namespace {

template <class... Lambdas>
struct Overloaded : Lambdas... {
    using Lambdas::operator()...;
};
template <class... Lambdas>
Overloaded(Lambdas...) -> Overloaded<Lambdas...>;

/// Every active rule of that name; false if there is none.
bool remove_rule(net::Link& link, std::string const& name, net::Context& context) {
    bool removed = false;
    for (std::uint32_t number = 0; number < link.rules().size(); ++number) {
        if (link.rules()[number].rule.name == name) {
            removed = link.remove(number, context) || removed;
        }
    }
    return removed;
}

}  // namespace

void World::apply(core::Event const& event) {
    if (event.owner == reconvergence) {
        find_ways();
        return;
    }
    std::uint32_t const step = event.owner;
    net::Context lent = context({.kind = trace::Because::Kind::timeline_step, .step = step});
    bool const again = steps_[step].applied;
    bool const effective = carry_out(step, event.first, lent);
    settle_carriers(lent);
    steps_[step].applied = true;
    steps_[step].effective = steps_[step].effective || effective;
    if (step_listener_ && !again) {
        step_listener_(step, now_);
    }
}

/// `turn`: how often it came before. Whether it could do something.
bool World::carry_out(std::uint32_t step, std::uint64_t turn, net::Context& lent) {
    Overloaded const verbs{
        [&](PowerLoss const& verb) { return machine_at(verb.machine).power_loss(lent); },
        [&](Crash const& verb) { return machine_at(verb.machine).crash(lent); },
        [&](Boot const& verb) { return machine_at(verb.machine).boot(lent); },
        [&](Kill const& verb) { return machine_at(verb.machine).kill(verb.process, verb.signal, lent); },
        [&](Exit const& verb) { return machine_at(verb.machine).exit(verb.process, verb.status, lent); },
        [&](Shutdown const& verb) { return machine_at(verb.machine).shutdown(verb.plan, lent); },
        [&](CutLink const& verb) { return link_at(verb.link).cut(lent); },
        [&](RestoreLink const& verb) { return link_at(verb.link).restore(lent); },
        [&](ArmRule const& verb) {
            link_at(verb.link).arm(verb.rule, lent);
            return true;
        },
        [&](RemoveRule const& verb) { return remove_rule(link_at(verb.link), verb.rule, lent); },
        [&](SetDelay const& verb) { return link_at(verb.link).set_delay(verb.delay, lent); },
        [&](SetMtu const& verb) { return router_at(verb.router).set_mtu(verb.interface, verb.mtu, lent); },
        [&](Suspend const& verb) { return machine_at(verb.machine).suspend(verb.how, lent); },
        [&](Resume const& verb) { return machine_at(verb.machine).resume(lent); },
        [&](SkewClock const& verb) {
            return machine_at(verb.machine).skew_clock(verb.by, verb.parts_per_million, lent);
        },
        [&](SetNic const& verb) { return machine_at(verb.machine).set_nic(verb.interface, verb.up, lent); },
        [&](RemoveAddress const& verb) { return machine_at(verb.machine).remove_address(verb.interface, lent); },
        [&](AddAddress const& verb) {
            return machine_at(verb.machine).add_address(verb.interface, verb.address, lent);
        },
        [&](BlackHole const& verb) { return link_at(verb.link).blackhole(verb.towards, lent); },
        [&](Flap const& verb) { return flap(step, verb, turn, lent); },
        [&](ChangeLink const& verb) { return link_at(verb.link).change(verb.change, lent); },
        [&](AddRoute const& verb) { return router_at(verb.router).add_route(verb.route, lent); },
        [&](RemoveRoute const& verb) { return router_at(verb.router).remove_route(verb.destination, verb.kind, lent); },
        [&](ForgetNeighbours const& verb) { return machine_at(verb.machine).forget_neighbours(lent); },
        [](Look const&) { return true; },
        [&](DropInput const& verb) { return machine_at(verb.machine).drop_input(verb.drops, lent); },
        [&](SendRaw const& verb) { return machine_at(verb.machine).send_raw(verb.packet, lent); },
        [&](ForgetFlows const& verb) { return router_at(verb.router).forget_flows(lent); },
        [&](RebindFlows const& verb) { return router_at(verb.router).rebind(lent); },
        [&](SetBackend const& verb) { return router_at(verb.router).set_backend(verb.backend, verb.in, lent); },
    };
    return std::visit(verbs, steps_[step].verb);
}

bool World::flap(std::uint32_t step, Flap const& verb, std::uint64_t turn, net::Context& lent) {
    bool const down = turn % 2 == 0;
    net::Link& link = link_at(verb.link);
    bool const effective = down ? link.cut(lent) : link.reconnect(lent);
    if (turn + 1 < 2 * std::uint64_t{verb.times}) {
        queue_.push({.at = now_ + (down ? verb.down : verb.up),
                     .kind = core::Kind::timeline_step,
                     .owner = step,
                     .first = turn + 1});
    }
    return effective;
}

/// Tells nodes at whose interfaces a carrier came or went. One whose own NIC is dark sees nothing.
void World::settle_carriers(net::Context& lent) {
    bool any = false;
    for (std::size_t i = 0; i < links_.size(); ++i) {
        Cabling& cabling = cabling_[i];
        net::Link const& link = *links_[i];
        auto const drives = [&](trace::NodeId node, std::uint32_t interface) {
            return std::visit([&](auto const& there) { return there->drives_cable(interface); },
                              nodes_[static_cast<std::size_t>(node)]);
        };
        bool const a_drives = drives(cabling.a, cabling.interface_a);
        bool const b_drives = drives(cabling.b, cabling.interface_b);
        auto const tell = [&](trace::NodeId node, std::uint32_t interface, bool own, bool peer, bool& told) {
            bool const carrier = !link.is_cut() && (peer || !link.settings().direct);
            if (own && told != carrier) {
                told = carrier;
                any = true;
                std::visit([&](auto const& there) { there->carrier_changed(interface, carrier, lent); },
                           nodes_[static_cast<std::size_t>(node)]);
            }
        };
        tell(cabling.a, cabling.interface_a, a_drives, b_drives, cabling.carrier_a);
        tell(cabling.b, cabling.interface_b, b_drives, a_drives, cabling.carrier_b);
    }
    if (any && ways_) {
        queue_.push({.at = now_ + reconverges_after_,
                     .kind = core::Kind::timeline_step,
                     .owner = reconvergence,
                     .first = ++reconvergences_});
    }
}

/// Routing protocols have agreed: routers take other ways around what is down.
void World::find_ways() {
    net::Context lent = context({.kind = trace::Because::Kind::start});
    std::vector<bool> down;
    for (Cabling const& cabling : cabling_) {
        down.push_back(!cabling.carrier_a || !cabling.carrier_b);
    }
    auto routes = ways_(down);
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
        if (auto* const router = std::get_if<std::unique_ptr<net::Router>>(&nodes_[node])) {
            (*router)->set_routes(std::move(routes.at(node)), lent);
        }
    }
}

}  // namespace tcpsim::world

#include "sim/net/middlebox.hpp"

#include <iterator>
#include <utility>

namespace tcpsim::net {

Passage Middleboxes::look(wire::Ipv4Packet& packet, std::uint32_t interface, std::uint32_t out, Instant now) {
    Passage all;
    auto const take = [&](Passage one) {
        all.dropped = one.dropped;
        std::move(one.answers.begin(), one.answers.end(), std::back_inserter(all.answers));
        return !all.dropped;
    };
    // Linux: a NAT translates back what comes from outside before anybody else sees it (PREROUTING), and what goes there
    // last (POSTROUTING).
    bool const comes_back = nat && interface == nat->settings().outside;
    (void)((!comes_back || take(nat->look(packet, interface, out, now))) &&
           (!firewall || take(firewall->look(packet, interface, now))) &&
           (!syn_proxy || take(syn_proxy->look(packet, now))) &&
           (!load_balancer || take(load_balancer->look(packet, now))) &&
           (comes_back || !nat || take(nat->look(packet, interface, out, now))));
    return all;
}

void Middleboxes::translate_back(wire::Ipv4Packet& error, Instant now) {
    if (nat) {
        nat->translate_back(error, now);
    }
    if (load_balancer) {
        load_balancer->translate_back(error, now);
    }
}

bool Middleboxes::forget() {
    bool knew = firewall && firewall->forget();
    knew = (syn_proxy && syn_proxy->forget()) || knew;
    knew = (load_balancer && load_balancer->forget()) || knew;
    return (nat && nat->forget()) || knew;
}

}  // namespace tcpsim::net

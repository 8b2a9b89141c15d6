#include "sim/packet_script/stage.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::packet_script {

Stage::Stage(host::Configuration configuration, profile::Profile const& profile)
    : host_{std::move(configuration), profile, SipKey{}} {}

Instant Stage::next_deadline() const {
    Instant earliest = never;
    for (auto const& [connection, at] : deadlines_) {
        earliest = std::min(earliest, at);
    }
    return earliest;
}

void Stage::expire_next() {
    auto const next = std::min_element(deadlines_.begin(), deadlines_.end(),
                                       [](auto const& a, auto const& b) { return a.second < b.second; });
    auto const [connection, at] = *next;
    now_ = std::max(now_, at);
    deadlines_.erase(next);
    host::Output out;
    host_.timers_expire(connection, now_, out);
    take(out);
}

void Stage::packet_arrives(wire::Ipv4Packet packet) {
    wire::Frame frame;
    frame.destination = host_.configuration().interfaces.front().mac;
    frame.body = std::move(packet);
    host::Output out;
    host_.frame_arrives(0, frame, now_, out);
    take(out);
}

void Stage::take(host::Output const& out) {
    (void)sockets_.wakeups(out);
    for (host::DeadlineChanged const& changed : out.deadlines) {
        if (changed.at == never) {
            deadlines_.erase(changed.connection);
        } else {
            deadlines_[changed.connection] = changed.at;
        }
    }
    for (host::ConnectionNote const& noted : out.notes) {
        auto const* refused = std::get_if<tcp::SegmentRefused>(&noted.what);
        icmp_out_of_window_ += refused != nullptr && refused->rule == tcp::Refusal::icmp_out_of_window ? 1U : 0U;
    }
    for (host::Outgoing const& outgoing : out.frames) {
        if (auto const* packet = std::get_if<wire::Ipv4Packet>(&outgoing.frame.body)) {
            sent_.push_back({now_, *packet, outgoing.cause});
        }
    }
}

}  // namespace tcpsim::packet_script

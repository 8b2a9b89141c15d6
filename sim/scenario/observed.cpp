#include "sim/scenario/observed.hpp"

#include "stack/wire/notation.hpp"

#include <algorithm>

namespace tcpsim::scenario {

std::size_t StepLog::begin(std::size_t program, std::size_t step, Instant now) {
    entries_.push_back({program, step, {.made = now}});
    if (listener_) {
        listener_(entries_.back(), false);
    }
    return entries_.size() - 1;
}

void StepLog::end(std::size_t entry, SeenCall seen, Instant now) {
    seen.made = entries_[entry].seen.made;
    seen.returned = now;
    entries_[entry].seen = std::move(seen);
    if (listener_) {
        listener_(entries_[entry], true);
    }
}

void Directory::add(std::string name, std::vector<wire::Ipv4Address> addresses) {
    nodes_.push_back({std::move(name), std::move(addresses)});
}
Directory::Entry const& Directory::find(std::string const& name) const {
    return nodes_[static_cast<std::size_t>(node(name))];
}
trace::NodeId Directory::node(std::string const& name) const {
    auto const found = std::find_if(nodes_.begin(), nodes_.end(), [&](Entry const& e) { return e.name == name; });
    check(found != nodes_.end(), "the loader lets no unknown host pass");
    return trace::NodeId{static_cast<std::uint32_t>(found - nodes_.begin())};
}
wire::Ipv4Address Directory::address(std::string const& name) const {
    auto const& addresses = find(name).addresses;
    check(!addresses.empty(), "every host has an interface");
    return addresses.front();
}
bool Directory::is_at(std::string const& name, wire::Ipv4Address address) const {
    auto const& addresses = find(name).addresses;
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

Observer::Observer(Scenario const& scenario, Directory const& directory)
    : scenario_{scenario},
      directory_{directory},
      packets_(scenario.expectations.size()),
      states_(scenario.expectations.size()),
      looked_(scenario.expectations.size(), false),
      calls_(scenario.expectations.size()) {}

void Observer::record(trace::Record const& record) {
    for (std::size_t i = 0; i < looked_.size(); ++i) {
        auto const* state = std::get_if<ExpectState>(&scenario_.expectations[i].what);
        if (state != nullptr && state->at && *state->at < record.at && !looked_[i]) {
            look_at_states(i);
        }
    }
    if (auto const* passed = std::get_if<trace::FramePassed>(&record.what)) {
        frame_passed(*passed, record.at);
    } else if (auto const* tcp_note = std::get_if<trace::TcpNote>(&record.what)) {
        note(*tcp_note);
    } else if (auto const* what = std::get_if<trace::Happened>(&record.what)) {
        happened(*what);
    } else if (auto const* made = std::get_if<trace::CallMade>(&record.what)) {
        call_made(*made, record.at);
    } else if (auto const* returned = std::get_if<trace::CallReturned>(&record.what)) {
        call_returned(*returned, record.at);
    }
}

void Observer::finish() {
    for (std::size_t i = 0; i < looked_.size(); ++i) {
        if (!looked_[i]) {
            look_at_states(i);
        }
    }
}

std::optional<std::uint32_t> Observer::relative_seq(wire::Ipv4Header const& header, wire::TcpSegment const& segment) {
    wire::FourTuple const tuple{{header.source, segment.source_port}, {header.destination, segment.destination_port}};
    if (segment.flags.has(wire::Flags::syn)) {
        initial_[tuple] = segment.seq;
    }
    auto const found = initial_.find(tuple);
    return found == initial_.end() ? std::nullopt : std::optional{segment.seq.raw() - found->second.raw()};
}

bool Observer::wanted(ExpectPackets const& packets, trace::FramePassed const& passed, wire::TcpSegment const& segment,
                      std::optional<std::uint32_t> seq) const {
    auto const& header = std::get<wire::Ipv4Packet>(passed.frame->body).header;
    return (packets.from.empty() || directory_.node(packets.from) == passed.packet.origin) &&
           (packets.to.empty() || directory_.is_at(packets.to, header.destination)) &&
           (!packets.data || segment.payload.empty() != *packets.data) &&
           (!packets.flags || *packets.flags == wire::flags_text(segment.flags)) &&
           (!packets.seq || packets.seq == seq);
}

void Observer::frame_passed(trace::FramePassed const& passed, Instant at) {
    auto const* segment = passed.frame == nullptr ? nullptr : wire::tcp_of(*passed.frame);
    bool const leaves_its_sender = passed.outwards && passed.node == passed.packet.origin;
    if (segment == nullptr || !leaves_its_sender) {
        return;
    }
    auto const seq = relative_seq(std::get<wire::Ipv4Packet>(passed.frame->body).header, *segment);
    for (std::size_t i = 0; i < packets_.size(); ++i) {
        auto const* expected = std::get_if<ExpectPackets>(&scenario_.expectations[i].what);
        if (expected == nullptr || !wanted(*expected, passed, *segment, seq)) {
            continue;
        }
        auto& seen = packets_[i];
        ++seen.count;
        seen.first = seen.first.value_or(at);
        seen.last = at;
        if (expected->gaps_given) {
            seen.times.push_back(at);
        }
    }
}

void Observer::note(trace::TcpNote const& tcp_note) {
    if (auto const* changed = std::get_if<tcp::StateChanged>(&tcp_note.what)) {
        ConnectionKey const key{tcp_note.machine, tcp_note.tuple};
        if (changed->to == tcp::State::closed) {
            connections_.erase(key);
        } else {
            connections_[key] = changed->to;
        }
    }
}

void Observer::happened(trace::Happened const& what) {
    if (what.what == trace::Happening::process_started) {
        processes_[{what.node, what.boot, what.process}] = what.name;
    }
    if (what.what == trace::Happening::power_loss || what.what == trace::Happening::crash ||
        what.what == trace::Happening::powered_off) {
        std::erase_if(connections_, [&](auto const& entry) { return entry.first.node == what.node; });
    }
}

void Observer::call_made(trace::CallMade const& made, Instant at) {
    auto const process = processes_.find(made.process);
    for (std::size_t i = 0; i < calls_.size(); ++i) {
        auto const* expected = std::get_if<ExpectCall>(&scenario_.expectations[i].what);
        bool const meant = expected != nullptr && process != processes_.end() && expected->program == process->second &&
                           expected->call == made.call && calls_[i].size() < expected->nth;
        if (meant) {
            calls_[i].push_back({.made = at});
            waiting_.insert({{made.process, made.number}, {i, calls_[i].size() - 1}});
        }
    }
}

void Observer::call_returned(trace::CallReturned const& returned, Instant at) {
    auto const [first, last] = waiting_.equal_range({returned.process, returned.number});
    for (auto entry = first; entry != last; ++entry) {
        auto& seen = calls_[entry->second.expectation][entry->second.call];
        seen.returned = at;
        seen.value = returned.value;
        seen.error = returned.error;
        seen.end_of_stream = returned.end_of_stream;
    }
    waiting_.erase(first, last);
}

void Observer::look_at_states(std::size_t index) {
    looked_[index] = true;
    auto const* expected = std::get_if<ExpectState>(&scenario_.expectations[index].what);
    if (expected == nullptr) {
        return;
    }
    auto const node = directory_.node(expected->host);
    for (auto const& [key, state] : connections_) {
        if (key.node == node && (!expected->peer || directory_.is_at(*expected->peer, key.tuple.remote.address))) {
            states_[index].states.push_back(state);
        }
    }
}

}  // namespace tcpsim::scenario

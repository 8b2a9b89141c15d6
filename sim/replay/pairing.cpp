#include "sim/replay/pairing.hpp"

#include <algorithm>
#include <map>

namespace tcpsim::replay {
namespace {

using namespace std::chrono_literals;

constexpr Duration simultaneous = 1ms;

/// What comes after the recorder stopped is not known; our packets may be earlier than its own.
bool is_within(Packet const& ours, std::vector<Packet> const& recorded, Packet const& last_paired) {
    Duration const late = recorded.back().at - last_paired.at;
    return ours.at + std::max(late, Duration{0}) <= recorded.back().at;
}

/// Whether a recorded packet that is clearly earlier stands behind this one with us.
class Order {
  public:
    explicit Order(std::vector<Packet> const& recorded) : recorded_{&recorded} {}
    bool accepts(std::size_t index, std::vector<std::size_t> const& places) {
        for (; (*recorded_)[index].at - (*recorded_)[settled_].at > simultaneous; ++settled_) {
            latest_ = std::max(latest_, places[settled_]);
        }
        return settled_ == 0 || places[index] > latest_;
    }

  private:
    std::vector<Packet> const* recorded_;
    std::size_t settled_{0};  ///< these are clearly earlier than the one in question
    std::size_t latest_{0};
};

Pairing fault(Pairing pairing, Pairing::Kind kind, std::size_t at) {
    pairing.kind = kind;
    pairing.at = at;
    return pairing;
}

}  // namespace

bool same_packet(Packet const& recorded, Packet const& ours) {
    return recorded.from == ours.from && recorded.flags == ours.flags && recorded.seq == ours.seq &&
           recorded.ack == ours.ack && recorded.length == ours.length && recorded.options == ours.options &&
           recorded.ecn == ours.ecn && recorded.other == ours.other && recorded.connection == ours.connection;
}

Pairing pair_up(std::string const& point, RecordedRun const& run, std::vector<Seen> const& ours) {
    using Kind = Pairing::Kind;
    std::vector<Packet> const& recorded = run.packets.at(point);
    auto const found = run.holes.find(point);
    Hole const hole = found == run.holes.end() ? Hole{recorded.size(), 0} : found->second;
    std::map<std::string, std::size_t> next;  // by direction: the first of ours that is not paired
    Pairing pairing;
    Order order{recorded};
    for (std::size_t i = 0; i < recorded.size(); ++i) {
        if (i == hole.before) {
            for (auto& [direction, place] : next) {
                place = std::max(place, i + hole.count);
            }
        }
        std::size_t& place = next.try_emplace(recorded[i].from, i < hole.before ? 0 : i + hole.count).first->second;
        while (place < ours.size() && ours[place].packet.from != recorded[i].from) {
            ++place;
        }
        if (place == ours.size()) {
            bool const nothing_left = i + (i < hole.before ? 0 : hole.count) >= ours.size();
            return fault(std::move(pairing), nothing_left ? Kind::missing : Kind::another, i);
        }
        pairing.ours.push_back(place);
        if (!same_packet(recorded[i], ours[place].packet) || !order.accepts(i, pairing.ours)) {
            return fault(std::move(pairing), Kind::another, i);
        }
        ++place;
    }
    std::size_t const count = recorded.size() + hole.count;
    if (!run.only_first_packets && !recorded.empty() && ours.size() > count &&
        is_within(ours[count].packet, recorded, ours[pairing.ours.back()].packet)) {
        return fault(std::move(pairing), Kind::extra, recorded.size());
    }
    return pairing;
}

}  // namespace tcpsim::replay

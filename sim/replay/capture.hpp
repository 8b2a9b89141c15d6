// Our run's packets at the recording's capture points, in the recording's words.
#pragma once

#include "sim/replay/recording.hpp"
#include "sim/trace/record.hpp"
#include "stack/base/seq.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tcpsim::replay {

/// A packet of ours, and why it was sent.
struct Seen {
    Packet packet{};
    tcp::Cause cause{};
};

/// One interface of one node, where the recorder listened.
struct CapturePoint {
    trace::NodeId node{trace::no_node};
    std::uint32_t interface { 0 };
};

class Capture final : public trace::Sink {
  public:
    /// `names` tells whose an address is: "c", "s", "r".
    /// Listens `from` then on.
    Capture(CapturePoint where, std::map<wire::Ipv4Address, std::string> names, Instant from, bool with_arp)
        : where_{where}, names_{std::move(names)}, from_{from}, with_arp_{with_arp} {}
    void record(trace::Record const& record) override;

    /// Times count from `zero`.
    [[nodiscard]] std::vector<Seen> packets(Instant zero) const;
    /// When the first TCP or UDP packet passed.
    [[nodiscard]] std::optional<Instant> began() const { return began_; }

  private:
    struct Flow {
        std::int64_t number{0};
        std::map<wire::Endpoint, std::vector<SeqNum>> initial{};
    };
    void note(wire::Ipv4Packet const& ip, tcp::Cause const& cause, Instant at);
    void note(wire::ArpPacket const& arp, tcp::Cause const& cause, Instant at);
    void describe(wire::TcpSegment const& segment, wire::Ipv4Header const& header, Packet& packet);
    std::string name_of(wire::Ipv4Address address) const;
    std::string relative(Flow const& flow, wire::Endpoint whose, SeqNum number) const;
    std::string options_text(Flow const& flow, wire::Endpoint acknowledged, wire::TcpSegment const& segment) const;
    std::string icmp_text(wire::IcmpMessage const& message) const;

    CapturePoint where_;
    std::map<wire::Ipv4Address, std::string> names_;
    Instant from_;
    bool with_arp_;
    std::map<std::pair<wire::Endpoint, wire::Endpoint>, Flow> flows_{};
    std::vector<Seen> packets_{};
    std::optional<Instant> began_{};
};

}  // namespace tcpsim::replay

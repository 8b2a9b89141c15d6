// A packet capture of one interface, as tcpdump on that machine would have made it – and why each packet was sent.
#pragma once

#include "tools/render/names.hpp"
#include "tools/render/pcapng.hpp"
#include "tools/render/story.hpp"

#include <deque>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace tcpsim::render {

/// One interface of one node.
struct CapturePoint {
    trace::NodeId node{trace::no_node};
    std::uint32_t interface { 0 };
    auto operator<=>(CapturePoint const&) const = default;
};

/// Virtual time 0 in a capture: 2000-01-01 00:00:00 UTC, because a capture needs a date.
inline constexpr std::uint64_t capture_epoch_ns = 946'684'800ULL * 1'000'000'000ULL;

/// Writes a packet once its fate is known, so that the fate stands in its own comment; order stays that of time.
class Capture final : public trace::Sink {
  public:
    /// What the section header says: `os` of the captured host, the scenario, the program that wrote it.
    struct About {
        std::string os{};
        std::string scenario{};
        std::uint64_t seed{0};
        std::string application{};
    };
    /// `out` and `naming` must outlive this object.
    Capture(std::ostream& out, Naming const& naming, CapturePoint point, About const& about);
    void record(trace::Record const& record) override;
    /// Writes what is still on its way. Call once, after the run.
    void finish(Instant ended);

  private:
    struct Pending {
        PcapngWriter::Packet packet{};
        trace::PacketId id{};
        trace::NodeId to{trace::no_node};
        Instant at{};
        bool settled{false};
    };
    void happens(Instant at, trace::FramePassed const& passed);
    void happens(Instant at, trace::FrameDropped const& dropped);
    void happens(trace::Record const& record, trace::Happened const& happened);
    void flush(Instant now);
    Pending* pending(trace::PacketId id);

    Naming const* naming_;
    CapturePoint point_;
    PcapngWriter writer_;
    std::deque<Pending> pending_{};
    std::vector<std::string> notes_{};  ///< what happened since the last packet: stands on the next one
    std::map<std::pair<trace::LinkId, std::uint32_t>, std::uint32_t> steps_of_rules_{};
};

}  // namespace tcpsim::render

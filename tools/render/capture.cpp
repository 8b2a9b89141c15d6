#include "tools/render/capture.hpp"

#include "stack/wire/bytes.hpp"
#include "stack/wire/notation.hpp"
#include "tools/render/text.hpp"
#include "tools/render/why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tcpsim::render {
namespace {

std::uint64_t capture_time(Instant at) { return capture_epoch_ns + static_cast<std::uint64_t>(nanoseconds(at)); }

std::string kind_of(wire::Frame const& frame) {
    wire::TcpSegment const* segment = wire::tcp_of(frame);
    return segment == nullptr ? wire::notation(frame, {}) : wire::flags_text(segment->flags);
}

}  // namespace

Capture::Capture(std::ostream& out, Naming const& naming, CapturePoint point, About const& about)
    : naming_{&naming},
      point_{point},
      writer_{out,
              {"simulated", about.os, about.application,
               fmt::format("scenario {}, seed {}; virtual time 0 is 2000-01-01 00:00:00 UTC", about.scenario,
                           about.seed)}} {
    PcapngWriter::Interface interface;
    std::string const node = naming.node(point.node);
    interface.name = naming.interface(point.node, point.interface);
    interface.description = fmt::format("{} of {}", interface.name, node);
    interface.os = about.os;
    auto const& addresses = naming.all().addresses;
    auto const at = static_cast<std::size_t>(point.node);
    if (at < addresses.size() && point.interface < addresses[at].size()) {
        interface.address = addresses[at][point.interface];
    }
    writer_.add_interface(interface);
}

void Capture::record(trace::Record const& record) {
    flush(record.at);
    if (auto const* passed = std::get_if<trace::FramePassed>(&record.what)) {
        happens(record.at, *passed);
    } else if (auto const* dropped = std::get_if<trace::FrameDropped>(&record.what)) {
        happens(record.at, *dropped);
    } else if (auto const* happened = std::get_if<trace::Happened>(&record.what)) {
        happens(record, *happened);
    }
}

void Capture::happens(Instant at, trace::FramePassed const& passed) {
    if (passed.node == point_.node && passed.interface == point_.interface) {
        Pending fresh;
        fresh.id = passed.packet;
        fresh.at = at;
        if (auto const* packet = std::get_if<wire::Ipv4Packet>(&passed.frame->body)) {
            fresh.to = naming_->owner(packet->header.destination);
        }
        fresh.packet.at = capture_time(at);
        fresh.packet.direction = passed.outwards ? PcapngWriter::Direction::outbound : PcapngWriter::Direction::inbound;
        fresh.packet.bytes = wire::emit(*passed.frame);
        fresh.packet.comments = std::move(notes_);
        notes_.clear();
        fresh.packet.comments.push_back(
            fmt::format("{}: {}", packet_name(passed.packet, *naming_), why_sent(passed.cause)));
        pending_.push_back(std::move(fresh));
    } else if (Pending* ours = pending(passed.packet); ours != nullptr && !passed.outwards) {
        ours->settled = ours->settled || ours->to == passed.node || ours->to == trace::no_node;
    }
}

void Capture::happens(Instant at, trace::FrameDropped const& dropped) {
    Loss loss{dropped.reason, dropped.node, dropped.link, {}};
    if (auto const rule = steps_of_rules_.find({dropped.link, dropped.rule});
        dropped.reason == trace::DropReason::rule && rule != steps_of_rules_.end()) {
        loss.step = rule->second;
    }
    std::string const words = why_lost(loss, *naming_);
    if (Pending* ours = pending(dropped.packet)) {
        bool const arrived = ours->to == dropped.node && ours->packet.direction == PcapngWriter::Direction::inbound;
        ours->packet.comments.push_back((arrived ? "thrown away: " : "lost: ") + words);
        ours->settled = true;
    } else {
        std::string const kind = dropped.frame == nullptr ? "" : " (" + kind_of(*dropped.frame) + ")";
        notes_.push_back(fmt::format("before this, at {} s: {}{} got lost: {}", clock_text(at),
                                     packet_name(dropped.packet, *naming_), kind, words));
    }
}

void Capture::happens(trace::Record const& record, trace::Happened const& happened) {
    if (record.because.kind == trace::Because::Kind::timeline_step && happened.what == trace::Happening::rule_armed) {
        steps_of_rules_[{happened.link, happened.rule}] = record.because.step;
    }
    if (remarkable(happened)) {
        notes_.push_back(
            fmt::format("before this, at {} s: {}", clock_text(record.at), what_happened(happened, *naming_)));
    }
}

Capture::Pending* Capture::pending(trace::PacketId id) {
    auto const found =
        std::find_if(pending_.begin(), pending_.end(), [&](Pending const& each) { return each.id == id; });
    return found == pending_.end() ? nullptr : &*found;
}

void Capture::flush(Instant now) {
    auto const ready = [this, now](Pending const& each) {
        // What has come in may still be thrown away during the same event; what is only passing through may get lost.
        bool const at_home = each.to == point_.node && each.packet.direction == PcapngWriter::Direction::inbound;
        return each.settled || (at_home && each.at < now);
    };
    while (!pending_.empty() && ready(pending_.front())) {
        writer_.packet(pending_.front().packet);
        pending_.pop_front();
    }
}

void Capture::finish(Instant ended) {
    for (Pending& each : pending_) {
        if (!each.settled && each.packet.direction == PcapngWriter::Direction::outbound) {
            each.packet.comments.emplace_back("still on its way at the end");
        }
        writer_.packet(each.packet);
    }
    pending_.clear();
    writer_.statistics(0, capture_time(ended), notes_);
}

}  // namespace tcpsim::render

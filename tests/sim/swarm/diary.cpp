#include "tests/sim/swarm/diary.hpp"

#include "stack/wire/notation.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <variant>

namespace tcpsim::swarm {

std::string told(Plan const& plan, std::uint64_t without) {
    std::string text = "\n  " + topology::write_dot(plan.graph);
    for (topology::MiddleboxSpec const& box : plan.graph[0].middleboxes) {
        text += "box " + std::to_string(static_cast<int>(box.kind)) + ", unknown flows " +
                std::to_string(static_cast<int>(box.unknown));
    }
    for (std::size_t i = 0; i < plan.troubles.size(); ++i) {
        if ((without >> i & 1U) == 0) {
            text += "\n  " +
                    std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(plan.troubles[i].at).count()) +
                    " ms: " + plan.troubles[i].name + " at " + plan.troubles[i].where;
        }
    }
    return text;
}

namespace {

template <class... Lambdas>
struct Overloaded : Lambdas... {
    using Lambdas::operator()...;
};
template <class... Lambdas>
Overloaded(Lambdas...) -> Overloaded<Lambdas...>;

std::string words(wire::Frame const& frame) {
    std::string text = wire::notation(frame, {});
    if (auto const* const packet = std::get_if<wire::Ipv4Packet>(&frame.body)) {
        auto const* const segment = std::get_if<wire::TcpSegment>(&packet->body);
        text = to_string(packet->header.source) +
               (segment != nullptr ? ":" + std::to_string(segment->source_port) : "") + " > " +
               to_string(packet->header.destination) + " " + text;
    }
    return text;
}

}  // namespace

std::string Diary::line(trace::Record const& record) const {
    auto const node = [&](trace::NodeId id) {
        auto const number = static_cast<std::size_t>(id);
        return number < boost::num_vertices(plan_->graph) ? plan_->graph[number].name : std::string{"-"};
    };
    auto const number = [](auto value) { return std::to_string(static_cast<std::int64_t>(value)); };
    Overloaded const lines{
        [&](trace::FramePassed const& e) {
            return node(e.node) + (e.outwards ? " sends " : " hears ") + words(*e.frame);
        },
        [&](trace::FrameDropped const& e) {
            return "lost at " + node(e.node) + ", reason " + number(e.reason) + ": " + words(*e.frame);
        },
        [&](trace::FrameDelayed const& e) { return "late: " + words(*e.frame); },
        [&](trace::CallMade const&) { return std::string{}; },
        [&](trace::CallReturned const& e) {
            return node(e.process.machine) + ": call " + number(e.call) + " returns " + number(e.value) + " " +
                   std::string{name(e.error)};
        },
        [&](trace::TcpNote const&) { return std::string{}; },
        [&](trace::Happened const& e) { return node(e.node) + ": happening " + number(e.what) + " " + e.name; },
    };
    return std::visit(lines, record.what);
}

void Diary::record(trace::Record const& record) {
    if (std::string const text = line(record); !text.empty()) {
        std::cerr << nanoseconds(record.at) / 1'000'000 << " ms " << text << '\n';
    }
}

}  // namespace tcpsim::swarm

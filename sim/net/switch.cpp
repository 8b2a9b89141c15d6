#include "sim/net/switch.hpp"

#include "stack/base/check.hpp"

#include <chrono>

namespace tcpsim::net {

namespace {
constexpr Duration ageing_time = std::chrono::seconds{300};  // IEEE 802.1D-2004 table 7-5
}

Switch::Switch(trace::NodeId id, host::Configuration configuration)
    : id_{id}, configuration_{std::move(configuration)}, cables_(configuration_.interfaces.size()) {}

void Switch::plug(std::uint32_t port, Cable cable) {
    check(port < cables_.size(), "a cable is plugged into a port that is there");
    cables_[port] = cable;
}

void Switch::frame_arrives(std::uint32_t port, FramePtr frame, Context& context) {
    learnt_[frame->frame.source] = {port, context.now};
    auto const known = learnt_.find(frame->frame.destination);
    if (known != learnt_.end() && context.now - known->second.at < ageing_time) {
        Cable const& cable = cables_[known->second.port];
        if (known->second.port != port && cable.link != nullptr) {
            cable.link->send(cable.end, std::move(frame), context);
        }
        return;
    }
    for (std::uint32_t other = 0; other < cables_.size(); ++other) {
        if (other == port || cables_[other].link == nullptr) {
            continue;
        }
        FramePtr copy = context.frames.take();
        copy->frame = frame->frame;
        copy->packet = frame->packet;
        copy->cause = frame->cause;
        cables_[other].link->send(cables_[other].end, std::move(copy), context);
    }
}

void Switch::carrier_changed(std::uint32_t port, bool carrier, Context& context) {
    if (!carrier) {
        std::erase_if(learnt_, [&](auto const& each) { return each.second.port == port; });
    }
    context.trace([&]() -> trace::Event {
        return trace::Happened{.what = carrier ? trace::Happening::carrier_found : trace::Happening::carrier_lost,
                               .node = id_,
                               .name = configuration_.interfaces[port].name};
    });
}

}  // namespace tcpsim::net

// Packets that a recording made by hand: no socket of ours sends them.
#pragma once

#include "sim/replay/faults.hpp"
#include "sim/replay/recording.hpp"

#include <string>
#include <vector>

namespace tcpsim::replay {

/// One such packet. Its numbers may depend on what the world is by then.
struct RawSend {
    Duration at{0};
    Call const* call{nullptr};    ///< "raw_syn": everything is known
    Fault const* fault{nullptr};  ///< "inject": a RST from the server with a number counted from the client's rcv.nxt
};

bool is_raw(std::string const& op);
/// In order of time; those that we cannot make are added to `lacking`.
std::vector<RawSend> raw_sends(RecordedRun const& recorded, std::vector<std::string>& lacking);
/// Lets the packet leave now. False if there is no connection that it could be about.
bool send_raw(RawSend const& raw, Stage const& stage, world::World& world);

}  // namespace tcpsim::replay

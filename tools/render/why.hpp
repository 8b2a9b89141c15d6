// The one place that turns typed reasons into words: terminal, JSON and captures all ask here.
#pragma once

#include "tools/render/names.hpp"
#include "tools/render/story.hpp"

#include <string>
#include <string_view>

namespace tcpsim::render {

/// Why a packet was sent: "retransmission 3 after 896 ms", "answers a SYN", "no such connection here".
std::string why_sent(tcp::Cause const& cause);
/// Whether that is worth a place on a crowded line: timers and refusals are, the daily round is not.
bool remarkable(tcp::Cause const& cause);
/// Whether a happening belongs into the story: that everything boots at the start goes without saying.
bool remarkable(trace::Happened const& happened);
/// The enumerator's own name, for machines: "retransmission_timeout".
std::string_view identifier(tcp::Why why);
std::string_view identifier(trace::DropReason reason);
std::string_view identifier(tcp::EndReason reason);
std::string_view identifier(trace::Happening happening);
std::string_view identifier(tcp::Timer timer);
std::string_view identifier(tcp::Refusal rule);
std::string_view identifier(trace::Because::Kind kind);
/// POSIX's name of the call.
std::string_view identifier(trace::Call call);

/// Why a packet never came, or was thrown away: "server has no power", "rule lose-syn dropped it".
std::string why_lost(Loss const& loss, Naming const& naming);
/// "server loses power", "client-router is cut".
std::string what_happened(trace::Happened const& happened, Naming const& naming);
/// What set something in motion: "server#4 arrived", "a timer of client", "step power-cut".
std::string what_moved(trace::Because const& because, Naming const& naming);
/// A kernel's note: "ESTABLISHED → FIN-WAIT-1", "RTT 20.4 ms, RTO 224 ms".
std::string what_noted(tcp::Note const& note);

/// How a connection ended, as a clause: "gave up: 15 retransmissions in 15 min 59 s …".
std::string why_ended(Ending const& ending, Naming const& naming);
/// Why a call returned what it returned, in one sentence. Empty where there is nothing to explain.
std::string why_returned(CallStory const& call, Naming const& naming);

}  // namespace tcpsim::render

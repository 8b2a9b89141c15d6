// What both JSON formats share.
#pragma once

#include "tools/render/names.hpp"
#include "tools/render/story.hpp"

#include <nlohmann/json.hpp>

namespace tcpsim::render {

/// Members keep the order in which they were written, so that two runs can be compared with diff.
using Json = nlohmann::ordered_json;

Json json_of(trace::Because const& because, Naming const& naming);
Json json_of(tcp::Cause const& cause);
Json json_of(trace::ProcessRef process, Naming const& naming);
Json json_of(trace::Happened const& happened, Naming const& naming);
Json json_of(tcp::Ended const& ended);
/// Bytes that are not UTF-8 (a name in a user's file) are replaced rather than refused.
std::string dump(Json const& json, int indent);

}  // namespace tcpsim::render

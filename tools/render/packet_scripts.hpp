// What became of packet scripts, as text, JSON, JUnit's XML and TAP.
#pragma once

#include "sim/packet_script/verdict.hpp"

#include <string>
#include <vector>

namespace tcpsim::render {

/// One script: what came of it, or why it could not be read.
struct ScriptResult {
    std::string file{};
    packet_script::Outcome outcome{};
    std::optional<packet_script::Mistake> mistake{};
};

/// "FILE:12: fail: …" with what was expected, what was seen, when, and our reason. A pass is one line.
std::string script_text(ScriptResult const& result);
/// "162 scripts: 149 pass, 10 fail, 2 unsupported, 1 mistake", and a table of folders if there are several.
std::string scripts_summary(std::vector<ScriptResult> const& results);

std::string scripts_json(std::vector<ScriptResult> const& results);   ///< docs/packetdrill.md has its shape
std::string scripts_junit(std::vector<ScriptResult> const& results);  ///< one test suite
std::string scripts_tap(std::vector<ScriptResult> const& results);    ///< version 13

}  // namespace tcpsim::render

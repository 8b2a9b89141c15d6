// The words of the file for enumerations of the simulator, both ways.
#pragma once

#include "sim/scenario/scenario.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tcpsim::scenario {

std::span<std::string_view const> call_words();       ///< "read", "write" …
std::span<std::string_view const> state_words();      ///< "ESTABLISHED" …, without LISTEN, which no connection has
std::span<std::string_view const> errno_words();      ///< "ECONNRESET" …
std::span<std::string_view const> happening_words();  ///< "power_loss", "boot" …
std::span<std::string_view const> profile_words();    ///< "bsd44", "linux" …
std::span<std::string_view const> shutdown_words();   ///< "read", "write", "both"

std::optional<trace::Call> call_named(std::string_view word);
std::optional<tcp::State> state_named(std::string_view word);
std::optional<trace::Happening> happening_named(std::string_view word);
std::optional<socket::ShutdownHow> shutdown_named(std::string_view word);
std::string_view word_for(trace::Call call);
std::string_view word_for(trace::Happening happening);
std::string_view word_for(VerbKind verb);

/// "S.", "P.", "FP." in any order → the one order of wire::flags_text; empty if it is none.
std::optional<std::string> normal_flags(std::string_view text);

}  // namespace tcpsim::scenario

#include "tools/tcpsim/replay.hpp"

#include <fmt/format.h>

namespace tcpsim::tool {
namespace {

std::string quoted(std::string const& word) {
    constexpr char const* harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
    if (!word.empty() && word.find_first_not_of(harmless) == std::string::npos) {
        return word;
    }
    std::string out = "'";
    for (char const c : word) {
        out += c == '\'' ? std::string{"'\\''"} : std::string{c};
    }
    return out + "'";
}

}  // namespace

std::string Replay::text() const {
    std::string out;
    for (std::string const& word : words_) {
        out += (out.empty() ? "" : " ") + quoted(word);
    }
    if (seed_ && !named_) {
        out += fmt::format(" --seed {}", *seed_);
    }
    return out;
}

}  // namespace tcpsim::tool

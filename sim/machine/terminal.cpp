#include "sim/machine/terminal.hpp"

#include <utility>

namespace tcpsim::machine {

Terminal::Terminal(std::vector<TypedLine> lines, Instant begun) : lines_{std::move(lines)} {
    while (next_ < lines_.size() && lines_[next_].at < begun) {
        ++next_;
    }
}

std::optional<Payload> Terminal::read(Instant now) {
    if (next() > now) {
        return std::nullopt;
    }
    std::string const& text = lines_[next_].text;
    if (!text.empty()) {
        ++next_;
    }
    return Payload::text(text);
}

}  // namespace tcpsim::machine

#include "sim/replay/rounds.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace tcpsim::replay {
namespace {

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// The highest number that the segment says has arrived.
std::int64_t highest(Packet const& packet) {
    std::int64_t top = number(packet.ack);
    std::string_view rest = packet.options;
    std::size_t const at = rest.find("sack=");
    rest.remove_prefix(std::min(at, rest.size()));
    for (std::size_t dash = rest.find('-'); dash != std::string_view::npos; dash = rest.find('-')) {
        rest.remove_prefix(dash + 1);
        top = std::max(top, number(rest));
    }
    return top;
}

}  // namespace

std::vector<SeenRound> rounds_of(std::vector<Seen> const& at_client) {
    std::vector<SeenRound> rounds;
    std::int64_t sent = 0;     // past the last octet
    std::int64_t ends_at = 0;  // the round ends above this
    for (Seen const& seen : at_client) {
        Packet const& packet = seen.packet;
        if (packet.connection != 0 || packet.flags.empty()) {
            continue;
        }
        if (packet.from == "c>s" && packet.length > 0) {
            if (rounds.empty()) {
                rounds.emplace_back();
                sent = ends_at = number(packet.seq);
            }
            std::int64_t const end = number(packet.seq) + packet.length;
            ++(end > sent ? rounds.back().fresh : rounds.back().repeated);
            sent = std::max(sent, end);
        } else if (packet.from == "s>c" && !rounds.empty() && highest(packet) > ends_at) {
            rounds.emplace_back();
            ends_at = sent;
        }
    }
    return rounds;
}

}  // namespace tcpsim::replay

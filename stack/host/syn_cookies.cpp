#include "stack/host/syn_cookies.hpp"

#include "stack/host/secret.hpp"

#include <array>

namespace tcpsim::host {
namespace {

// Linux msstab: what peers really offer.
constexpr std::array<std::uint16_t, 4> mss_table{536, 1300, 1440, 1460};
constexpr std::uint32_t minute_shift = 24;
constexpr std::uint32_t low_bits = (1U << minute_shift) - 1;

std::uint32_t minutes(Instant now) {
    return static_cast<std::uint32_t>(now.time_since_epoch() / std::chrono::minutes{1});
}

std::uint32_t base_of(SipKey secret, wire::FourTuple const& tuple, SeqNum peer_iss) {
    auto const hash = keyed(secret, Purpose::cookie, packed(tuple.local), packed(tuple.remote));
    return static_cast<std::uint32_t>(hash) + peer_iss.raw();
}

std::uint32_t mask_of(SipKey secret, wire::FourTuple const& tuple, std::uint32_t minute) {
    return static_cast<std::uint32_t>(
        keyed(secret, Purpose::cookie_mss, packed(tuple.local), packed(tuple.remote), minute));
}

constexpr std::uint32_t scale_bits = 0xf;  // all of them: no window scaling
constexpr std::uint32_t sack_bit = 1U << 4U;
constexpr std::uint32_t ecn_bit = 1U << 5U;
constexpr std::uint32_t option_bits = 0x3f;

}  // namespace

SeqNum make_cookie(SipKey secret, wire::FourTuple const& tuple, SeqNum peer_iss, std::uint16_t mss, Instant now) {
    std::uint32_t index = 0;
    while (index + 1 < mss_table.size() && mss_table[index + 1] <= mss) {
        ++index;
    }
    std::uint32_t const minute = minutes(now);
    return SeqNum{base_of(secret, tuple, peer_iss) + (minute << minute_shift) +
                  ((mask_of(secret, tuple, minute) + index) & low_bits)};
}

std::optional<std::uint16_t> mss_of_cookie(SipKey secret, wire::FourTuple const& tuple, SeqNum peer_iss, SeqNum cookie,
                                           Instant now) {
    std::uint32_t const rest = cookie.raw() - base_of(secret, tuple, peer_iss);
    std::uint32_t const age = (minutes(now) - (rest >> minute_shift)) & (~std::uint32_t{0} >> minute_shift);
    if (age >= cookie_minutes) {
        return std::nullopt;
    }
    std::uint32_t const index = (rest - mask_of(secret, tuple, minutes(now) - age)) & low_bits;
    return index < mss_table.size() ? std::optional{mss_table[index]} : std::nullopt;
}

std::uint32_t cookie_timestamp(std::uint32_t ticks, CookieOptions const& options) {
    std::uint32_t const said = (options.window_scale ? *options.window_scale & scale_bits : scale_bits) |
                               (options.sack_permitted ? sack_bit : 0) | (options.ecn ? ecn_bit : 0);
    std::uint32_t const timestamp = (ticks & ~option_bits) | said;
    return timestamp - ticks <= option_bits && timestamp != ticks ? timestamp - (option_bits + 1) : timestamp;
}

CookieOptions options_of_timestamp(std::uint32_t timestamp) {
    CookieOptions options;
    if ((timestamp & scale_bits) != scale_bits) {
        options.window_scale = static_cast<std::uint8_t>(timestamp & scale_bits);
    }
    options.sack_permitted = (timestamp & sack_bit) != 0;
    options.ecn = (timestamp & ecn_bit) != 0;
    return options;
}

}  // namespace tcpsim::host

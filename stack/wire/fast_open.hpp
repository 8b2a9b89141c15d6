// The Fast Open option (RFC 7413 §4.1.1): kind 34, or the experimental form that came before it (RFC 6994).
#pragma once

#include "stack/base/inline_vector.hpp"
#include "stack/wire/options.hpp"

#include <cstdint>
#include <optional>

namespace tcpsim::wire {

/// Without bytes it asks for a cookie.
struct FastOpenOption {
    InlineVector<std::uint8_t, 16> cookie{};
    bool experimental{false};  ///< kind 254 with the magic number 0xF989
    bool operator==(FastOpenOption const&) const = default;
};

/// A cookie has 4 to 16 bytes, an even number of them; other lengths are no such option. Of several the last one counts (Linux
/// tcp_parse_options).
std::optional<FastOpenOption> fast_open_of(OptionBytes const& options);
/// Puts it behind the others, padded; false, and nothing done, if it does not fit.
bool append_fast_open(OptionBytes& options, FastOpenOption const& option);

}  // namespace tcpsim::wire

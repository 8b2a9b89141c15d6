#include "stack/wire/fast_open.hpp"

#include <algorithm>

namespace tcpsim::wire {
namespace {

constexpr std::uint8_t kind_fast_open = 34;
constexpr std::uint8_t kind_experiment = 254;
constexpr std::array<std::uint8_t, 2> magic{0xf9, 0x89};
constexpr std::size_t shortest_cookie = 4;
constexpr std::size_t longest_cookie = 16;

bool good_length(std::size_t length) {
    return length == 0 || (length >= shortest_cookie && length <= longest_cookie && length % 2 == 0);
}

std::optional<FastOpenOption> as_fast_open(RawOption const& option) {
    bool const experiment = option.kind == kind_experiment && option.data.size() >= magic.size() &&
                            std::equal(magic.begin(), magic.end(), option.data.begin());
    auto const cookie = experiment ? option.data.subspan(magic.size()) : option.data;
    if ((!experiment && option.kind != kind_fast_open) || !good_length(cookie.size())) {
        return std::nullopt;
    }
    FastOpenOption result{.experimental = experiment};
    for (std::uint8_t const byte : cookie) {
        result.cookie.push_back(byte);
    }
    return result;
}

}  // namespace

std::optional<FastOpenOption> fast_open_of(OptionBytes const& options) {
    std::optional<FastOpenOption> last;
    std::span<std::uint8_t const> rest = options.bytes();
    while (auto const option = take_option(rest)) {
        if (auto const found = as_fast_open(*option)) {
            last = found;
        }
    }
    return last;
}

bool append_fast_open(OptionBytes& options, FastOpenOption const& option) {
    OptionBytes more;
    std::size_t const head = option.experimental ? 4 : 2;
    auto const length = static_cast<std::uint8_t>(head + option.cookie.size());
    std::array<std::uint8_t, 4> const start{option.experimental ? kind_experiment : kind_fast_open, length, magic[0],
                                            magic[1]};
    bool fits = more.append(std::span{start}.first(head));
    for (std::size_t i = 0; i < option.cookie.size(); ++i) {
        fits = fits && more.append(std::array{option.cookie[i]});
    }
    while (fits && more.size() % 4 != 0) {
        fits = more.append(std::array{static_cast<std::uint8_t>(OptionKind::nop)});
    }
    return fits && options.append(more.bytes());
}

}  // namespace tcpsim::wire

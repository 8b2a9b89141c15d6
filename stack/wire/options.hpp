// TCP options (RFC 9293 §3.1): bytes as the wire has them, and a decoded view of those we understand.
#pragma once

#include "stack/base/inline_vector.hpp"
#include "stack/base/md5.hpp"
#include "stack/base/seq.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tcpsim::wire {

/// The option area as sent: at most 40 bytes, always a multiple of four on the wire. The truth; any order,
/// padding or unknown kind is representable.
class OptionBytes {
  public:
    static constexpr std::size_t capacity = 40;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::span<std::uint8_t const> bytes() const { return {bytes_.data(), size_}; }
    /// False, and nothing added, if it does not fit.
    bool append(std::span<std::uint8_t const> more);
    void clear() { size_ = 0; }
    bool operator==(OptionBytes const& other) const;

  private:
    std::array<std::uint8_t, capacity> bytes_{};
    std::uint8_t size_{0};
};

/// Option kinds (IANA "TCP Option Kind Numbers").
enum class OptionKind : std::uint8_t {
    end = 0,
    nop = 1,
    mss = 2,
    window_scale = 3,
    sack_permitted = 4,
    sack = 5,
    timestamps = 8,
    md5 = 19,  ///< RFC 2385
};

/// RFC 7323 §3.
struct Timestamps {
    std::uint32_t value{0};
    std::uint32_t echo{0};
    bool operator==(Timestamps const&) const = default;
};

/// RFC 2018 §3: [left, right).
struct SackBlock {
    SeqNum left{};
    SeqNum right{};
    bool operator==(SackBlock const&) const = default;
};

/// One option as it stands on the wire. `data` is what follows its length byte; end and nop have neither.
struct RawOption {
    std::uint8_t kind{0};
    std::span<std::uint8_t const> data{};
};
/// Takes the first option off `rest`. Nothing when `rest` is empty or when its first option has an illegal length: then
/// `rest` stays as it is. Behind the end-of-options kind nothing is left.
std::optional<RawOption> take_option(std::span<std::uint8_t const>& rest);

/// The options we understand, decoded. Unknown kinds are skipped by their length byte.
struct Options {
    std::optional<std::uint16_t> mss{};
    std::optional<std::uint8_t> window_scale{};
    bool sack_permitted{false};
    std::optional<Timestamps> timestamps{};
    std::optional<Md5Digest> md5{};  ///< RFC 2385; zeros hold its place
    InlineVector<SackBlock, 4> sack{};
    bool operator==(Options const&) const = default;
};

/// Reads what it can; a malformed length ends the reading, as RFC 9293 MUST-7 asks ("be prepared to handle an
/// illegal option length").
Options decode(OptionBytes const& bytes);

/// In which order and with which padding a system writes its options. Values of a profile.
enum class OptionLayout : std::uint8_t {
    linux_order,  ///< SYN: mss, sackOK, TS, nop, wscale (or mss,nop,nop,sackOK / nop,nop,TS when one is off)
    bsd_order,    ///< SYN: mss, nop, wscale, nop, nop, TS (4.4BSD: RFC 1323 only; SACK, if any, last)
};

/// Writes options padded to a multiple of four: as many SACK blocks as fit, everything else always fits.
OptionBytes encode(Options const& options, OptionLayout layout);

}  // namespace tcpsim::wire

#include "stack/wire/options.hpp"

#include "stack/wire/big_endian.hpp"

#include <algorithm>

namespace tcpsim::wire {
namespace {

constexpr std::size_t timestamps_size = 10;
constexpr std::size_t sack_block_size = 8;

constexpr std::uint8_t code(OptionKind kind) { return static_cast<std::uint8_t>(kind); }

Timestamps timestamps_at(std::uint8_t const* data) { return {read_u32(data), read_u32(data + 4)}; }

/// RFC 7323 appendix A: how nearly every segment's options look.
bool is_nop_nop_timestamps(std::span<std::uint8_t const> bytes) {
    return bytes.size() == 2 + timestamps_size && bytes[0] == code(OptionKind::nop) &&
           bytes[1] == code(OptionKind::nop) && bytes[2] == code(OptionKind::timestamps) && bytes[3] == timestamps_size;
}

/// A known kind with a length that is not its own says nothing.
void read_option(RawOption const& option, Options& options) {
    std::uint8_t const* data = option.data.data();
    std::size_t const size = option.data.size();
    switch (static_cast<OptionKind>(option.kind)) {
        case OptionKind::mss:
            if (size == 2) {
                options.mss = read_u16(data);
            }
            break;
        case OptionKind::window_scale:
            if (size == 1) {
                options.window_scale = data[0];
            }
            break;
        case OptionKind::sack_permitted:
            options.sack_permitted = options.sack_permitted || size == 0;
            break;
        case OptionKind::sack:
            if (size > 0 && size % sack_block_size == 0) {
                options.sack.clear();
                for (std::size_t at = 0; at < size; at += sack_block_size) {
                    options.sack.push_back({SeqNum{read_u32(data + at)}, SeqNum{read_u32(data + at + 4)}});
                }
            }
            break;
        case OptionKind::timestamps:
            if (size == timestamps_size - 2) {
                options.timestamps = timestamps_at(data);
            }
            break;
        case OptionKind::md5:
            if (size == Md5Digest{}.size()) {
                std::copy_n(data, size, options.md5.emplace().begin());
            }
            break;
        case OptionKind::end:
        case OptionKind::nop:
            break;
    }
}

/// Fills an option area; every put_… keeps it a multiple of four, given that it was one, unless it says otherwise.
class OptionWriter {
  public:
    void put_mss(std::uint16_t mss) { put({code(OptionKind::mss), 4, high_byte(mss), low_byte(mss)}); }
    void put_window_scale(std::uint8_t shift) { put({nop_, code(OptionKind::window_scale), 3, shift}); }
    void put_sack_permitted() { put({nop_, nop_, code(OptionKind::sack_permitted), 2}); }
    void put_timestamps(Timestamps const& timestamps) {
        put({nop_, nop_, code(OptionKind::timestamps), timestamps_size});
        put_timestamp_values(timestamps);
    }
    /// Linux: SACK-permitted takes the place of the padding.
    void put_sack_permitted_and_timestamps(Timestamps const& timestamps) {
        put({code(OptionKind::sack_permitted), 2, code(OptionKind::timestamps), timestamps_size});
        put_timestamp_values(timestamps);
    }
    void put_md5(Md5Digest const& digest) {
        put({nop_, nop_, code(OptionKind::md5), 2 + std::tuple_size_v<Md5Digest>});
        check(bytes_.append(digest), "a signature fits in 40 bytes");
    }
    void put_sack(InlineVector<SackBlock, 4> const& blocks) {
        std::size_t const room = OptionBytes::capacity - bytes_.size();
        std::size_t const count = room < 4 ? 0 : std::min(blocks.size(), (room - 4) / sack_block_size);
        if (count == 0) {
            return;
        }
        put({nop_, nop_, code(OptionKind::sack), static_cast<std::uint8_t>(2 + count * sack_block_size)});
        for (std::size_t i = 0; i < count; ++i) {
            put_u32(blocks[i].left.raw());
            put_u32(blocks[i].right.raw());
        }
    }
    [[nodiscard]] OptionBytes const& result() const { return bytes_; }

  private:
    static constexpr std::uint8_t nop_ = code(OptionKind::nop);

    void put(std::array<std::uint8_t, 4> const& word) { check(bytes_.append(word), "these options fit in 40 bytes"); }
    void put_u32(std::uint32_t value) {
        std::array<std::uint8_t, 4> word{};
        write_u32(word.data(), value);
        put(word);
    }
    void put_timestamp_values(Timestamps const& timestamps) {
        put_u32(timestamps.value);
        put_u32(timestamps.echo);
    }

    OptionBytes bytes_{};
};

/// Linux: tcp_options_write.
OptionBytes encode_linux(Options const& options) {
    OptionWriter writer;
    if (options.md5) {
        writer.put_md5(*options.md5);
    }
    if (options.mss) {
        writer.put_mss(*options.mss);
    }
    if (options.timestamps && options.sack_permitted) {
        writer.put_sack_permitted_and_timestamps(*options.timestamps);
    } else if (options.timestamps) {
        writer.put_timestamps(*options.timestamps);
    } else if (options.sack_permitted) {
        writer.put_sack_permitted();
    }
    if (options.window_scale) {
        writer.put_window_scale(*options.window_scale);
    }
    writer.put_sack(options.sack);
    return writer.result();
}

/// 4.4BSD: tcp_output. It knows no SACK, which follows here for a profile that turns it on.
OptionBytes encode_bsd(Options const& options) {
    OptionWriter writer;
    if (options.mss) {
        writer.put_mss(*options.mss);
    }
    if (options.window_scale) {
        writer.put_window_scale(*options.window_scale);
    }
    if (options.timestamps) {
        writer.put_timestamps(*options.timestamps);
    }
    if (options.sack_permitted) {
        writer.put_sack_permitted();
    }
    if (options.md5) {
        writer.put_md5(*options.md5);
    }
    writer.put_sack(options.sack);
    return writer.result();
}

}  // namespace

bool OptionBytes::append(std::span<std::uint8_t const> more) {
    if (more.size() > capacity - size_) {
        return false;
    }
    std::copy(more.begin(), more.end(), bytes_.begin() + size_);
    size_ = static_cast<std::uint8_t>(size_ + more.size());
    return true;
}

bool OptionBytes::operator==(OptionBytes const& other) const {
    return std::equal(bytes().begin(), bytes().end(), other.bytes().begin(), other.bytes().end());
}

std::optional<RawOption> take_option(std::span<std::uint8_t const>& rest) {
    if (rest.empty()) {
        return std::nullopt;
    }
    std::uint8_t const kind = rest[0];
    if (kind == code(OptionKind::end)) {
        rest = {};
        return RawOption{kind, {}};
    }
    if (kind == code(OptionKind::nop)) {
        rest = rest.subspan(1);
        return RawOption{kind, {}};
    }
    // RFC 9293 §3.1 MUST-7: be prepared for an illegal length. It must cover itself and the kind, and end in the area.
    if (rest.size() < 2 || rest[1] < 2 || rest[1] > rest.size()) {
        return std::nullopt;
    }
    RawOption const option{kind, rest.subspan(2, rest[1] - std::size_t{2})};
    rest = rest.subspan(rest[1]);
    return option;
}

Options decode(OptionBytes const& bytes) {
    Options options;
    std::span<std::uint8_t const> rest = bytes.bytes();
    if (is_nop_nop_timestamps(rest)) {
        options.timestamps = timestamps_at(rest.data() + 4);
        return options;
    }
    while (auto const option = take_option(rest)) {
        read_option(*option, options);
    }
    return options;
}

OptionBytes encode(Options const& options, OptionLayout layout) {
    return layout == OptionLayout::linux_order ? encode_linux(options) : encode_bsd(options);
}

}  // namespace tcpsim::wire

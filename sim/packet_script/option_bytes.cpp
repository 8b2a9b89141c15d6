#include "sim/packet_script/option_bytes.hpp"

#include "stack/wire/options.hpp"

#include <initializer_list>
#include <utility>

namespace tcpsim::packet_script {

namespace {

// IANA "TCP Option Kind Numbers".
constexpr std::uint8_t kind_md5 = 19;
constexpr std::uint8_t kind_fast_open = 34;
constexpr std::uint8_t kind_accurate_ecn_0 = 172;  // RFC 9768 §3.2.3
constexpr std::uint8_t kind_accurate_ecn_1 = 174;
constexpr std::uint8_t kind_experimental = 254;
constexpr std::uint16_t fast_open_magic = 0xf989;  // RFC 7413 §4.1.1
constexpr std::size_t digest_bytes = 16;

using Bytes = std::vector<std::uint8_t>;

void put(Bytes& bytes, std::uint32_t value, int count) {
    for (int i = count - 1; i >= 0; --i) {
        bytes.push_back(static_cast<std::uint8_t>(value >> (8U * static_cast<unsigned>(i))));
    }
}

/// Kind and length before the data.
Bytes option(std::uint8_t kind, Bytes const& data) {
    Bytes bytes;
    bytes.push_back(kind);
    bytes.push_back(static_cast<std::uint8_t>(data.size() + 2));
    for (std::uint8_t const byte : data) {
        bytes.push_back(byte);
    }
    return bytes;
}

struct Writer {
    OptionNumbers const& numbers;

    Bytes operator()(PlainOption const& plain) const {
        switch (plain.kind) {
            case PlainOption::Kind::nop:
                return {static_cast<std::uint8_t>(wire::OptionKind::nop)};
            case PlainOption::Kind::end:
                return {static_cast<std::uint8_t>(wire::OptionKind::end)};
            case PlainOption::Kind::sack_permitted:
                break;
        }
        return option(static_cast<std::uint8_t>(wire::OptionKind::sack_permitted), {});
    }
    Bytes operator()(MssOption const& mss) const {
        Bytes data;
        put(data, mss.mss, 2);
        return option(static_cast<std::uint8_t>(wire::OptionKind::mss), data);
    }
    Bytes operator()(WindowScaleOption const& scale) const {
        return option(static_cast<std::uint8_t>(wire::OptionKind::window_scale), {scale.shift});
    }
    Bytes operator()(TimestampOption const& timestamps) const {
        Bytes data;
        put(data, timestamps.value, 4);
        put(data, numbers.echo ? numbers.echo(timestamps.echo) : timestamps.echo, 4);
        return option(static_cast<std::uint8_t>(wire::OptionKind::timestamps), data);
    }
    Bytes operator()(SackOption const& sack) const {
        Bytes data;
        for (auto const& [left, right] : sack.blocks) {
            put(data, left + numbers.sack, 4);
            put(data, right + numbers.sack, 4);
        }
        return option(static_cast<std::uint8_t>(wire::OptionKind::sack), data);
    }
    Bytes operator()(FastOpenOption const& fast_open) const {
        Bytes data;
        if (fast_open.experimental) {
            put(data, fast_open_magic, 2);
        }
        data.insert(data.end(), fast_open.cookie.begin(), fast_open.cookie.end());
        return option(fast_open.experimental ? kind_experimental : kind_fast_open, data);
    }
    Bytes operator()(Md5Option const& md5) const { return option(kind_md5, md5.digest.value_or(Bytes(digest_bytes))); }
    Bytes operator()(AccEcnOption const& accurate) const {
        bool const order_0 = accurate.counters.empty() || accurate.counters.front().first == "e0b";
        Bytes data;
        for (auto const& counter : accurate.counters) {
            put(data, counter.second, 3);
        }
        return option(order_0 ? kind_accurate_ecn_0 : kind_accurate_ecn_1, data);
    }
    Bytes operator()(UnknownOption const& unknown) const { return option(unknown.kind, unknown.data); }
};

}  // namespace

std::vector<std::uint8_t> bytes_of(TcpOption const& option, OptionNumbers const& numbers) {
    return std::visit(Writer{numbers}, option);
}

std::vector<std::uint8_t> bytes_of(std::vector<TcpOption> const& options, OptionNumbers const& numbers) {
    Bytes all;
    for (TcpOption const& option : options) {
        Bytes const bytes = bytes_of(option, numbers);
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
}

}  // namespace tcpsim::packet_script

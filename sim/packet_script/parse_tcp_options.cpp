#include "sim/packet_script/grammar.hpp"
#include "sim/packet_script/option_bytes.hpp"

#include <limits>

namespace tcpsim::packet_script {

namespace {

constexpr std::int64_t most_16 = 0xffff;
constexpr std::int64_t most_32 = 0xffffffff;

std::uint32_t number_at(Cursor& at, std::string_view what) {
    return static_cast<std::uint32_t>(at.expect_integer(0, most_32, what));
}

std::optional<std::uint8_t> nibble(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<std::uint8_t>(c - '0');
    }
    char const lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? std::optional{static_cast<std::uint8_t>(lower - 'a' + 10)} : std::nullopt;
}

/// Bytes as pairs of hexadecimal digits. A reader takes digits alone for a number: their text is what counts.
std::vector<std::uint8_t> blob_at(Cursor& at, std::string_view what) {
    Token const token = at.take();
    std::string_view const text = token.kind == Token::Kind::word ? at.defined(token.text) : token.text;
    std::string_view const digits = text.starts_with("0x") ? text.substr(2) : text;
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        auto const high = nibble(digits[i]);
        auto const low = nibble(digits[i + 1]);
        if (!high || !low) {
            break;
        }
        bytes.push_back(static_cast<std::uint8_t>(*high * 16U + *low));
    }
    if (bytes.size() * 2 != digits.size()) {
        at.fail_at(token, "expected " + std::string{what} + " as pairs of hexadecimal digits, not " + shown(token));
    }
    return bytes;
}

bool at_blob(Cursor const& at) {
    return at.at(Token::Kind::word) || at.at(Token::Kind::integer) || at.at(Token::Kind::hex);
}

SackOption sack_at(Cursor& at) {
    SackOption sack;
    while (at.at(Token::Kind::integer) || sack.blocks.empty()) {
        std::uint32_t const left = number_at(at, "the left edge of a SACK block");
        at.expect_sign(':', "between the edges of a SACK block");
        sack.blocks.emplace_back(left, number_at(at, "the right edge of a SACK block"));
    }
    return sack;
}

TimestampOption timestamps_at(Cursor& at) {
    TimestampOption timestamps;
    at.expect_word("val", "after TS");
    timestamps.value = number_at(at, "TSval");
    at.expect_word("ecr", "after TSval");
    timestamps.echo = number_at(at, "TSecr");
    return timestamps;
}

Md5Option md5_at(Cursor& at) {
    if (at.take_word("valid")) {
        return {};
    }
    return {blob_at(at, "the digest")};
}

AccEcnOption accurate_ecn_at(Cursor& at) {
    AccEcnOption option;
    while (at.at_word("e0b") || at.at_word("ceb") || at.at_word("e1b")) {
        std::string const name{at.take().text};
        option.counters.emplace_back(name, number_at(at, "a counter of AccECN"));
    }
    return option;
}

TcpOption option_at(Cursor& at) {
    using Kind = PlainOption::Kind;
    Token const token = at.take();
    if (token.text == "nop") {
        return PlainOption{Kind::nop};
    }
    if (token.text == "eol") {
        return PlainOption{Kind::end};
    }
    if (token.text == "sackOK") {
        return PlainOption{Kind::sack_permitted};
    }
    if (token.text == "mss") {
        return MssOption{static_cast<std::uint16_t>(at.expect_integer(0, most_16, "the MSS"))};
    }
    if (token.text == "wscale") {
        return WindowScaleOption{static_cast<std::uint8_t>(at.expect_integer(0, 0xff, "the window scale"))};
    }
    if (token.text == "sack") {
        return sack_at(at);
    }
    if (token.text == "TS") {
        return timestamps_at(at);
    }
    if (token.text == "FO" || token.text == "FOEXP") {
        return FastOpenOption{at_blob(at) ? blob_at(at, "the cookie") : std::vector<std::uint8_t>{},
                              token.text == "FOEXP"};
    }
    if (token.text == "md5") {
        return md5_at(at);
    }
    if (token.text == "ECN" || token.text == "AccECN") {
        return accurate_ecn_at(at);
    }
    if (token.text == "unknown") {
        UnknownOption unknown{static_cast<std::uint8_t>(at.expect_integer(0, 0xff, "the option's kind")), {}};
        unknown.data = at_blob(at) ? blob_at(at, "the option's data") : std::vector<std::uint8_t>{};
        return unknown;
    }
    at.fail_at(token, shown(token) +
                          " is no TCP option: there are mss, nop, eol, wscale, sackOK, sack, TS, FO, FOEXP, md5, "
                          "AccECN and unknown");
}

/// RFC 9293 §3.1: the header is a multiple of 32 bits, and its length has four bits.
void check_size(Cursor const& at, Token const& first, std::size_t size) {
    if (size % 4 != 0) {
        at.fail_at(first, "these options make " + std::to_string(size) +
                              " bytes: they must fill whole words of four, with nop or eol");
    }
    if (size > wire::OptionBytes::capacity) {
        at.fail_at(first, "these options make " + std::to_string(size) + " bytes: a header has room for " +
                              std::to_string(wire::OptionBytes::capacity));
    }
}

}  // namespace

std::optional<std::vector<TcpOption>> parse_tcp_options(Cursor& at) {
    at.expect_sign('<', "before TCP options");
    if (at.at(Token::Kind::ellipsis)) {
        at.take();
        at.expect_sign('>', "after <...");
        return std::nullopt;
    }
    Token const first = at.peek();
    std::vector<TcpOption> options;
    options.push_back(option_at(at));
    while (at.take_sign(',')) {
        options.push_back(option_at(at));
    }
    at.expect_sign('>', "or ',' after a TCP option");
    check_size(at, first, bytes_of(options).size());
    return options;
}

}  // namespace tcpsim::packet_script

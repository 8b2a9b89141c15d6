#include "sim/packet_script/cursor.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace tcpsim::packet_script {

Token const& Cursor::peek(std::size_t ahead) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }

Token Cursor::take() {
    Token const token = peek();
    at_ = std::min(at_ + 1, tokens_.size() - 1);
    return token;
}

bool Cursor::at_sign(char sign, std::size_t ahead) const {
    Token const& token = peek(ahead);
    return token.kind == Token::Kind::sign && token.text.front() == sign;
}

bool Cursor::at_word(std::string_view word) const { return at(Token::Kind::word) && peek().text == word; }

bool Cursor::take_sign(char sign) {
    bool const there = at_sign(sign);
    if (there) {
        take();
    }
    return there;
}

bool Cursor::take_word(std::string_view word) {
    bool const there = at_word(word);
    if (there) {
        take();
    }
    return there;
}

void Cursor::go_deeper() {
    constexpr int deepest = 50;
    if (++depth_ > deepest) {
        fail("this is nested more than " + std::to_string(deepest) + " deep");
    }
}

void Cursor::expect_sign(char sign, std::string_view what) {
    if (!take_sign(sign)) {
        fail("expected '" + std::string{sign} + "' " + std::string{what} + ", not " + shown(peek()));
    }
}

void Cursor::expect_word(std::string_view word, std::string_view what) {
    if (!take_word(word)) {
        fail("expected '" + std::string{word} + "' " + std::string{what} + ", not " + shown(peek()));
    }
}

std::string Cursor::expect_name(std::string_view what) {
    if (!at(Token::Kind::word)) {
        fail("expected " + std::string{what} + ", not " + shown(peek()));
    }
    return std::string{defined(take().text)};
}

std::int64_t Cursor::expect_integer(std::int64_t least, std::int64_t most, std::string_view what) {
    Token const token = peek();
    std::string_view const text = token.kind == Token::Kind::word ? defined(token.text) : token.text;
    auto const value = token.kind == Token::Kind::end ? std::nullopt : integer_of(text);
    if (!value) {
        fail("expected " + std::string{what} + " as a number, not " + shown(token));
    }
    if (*value < least || *value > most) {
        fail(std::string{what} + " is " + std::string{text} + ", outside " + std::to_string(least) + " to " +
             std::to_string(most));
    }
    take();
    return *value;
}

Duration Cursor::expect_time(std::string_view what) {
    Token const token = peek();
    bool const numeric = token.kind == Token::Kind::integer || token.kind == Token::Kind::decimal;
    auto const seconds = numeric ? seconds_of_text(token.text) : std::nullopt;
    if (!seconds) {
        fail("expected " + std::string{what} + " in seconds, not " + shown(token));
    }
    if (*seconds < Duration{0}) {
        fail(std::string{what} + " is negative: " + std::string{token.text});
    }
    take();
    return *seconds;
}

void Cursor::fail_at(Token const& token, std::string const& message) const {
    std::size_t const offset = token.kind == Token::Kind::end ? text_.find_last_not_of(" \t\r\n") : token.offset;
    std::size_t const where = offset == std::string_view::npos ? 0 : offset;
    throw Mistake{place_of(text_, where), message, line_of(text_, where)};
}

std::string Cursor::text_since(std::size_t offset) const {
    return one_line(text_.substr(offset, peek().offset - offset));
}

std::string_view Cursor::defined(std::string_view word) const {
    auto const found = std::find_if(definitions_->begin(), definitions_->end(),
                                    [&](Definition const& each) { return each.name == word; });
    return found == definitions_->end() ? word : std::string_view{found->value};
}

std::string shown(Token const& token) {
    switch (token.kind) {
        case Token::Kind::end:
            return "the end of the file";
        case Token::Kind::string:
            return '"' + std::string{token.text} + '"';
        case Token::Kind::command:
            return "a `command`";
        case Token::Kind::code:
            return "%{ code }%";
        case Token::Kind::option:
            return "'--" + std::string{token.text} + "'";
        default:
            return "'" + std::string{token.text} + "'";
    }
}

std::optional<std::int64_t> integer_of(std::string_view text) {
    bool const hex = text.starts_with("0x");
    std::string_view const digits = hex ? text.substr(2) : text;
    std::uint64_t large = 0;
    if (hex) {
        auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), large, 16);
        bool const whole = error == std::errc{} && end == digits.data() + digits.size();
        return whole ? std::optional{static_cast<std::int64_t>(large)} : std::nullopt;
    }
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    bool const whole = error == std::errc{} && end == digits.data() + digits.size() && !digits.empty();
    return whole ? std::optional{value} : std::nullopt;
}

std::optional<Duration> seconds_of_text(std::string_view text) {
    constexpr std::size_t decimals = 9;
    constexpr std::int64_t nanoseconds = 1'000'000'000;
    bool const negative = text.starts_with('-');
    text.remove_prefix(negative ? 1 : 0);
    std::size_t const dot = std::min(text.find('.'), text.size());
    std::string fraction{text.substr(std::min(dot + 1, text.size()))};
    fraction.resize(decimals, '0');
    auto const whole = dot == 0 ? std::optional<std::int64_t>{0} : integer_of(text.substr(0, dot));
    auto const rest = integer_of(fraction);
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / nanoseconds - 1;
    if (!whole || !rest || *whole < 0 || *whole > most) {
        return std::nullopt;
    }
    std::int64_t const total = *whole * nanoseconds + *rest;
    return Duration{negative ? -total : total};
}

}  // namespace tcpsim::packet_script

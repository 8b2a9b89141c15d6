// A place among the tokens of a script: what every rule of the grammar reads from. A rule that cannot go on throws; parse()
// catches it and nobody else sees it.
#pragma once

#include "sim/packet_script/lexer.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::packet_script {

class Cursor {
  public:
    Cursor(std::string_view text, std::vector<Token> tokens, std::vector<Definition> const& definitions)
        : text_{text}, tokens_{std::move(tokens)}, definitions_{&definitions} {}

    [[nodiscard]] Token const& peek(std::size_t ahead = 0) const;
    Token take();
    [[nodiscard]] bool at_end() const { return peek().kind == Token::Kind::end; }
    [[nodiscard]] bool at(Token::Kind kind) const { return peek().kind == kind; }
    [[nodiscard]] bool at_sign(char sign, std::size_t ahead = 0) const;
    [[nodiscard]] bool at_word(std::string_view word) const;

    /// Takes it if it is there.
    bool take_sign(char sign);
    bool take_word(std::string_view word);

    // What must be there; `what` names it for the reader.
    void expect_sign(char sign, std::string_view what);
    void expect_word(std::string_view word, std::string_view what);
    std::string expect_name(std::string_view what);
    /// Decimal or 0x hexadecimal, within both bounds.
    std::int64_t expect_integer(std::int64_t least, std::int64_t most, std::string_view what);
    /// Seconds, with or without a fraction, not negative.
    Duration expect_time(std::string_view what);

    [[noreturn]] void fail(std::string const& message) const { fail_at(peek(), message); }
    [[noreturn]] void fail_at(Token const& token, std::string const& message) const;

    [[nodiscard]] Place place() const { return place_of(text_, peek().offset); }
    /// The script's text from there to here, without comments and on one line.
    [[nodiscard]] std::string text_since(std::size_t offset) const;
    // A list, a structure or a function's arguments begin and end; too deep a nesting is a mistake.
    void go_deeper();
    void come_back() { --depth_; }
    /// What a word stands for, or the word.
    [[nodiscard]] std::string_view defined(std::string_view word) const;

  private:
    std::string_view text_;
    std::vector<Token> tokens_;
    std::vector<Definition> const* definitions_;
    std::size_t at_{0};
    int depth_{0};
};

/// How a token is named in a message: 'word', "string", the end of the file.
std::string shown(Token const& token);

/// Digits in base ten or, after 0x, sixteen; nothing if it is none or too large.
std::optional<std::int64_t> integer_of(std::string_view text);
/// Seconds with up to nine decimals, further ones cut off; nothing if it is none or too large.
std::optional<Duration> seconds_of_text(std::string_view text);

}  // namespace tcpsim::packet_script

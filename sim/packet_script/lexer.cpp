#include "sim/packet_script/lexer.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace tcpsim::packet_script {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_{text} {}

    std::variant<std::vector<Token>, Mistake> run() {
        while (skip_blank() && at_ < text_.size()) {
            if (!next()) {
                break;
            }
        }
        if (mistake_) {
            return *mistake_;
        }
        tokens_.push_back({Token::Kind::end, {}, text_.size()});
        return std::move(tokens_);
    }

  private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    [[nodiscard]] bool starts(std::string_view with) const { return text_.substr(at_).starts_with(with); }

    bool fail(std::size_t offset, std::string message) {
        mistake_ = Mistake{place_of(text_, offset), std::move(message), line_of(text_, offset)};
        return false;
    }

    /// False if a comment does not end.
    bool skip_blank() {
        while (at_ < text_.size()) {
            if (is_space(peek())) {
                ++at_;
            } else if (starts("//")) {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (starts("/*")) {
                std::size_t const close = text_.find("*/", at_ + 2);
                if (close == std::string_view::npos) {
                    return fail(at_, "this comment has no end: */ is missing");
                }
                at_ = close + 2;
            } else {
                return true;
            }
        }
        return true;
    }

    void take(Token::Kind kind, std::size_t length) {
        tokens_.push_back({kind, text_.substr(at_, length), at_});
        at_ += length;
    }

    /// The text between `open` characters at the beginning and `close`.
    bool take_quoted(Token::Kind kind, std::size_t open, std::string_view close, std::string_view what) {
        std::size_t end = at_ + open;
        while (end < text_.size() && !text_.substr(end).starts_with(close)) {
            end += text_[end] == '\\' && kind != Token::Kind::code ? 2 : 1;
        }
        if (end >= text_.size()) {
            return fail(at_, std::string{what} + " has no end: " + std::string{close} + " is missing");
        }
        tokens_.push_back({kind, text_.substr(at_ + open, end - at_ - open), at_});
        at_ = end + close.size();
        return true;
    }

    [[nodiscard]] std::size_t count(std::size_t from, bool (*is)(char)) const {
        std::size_t n = 0;
        while (at_ + from + n < text_.size() && is(text_[at_ + from + n])) {
            ++n;
        }
        return n;
    }

    /// The length of "-1.5", ".25", "0.1" here; 0 if there is none. "1...2" is not one.
    [[nodiscard]] std::size_t decimal() const {
        std::size_t const sign = peek() == '-' ? 1 : 0;
        std::size_t const whole = count(sign, is_digit);
        if (peek(sign + whole) != '.') {
            return 0;
        }
        std::size_t const fraction = count(sign + whole + 1, is_digit);
        return fraction == 0 ? 0 : sign + whole + 1 + fraction;
    }

    /// The length of 1.2.3.4 here.
    [[nodiscard]] std::size_t ipv4() const {
        std::size_t length = 0;
        for (int part = 0; part < 4; ++part) {
            std::size_t const digits = count(length, is_digit);
            bool const dotted = part == 3 || peek(length + digits) == '.';
            if (digits == 0 || !dotted) {
                return 0;
            }
            length += digits + (part == 3 ? 0 : 1);
        }
        return length;
    }

    /// The length of an IPv6 address with "::" in it or eight groups; sequence ranges such as 1:1001 are none.
    [[nodiscard]] std::size_t ipv6() const {
        std::size_t length = 0;
        int colons = 0;
        bool doubled = false;
        while (is_hex(peek(length)) || peek(length) == ':') {
            if (peek(length) == ':') {
                ++colons;
                doubled = doubled || peek(length + 1) == ':';
            }
            ++length;
        }
        return doubled || colons == 7 ? length : 0;
    }

    bool next() {
        if (starts("%{")) {
            return take_quoted(Token::Kind::code, 2, "}%", "this code");
        }
        if (peek() == '"') {
            return take_quoted(Token::Kind::string, 1, "\"", "this string");
        }
        if (peek() == '`') {
            return take_quoted(Token::Kind::command, 1, "`", "this command");
        }
        if (starts("--") && is_word(peek(2))) {
            at_ += 2;
            take(Token::Kind::option, count(0, is_word));
            return true;
        }
        if (starts("...")) {
            take(Token::Kind::ellipsis, 3);
            return true;
        }
        take_plain();
        return true;
    }

    /// Like the original's rules: the longest match wins.
    void take_plain() {
        std::size_t const sign = peek() == '-' ? 1 : 0;
        std::size_t const digits = count(sign, is_digit);
        std::size_t const word = count(0, is_word);
        std::size_t const address = std::max(ipv4(), ipv6());
        bool const hex = starts("0x") && count(2, is_hex) > 0 && count(2, is_hex) + 2 == word;
        if (address > 0) {
            take(Token::Kind::address, address);
        } else if (decimal() > word) {
            take(Token::Kind::decimal, decimal());
        } else if (hex) {
            take(Token::Kind::hex, word);
        } else if (digits > 0 && sign + digits >= word) {
            take(Token::Kind::integer, sign + digits);
        } else if (word > 0) {
            take(Token::Kind::word, word);
        } else {
            take(Token::Kind::sign, 1);
        }
    }

    std::string_view text_;
    std::size_t at_{0};
    std::vector<Token> tokens_{};
    std::optional<Mistake> mistake_{};
};

}  // namespace

std::variant<std::vector<Token>, Mistake> tokens_of(std::string_view text) { return Lexer{text}.run(); }

Place place_of(std::string_view text, std::size_t offset) {
    std::string_view const before = text.substr(0, offset);
    auto const line = std::count(before.begin(), before.end(), '\n');
    std::size_t const start = before.rfind('\n');
    std::size_t const column = start == std::string_view::npos ? offset : offset - start - 1;
    return {static_cast<int>(line) + 1, static_cast<int>(column) + 1};
}

std::string line_of(std::string_view text, std::size_t offset) {
    std::size_t begin = text.substr(0, offset).rfind('\n');
    begin = begin == std::string_view::npos ? 0 : begin + 1;
    std::string_view line = text.substr(begin, std::min(text.find('\n', offset), text.size()) - begin);
    while (!line.empty() && is_space(line.front())) {
        line.remove_prefix(1);
    }
    while (!line.empty() && is_space(line.back())) {
        line.remove_suffix(1);
    }
    return std::string{line};
}

std::string one_line(std::string_view text) {
    std::string joined;
    char quote = '\0';
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        std::string_view const rest = text.substr(i);
        if (quote == '\0' && (rest.starts_with("//") || rest.starts_with("/*"))) {
            bool const to_end_of_line = rest[1] == '/';
            std::size_t const end = to_end_of_line ? rest.find('\n') : rest.find("*/", 2);
            i += end == std::string_view::npos ? rest.size() : end + (to_end_of_line ? 0 : 1);
            continue;
        }
        if (c == '"' || c == '`') {
            quote = quote == c ? '\0' : quote == '\0' ? c : quote;
        }
        if (!is_space(c)) {
            joined += c;
        } else if (!joined.empty() && joined.back() != ' ') {
            joined += ' ';
        }
    }
    while (!joined.empty() && joined.back() == ' ') {
        joined.pop_back();
    }
    return joined;
}

}  // namespace tcpsim::packet_script

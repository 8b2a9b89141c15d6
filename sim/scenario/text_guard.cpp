// What must hold before a YAML parser sees the text: size, UTF-8, no control characters, bounded bracket depth.
#include "sim/scenario/tree.hpp"

#include <fmt/format.h>

namespace tcpsim::scenario {

namespace {

/// Brackets that may be open at once, wherever they stand. Far more than deepest_nesting, since brackets in quotes
/// and comments count too; far less than what a recursive parser survives.
constexpr int most_open_brackets = 256;

/// The length of the UTF-8 sequence at `at`, or 0 if it is none (RFC 3629: no overlong forms, no surrogates).
std::size_t utf8_length(std::string_view text, std::size_t at) {
    auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    unsigned const first = byte(at);
    std::size_t const length = first < 0x80   ? 1
                               : first < 0xc2 ? 0
                               : first < 0xe0 ? 2
                               : first < 0xf0 ? 3
                               : first < 0xf5 ? 4
                                              : 0;
    for (std::size_t i = 1; i < length; ++i) {
        unsigned least = 0x80;
        unsigned most = 0xbf;
        if (i == 1) {
            least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : least;
            most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : most;
        }
        if (byte(at + i) < least || byte(at + i) > most) {
            return 0;
        }
    }
    return length;
}

struct Cursor {
    std::string_view file{};
    int line{1};
    int column{1};
    [[nodiscard]] std::vector<Problem> fail(std::string what, std::string expected) const {
        return {{Place{std::string{file}, line, column}, std::move(what), std::move(expected)}};
    }
};

}  // namespace

std::vector<Problem> unfit_text(std::string const& file, std::string const& text) {
    Cursor cursor{file};
    if (text.size() > most_bytes) {
        return cursor.fail(fmt::format("the file has {} bytes", text.size()),
                           fmt::format("expected at most {}", most_bytes));
    }
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
        return cursor.fail("the file is UTF-16", "expected UTF-8");
    }
    int open = 0;
    std::size_t at = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
    while (at < text.size()) {
        char const c = text[at];
        auto const code = static_cast<unsigned char>(c);
        if ((code < 0x20 && c != '\t' && c != '\n' && c != '\r') || code == 0x7f) {
            return cursor.fail(fmt::format("the control character 0x{:02x}", code), "expected text");
        }
        std::size_t const length = utf8_length(text, at);
        if (length == 0) {
            return cursor.fail(fmt::format("the byte 0x{:02x} is not UTF-8", code), "expected UTF-8 text");
        }
        open += (c == '[' || c == '{') ? 1 : (c == ']' || c == '}') && open > 0 ? -1 : 0;
        if (open > most_open_brackets) {
            return cursor.fail(fmt::format("more than {} open brackets", most_open_brackets),
                               fmt::format("expected values nested at most {} deep", deepest_nesting));
        }
        bool const line_ends = c == '\n' || (c == '\r' && (at + 1 == text.size() || text[at + 1] != '\n'));
        cursor.line += line_ends ? 1 : 0;
        cursor.column = line_ends ? 1 : cursor.column + 1;
        at += length;
    }
    return {};
}

}  // namespace tcpsim::scenario

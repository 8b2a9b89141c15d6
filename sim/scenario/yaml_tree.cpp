// The only file that knows yaml-cpp: text → Value.
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace tcpsim::scenario {

namespace {

/// Thrown inside this file only; parse_yaml() returns it.
struct Refused {
    Problem problem{};
};

/// yaml-cpp counts lines by \n alone and columns in bytes.
std::string with_plain_line_ends(std::string const& text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = text.starts_with("\xef\xbb\xbf") ? 3 : 0; i < text.size(); ++i) {
        if (text[i] != '\r') {
            plain += text[i];
        } else if (i + 1 == text.size() || text[i + 1] != '\n') {
            plain += '\n';
        }
    }
    return plain;
}

/// Converts nodes, counting values so that aliases of aliases end in an error and not in all of memory.
class Converter {
  public:
    Converter(std::string const& file, std::string const& text) : file_{file} {
        std::size_t at = 0;
        while (lines_.empty() || at < text.size()) {  // what follows the last line end is no line
            std::size_t const end = std::min(text.find('\n', at), text.size());
            lines_.emplace_back(std::string_view{text}.substr(at, end - at));
            at = end + 1;
        }
    }

    Value convert(YAML::Node const& node, int depth) {
        Value value{};
        value.place = place(node.Mark());
        if (depth > deepest_nesting) {
            throw Refused{{value.place, fmt::format("values nested more than {} deep", deepest_nesting),
                           "expected a flatter file (or an alias that contains itself was used)"}};
        }
        if (++values_ > most_values) {
            throw Refused{{value.place, fmt::format("more than {} values, aliases expanded", most_values),
                           "expected a smaller file"}};
        }
        refuse_tag(node, value.place);
        bytes_ += node.IsScalar() ? node.Scalar().size() : 0;
        if (bytes_ > most_text) {
            throw Refused{{value.place, fmt::format("more than {} bytes of text, aliases expanded", most_text),
                           "expected a smaller file"}};
        }
        switch (node.Type()) {
            case YAML::NodeType::Scalar:
                value.kind = Value::Kind::scalar;
                value.text = node.Scalar();
                value.quoted = node.Tag() == "!";
                break;
            case YAML::NodeType::Sequence:
                value.kind = Value::Kind::list;
                for (auto const& item : node) {
                    value.children.push_back(convert(item, depth + 1));
                }
                break;
            case YAML::NodeType::Map:
                value.kind = Value::Kind::mapping;
                for (auto const& entry : node) {
                    value.children.push_back(convert_entry(entry.first, entry.second, depth));
                }
                break;
            default:
                break;
        }
        return value;
    }

    Place place(YAML::Mark const& mark) const {
        if (mark.is_null()) {
            return {file_, 1, 1};
        }
        auto line = static_cast<std::size_t>(std::max(mark.line, 0));
        auto before = std::string_view::npos;
        if (line < lines_.size()) {
            before = static_cast<std::size_t>(std::max(mark.column, 0));
        } else {
            line = lines_.size() - 1;  // the line that we added: the end of the last one
        }
        auto const text = lines_[line].substr(0, before);
        auto const characters = std::count_if(text.begin(), text.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;  // continuation bytes are no characters
        });
        return {file_, static_cast<int>(line) + 1, static_cast<int>(characters) + 1};
    }

    /// yaml-cpp says what it met; what it expected is ours.
    Problem syntax_problem(YAML::Exception const& error) const {
        auto const at = place(error.mark);
        auto const& line = lines_[static_cast<std::size_t>(at.line) - 1];
        auto const indentation = line.substr(0, line.find_first_not_of(" \t"));
        if (auto const tab = indentation.find('\t'); tab != std::string_view::npos) {
            return {{file_, at.line, static_cast<int>(tab) + 1},
                    "YAML syntax: a tab in the indentation",
                    "expected blanks"};
        }
        static constexpr std::pair<std::string_view, std::string_view> expectations[] = {
            {"illegal map value", "expected no ': ' here, or another depth of indentation"},
            {"end of map flow not found", "expected ',' or '}'"},
            {"end of sequence flow not found", "expected ',' or ']'"},
            {"end of map not found", "expected a key as deep as those above"},
            {"end of sequence not found", "expected '- ' as deep as those above"},
            {"illegal EOF in scalar", "expected a closing quote"},
            {"the referenced anchor is not defined", "expected an anchor (&name) before its alias (*name)"},
        };
        std::string_view expected = "expected YAML 1.2";
        for (auto const& [message, ours] : expectations) {
            expected = error.msg == message ? ours : expected;
        }
        return {at, fmt::format("YAML syntax: {}", error.msg), std::string{expected}};
    }

  private:
    Value convert_entry(YAML::Node const& key, YAML::Node const& content, int depth) {
        Place const key_place = place(key.Mark());
        if (!key.IsScalar()) {
            throw Refused{{key_place, "a key that is not a word", "expected a word"}};
        }
        if (key.Scalar() == "<<" && key.Tag() != "!") {
            throw Refused{{key_place, "the merge key '<<'", "expected the keys themselves: YAML 1.2 has no merging"}};
        }
        Value value = convert(content, depth + 1);
        value.key = key.Scalar();
        value.key_place = key_place;
        if (value.kind == Value::Kind::empty) {
            value.place = key_place;  // yaml-cpp puts an absent value at the next token
        }
        return value;
    }

    static void refuse_tag(YAML::Node const& node, Place const& at) {
        auto const& tag = node.Tag();
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw Refused{{at, fmt::format("the tag '{}'", tag), "expected a value without a tag"}};
        }
    }

    std::string file_;
    std::vector<std::string_view> lines_{};
    std::size_t values_{0};
    std::size_t bytes_{0};
};

}  // namespace

std::variant<Value, Problem> parse_yaml(std::string const& file, std::string const& text) {
    std::string const plain = with_plain_line_ends(text);
    Converter converter{file, plain};
    try {
        // yaml-cpp misses a quote that is still open when the last line ends, but not in a line that does not end.
        auto const documents = YAML::LoadAll(plain + (plain.empty() || plain.back() == '\n' ? "#" : "\n#"));
        if (documents.size() > 1) {
            return Problem{converter.place(documents[1].Mark()), "a second document ('---')", "expected one per file"};
        }
        if (documents.empty()) {
            Value nothing{};
            nothing.place = {file, 1, 1};
            return nothing;
        }
        return converter.convert(documents.front(), 0);
    } catch (Refused const& refused) {
        return refused.problem;
    } catch (YAML::Exception const& error) {
        return converter.syntax_problem(error);
    }
}

Value const* Value::find(std::string_view name) const {
    auto const found = std::find_if(children.begin(), children.end(), [&](Value const& v) { return v.key == name; });
    return kind == Kind::mapping && found != children.end() ? &*found : nullptr;
}
Value* Value::find(std::string_view name) {
    return const_cast<Value*>(static_cast<Value const*>(this)->find(name));  // NOLINT: *this is not const here
}

std::string described(Value const& value) {
    switch (value.kind) {
        case Value::Kind::empty:
            return "empty";
        case Value::Kind::list:
            return "a list";
        case Value::Kind::mapping:
            return "a mapping";
        case Value::Kind::scalar:
            break;
    }
    return quoted(value.text);
}

std::string quoted(std::string_view text) {
    std::size_t end = std::min<std::size_t>(text.size(), 60);
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
        --end;  // not in the middle of a character
    }
    std::string shown;
    for (char const c : text.substr(0, end)) {
        shown += c == '\n' || c == '\t' ? ' ' : c;  // a message is one line
    }
    return fmt::format("'{}{}'", shown, end < text.size() ? "…" : "");
}

}  // namespace tcpsim::scenario

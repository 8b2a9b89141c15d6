// The only file that knows yaml-cpp: text → Value. It takes the parser's events and not its nodes, so that limits act
// while the text is read: YAML::LoadAll() alone loops for ever on "{a: b},".
#include "sim/scenario/tree.hpp"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

namespace tcpsim::scenario {

namespace {

/// Thrown through the parser, caught by parse_yaml().
struct Refused {
    Problem problem{};
};

/// yaml-cpp counts lines by \n alone.
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

/// The text by lines: turns the parser's marks, which count bytes from 0, into places.
class Lines {
  public:
    Lines(std::string file, std::string_view text) : file_{std::move(file)} {
        std::size_t at = 0;
        while (lines_.empty() || at < text.size()) {  // what follows the last line end is no line
            std::size_t const end = std::min(text.find('\n', at), text.size());
            lines_.push_back(text.substr(at, end - at));
            at = end + 1;
        }
    }

    [[nodiscard]] Place place(YAML::Mark const& mark) const {
        if (mark.is_null()) {
            return {file_, 1, 1};
        }
        auto line = static_cast<std::size_t>(std::max(mark.line, 0));
        auto before = static_cast<std::size_t>(std::max(mark.column, 0));
        if (line >= lines_.size()) {
            line = lines_.size() - 1;  // the line that parse_yaml() added: the end of the last one
            before = std::string_view::npos;
        }
        auto const text = lines_[line].substr(0, before);
        auto const characters = std::count_if(text.begin(), text.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;  // continuation bytes are no characters
        });
        return {file_, static_cast<int>(line) + 1, static_cast<int>(characters) + 1};
    }

    [[nodiscard]] std::string_view at(Place const& place) const {
        return lines_[static_cast<std::size_t>(place.line) - 1];
    }

  private:
    std::string file_;
    std::vector<std::string_view> lines_{};
};

/// How much an alias adds.
struct Extent {
    std::size_t values{1};
    std::size_t bytes{0};
    std::size_t depth{0};
};
Extent extent_of(Value const& value) {
    Extent whole{1, value.text.size() + value.key.size(), 0};
    for (auto const& child : value.children) {
        auto const part = extent_of(child);
        whole.values += part.values;
        whole.bytes += part.bytes;
        whole.depth = std::max(whole.depth, part.depth + 1);
    }
    return whole;
}

class TreeBuilder final : public YAML::EventHandler {
  public:
    explicit TreeBuilder(Lines const& lines) : lines_{lines} {}

    [[nodiscard]] Value take() { return std::move(root_); }

    void OnDocumentStart(YAML::Mark const& mark) override {
        if (++documents_ > 1) {
            auto const place = lines_.place(mark);
            bool const marked = lines_.at(place).starts_with("---");
            throw Refused{{place, marked ? "a second document ('---')" : "text after the end of the document",
                           "expected one per file"}};
        }
    }
    void OnDocumentEnd() override {}
    void OnAnchor(YAML::Mark const& /*mark*/, std::string const& /*name*/) override {}

    void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
        Value value{};
        value.place = lines_.place(mark);
        if (in_mapping() && !open_.back().wants_key) {
            value.place = open_.back().key_place;  // yaml-cpp puts an absent value at the next token
        }
        charge(Extent{}, value.place);
        add(std::move(value), anchor);
    }
    void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                  std::string const& text) override {
        Value value{};
        value.kind = Value::Kind::scalar;
        value.place = lines_.place(mark);
        value.text = text;
        value.quoted = tag == "!";
        refuse_tag(tag, value.place);
        charge(extent_of(value), value.place);
        add(std::move(value), anchor);
    }
    void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override {
        auto const found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            throw Refused{{lines_.place(mark), "an alias inside of what it stands for", "expected it outside"}};
        }
        auto const extent = extent_of(found->second);
        charge(extent, lines_.place(mark));
        check_depth(lines_.place(mark), open_.size() + extent.depth);
        Value copy = found->second;
        if (copy.kind == Value::Kind::scalar) {
            copy.place = lines_.place(mark);  // mistakes below stay where they are written
        }
        add(std::move(copy), YAML::NullAnchor);
    }
    void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(Value::Kind::list, mark, tag, anchor);
    }
    void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(Value::Kind::mapping, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapEnd() override { close(); }

  private:
    /// A list or mapping whose end has not come.
    struct Open {
        Value value{};
        YAML::anchor_t anchor{YAML::NullAnchor};
        bool wants_key{true};
        std::string key{};
        Place key_place{};
    };

    [[nodiscard]] bool in_mapping() const { return !open_.empty() && open_.back().value.kind == Value::Kind::mapping; }

    static void refuse_tag(std::string const& tag, Place const& place) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            throw Refused{{place, fmt::format("the tag {}", quoted(tag)), "expected a value without a tag"}};
        }
    }

    void open(Value::Kind kind, YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor) {
        Open opened{};
        opened.value.kind = kind;
        opened.value.place = lines_.place(mark);
        opened.anchor = anchor;
        refuse_tag(tag, opened.value.place);
        check_depth(opened.value.place, open_.size());
        charge(Extent{}, opened.value.place);
        open_.push_back(std::move(opened));
    }

    void close() {
        Open closed = std::move(open_.back());
        open_.pop_back();
        add(std::move(closed.value), closed.anchor);
    }

    void add(Value value, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            charge(extent_of(value), value.place);
            anchors_[anchor] = value;
        }
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (in_mapping() && open_.back().wants_key) {
            take_key(std::move(value));
        } else {
            auto& parent = open_.back();
            value.key = std::exchange(parent.key, {});
            value.key_place = parent.key_place;
            parent.wants_key = true;
            parent.value.children.push_back(std::move(value));
        }
    }

    void take_key(Value value) {
        if (value.kind != Value::Kind::scalar) {  // said at its end only: an open bracket is the worse mistake
            throw Refused{{value.place, "a key that is not a word", "expected a word"}};
        }
        if (value.text == "<<" && !value.quoted) {
            throw Refused{{value.place, "the merge key '<<'", "expected the keys themselves: YAML 1.2 has no merging"}};
        }
        auto& parent = open_.back();
        parent.wants_key = false;
        parent.key = std::move(value.text);
        parent.key_place = value.place;
    }

    static void check_depth(Place const& place, std::size_t depth) {
        if (depth > static_cast<std::size_t>(deepest_nesting)) {
            throw Refused{
                {place, fmt::format("values nested more than {} deep", deepest_nesting), "expected a flatter file"}};
        }
    }

    void charge(Extent const& extent, Place const& place) {
        values_ += extent.values;
        bytes_ += extent.bytes;
        if (values_ > most_values) {
            throw Refused{
                {place, fmt::format("more than {} values, aliases expanded", most_values), "expected a smaller file"}};
        }
        if (bytes_ > most_text) {
            throw Refused{{place, fmt::format("more than {} bytes of text, aliases expanded", most_text),
                           "expected a smaller file"}};
        }
    }

    Lines const& lines_;
    std::vector<Open> open_{};
    std::map<YAML::anchor_t, Value> anchors_{};
    Value root_{};
    int documents_{0};
    std::size_t values_{0};
    std::size_t bytes_{0};
};

/// yaml-cpp says what it met; what it expected is ours.
Problem syntax_problem(YAML::Exception const& error, Lines const& lines) {
    auto const at = lines.place(error.mark);
    auto const line = lines.at(at);
    auto const indentation = line.substr(0, line.find_first_not_of(" \t"));
    if (auto const tab = indentation.find('\t'); tab != std::string_view::npos) {
        return {
            {at.file, at.line, static_cast<int>(tab) + 1}, "YAML syntax: a tab in the indentation", "expected blanks"};
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

}  // namespace

std::variant<Value, Problem> parse_yaml(std::string const& file, std::string const& text) {
    std::string const plain = with_plain_line_ends(text);
    Lines const lines{file, plain};
    TreeBuilder builder{lines};
    // yaml-cpp misses a quote that is still open when the last line ends, but not in a line that does not end.
    std::istringstream stream{plain + (plain.empty() || plain.back() == '\n' ? "#" : "\n#")};
    try {
        YAML::Parser parser{stream};
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (Refused const& refused) {
        return refused.problem;
    } catch (YAML::DeepRecursion const& error) {
        return Problem{lines.place(error.mark), fmt::format("values nested more than {} deep", deepest_nesting),
                       "expected a flatter file"};
    } catch (YAML::Exception const& error) {
        return syntax_problem(error, lines);
    }
    Value root = builder.take();
    root.place = root.kind == Value::Kind::empty ? Place{file, 1, 1} : root.place;
    return root;
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
        auto const code = static_cast<unsigned char>(c);
        shown += code < 0x20 || code == 0x7f ? ' ' : c;  // a message is one line
    }
    return fmt::format("'{}{}'", shown, end < text.size() ? "…" : "");
}

}  // namespace tcpsim::scenario

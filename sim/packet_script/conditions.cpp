#include "sim/packet_script/conditions.hpp"

#include "sim/packet_script/lexer.hpp"

#include <algorithm>
#include <sstream>

namespace tcpsim::packet_script {

namespace {

/// One #ifdef that is open.
struct Condition {
    bool holds{false};
    bool else_seen{false};
    std::size_t offset{0};
};

class Chooser {
  public:
    Chooser(std::string const& text, std::vector<Definition> const& definitions)
        : text_{text}, definitions_{definitions} {}

    std::variant<std::string, Mistake> run() {
        for (std::size_t begin = 0; begin < text_.size();) {
            std::size_t const end = std::min(text_.find('\n', begin), text_.size());
            bool const is_directive = starts_directive(begin, end);
            if (is_directive && !directive(begin, end)) {
                return mistake_;
            }
            bool const applies =
                std::all_of(open_.begin(), open_.end(), [](Condition const& each) { return each.holds; });
            chosen_ += applies && !is_directive ? text_.substr(begin, end - begin) : std::string(end - begin, ' ');
            chosen_ += end < text_.size() ? "\n" : "";
            begin = end + 1;
        }
        if (!open_.empty()) {
            (void)fail(open_.back().offset, "this condition has no end: #endif is missing");
            return mistake_;
        }
        return std::move(chosen_);
    }

  private:
    bool fail(std::size_t offset, std::string message) {
        mistake_ = {place_of(text_, offset), std::move(message), line_of(text_, offset)};
        return false;
    }

    [[nodiscard]] bool is_defined(std::string const& name) const {
        return std::any_of(definitions_.begin(), definitions_.end(),
                           [&](Definition const& each) { return each.name == name; });
    }

    /// Any other line with # belongs to a command or to code, as its comment.
    [[nodiscard]] bool starts_directive(std::size_t begin, std::size_t end) const {
        std::string const line = text_.substr(begin, end - begin);
        std::string const word = line.substr(0, line.find_first_of(" \t\r"));
        return word == "#ifdef" || word == "#ifndef" || word == "#else" || word == "#endif";
    }

    bool directive(std::size_t begin, std::size_t end) {
        std::istringstream words{text_.substr(begin, end - begin)};
        std::string what;
        std::string name;
        words >> what >> name;
        if (what == "#ifdef" || what == "#ifndef") {
            if (name.empty()) {
                return fail(begin, what + " needs a name");
            }
            open_.push_back({.holds = is_defined(name) == (what == "#ifdef"), .offset = begin});
            return true;
        }
        if (open_.empty() || (what == "#else" && open_.back().else_seen)) {
            return fail(begin, what + " without an #ifdef before it");
        }
        if (what == "#endif") {
            open_.pop_back();
        } else {
            open_.back().holds = !open_.back().holds;
            open_.back().else_seen = true;
        }
        return true;
    }

    std::string const& text_;
    std::vector<Definition> const& definitions_;
    std::vector<Condition> open_{};
    std::string chosen_{};
    Mistake mistake_{};
};

}  // namespace

std::variant<std::string, Mistake> choose_lines(std::string const& text, std::vector<Definition> const& definitions) {
    return Chooser{text, definitions}.run();
}

}  // namespace tcpsim::packet_script

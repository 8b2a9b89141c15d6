#include "sim/packet_script/assertion.hpp"

#include "sim/packet_script/cursor.hpp"

#include <array>
#include <cctype>
#include <string_view>
#include <vector>

namespace tcpsim::packet_script {

namespace {

struct NotUnderstood {
    std::string message{};
};

/// Statements, one per line or between semicolons; comments, continued lines and blank ones are gone.
std::vector<std::string> statements_of(std::string const& code) {
    std::vector<std::string> statements{{}};
    char quote = '\0';
    int depth = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
        char const c = code[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '#') {
            i = std::min(code.find('\n', i), code.size()) - 1;
            continue;
        } else if (c == '\\' && i + 1 < code.size() && code[i + 1] == '\n') {
            ++i;
            continue;
        } else if ((c == '\n' || c == ';') && depth == 0) {
            statements.emplace_back();
            continue;
        }
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        statements.back() += c;
    }
    return statements;
}

/// Evaluates while it reads, by Python's precedence.
class Evaluator {
  public:
    Evaluator(std::string_view text, Variables const& variables, Names const& names)
        : text_{text}, variables_{variables}, names_{names} {}

    std::int64_t expression() { return either(); }
    [[nodiscard]] bool at_end() {
        skip();
        return at_ >= text_.size();
    }
    bool take(std::string_view sign) {
        skip();
        bool const there = text_.substr(at_).starts_with(sign);
        at_ += there ? sign.size() : 0;
        return there;
    }
    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  private:
    void skip() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
            ++at_;
        }
    }
    [[nodiscard]] static bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
    bool take_word(std::string_view word) {
        skip();
        std::size_t const end = at_ + word.size();
        bool const there = text_.substr(at_).starts_with(word) && (end >= text_.size() || !is_name(text_[end]));
        at_ += there ? word.size() : 0;
        return there;
    }

    template <class Rule>
    std::int64_t deeper(Rule rule) {
        constexpr int deepest = 50;
        if (++depth_ > deepest) {
            throw NotUnderstood{"it is nested more than " + std::to_string(deepest) + " deep"};
        }
        std::int64_t const value = rule();
        --depth_;
        return value;
    }

    // Python's integers have no bounds; ours wrap around.
    static std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }
    static std::int64_t wrapped(std::uint64_t value) { return static_cast<std::int64_t>(value); }

    std::int64_t either() {
        std::int64_t value = both();
        while (take_word("or")) {
            std::int64_t const right = both();
            value = value != 0 ? value : right;
        }
        return value;
    }
    std::int64_t both() {
        std::int64_t value = negation();
        while (take_word("and")) {
            std::int64_t const right = negation();
            value = value == 0 ? value : right;
        }
        return value;
    }
    std::int64_t negation() {
        return take_word("not") ? static_cast<std::int64_t>(deeper([this] { return negation(); }) == 0) : comparison();
    }

    /// a < b <= c holds if both do.
    std::int64_t comparison() {
        std::int64_t left = bits_or();
        bool compared = false;
        bool holds = true;
        for (std::string_view sign = comparison_sign(); !sign.empty(); sign = comparison_sign()) {
            std::int64_t const right = bits_or();
            holds = holds && compares(left, sign, right);
            compared = true;
            left = right;
        }
        return compared ? static_cast<std::int64_t>(holds) : left;
    }
    std::string_view comparison_sign() {
        for (std::string_view const sign : {"==", "!=", "<=", ">=", "<", ">"}) {
            skip();
            bool const shift = rest().starts_with("<<") || rest().starts_with(">>");
            if (!shift && take(sign)) {
                return sign;
            }
        }
        return {};
    }
    static bool compares(std::int64_t left, std::string_view sign, std::int64_t right) {
        if (sign == "==") {
            return left == right;
        }
        if (sign == "!=") {
            return left != right;
        }
        if (sign.front() == '<') {
            return left < right || (sign == "<=" && left == right);
        }
        return left > right || (sign == ">=" && left == right);
    }
    std::int64_t bits_or() {
        std::int64_t value = bits_and();
        while (take("|")) {
            value |= bits_and();
        }
        return value;
    }
    std::int64_t bits_and() {
        std::int64_t value = sum();
        while (take("&")) {
            value &= sum();
        }
        return value;
    }
    std::int64_t sum() {
        std::int64_t value = product();
        while (true) {
            if (take("+")) {
                value = wrapped(bits(value) + bits(product()));
            } else if (take("-")) {
                value = wrapped(bits(value) - bits(product()));
            } else {
                return value;
            }
        }
    }
    std::int64_t product() {
        std::int64_t value = unary();
        while (true) {
            skip();
            char const sign = at_ < text_.size() ? text_[at_] : '\0';
            if (sign != '*' && sign != '/' && sign != '%') {
                return value;
            }
            at_ += rest().starts_with("//") ? 2 : 1;
            std::int64_t const right = unary();
            if (sign != '*' && right == 0) {
                throw NotUnderstood{"division by zero"};
            }
            value = sign == '*' ? wrapped(bits(value) * bits(right)) : quotient(value, sign, right);
        }
    }
    static std::int64_t quotient(std::int64_t value, char sign, std::int64_t right) {
        if (right == -1) {  // the one quotient that may have no place
            return sign == '/' ? wrapped(0 - bits(value)) : 0;
        }
        return sign == '/' ? value / right : value % right;
    }
    std::int64_t unary() {
        if (take("-")) {
            return wrapped(0 - bits(deeper([this] { return unary(); })));
        }
        if (take("~")) {
            return ~deeper([this] { return unary(); });
        }
        if (take("(")) {
            std::int64_t const value = deeper([this] { return expression(); });
            if (!take(")")) {
                throw NotUnderstood{"')' is missing"};
            }
            return value;
        }
        return operand();
    }
    std::int64_t operand() {
        skip();
        std::size_t const begin = at_;
        while (at_ < text_.size() && is_name(text_[at_])) {
            ++at_;
        }
        std::string const word{text_.substr(begin, at_ - begin)};
        if (word.empty()) {
            throw NotUnderstood{"expected a number or a name before '" + std::string{rest()} + "'"};
        }
        if (std::isdigit(static_cast<unsigned char>(word.front())) != 0) {
            if (auto const number = integer_of(word)) {
                return *number;
            }
            throw NotUnderstood{"the number " + word + " is none, or too large"};
        }
        if (word == "True" || word == "False") {
            return static_cast<std::int64_t>(word == "True");
        }
        auto const variable = variables_.find(word);
        if (variable != variables_.end()) {
            return variable->second;
        }
        if (auto const value = names_(word)) {
            return *value;
        }
        throw NotUnderstood{"the name " + word + " is not known"};
    }

    std::string_view text_;
    Variables const& variables_;
    Names const& names_;
    std::size_t at_{0};
    int depth_{0};
};

std::string_view trimmed(std::string_view text) {
    std::size_t const first = text.find_first_not_of(" \t\r\n");
    std::size_t const last = text.find_last_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view{} : text.substr(first, last - first + 1);
}

/// The values of all names of ours in a statement: "tcpi_snd_cwnd is 10".
std::string values_in(std::string_view statement, Variables const& variables, Names const& names) {
    std::string told;
    Variables seen;
    for (std::size_t i = 0; i < statement.size(); ++i) {
        std::size_t end = i;
        while (end < statement.size() &&
               (std::isalnum(static_cast<unsigned char>(statement[end])) != 0 || statement[end] == '_')) {
            ++end;
        }
        std::string const word{statement.substr(i, end - i)};
        auto const variable = variables.find(word);
        bool const interesting = word.starts_with("tcpi_") || variable != variables.end();
        auto const value = variable != variables.end() ? std::optional{variable->second}
                           : interesting               ? names(word)
                                                       : std::nullopt;
        if (value && seen.emplace(word, *value).second) {
            told += (told.empty() ? "" : ", ") + word + " is " + std::to_string(*value);
        }
        i = std::max(i, end);
    }
    return told;
}

std::optional<CodeProblem> run_statement(std::string_view statement, Variables& variables, Names const& names) {
    constexpr std::string_view assertion = "assert";
    if (statement.empty() || statement.starts_with("print")) {
        return std::nullopt;
    }
    if (statement.starts_with(assertion)) {
        Evaluator evaluator{statement.substr(assertion.size()), variables, names};
        bool const holds = evaluator.expression() != 0;
        if (!evaluator.at_end() && !evaluator.take(",")) {
            throw NotUnderstood{"expected the end of the assertion before '" + std::string{evaluator.rest()} + "'"};
        }
        return holds ? std::nullopt : std::optional{CodeProblem{values_in(statement, variables, names), false}};
    }
    std::size_t const equals = statement.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        throw NotUnderstood{"expected assert or an assignment, not '" + std::string{statement} + "'"};
    }
    char const before = statement[equals - 1];
    bool const adds = before == '+' || before == '-';
    std::string const name{trimmed(statement.substr(0, equals - (adds ? 1 : 0)))};
    Evaluator evaluator{statement.substr(equals + 1), variables, names};
    std::int64_t const value = evaluator.expression();
    if (!evaluator.at_end()) {
        throw NotUnderstood{"expected the end of the assignment before '" + std::string{evaluator.rest()} + "'"};
    }
    variables[name] = adds ? variables[name] + (before == '+' ? value : -value) : value;
    return std::nullopt;
}

}  // namespace

std::optional<CodeProblem> run_code(std::string const& code, Variables& variables, Names const& names) {
    for (std::string const& statement : statements_of(code)) {
        try {
            if (auto problem = run_statement(trimmed(statement), variables, names)) {
                return problem;
            }
        } catch (NotUnderstood const& wrong) {
            return CodeProblem{wrong.message, true};
        }
    }
    return std::nullopt;
}

}  // namespace tcpsim::packet_script

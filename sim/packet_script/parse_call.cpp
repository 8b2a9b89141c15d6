#include "sim/packet_script/grammar.hpp"

#include <limits>

namespace tcpsim::packet_script {

namespace {

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

Expression list_until(Cursor& at, char close, Expression::Kind kind);

/// "a" "b" is one string; "a"... is not longer for us.
Expression string_at(Cursor& at) {
    Expression found{.kind = Expression::Kind::string, .place = at.place()};
    while (at.at(Token::Kind::string)) {
        found.text += at.take().text;
    }
    if (at.at(Token::Kind::ellipsis)) {
        at.take();
    }
    return found;
}

/// A symbol, which may have been defined to be a number or a string, or a function with arguments.
Expression word_at(Cursor& at) {
    Expression found{.kind = Expression::Kind::word, .place = at.place()};
    std::string_view const meant = at.defined(at.take().text);
    if (auto const number = integer_of(meant)) {
        found.kind = Expression::Kind::integer;
        found.value = *number;
        return found;
    }
    if (meant.starts_with('"') && meant.ends_with('"') && meant.size() >= 2) {
        found.kind = Expression::Kind::string;
        found.text = meant.substr(1, meant.size() - 2);
        return found;
    }
    found.text = meant;
    if (at.take_sign('(')) {
        Expression arguments = list_until(at, ')', Expression::Kind::function);
        arguments.text = found.text;
        arguments.place = found.place;
        return arguments;
    }
    return found;
}

/// One operand: everything but a|b.
Expression operand(Cursor& at) {
    Expression found{.place = at.place()};
    switch (at.peek().kind) {
        case Token::Kind::ellipsis:
            at.take();
            return found;
        case Token::Kind::integer:
        case Token::Kind::hex:
            found.kind = Expression::Kind::integer;
            found.value = at.expect_integer(least, most, "a number");
            return found;
        case Token::Kind::word:
            return word_at(at);
        case Token::Kind::string:
            return string_at(at);
        default:
            break;
    }
    if (at.take_sign('[')) {
        return list_until(at, ']', Expression::Kind::list);
    }
    if (at.take_sign('{')) {
        return list_until(at, '}', Expression::Kind::structure);
    }
    at.fail("expected a value, not " + shown(at.peek()));
}

/// A member's name before "=", as in {fd=3} or {msg_iov(1)=[…]}; empty if there is none.
std::string member_name(Cursor& at) {
    bool const named = at.at(Token::Kind::word) && at.at_sign('=', 1);
    bool const counted = at.at(Token::Kind::word) && at.at_sign('(', 1) && at.at_sign(')', 3) && at.at_sign('=', 4);
    if (!named && !counted) {
        return {};
    }
    std::string const name{at.take().text};
    while (!at.take_sign('=')) {
        at.take();
    }
    return name;
}

/// The members up to `close`, which is taken; the opening sign has been.
Expression list_until(Cursor& at, char close, Expression::Kind kind) {
    at.go_deeper();
    Expression list{.kind = kind, .place = at.place()};
    bool more = !at.take_sign(close);
    while (more) {
        list.names.push_back(kind == Expression::Kind::function ? std::string{} : member_name(at));
        list.items.push_back(parse_expression(at));
        more = at.take_sign(',');
        if (!more) {
            at.expect_sign(close, "or ',' after a value");
        }
    }
    at.come_back();
    return list;
}

/// "(Operation now in progress)": for human readers.
void skip_note(Cursor& at) {
    if (!at.take_sign('(')) {
        return;
    }
    while (!at.take_sign(')')) {
        if (at.at_end()) {
            at.fail("this note has no end: ')' is missing");
        }
        at.take();
    }
}

}  // namespace

Expression parse_expression(Cursor& at) {
    Expression const first = operand(at);
    if (!at.at_sign('|')) {
        return first;
    }
    Expression either{.kind = Expression::Kind::either, .items = {first}, .place = first.place};
    while (at.take_sign('|')) {
        either.items.push_back(operand(at));
    }
    return either;
}

Call parse_call(Cursor& at) {
    Call call{.name = at.expect_name("a call")};
    at.expect_sign('(', "after a call's name");
    call.arguments = list_until(at, ')', Expression::Kind::function).items;
    at.expect_sign('=', "and the call's result");
    call.result = parse_expression(at);
    if (at.at(Token::Kind::word) && !at.peek().text.empty() && at.peek().text.front() == 'E') {
        call.error = at.take().text;
    }
    skip_note(at);
    return call;
}

}  // namespace tcpsim::packet_script

// From a file's text to its events: time, then a packet, a call, a command or code.
#include "sim/packet_script/conditions.hpp"
#include "sim/packet_script/grammar.hpp"
#include "sim/packet_script/options.hpp"

#include <utility>

namespace tcpsim::packet_script {

namespace {

std::string option_value(Cursor& at) {
    std::string value{at.take().text};
    // "--define=NAME=value"
    if (at.take_sign('=')) {
        Token const right = at.take();
        std::string_view const quote = right.kind == Token::Kind::string    ? "\""
                                       : right.kind == Token::Kind::command ? "`"
                                                                            : "";
        value += "=" + std::string{quote} + std::string{right.text} + std::string{quote};
    }
    return value;
}

ScriptOption option_at(Cursor& at) {
    ScriptOption option{.place = at.place()};
    option.name = at.take().text;
    if (at.take_sign('=')) {
        option.value = option_value(at);
    }
    return option;
}

When when_at(Cursor& at) {
    When when;
    if (at.take_sign('*')) {
        when.kind = When::Kind::any;
        return when;
    }
    when.kind = at.take_sign('+') ? When::Kind::relative : When::Kind::absolute;
    when.from = at.expect_time("the time of an event");
    if (at.take_sign('~')) {
        if (when.kind == When::Kind::relative) {
            at.expect_sign('+', "before the end of a relative range");
        }
        Token const end = at.peek();
        when.until = at.expect_time("the end of a range");
        if (*when.until < when.from) {
            at.fail_at(end, "this range ends before it begins");
        }
    } else if (at.at(Token::Kind::ellipsis)) {
        at.take();
        Token const end = at.peek();
        when.returns = at.expect_time("the time at which the call returns");
        if (*when.returns < when.from) {
            at.fail_at(end, "this call returns before it begins");
        }
    }
    return when;
}

bool begins_packet(Cursor const& at) { return at.at_sign('<') || at.at_sign('>'); }

Event event_at(Cursor& at) {
    Event event{.place = at.place()};
    Token const begin = at.peek();
    event.when = when_at(at);
    if (begins_packet(at)) {
        event.what = parse_packet(at);
    } else if (at.at(Token::Kind::word)) {
        event.what = parse_call(at);
    } else if (at.at(Token::Kind::command)) {
        event.what = Command{std::string{at.take().text}};
    } else if (at.at(Token::Kind::code)) {
        event.what = Code{std::string{at.take().text}};
    } else {
        at.fail("expected a packet (< or >), a call, a `command` or %{ code }% after the time, not " +
                shown(at.peek()));
    }
    if (event.when.returns && !std::holds_alternative<Call>(event.what)) {
        at.fail_at(begin, "only a call can block: a packet's range is written a~b");
    }
    event.line = at.text_since(begin.offset);
    return event;
}

/// The script's own clock, as far as its times tell it: it must not go back.
class Clock {
  public:
    void pass(Cursor const& at, Token const& begin, When const& when) {
        if (when.kind == When::Kind::any) {
            return;
        }
        Duration const before = now_;
        now_ = when.kind == When::Kind::relative ? now_ + when.from : when.from;
        if (now_ < before) {
            at.fail_at(begin, "time goes back: the event before this one is later");
        }
    }

  private:
    Duration now_{0};
};

Script script_at(Cursor& at, std::vector<Definition>& definitions) {
    Script script;
    while (at.at(Token::Kind::option)) {
        Token const begin = at.peek();
        script.options.push_back(option_at(at));
        ScriptOption const& option = script.options.back();
        if (auto const wrong = mistake_in(option)) {
            at.fail_at(begin, *wrong);
        }
        std::size_t const equals = option.value.find('=');
        if (option.name == "define" && equals != std::string::npos) {
            definitions.push_back({option.value.substr(0, equals), option.value.substr(equals + 1)});
        }
    }
    if (at.at(Token::Kind::command)) {
        script.setup = Command{std::string{at.take().text}};
    }
    Clock clock;
    while (!at.at_end() && !at.at(Token::Kind::command)) {
        Token const begin = at.peek();
        script.events.push_back(event_at(at));
        clock.pass(at, begin, script.events.back().when);
    }
    if (at.at(Token::Kind::command)) {
        script.cleanup = Command{std::string{at.take().text}};
    }
    if (!at.at_end()) {
        at.fail("the script ends with its clean-up command: " + shown(at.peek()) + " is behind it");
    }
    if (script.events.empty()) {
        at.fail("a script needs at least one event");
    }
    return script;
}

}  // namespace

std::variant<Script, Mistake> parse(std::string const& text, std::vector<Definition> const& definitions) {
    auto const chosen = choose_lines(text, definitions);
    if (auto const* mistake = std::get_if<Mistake>(&chosen)) {
        return *mistake;
    }
    std::string const& lines = std::get<std::string>(chosen);
    auto tokens = tokens_of(lines);
    if (auto* mistake = std::get_if<Mistake>(&tokens)) {
        return std::move(*mistake);
    }
    std::vector<Definition> known = definitions;
    Cursor at{lines, std::get<std::vector<Token>>(std::move(tokens)), known};
    try {
        return script_at(at, known);
    } catch (Mistake& mistake) {
        return std::move(mistake);
    }
}

}  // namespace tcpsim::packet_script

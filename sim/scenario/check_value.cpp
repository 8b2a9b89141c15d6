#include "sim/scenario/check_value.hpp"

#include "sim/scenario/suggest.hpp"
#include "sim/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace tcpsim::scenario {

namespace {

constexpr std::size_t longest_name = 64;
constexpr std::string_view name_rule = "expected letters, digits, '-' and '_'";

/// "'port'", or "an item of 'steps'".
std::string subject(Field const& field) {
    bool const one = field.many == Field::Many::one;
    return fmt::format("{}'{}'", one ? "" : "an item of ", field.name);
}

std::optional<Fault> unless(bool holds, Value const& value, Field const& field) {
    if (holds) {
        return std::nullopt;
    }
    return Fault{fmt::format("{} cannot be {}", subject(field), described(value)), "expected " + wanted(field)};
}

template <class T>
std::optional<Fault> fault_of(Read<T> const& read) {
    return read.value ? std::nullopt : std::optional{read.fault};
}

std::optional<Fault> name_fault(std::string_view text) {
    if (is_name(text)) {
        return std::nullopt;
    }
    return Fault{fmt::format("{} is not a name", quoted(text)), std::string{name_rule}};
}

std::optional<Fault> number_fault(Value const& value, Field const& field) {
    if (value.quoted) {
        return Fault{fmt::format("\"{}\" in quotes is a text", value.text), "expected " + wanted(field)};
    }
    return fault_of(read_integer(value.text, field.least, field.most));
}

std::optional<Fault> size_fault(Value const& value, Field const& field) {
    auto const read = read_size(value.text);
    if (read.value && *read.value < static_cast<std::uint64_t>(field.least)) {
        return Fault{fmt::format("'{}' is too small", value.text), fmt::format("expected at least {}", field.least)};
    }
    return fault_of(read);
}

std::optional<Fault> word_fault(Value const& value, Field const& field) {
    auto const words = field.words();
    if (std::find(words.begin(), words.end(), value.text) != words.end()) {
        return std::nullopt;
    }
    return Fault{fmt::format("'{}' cannot be {}", field.name, described(value)), suggestion(value.text, words)};
}

std::optional<Fault> endpoint_fault(Value const& value) {
    auto const colon = value.text.find(':');
    if (colon == std::string::npos) {
        return Fault{fmt::format("{} has no port", described(value)), "expected host:port"};
    }
    if (auto fault = name_fault(std::string_view{value.text}.substr(0, colon))) {
        return fault;
    }
    return fault_of(read_integer(std::string_view{value.text}.substr(colon + 1), 1, 65535));
}

std::optional<Fault> process_fault(Value const& value) {
    auto const slash = value.text.find('/');
    if (slash == std::string::npos) {
        return name_fault(value.text);
    }
    auto fault = name_fault(std::string_view{value.text}.substr(0, slash));
    return fault ? fault : name_fault(std::string_view{value.text}.substr(slash + 1));
}

bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// An unquoted number where data is wanted is more likely meant as a length.
std::optional<Fault> data_fault(Value const& value) {
    if (!value.quoted && all_digits(value.text)) {
        return Fault{fmt::format("'{}' is a number", value.text),
                     fmt::format("expected a \"text\" in quotes or {{pattern: {}}}", value.text)};
    }
    return std::nullopt;
}

std::optional<Fault> returned_fault(Value const& value) {
    if (value.quoted) {
        return std::nullopt;
    }
    if (value.text.starts_with('-') && all_digits(std::string_view{value.text}.substr(1))) {
        return Fault{fmt::format("'{}' is negative", value.text),
                     "expected a number of bytes; for a call that fails write `fails: ERROR`"};
    }
    return all_digits(value.text) ? fault_of(read_integer(value.text, 0, std::numeric_limits<std::int64_t>::max()))
                                  : std::nullopt;
}

std::string numbers_wanted(Field const& field) {
    return field.most == std::numeric_limits<std::int64_t>::max()
               ? fmt::format("a whole number from {}", field.least)
               : fmt::format("a whole number from {} to {}", field.least, field.most);
}

std::string wanted_of_many(Field const& field) {
    switch (field.many) {
        case Field::Many::one:
            return wanted(field);
        case Field::Many::by_name:
            return "a mapping, one key per name";
        case Field::Many::list:
        case Field::Many::pair:
            break;
    }
    return "a list";
}

void check_one(Value& value, Field const& field, Problems& problems) {
    bool const word_alone = field.shape != nullptr && field.shape->word_alone;
    if (field.kind == Kind::host_body) {
        (void)read_host_body(value, problems);
    } else if (field.shape != nullptr && (value.kind == Value::Kind::mapping || word_alone)) {
        check_shape(value, *field.shape, problems);
    } else if (value.kind != Value::Kind::scalar || field.kind == Kind::nothing) {
        if (field.kind == Kind::nothing && field.shape == nullptr) {
            problems.add(value.place, fmt::format("'{}' takes no value", field.name), "expected none");
        } else if (auto fault = unless(false, value, field)) {
            problems.add(value.place, std::move(fault->what), std::move(fault->expected));
        }
    } else if (auto fault = scalar_fault(value, field)) {
        problems.add(value.place, std::move(fault->what), std::move(fault->expected));
    }
}

void check_many(Value& value, Field const& field, Problems& problems) {
    bool const by_name = field.many == Field::Many::by_name;
    if (value.kind != (by_name ? Value::Kind::mapping : Value::Kind::list)) {
        problems.add(value.place, fmt::format("'{}' cannot be {}", field.name, described(value)),
                     "expected " + wanted_of_many(field));
        return;
    }
    if (field.many == Field::Many::pair && value.children.size() != 2) {
        problems.add(value.place, fmt::format("'{}' has {} items", field.name, value.children.size()), "expected two");
    }
    for (auto child = value.children.begin(); child != value.children.end(); ++child) {
        bool const doubled =
            by_name && std::any_of(value.children.begin(), child, [&](Value const& v) { return v.key == child->key; });
        if (doubled) {
            problems.add(child->key_place, fmt::format("duplicate key {}", quoted(child->key)), "expected it once");
        }
        check_one(*child, field, problems);
    }
}

}  // namespace

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name && std::all_of(text.begin(), text.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    });
}

std::string wanted(Field const& field) {
    switch (field.kind) {
        case Kind::nothing:
            return field.shape != nullptr ? "a mapping" : "no value";
        case Kind::text:
            return "a text";
        case Kind::name:
            return "a name";
        case Kind::host:
            return "a host";
        case Kind::node:
            return "a host or router";
        case Kind::link:
            return "a link";
        case Kind::program:
            return "a program";
        case Kind::process:
            return "a program, or host/program";
        case Kind::step:
            return "the name of a timeline step";
        case Kind::rule:
            return "the name of a rule's step";
        case Kind::socket:
            return "a socket's name";
        case Kind::endpoint:
            return "host:port";
        case Kind::integer:
            return numbers_wanted(field);
        case Kind::boolean:
            return "true or false";
        case Kind::duration:
        case Kind::instant:
            return "a duration such as 10ms, 1.5s or 2min";
        case Kind::size:
            return "a size such as 1024, 64KiB or 1MB";
        case Kind::rate:
            return "a rate such as 10Mbit/s or 1Gbit/s";
        case Kind::probability:
            return "a probability such as 0.5%";
        case Kind::prefix:
            return "an address such as 10.1.0.7/24";
        case Kind::word:
            return "one of " + listed(field.words());
        case Kind::flags:
            return "letters of FSRPUEW and '.' for ACK, such as S or P.";
        case Kind::data:
            return "a text in quotes, or {pattern: size}";
        case Kind::returned:
            return field.shape != nullptr ? "a number, a text in quotes, {pattern: size} or `end`"
                                          : "a number, a text in quotes or `end`";
        case Kind::file:
            return "a shape, a graph or a file name";
        case Kind::host_body:
            return "a mapping: profile and settings";
    }
    return {};
}

std::optional<Fault> scalar_fault(Value const& value, Field const& field) {
    switch (field.kind) {
        case Kind::nothing:
        case Kind::host_body:
            return unless(false, value, field);
        case Kind::text:
            return std::nullopt;
        case Kind::name:
        case Kind::host:
        case Kind::node:
        case Kind::link:
        case Kind::program:
        case Kind::step:
        case Kind::rule:
        case Kind::socket:
            return name_fault(value.text);
        case Kind::process:
            return process_fault(value);
        case Kind::endpoint:
            return endpoint_fault(value);
        case Kind::integer:
            return number_fault(value, field);
        case Kind::boolean:
            return unless(!value.quoted && (value.text == "true" || value.text == "false"), value, field);
        case Kind::duration:
        case Kind::instant:
            return fault_of(read_duration(value.text));
        case Kind::size:
            return size_fault(value, field);
        case Kind::rate:
            return fault_of(read_rate(value.text));
        case Kind::probability:
            return fault_of(read_probability(value.text));
        case Kind::prefix:
            return unless(wire::parse_ipv4_prefix(value.text).has_value(), value, field);
        case Kind::word:
            return word_fault(value, field);
        case Kind::flags:
            return unless(normal_flags(value.text).has_value(), value, field);
        case Kind::data:
            return data_fault(value);
        case Kind::returned:
            return returned_fault(value);
        case Kind::file:
            return unless(!value.text.empty(), value, field);
    }
    return std::nullopt;
}

void check_field(Value& value, Field const& field, Problems& problems) {
    if (value.kind == Value::Kind::empty) {
        if (!field.may_be_empty) {
            problems.add(value.place, fmt::format("'{}' has no value", field.name),
                         "expected " + wanted_of_many(field));
        }
        return;
    }
    if (field.many != Field::Many::one) {
        check_many(value, field, problems);
    } else {
        check_one(value, field, problems);
    }
}

profile::Profile read_host_body(Value const& value, Problems& problems) {
    auto const* base = profile::find("linux");
    check(base != nullptr, "there is a profile linux");
    if (value.kind == Value::Kind::empty) {
        return *base;
    }
    if (value.kind != Value::Kind::mapping) {
        problems.add(value.place, fmt::format("a host cannot be {}", described(value)),
                     "expected profile and settings");
        return *base;
    }
    if (auto const* chosen = value.find("profile")) {
        auto const* found = chosen->kind == Value::Kind::scalar ? profile::find(chosen->text) : nullptr;
        if (found == nullptr) {
            problems.add(chosen->place, fmt::format("unknown profile {}", described(*chosen)),
                         suggestion(chosen->text, profile_words()));
            return *base;
        }
        base = found;
    }
    profile::Profile made = *base;
    std::vector<std::string_view> keys{"profile"};
    for (auto const& setting : profile::settings_of(made)) {
        keys.push_back(setting.name);
    }
    for (auto child = value.children.begin(); child != value.children.end(); ++child) {
        if (std::any_of(value.children.begin(), child, [&](Value const& v) { return v.key == child->key; })) {
            problems.add(child->key_place, fmt::format("duplicate key {}", quoted(child->key)), "expected it once");
        } else if (std::find(keys.begin(), keys.end(), child->key) == keys.end()) {
            problems.add(child->key_place, fmt::format("profile {} has no setting {}", made.name, quoted(child->key)),
                         suggestion(child->key, keys));
        } else if (child->kind != Value::Kind::scalar) {
            problems.add(child->place, fmt::format("'{}' cannot be {}", child->key, described(*child)),
                         "expected a number or a word");
        } else if (child->key != "profile") {
            if (auto const error = profile::set(made, child->key, child->text)) {
                problems.add(child->place, fmt::format("'{}' cannot be {}", child->key, described(*child)),
                             "expected " + error->expected);
            }
        }
    }
    if (auto const error = profile::inconsistency(made)) {
        problems.add(value.key_place, fmt::format("host '{}': {}", value.key, error->what),
                     "expected " + error->expected);
    }
    return made;
}

}  // namespace tcpsim::scenario

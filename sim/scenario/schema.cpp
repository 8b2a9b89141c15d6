// The tables as JSON Schema (draft 7, which most editors know).
#include "sim/scenario/check_value.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/shape.hpp"
#include "sim/scenario/words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tcpsim::scenario {

namespace {

std::string quote(std::string_view text) {
    std::string out = "\"";
    for (char const c : text) {
        out += c == '"' || c == '\\' ? "\\" : "";
        out += c;
    }
    return out + "\"";
}

std::string list(std::vector<std::string> const& items) { return fmt::format("[{}]", fmt::join(items, ",")); }

std::string list_of_words(std::span<std::string_view const> words) {
    std::vector<std::string> quoted_words;
    std::transform(words.begin(), words.end(), std::back_inserter(quoted_words), quote);
    return list(quoted_words);
}

std::string with_pattern(std::string_view pattern) {
    return fmt::format(R"({{"type":"string","pattern":{}}})", quote(pattern));
}

/// "a step" → "step", "packets to drop" → "packets-to-drop".
std::string definition_name(Shape const& shape) {
    bool const article = shape.name.starts_with("a ") || shape.name.starts_with("an ");
    auto name = std::string{article ? shape.name.substr(shape.name.find(' ') + 1) : shape.name};
    std::replace(name.begin(), name.end(), ' ', '-');
    return name;
}

std::string reference(std::string_view name) { return fmt::format(R"({{"$ref":"#/definitions/{}"}})", name); }

constexpr std::string_view name_pattern = "^[A-Za-z0-9_-]{1,64}$";

std::string integer_schema(Field const& field) {
    auto const most =
        field.most == std::numeric_limits<std::int64_t>::max() ? "" : fmt::format(R"(,"maximum":{})", field.most);
    return fmt::format(R"({{"type":"integer","minimum":{}{}}})", field.least, most);
}

std::string scalar_schema(Field const& field) {
    switch (field.kind) {
        case Kind::nothing:
            return R"({"type":"null"})";
        case Kind::text:
            return R"({"type":["string","number","boolean"]})";
        case Kind::name:
        case Kind::host:
        case Kind::node:
        case Kind::link:
        case Kind::program:
        case Kind::step:
        case Kind::rule:
        case Kind::socket:
            return fmt::format(R"({{"type":["string","integer"],"pattern":{}}})", quote(name_pattern));
        case Kind::process:
            return with_pattern("^[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64})?$");
        case Kind::endpoint:
            return with_pattern("^[A-Za-z0-9_-]{1,64}:[0-9]{1,5}$");
        case Kind::integer:
            return integer_schema(field);
        case Kind::boolean:
            return R"({"type":"boolean"})";
        case Kind::duration:
        case Kind::instant:
            return with_pattern(R"(^[0-9]+(\.[0-9]+)? *(ns|us|ms|s|min|h)$)");
        case Kind::size:
            return fmt::format(R"({{"anyOf":[{{"type":"integer","minimum":{}}},{}]}})", field.least,
                               with_pattern(R"(^[0-9]+(\.[0-9]+)? *(B|kB|KiB|MB|MiB|GB|GiB)$)"));
        case Kind::rate:
            return with_pattern(R"(^[0-9]+(\.[0-9]+)? *(bit|kbit|Mbit|Gbit)/s$)");
        case Kind::probability:
            return with_pattern(R"(^[0-9]+(\.[0-9]+)? *%$)");
        case Kind::prefix:
            return with_pattern(R"(^([0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}$)");
        case Kind::word:
            return fmt::format(R"({{"enum":{}}})", list_of_words(field.words()));
        case Kind::flags:
            return with_pattern("^[FSRPUEW.]+$");
        case Kind::data:
            return R"({"type":["string","number","boolean"],"not":{"type":"integer"}})";
        case Kind::returned:
            return R"({"anyOf":[{"type":"integer","minimum":0},{"type":["string","boolean"]}]})";
        case Kind::file:
            return R"({"type":"string","minLength":1})";
        case Kind::host_body:
            return reference("host");
    }
    return {};
}

std::string one_schema(Field const& field) {
    std::vector<std::string> forms;
    if (field.kind != Kind::nothing || field.shape == nullptr) {
        forms.push_back(scalar_schema(field));
    }
    if (field.shape != nullptr) {
        forms.push_back(reference(definition_name(*field.shape)));
    }
    if (field.may_be_empty && field.kind != Kind::nothing) {
        forms.emplace_back(R"({"type":"null"})");
    }
    return forms.size() == 1 ? forms.front() : fmt::format(R"({{"anyOf":{}}})", list(forms));
}

std::string field_schema(Field const& field) {
    auto one = one_schema(field);
    switch (field.many) {
        case Field::Many::list:
            one = fmt::format(R"({{"type":"array","items":{}}})", one);
            break;
        case Field::Many::pair:
            one = fmt::format(R"({{"type":"array","items":{},"minItems":2,"maxItems":2}})", one);
            break;
        case Field::Many::by_name:
            one = fmt::format(R"({{"type":"object","additionalProperties":{}}})", one);
            break;
        case Field::Many::one:
            break;
    }
    // Beside a $ref draft 7 ignores everything else, so the description comes first and the reference into an allOf.
    bool const refers = one.starts_with(R"({"$ref")");
    return fmt::format(R"({{"description":{},{})", quote(field.doc),
                       refers ? fmt::format(R"("allOf":[{}]}})", one) : one.substr(1));
}

std::string object_schema(std::string_view doc, std::vector<Field> const& fields, std::string const& more) {
    std::vector<std::string> properties;
    std::vector<std::string> required;
    for (auto const& field : fields) {
        properties.push_back(fmt::format("{}:{}", quote(field.name), field_schema(field)));
        if (field.required) {
            required.push_back(quote(field.name));
        }
    }
    return fmt::format(
        R"({{"description":{},"type":"object","properties":{{{}}},"required":{},"additionalProperties":false{}}})",
        quote(doc), fmt::join(properties, ","), list(required), more);
}

std::string choice_schema(Shape const& shape) {
    std::vector<std::string> choices;
    for (auto const& key : shape.exactly_one) {
        choices.push_back(fmt::format(R"({{"required":[{}]}})", quote(key)));
    }
    return choices.empty() ? "" : fmt::format(R"(,"oneOf":{})", list(choices));
}

std::string shape_schema(Shape const& shape) {
    std::vector<Field> const common{shape.fields.begin(), shape.fields.end()};
    if (shape.variants.empty()) {
        return object_schema(shape.doc, common, choice_schema(shape));
    }
    std::vector<std::string> forms;
    std::vector<std::string_view> alone;
    for (auto const& variant : shape.variants) {
        std::vector<Field> fields{variant.fields.begin(), variant.fields.end()};
        for (auto const& field : common) {
            auto const same = [&](Field const& f) { return f.name == field.name; };
            if (std::none_of(fields.begin(), fields.end(), same)) {
                fields.push_back(field);
            }
        }
        forms.push_back(object_schema(variant.doc, fields, choice_schema(shape)));
        if (variant.fields.front().may_be_empty) {
            alone.push_back(variant.fields.front().name);
        }
    }
    if (shape.word_alone) {
        forms.push_back(fmt::format(R"({{"enum":{}}})", list_of_words(alone)));
    }
    return fmt::format(R"({{"description":{},"oneOf":{}}})", quote(shape.doc), list(forms));
}

std::string host_schema() {
    std::vector<std::string> forms{R"({"type":"null"})"};
    for (auto const* profile : profile::all()) {
        std::vector<std::string> properties{fmt::format(R"("profile":{{"const":{}}})", quote(profile->name))};
        for (auto const& setting : profile::settings_of(*profile)) {
            std::string const values = setting.words.empty()
                                           ? R"("type":["integer","string"])"
                                           : fmt::format(R"("enum":{})", list_of_words(setting.words));
            properties.push_back(fmt::format(R"({}:{{"description":{},{}}})", quote(setting.name),
                                             quote(fmt::format("{} ({})", setting.help, setting.unit)), values));
        }
        forms.push_back(fmt::format(
            R"({{"description":{},"type":"object","properties":{{{}}},"required":{},"additionalProperties":false}})",
            quote(profile->description), fmt::join(properties, ","),
            profile->name == "linux" ? "[]" : R"(["profile"])"));
    }
    return fmt::format(R"({{"description":"profile, and settings by the system's own names","oneOf":{}}})",
                       list(forms));
}

std::string indented(std::string_view compact) {
    std::string out;
    int depth = 0;
    bool in_text = false;
    auto new_line = [&] { out += "\n" + std::string(static_cast<std::size_t>(2 * depth), ' '); };
    for (std::size_t i = 0; i < compact.size(); ++i) {
        char const c = compact[i];
        char const next = i + 1 < compact.size() ? compact[i + 1] : '\0';
        in_text = c == '"' && (i == 0 || compact[i - 1] != '\\') ? !in_text : in_text;
        bool const opens = !in_text && (c == '{' || c == '[');
        bool const closes = !in_text && (c == '}' || c == ']');
        bool const empty =
            (opens && (next == '}' || next == ']')) || (closes && (compact[i - 1] == '{' || compact[i - 1] == '['));
        depth += opens ? 1 : closes ? -1 : 0;
        if (closes && !empty) {
            new_line();
        }
        out += c;
        if ((opens && !empty) || (c == ',' && !in_text)) {
            new_line();
        } else if (c == ':' && !in_text) {
            out += ' ';
        }
    }
    return out;
}

}  // namespace

std::string json_schema() {
    std::vector<std::string> definitions{fmt::format(R"("host":{})", host_schema())};
    for (auto const* shape : all_shapes()) {
        definitions.push_back(fmt::format("{}:{}", quote(definition_name(*shape)), shape_schema(*shape)));
    }
    return indented(fmt::format(
        R"({{"$schema":"http://json-schema.org/draft-07/schema#","title":"tcpsim scenario","$ref":"#/definitions/scenario","definitions":{{{}}}}})",
        fmt::join(definitions, ",")));
}

std::vector<Shape const*> all_shapes() {
    std::vector<Shape const*> shapes{&scenario_shape()};
    for (std::size_t i = 0; i < shapes.size(); ++i) {  // grows while it is read
        auto const add = [&](std::span<Field const> fields) {
            for (auto const& field : fields) {
                if (field.shape != nullptr && std::find(shapes.begin(), shapes.end(), field.shape) == shapes.end()) {
                    shapes.push_back(field.shape);
                }
            }
        };
        Shape const& shape = *shapes[i];
        add(shape.fields);
        for (auto const& variant : shape.variants) {
            add(variant.fields);
        }
    }
    return shapes;
}

}  // namespace tcpsim::scenario

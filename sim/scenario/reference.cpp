// The tables as a page for people: docs/scenario-format.md.
#include "sim/scenario/check_value.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/shape.hpp"
#include "sim/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace tcpsim::scenario {

namespace {

constexpr std::string_view introduction = R"(# The scenario file

One YAML file is one experiment: who is joined to whom, what the programs do, what goes wrong, and what must have been
seen at the end. `tcpsim check FILE` only validates; editors can complete and check by
[scenario.schema.json](scenario.schema.json). The files in [scenarios/](../scenarios) are examples to copy.

This page is printed from the tables that the loader reads by; `tests/sim/scenario` fails when they differ.

## Values

| kind | written as |
|---|---|
| duration, time | a number and a unit: `ns`, `us`, `ms`, `s`, `min`, `h` – `20.4ms`. A time counts from the world's start. |
| size | bytes, or a number and a unit: `B`, `kB`, `MB`, `GB` (thousands), `KiB`, `MiB`, `GiB` (1024) |
| rate | a number and a unit: `bit/s`, `kbit/s`, `Mbit/s`, `Gbit/s` |
| name | letters, digits, `-` and `_` |
| TCP flags | letters of `FSRPUEW`, and `.` for ACK: `S` is a SYN alone, `S.` a SYN,ACK |
| boolean | `true` or `false` |

Anchors and aliases work; tags and merge keys are refused. A file has at most one mebibyte, and values are nested at
most 32 deep.

`--set path=value` changes any value before the file is checked. The path is keys with `.` between them; an item of a
list is named by its `name`, or by its index from 0: `--set programs.client.steps.3.at=2s`,
`--set hosts.client.tcp_retries2=8`.

)";

/// A text inside a table's cell.
std::string cell(std::string_view text) {
    std::string out;
    for (char const c : text) {
        out += c == '|' ? "\\|" : std::string{c};
    }
    return out;
}

std::string title(Shape const& shape) {
    auto text = std::string{shape.name};
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    return text;
}

/// GitHub's anchor for a heading.
std::string anchor(Shape const& shape) {
    auto text = std::string{shape.name};
    std::replace(text.begin(), text.end(), ' ', '-');
    return text;
}

std::string link_to(Shape const& shape) { return fmt::format("[{}](#{})", shape.name, anchor(shape)); }

/// What may stand behind a key.
std::string form(Field const& field) {
    std::string text;
    if (field.kind == Kind::host_body) {
        text = "[profile and settings](#profiles-and-settings)";
    } else if (field.kind != Kind::nothing || field.shape == nullptr) {
        bool const long_list = field.kind == Kind::word && field.words().size() > 14;
        text = field.kind == Kind::word && long_list ? "a word, see below" : cell(wanted(field));
    }
    if (field.shape != nullptr) {
        text += (text.empty() ? "" : ", or ") + link_to(*field.shape);
    }
    switch (field.many) {
        case Field::Many::list:
            return "list: " + text;
        case Field::Many::pair:
            return "two: " + text;
        case Field::Many::by_name:
            return "by name: " + text;
        case Field::Many::one:
            break;
    }
    return text + (field.may_be_empty && field.kind != Kind::nothing ? ", or no value" : "");
}

std::string table(std::span<Field const> fields) {
    std::string text = "| key | value | meaning |\n|---|---|---|\n";
    for (auto const& field : fields) {
        text += fmt::format("| {}`{}`{} | {} | {} |\n", field.required ? "**" : "", field.name,
                            field.required ? "**" : "", form(field), cell(field.doc));
    }
    return text + "\n";
}

std::string section(Shape const& shape) {
    std::string text = fmt::format("## {}\n\n{}\n\n", title(shape), shape.doc);
    if (!shape.fields.empty()) {
        text += shape.variants.empty() ? "" : "Always:\n\n";
        text += table(shape.fields);
    }
    for (auto const& variant : shape.variants) {
        auto const key = variant.fields.front().name;
        text += variant.word.empty() ? fmt::format("With `{}`: {}\n\n", key, variant.doc)
                                     : fmt::format("With `{}: {}`: {}\n\n", key, variant.word, variant.doc);
        text += table(variant.fields);
    }
    return text;
}

std::string profiles() {
    std::string text = "## Profiles and settings\n\n";
    for (auto const* profile : profile::all()) {
        text += fmt::format("`profile: {}`: {}\n\n| setting | unit | meaning |\n|---|---|---|\n", profile->name,
                            profile->description);
        for (auto const& setting : profile::settings_of(*profile)) {
            text += fmt::format("| `{}` | {} | {} |\n", setting.name, cell(setting.unit), cell(setting.help));
        }
        text += "\n";
    }
    return text;
}

std::string words(std::string_view heading, std::span<std::string_view const> all) {
    std::string text = fmt::format("**{}**:", heading);
    for (auto const& word : all) {
        text += fmt::format(" `{}`", word);
    }
    return text + "\n\n";
}

}  // namespace

std::string format_reference() {
    std::string text{introduction};
    text += "Keys in bold must be there.\n\n";
    for (auto const* shape : all_shapes()) {
        text += section(*shape);
    }
    text += profiles();
    text += "## Words\n\n";
    text += words("Calls", call_words());
    text += words("Errors", errno_words());
    text += words("States", state_words());
    text += words("Happenings", happening_words());
    text.pop_back();
    return text;
}

}  // namespace tcpsim::scenario

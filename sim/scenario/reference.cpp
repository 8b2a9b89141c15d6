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
seen at the end. `tcpsim check FILE` only validates. The files in [scenarios/](../scenarios) are examples to copy.

```yaml
# A lost SYN,ACK and a program that is killed: read from top to bottom.
name: example
about: The first answer is lost; later the server's process is killed, and its kernel says goodbye for it.

topology: {shape: routed, rtt: 20.4ms}

hosts:
  client: {profile: linux, tcp_syn_retries: 3}

programs:
  - name: server
    host: server
    run: echo
    port: 9998
  - name: client
    host: client
    steps:
      - connect: "server:9998"
        at: 10ms
        must: true
      - write: "hello"
      - read: {exactly: 5}
        returns: "hello"
      - read: 1024
        returns: end
      - close

timeline:
  - name: lost-answer
    at: 0s
    drop: {link: client-router, from: server, flags: S., nth: 1}
  - name: end-of-the-server
    when: {returned: {program: client, call: read}}
    delay: 5s
    kill: server

expect:
  - call: {program: client, call: connect, returns: 0, takes: {value: 1s, within: 50ms}}
  - packets: {from: server, flags: S., at_least: 2}
  - never: {flags: R}
```

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

Editors with a YAML language server complete and check a file that begins with
`# yaml-language-server: $schema=../docs/scenario.schema.json`; the key `$schema` may say the same.

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

/// Kinds that the table of values explains.
std::string_view short_form(Kind kind) {
    switch (kind) {
        case Kind::duration:
            return "[duration](#values)";
        case Kind::instant:
            return "[time](#values)";
        case Kind::size:
            return "[size](#values)";
        case Kind::rate:
            return "[rate](#values)";
        case Kind::name:
            return "[name](#values)";
        case Kind::flags:
            return "[TCP flags](#values)";
        default:
            return {};
    }
}

/// What may stand behind a key.
std::string form(Field const& field) {
    std::string text;
    if (auto const known = short_form(field.kind); !known.empty()) {
        text = known;
    } else if (field.kind == Kind::host_body) {
        text = "[profile and settings](#profiles-and-settings)";
    } else if (field.kind != Kind::nothing || field.shape == nullptr) {
        bool const long_list = field.kind == Kind::word && field.words().size() > 12;
        text = long_list ? "one of the [words](#words)" : cell(wanted(field));
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
        auto const rows = variant.word.empty() ? variant.fields : variant.fields.subspan(1);
        text += rows.empty() ? "" : table(rows);
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

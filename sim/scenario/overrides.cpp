// --set path=value on the tree, before anything is checked: the checks then speak of the value as of any other.
#include "sim/scenario/suggest.hpp"
#include "sim/scenario/tree.hpp"
#include "sim/topology/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tcpsim::scenario {

using topology::read_integer;

namespace {

std::vector<std::string> parts_of(std::string const& path) {
    std::vector<std::string> parts{""};
    for (char const c : path) {
        if (c == '.') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

std::vector<std::string> names_in(Value const& value) {
    std::vector<std::string> names;
    for (auto const& child : value.children) {
        auto const* name = child.find("name");
        if (value.kind == Value::Kind::mapping) {
            names.push_back(child.key);
        } else if (name != nullptr) {
            names.push_back(name->text);
        }
    }
    return names;
}

/// The child that `part` names: a key, or in a list a `name` or an index from 0. Null if there is none.
Value* step_into(Value& value, std::string const& part) {
    if (value.kind == Value::Kind::mapping) {
        return value.find(part);
    }
    if (value.kind != Value::Kind::list) {
        return nullptr;
    }
    auto const named = std::find_if(value.children.begin(), value.children.end(), [&](Value const& item) {
        auto const* name = item.find("name");
        return name != nullptr && name->text == part;
    });
    if (named != value.children.end()) {
        return &*named;
    }
    auto const last = static_cast<std::int64_t>(value.children.size()) - 1;
    auto const index = read_integer(part, 0, last).value;
    return index ? &value.children[static_cast<std::size_t>(*index)] : nullptr;
}

Problem no_such(Value const& value, std::string const& part, Place const& place) {
    auto const names = names_in(value);
    switch (value.kind) {
        case Value::Kind::mapping:
            return {place, fmt::format("no key {} there", quoted(part)), suggestion(part, views(names))};
        case Value::Kind::list:
            return {place, fmt::format("no item {} there", quoted(part)),
                    names.empty() ? fmt::format("expected an index below {}", value.children.size())
                                  : suggestion(part, views(names))};
        default:
            break;
    }
    return {place, fmt::format("{} is below {}", quoted(part), described(value)), "expected a mapping or a list"};
}

void set_places(Value& value, Place const& place) {
    value.place = value.key_place = place;
    for (auto& child : value.children) {
        set_places(child, place);
    }
}

}  // namespace

std::vector<Problem> apply_override(Value& root, Override const& change) {
    Place const place{"--set " + change.path, 0, 0};
    auto problems = unfit_text(place.file, change.value);
    if (!problems.empty() || !unfit_text(place.file, change.path).empty()) {
        return {{place, "text that is not UTF-8, or too long", "expected path=value"}};
    }
    Value made{};
    made.kind = Value::Kind::scalar;
    if (!change.value.empty()) {
        auto parsed = parse_yaml(place.file, change.value);
        if (auto* problem = std::get_if<Problem>(&parsed)) {
            return {{place, problem->what, problem->expected}};
        }
        made = std::get<Value>(std::move(parsed));
    }
    Value* at = &root;
    auto const parts = parts_of(change.path);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].empty()) {
            return {{place, "an empty part in the path", "expected keys and names with '.' between them"}};
        }
        bool const last = i + 1 == parts.size();
        Value* next = step_into(*at, parts[i]);
        if (next == nullptr && at->kind == Value::Kind::empty) {
            at->kind = Value::Kind::mapping;  // `client:` without a value is the empty mapping
        }
        bool const may_create = at->kind == Value::Kind::mapping && (last || at == &root || parts[0] == "hosts");
        if (next == nullptr && !may_create) {
            return {no_such(*at, parts[i], place)};
        }
        if (next == nullptr) {
            Value created{};
            created.key = parts[i];
            set_places(created, place);
            at->children.push_back(std::move(created));
            next = &at->children.back();
        }
        at = next;
    }
    made.key = at->key;
    set_places(made, place);
    *at = std::move(made);
    return {};
}

}  // namespace tcpsim::scenario

// Walks a tree by its table and reports what does not fit.
#include "sim/scenario/check_value.hpp"
#include "sim/scenario/shape.hpp"
#include "sim/scenario/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace tcpsim::scenario {

namespace {

std::string_view key_of(Variant const& variant) { return variant.fields.front().name; }
std::string_view title_of(Variant const& variant) { return variant.word.empty() ? key_of(variant) : variant.word; }

Field const* find(std::span<Field const> fields, std::string_view key) {
    auto const found = std::find_if(fields.begin(), fields.end(), [key](Field const& f) { return f.name == key; });
    return found == fields.end() ? nullptr : &*found;
}

/// The keys that tell the variants apart, once each.
std::vector<std::string_view> telling_keys(Shape const& shape) {
    std::vector<std::string_view> keys;
    for (auto const& variant : shape.variants) {
        if (std::find(keys.begin(), keys.end(), key_of(variant)) == keys.end()) {
            keys.push_back(key_of(variant));
        }
    }
    return keys;
}

std::vector<std::string_view> allowed_keys(Shape const& shape, Variant const* variant) {
    std::vector<std::string_view> keys;
    for (auto const& field : shape.fields) {
        keys.push_back(field.name);
    }
    if (variant == nullptr) {
        auto const telling = telling_keys(shape);
        keys.insert(keys.begin(), telling.begin(), telling.end());
        return keys;
    }
    for (auto const& field : variant->fields) {
        keys.push_back(field.name);
    }
    return keys;
}

/// Which variants have `key` beside the key that tells them.
std::vector<std::string_view> variants_with(Shape const& shape, std::string_view key) {
    std::vector<std::string_view> titles;
    for (auto const& variant : shape.variants) {
        if (find(variant.fields.subspan(1), key) != nullptr) {
            titles.push_back(title_of(variant));
        }
    }
    return titles;
}

void report_unknown_key(Value const& child, Shape const& shape, Variant const* variant, Problems& problems) {
    auto const keys = telling_keys(shape);
    if (variant != nullptr && std::find(keys.begin(), keys.end(), child.key) != keys.end()) {
        problems.add(child.key_place, fmt::format("both '{}' and '{}'", key_of(*variant), child.key),
                     fmt::format("expected only one of them in {}", shape.name));
        return;
    }
    if (auto const titles = variants_with(shape, child.key); !titles.empty()) {
        if (variant != nullptr) {
            problems.add(child.key_place, fmt::format("'{}' does not go with '{}'", child.key, title_of(*variant)),
                         fmt::format("expected it only with {}", listed(titles)));
        }
        return;  // without a variant nobody knows
    }
    // Without a variant, it is the key that would tell which that is missing.
    auto allowed = allowed_keys(shape, variant);
    if (variant == nullptr && !keys.empty() && nearest(child.key, allowed).empty()) {
        allowed = keys;
    }
    problems.add(child.key_place, fmt::format("unknown key {}", quoted(child.key)), suggestion(child.key, allowed));
}

/// No variant fits: says which word was wrong, or that none of the keys is there.
void report_no_variant(Value const& value, Shape const& shape, Problems& problems) {
    for (auto const& key : telling_keys(shape)) {
        Value const* child = value.find(key);
        if (child == nullptr) {
            continue;
        }
        std::vector<std::string_view> words;
        for (auto const& variant : shape.variants) {
            if (key_of(variant) == key) {
                words.push_back(variant.word);
            }
        }
        problems.add(child->place, fmt::format("'{}' cannot be {}", key, described(*child)),
                     suggestion(child->text, words));
        return;
    }
    auto const keys = telling_keys(shape);
    bool const mistyped = std::any_of(value.children.begin(), value.children.end(), [&](Value const& child) {
        return field_of(value, shape, child.key) == nullptr && variants_with(shape, child.key).empty();
    });
    if (!mistyped) {
        problems.add(value.place, fmt::format("{} without what it is", shape.name),
                     fmt::format("expected one of the keys {}", listed(keys)));
    }
}

void report_duplicate_keys(Value const& value, Problems& problems) {
    for (auto child = value.children.begin(); child != value.children.end(); ++child) {
        auto const first =
            std::find_if(value.children.begin(), child, [&](Value const& v) { return v.key == child->key; });
        if (first != child) {
            problems.add(child->key_place, fmt::format("duplicate key {}", quoted(child->key)),
                         fmt::format("expected it once; it stands in line {} too", first->key_place.line));
        }
    }
}

void report_missing_keys(Value const& value, Shape const& shape, std::span<Field const> fields, Problems& problems) {
    for (auto const& field : fields) {
        if (field.required && value.find(field.name) == nullptr) {
            problems.add(value.place, fmt::format("key '{}' is missing", field.name),
                         fmt::format("expected it in {}", shape.name));
        }
    }
}

void report_choice(Value const& value, Shape const& shape, Problems& problems) {
    Value const* first = nullptr;
    for (auto const& key : shape.exactly_one) {
        auto const* child = value.find(key);
        if (first != nullptr && child != nullptr) {
            problems.add(child->key_place, fmt::format("both '{}' and '{}'", first->key, key),
                         fmt::format("expected only one of {}", listed(shape.exactly_one)));
        }
        first = first == nullptr ? child : first;
    }
    if (first == nullptr && !shape.exactly_one.empty()) {
        problems.add(value.place, fmt::format("{} without a time", shape.name),
                     fmt::format("expected one of {}", listed(shape.exactly_one)));
    }
}

/// `- close` → `- close:`; false if there is no such word.
bool expand_word(Value& value, Shape const& shape, Problems& problems) {
    std::vector<std::string_view> words;
    for (auto const& variant : shape.variants) {
        if (variant.fields.front().may_be_empty) {
            words.push_back(key_of(variant));
        }
    }
    if (std::find(words.begin(), words.end(), value.text) == words.end()) {
        auto const keys = telling_keys(shape);
        bool const needs_value = std::find(keys.begin(), keys.end(), value.text) != keys.end();
        problems.add(value.place,
                     needs_value ? fmt::format("'{}' has no value", value.text)
                                 : fmt::format("{} is not {}", described(value), shape.name),
                     needs_value ? fmt::format("expected '{}: …'", value.text) : suggestion(value.text, keys));
        return false;
    }
    Value child{};
    child.place = child.key_place = value.place;
    child.key = value.text;
    value.kind = Value::Kind::mapping;
    value.text.clear();
    value.children = {std::move(child)};
    return true;
}

}  // namespace

void Problems::add(Place const& place, std::string what, std::string expected) {
    problems_.push_back({place, std::move(what), std::move(expected)});
}

std::vector<Problem> Problems::take() {
    auto before = [](Problem const& a, Problem const& b) {
        return std::tie(a.place.file, a.place.line, a.place.column) <
               std::tie(b.place.file, b.place.line, b.place.column);
    };
    std::stable_sort(problems_.begin(), problems_.end(), before);
    auto same = [](Problem const& a, Problem const& b) { return to_string(a) == to_string(b); };  // through an alias
    problems_.erase(std::unique(problems_.begin(), problems_.end(), same), problems_.end());
    return std::move(problems_);
}

Variant const* variant_of(Value const& value, Shape const& shape) {
    Variant const* weak = nullptr;
    for (auto const& variant : shape.variants) {
        Value const* child = value.find(key_of(variant));
        bool const fits = child != nullptr &&
                          (variant.word.empty() || (child->kind == Value::Kind::scalar && child->text == variant.word));
        if (fits && !variant.weak) {
            return &variant;
        }
        weak = fits ? &variant : weak;
    }
    return weak;
}

Field const* field_of(Value const& value, Shape const& shape, std::string_view key) {
    if (auto const* variant = variant_of(value, shape)) {
        if (auto const* field = find(variant->fields, key)) {
            return field;
        }
    }
    return find(shape.fields, key);
}

void check_shape(Value& value, Shape const& shape, Problems& problems) {
    if (value.kind == Value::Kind::scalar && shape.word_alone && !expand_word(value, shape, problems)) {
        return;
    }
    if (value.kind != Value::Kind::mapping) {
        problems.add(value.place, fmt::format("{} cannot be {}", shape.name, described(value)), "expected a mapping");
        return;
    }
    report_duplicate_keys(value, problems);
    Variant const* variant = variant_of(value, shape);
    if (variant == nullptr && !shape.variants.empty()) {
        report_no_variant(value, shape, problems);
    }
    report_missing_keys(value, shape, shape.fields, problems);
    if (variant != nullptr) {
        report_missing_keys(value, shape, variant->fields, problems);
    }
    report_choice(value, shape, problems);
    auto const keys = telling_keys(shape);
    for (auto& child : value.children) {
        if (auto const* field = field_of(value, shape, child.key)) {
            check_field(child, *field, problems);
        } else if (variant != nullptr || std::find(keys.begin(), keys.end(), child.key) == keys.end()) {
            report_unknown_key(child, shape, variant, problems);
        }
    }
}

}  // namespace tcpsim::scenario

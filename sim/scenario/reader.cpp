#include "sim/scenario/check_value.hpp"
#include "sim/scenario/shape.hpp"
#include "sim/scenario/words.hpp"

#include <algorithm>

namespace tcpsim::scenario {

Field const& Reader::row(std::string_view key) const {
    auto const has_it = [key](std::span<Field const> fields) {
        return std::find_if(fields.begin(), fields.end(), [key](Field const& f) { return f.name == key; });
    };
    if (auto const* field = field_of(*value_, *shape_, key)) {
        return *field;
    }
    for (auto const& variant : shape_->variants) {  // the key of a form that this mapping does not have
        if (auto const found = has_it(variant.fields); found != variant.fields.end()) {
            return *found;
        }
    }
    auto const found = has_it(shape_->fields);
    check(found != shape_->fields.end(), "the loader asks only for keys of its tables");
    return *found;
}

Value const* Reader::find(std::string_view key) const {
    (void)row(key);
    return field_of(*value_, *shape_, key) == nullptr ? nullptr : value_->find(key);
}

Value const* Reader::scalar(std::string_view key) const {
    auto const* found = find(key);
    bool const fits = found != nullptr && found->kind == Value::Kind::scalar && !scalar_fault(*found, row(key));
    return fits ? found : nullptr;
}

std::optional<std::string> Reader::text(std::string_view key) const {
    auto const* found = scalar(key);
    return found == nullptr ? std::nullopt : std::optional{found->text};
}
std::string Reader::text_or(std::string_view key, std::string_view otherwise) const {
    return text(key).value_or(std::string{otherwise});
}
std::optional<std::int64_t> Reader::integer(std::string_view key) const {
    auto const* found = scalar(key);
    return found == nullptr ? std::nullopt : read_integer(found->text, row(key).least, row(key).most).value;
}
std::optional<bool> Reader::boolean(std::string_view key) const {
    return has(key) ? std::optional{boolean_or(key, false)} : std::nullopt;
}

bool Reader::boolean_or(std::string_view key, bool otherwise) const {
    auto const* found = scalar(key);
    return found == nullptr ? otherwise : found->text == "true";
}
std::optional<Duration> Reader::duration(std::string_view key) const {
    auto const* found = scalar(key);
    return found == nullptr ? std::nullopt : read_duration(found->text).value;
}
std::optional<Instant> Reader::instant(std::string_view key) const {
    auto const read = duration(key);
    return read ? std::optional{Instant{*read}} : std::nullopt;
}
std::optional<std::uint64_t> Reader::size(std::string_view key) const {
    auto const* found = scalar(key);
    return found == nullptr ? std::nullopt : read_size(found->text).value;
}
std::optional<std::uint64_t> Reader::rate(std::string_view key) const {
    auto const* found = scalar(key);
    return found == nullptr ? std::nullopt : read_rate(found->text).value;
}
std::optional<net::Probability> Reader::probability(std::string_view key) const {
    auto const* found = scalar(key);
    auto const read = found == nullptr ? Read<std::uint32_t>{} : read_probability(found->text);
    return read.value ? std::optional{net::Probability{*read.value}} : std::nullopt;
}
std::optional<wire::Ipv4Prefix> Reader::prefix(std::string_view key) const {
    auto const* found = scalar(key);
    return found == nullptr ? std::nullopt : wire::parse_ipv4_prefix(found->text);
}
std::optional<std::string> Reader::flags(std::string_view key) const {
    auto const* found = scalar(key);
    return found == nullptr ? std::nullopt : normal_flags(found->text);
}

std::optional<Reader> Reader::mapping(std::string_view key) const {
    auto const* found = find(key);
    auto const* shape = row(key).shape;
    bool const fits = found != nullptr && found->kind == Value::Kind::mapping && shape != nullptr;
    return fits ? std::optional{Reader{*found, *shape}} : std::nullopt;
}

std::span<Value const> Reader::items(std::string_view key) const {
    auto const* found = find(key);
    auto const kind = row(key).many == Field::Many::by_name ? Value::Kind::mapping : Value::Kind::list;
    bool const fits = found != nullptr && found->kind == kind;
    return fits ? std::span{found->children} : std::span<Value const>{};
}

Place Reader::place_of(std::string_view key) const {
    auto const* found = find(key);
    return found == nullptr ? value_->place : found->place;
}

HostAndPort split_endpoint(std::string_view text) {
    auto const colon = text.find(':');
    if (colon == std::string_view::npos) {
        return {};
    }
    auto const port = read_integer(text.substr(colon + 1), 1, 65535).value;
    return port ? HostAndPort{std::string{text.substr(0, colon)}, static_cast<std::uint16_t>(*port)} : HostAndPort{};
}

}  // namespace tcpsim::scenario

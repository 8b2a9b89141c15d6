#include "sim/replay/json_member.hpp"

#include "sim/replay/recording.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tcpsim::replay {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest = 240h;

}  // namespace

void JsonMember::refuse(std::string_view what) const {
    throw Misread{path_.empty() ? std::string{what} : fmt::format("{}: {}", path_, what)};
}

std::optional<JsonMember> JsonMember::find(std::string_view key) const {
    if (!json_->is_object()) {
        refuse("expected an object");
    }
    auto const found = json_->find(std::string{key});
    if (found == json_->end()) {
        return std::nullopt;
    }
    return JsonMember{*found, path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key)};
}

JsonMember JsonMember::at(std::string_view key) const {
    auto found = find(key);
    if (!found) {
        refuse(fmt::format("'{}' is missing", key));
    }
    return *std::move(found);
}

std::vector<JsonMember> JsonMember::items() const {
    if (!json_->is_array()) {
        refuse("expected a list");
    }
    std::vector<JsonMember> all;
    for (std::size_t i = 0; i < json_->size(); ++i) {
        all.emplace_back((*json_)[i], fmt::format("{}[{}]", path_, i));
    }
    return all;
}

std::vector<std::pair<std::string, JsonMember>> JsonMember::members() const {
    if (!json_->is_object()) {
        refuse("expected an object");
    }
    std::vector<std::pair<std::string, JsonMember>> all;
    for (auto const& [key, value] : json_->items()) {
        all.emplace_back(key, JsonMember{value, path_.empty() ? key : fmt::format("{}.{}", path_, key)});
    }
    return all;
}

bool JsonMember::is_object() const { return json_->is_object(); }
bool JsonMember::is_list() const { return json_->is_array(); }
bool JsonMember::is_text() const { return json_->is_string(); }
bool JsonMember::is_null() const { return json_->is_null(); }

std::string JsonMember::text() const {
    if (!json_->is_string()) {
        refuse("expected a text");
    }
    return json_->get<std::string>();
}

std::string JsonMember::words() const {
    if (json_->is_null()) {
        return {};
    }
    return json_->is_string() ? json_->get<std::string>()
                              : json_->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::int64_t JsonMember::integer(std::int64_t least, std::int64_t most) const {
    bool const is_whole =
        json_->is_number_integer() &&
        (!json_->is_number_unsigned() || json_->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
    std::int64_t const value = is_whole ? json_->get<std::int64_t>() : 0;
    if (!is_whole || value < least || value > most) {
        refuse(fmt::format("expected a whole number from {} to {}", least, most));
    }
    return value;
}

bool JsonMember::boolean() const {
    if (!json_->is_boolean()) {
        refuse("expected true or false");
    }
    return json_->get<bool>();
}

Duration JsonMember::seconds() const {
    auto const nanoseconds = json_->is_number() ? nano(json_->dump()) : std::nullopt;
    if (!nanoseconds || Duration{*nanoseconds} > longest || Duration{*nanoseconds} < -longest) {
        refuse("expected a number of seconds, at most ten days");
    }
    return Duration{*nanoseconds};
}

Duration JsonMember::milliseconds() const {
    auto const picoseconds = json_->is_number() ? nano(json_->dump()) : std::nullopt;
    if (!picoseconds || *picoseconds < 0 || Duration{*picoseconds / 1000} > longest) {
        refuse("expected a number of milliseconds, not negative and at most ten days");
    }
    return Duration{*picoseconds / 1000};
}

}  // namespace tcpsim::replay

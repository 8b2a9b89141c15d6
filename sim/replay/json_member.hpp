// A member of a JSON document that knows where it stands, so that whoever reads it need not say so: "runs[0].calls[3].t:
// expected a number".
#pragma once

#include "stack/base/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpsim::replay {

/// Thrown within this folder's reader only.
struct Misread {
    std::string text{};
};

class JsonMember {
  public:
    /// Must not outlive the document.
    JsonMember(nlohmann::json const& json, std::string path) : json_{&json}, path_{std::move(path)} {}

    [[nodiscard]] JsonMember at(std::string_view key) const;
    [[nodiscard]] std::optional<JsonMember> find(std::string_view key) const;
    [[nodiscard]] std::vector<JsonMember> items() const;
    [[nodiscard]] std::vector<std::pair<std::string, JsonMember>> members() const;
    [[nodiscard]] bool is_object() const;
    [[nodiscard]] bool is_list() const;
    [[nodiscard]] bool is_text() const;
    [[nodiscard]] bool is_null() const;

    [[nodiscard]] std::string text() const;
    /// A text as it is, anything else as JSON writes it, null as nothing.
    [[nodiscard]] std::string words() const;
    [[nodiscard]] std::int64_t integer(std::int64_t least, std::int64_t most) const;
    [[nodiscard]] bool boolean() const;
    /// A number of seconds, at most ten days before or after the first packet.
    [[nodiscard]] Duration seconds() const;
    /// A number of milliseconds, not negative and at most ten days.
    [[nodiscard]] Duration milliseconds() const;

    [[noreturn]] void refuse(std::string_view what) const;

  private:
    nlohmann::json const* json_;
    std::string path_;
};

}  // namespace tcpsim::replay

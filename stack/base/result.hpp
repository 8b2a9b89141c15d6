// A value or an errno: what a socket call returns.
#pragma once

#include "stack/base/check.hpp"
#include "stack/base/errno.hpp"

#include <utility>
#include <variant>

namespace tcpsim {

/// The empty success.
struct Done {
    bool operator==(Done const&) const = default;
};

/// Either a T or the errno that a program would see. Never Errno::none.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : content_{std::in_place_index<0>, std::move(value)} {}  // NOLINT: converts on purpose
    Result(Errno error) : content_{std::in_place_index<1>, error} {          // NOLINT: converts on purpose
        check(error != Errno::none, "a failed Result names an error");
    }

    [[nodiscard]] bool ok() const { return content_.index() == 0; }
    /// Errno::none on success.
    [[nodiscard]] Errno error() const { return ok() ? Errno::none : std::get<1>(content_); }
    [[nodiscard]] T const& value() const& {
        check(ok(), "value() of a failed Result");
        return std::get<0>(content_);
    }
    [[nodiscard]] T&& value() && {
        check(ok(), "value() of a failed Result");
        return std::get<0>(std::move(content_));
    }
    bool operator==(Result const&) const = default;

  private:
    std::variant<T, Errno> content_;
};

}  // namespace tcpsim

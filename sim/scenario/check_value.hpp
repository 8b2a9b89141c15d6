// Whether one value is what its row asks for.
#pragma once

#include "sim/scenario/shape.hpp"

namespace tcpsim::scenario {

/// Checks the value of one key, and what is below it.
void check_field(Value& value, Field const& field, Problems& problems);

/// What a scalar of this row must be: "a duration such as 10ms".
std::string wanted(Field const& field);

/// What is wrong with a scalar of that kind, if anything.
std::optional<Fault> scalar_fault(Value const& value, Field const& field);

/// A mapping `profile` and settings: checked, and the profile it makes. What is wrong is left out.
profile::Profile read_host_body(Value const& value, Problems& problems);

bool is_name(std::string_view text);

}  // namespace tcpsim::scenario

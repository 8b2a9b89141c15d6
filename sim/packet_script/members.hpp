// Members of a script's structures, by name.
#pragma once

#include "sim/packet_script/script.hpp"

#include <string_view>

namespace tcpsim::packet_script {

/// Null if there is none of that name.
Expression const* member(Expression const& structure, std::string_view name);
/// Fails without it.
Expression const& needed_member(Expression const& structure, std::string_view name);

}  // namespace tcpsim::packet_script

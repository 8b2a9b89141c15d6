#include "sim/packet_script/members.hpp"

#include "sim/packet_script/verdict.hpp"

#include <algorithm>
#include <string>

namespace tcpsim::packet_script {

Expression const* member(Expression const& structure, std::string_view name) {
    auto const found = std::find(structure.names.begin(), structure.names.end(), name);
    return found == structure.names.end() ? nullptr
                                          : &structure.items[static_cast<std::size_t>(found - structure.names.begin())];
}

Expression const& needed_member(Expression const& structure, std::string_view name) {
    Expression const* const found = member(structure, name);
    if (found == nullptr) {
        fail("this structure needs its " + std::string{name});
    }
    return *found;
}

}  // namespace tcpsim::packet_script

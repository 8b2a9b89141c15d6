#include "stack/tcp/state.hpp"

#include <array>

namespace tcpsim::tcp {

std::string_view name(State state) {
    constexpr std::array<std::string_view, 11> names{"CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED",
                                                     "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
                                                     "CLOSING",     "LAST-ACK",   "TIME-WAIT"};
    return names[static_cast<std::size_t>(state)];
}

}  // namespace tcpsim::tcp

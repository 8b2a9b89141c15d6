#include "stack/tcp/tcb.hpp"

#include <algorithm>

namespace tcpsim::tcp {

Instant Timers::earliest() const { return *std::min_element(deadlines_.begin(), deadlines_.end()); }

}  // namespace tcpsim::tcp

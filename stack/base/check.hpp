// CHECK for our own bugs: always on. A user's mistake or a simulated error never ends here.
#pragma once

#include <stdexcept>
#include <string>

namespace tcpsim {

/// Our bug. tools/ catches it, prints seed and replay command and exits with 3.
class CheckFailed : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

/// Throws CheckFailed, naming file and line.
[[noreturn]] void fail_check(char const* what, char const* file, int line);

/// Holds, or the program is wrong. Builtins instead of std::source_location, which Clang 14 lacks.
inline void check(bool holds, char const* what, char const* file = __builtin_FILE(), int line = __builtin_LINE()) {
    if (!holds) [[unlikely]] {
        fail_check(what, file, line);
    }
}

}  // namespace tcpsim

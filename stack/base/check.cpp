#include "stack/base/check.hpp"

namespace tcpsim {

void fail_check(char const* what, char const* file, int line) {
    throw CheckFailed{std::string{file} + ":" + std::to_string(line) + ": " + what};
}

}  // namespace tcpsim

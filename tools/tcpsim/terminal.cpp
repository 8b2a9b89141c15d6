#include "tools/tcpsim/terminal.hpp"

#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tcpsim::tool {
namespace {

std::string_view environment(char const* name) {
    char const* const value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

}  // namespace

render::Look look_of_stdout(bool no_color) {
    render::Look look;
    if (isatty(STDOUT_FILENO) == 0) {
        return look;
    }
    look.colour = !no_color && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        look.width = size.ws_col;
    }
    return look;
}

}  // namespace tcpsim::tool

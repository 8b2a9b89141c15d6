// What the words of a script stand for: Linux's numbers, where a number is meant.
#pragma once

#include "sim/packet_script/script.hpp"
#include "stack/base/errno.hpp"

#include <optional>
#include <string_view>

namespace tcpsim::packet_script {

/// O_NONBLOCK, MSG_PEEK, POLLIN, SHUT_WR, TCP_ESTABLISHED, TCPI_OPT_SACK …; nothing for a word that is none of them.
std::optional<std::int64_t> symbol(std::string_view word);

/// The value of an integer, a symbol, or several joined by |; fails with the word that is not known.
std::int64_t number_of(Expression const& expression);

/// asm-generic/errno.h.
std::optional<std::int64_t> errno_number(Errno error);

}  // namespace tcpsim::packet_script

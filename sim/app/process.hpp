// What a program sees: blocking POSIX calls in virtual time. A program is a free function of Process& and values:
//
//   Task<> echo(Process& p, std::uint16_t port) {
//       auto listener = (co_await p.socket()).value();
//       …
//   }
//
// (sketch: sim/app's author completes this header)
#pragma once

#include "sim/app/task.hpp"
#include "sim/machine/machine.hpp"

#include <functional>

namespace tcpsim::app {

template <class T = void>
class Task;
class Process;

/// Makes the program's main coroutine; called anew for every process that runs it.
using Main = std::function<Task<>(Process&)>;

/// For Machine::install: a unit that runs `main` as a coroutine.
machine::ProgramFactory coroutine_program(Main main);

}  // namespace tcpsim::app

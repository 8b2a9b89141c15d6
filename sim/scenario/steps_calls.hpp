// How the steps of shapes_calls.hpp are carried out, and what all steps of a process share.
#pragma once

#include "sim/app/process.hpp"
#include "sim/scenario/observed.hpp"

#include <map>
#include <string>

namespace tcpsim::scenario {

using app::Process;
using app::Task;

/// What a process remembers between its steps; a child begins with a copy.
struct Memory {
    std::map<std::string, std::int32_t> descriptors{};
    Payload last_read{};
    std::int32_t last_child{0};
};

/// -1, which the kernel answers with EBADF, for a socket that was never made or is closed.
std::int32_t descriptor(Memory const& memory, std::string const& name);

inline SeenCall failed(Errno error) { return {.error = error}; }
inline SeenCall seen(Result<Done> const& result) { return failed(result.error()); }
template <class T>
SeenCall seen(Result<T> const& result) {
    return result.ok() ? SeenCall{.value = static_cast<std::int64_t>(result.value())} : failed(result.error());
}

/// `remote` is what the step's host and port mean.
Task<SeenCall> perform_further(Process& p, CallStep const& step, std::int32_t fd, wire::Endpoint remote,
                               Memory& memory);

}  // namespace tcpsim::scenario

// Open files that are no sockets: the ends of pipes, and regular files on the machine's disk.
#pragma once

#include "sim/machine/pipe.hpp"
#include "stack/base/payload.hpp"
#include "stack/base/result.hpp"
#include "stack/socket/file_id.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>

namespace tcpsim::machine {

/// What a machine has on its disk, by path. It survives a crash and a power loss: nothing here is written late.
using Disk = std::map<std::string, Payload>;

struct PipeEnd {
    std::shared_ptr<Pipe> pipe{};
    socket::FileId other{};  ///< the other end, which may be closed
    bool writes{false};
};

/// How a regular file is opened: open(2).
enum class OpenMode : std::uint8_t {
    read,    ///< O_RDONLY
    create,  ///< O_WRONLY | O_CREAT | O_TRUNC
};

struct RegularFile {
    std::string path{};
    std::uint64_t offset{0};  ///< of all descriptors that share it
    OpenMode mode{OpenMode::read};
};

/// Those that are open, by their name among all open files.
using OpenFiles = std::map<socket::FileId, std::variant<PipeEnd, RegularFile>>;

/// The two descriptors of pipe().
struct PipeEnds {
    std::int32_t read{-1};
    std::int32_t write{-1};
    bool operator==(PipeEnds const&) const = default;
};

/// What splice() is given and gives to: at most one of the two is no pipe.
enum class FileKind : std::uint8_t { none, socket, pipe_to_read, pipe_to_write, regular, other };

}  // namespace tcpsim::machine

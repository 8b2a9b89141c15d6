#include "sim/machine/descriptors.hpp"

#include "stack/base/check.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::machine {

namespace {
constexpr std::int32_t first_descriptor = 3;  // 0, 1 and 2 are the standard streams
}

std::optional<socket::FileId> Descriptors::file(std::int32_t fd) const {
    return fd >= 0 && fd < end() ? files_[static_cast<std::size_t>(fd)] : std::nullopt;
}

std::int32_t Descriptors::install(socket::FileId id, std::int32_t least) {
    std::int32_t free = std::max(first_descriptor, least);
    while (file(free)) {
        ++free;
    }
    put(free, id);
    return free;
}

bool Descriptors::has_room(std::int32_t least, std::int32_t more) const {
    std::int32_t free = 0;
    for (std::int32_t fd = std::max(first_descriptor, least); fd < most_descriptors && free < more; ++fd) {
        free += file(fd) ? 0 : 1;
    }
    return free >= more;
}

void Descriptors::put(std::int32_t fd, socket::FileId id) {
    check(fd >= 0 && !file(fd), "a file gets a number that is free");
    auto const index = static_cast<std::size_t>(fd);
    if (index >= files_.size()) {
        files_.resize(index + 1);
    }
    files_[index] = id;
}

std::optional<socket::FileId> Descriptors::take(std::int32_t fd) {
    return file(fd) ? std::exchange(files_[static_cast<std::size_t>(fd)], std::nullopt) : std::nullopt;
}

}  // namespace tcpsim::machine

// Who waits for which open file, and whom a change of it wakes.
#pragma once

#include "stack/socket/sockets.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace tcpsim::machine {

/// accept() waits exclusively: one connection wakes one of those who wait so, first come first served (Linux
/// prepare_to_wait_exclusive, autoremove_wake_function); so does epoll_wait() (ep_poll). poll() and select() wait together
/// with all others: each change wakes them all.
enum class Sharing : std::uint8_t { with_all, exclusive };

class Waiters {
  public:
    void add(socket::FileId file, std::uint32_t process, Sharing sharing);
    void remove(socket::FileId file, std::uint32_t process);
    [[nodiscard]] bool anybody(socket::FileId file) const { return by_file_.find(file) != by_file_.end(); }
    /// Whom a change of `file` wakes, in the order in which they came: all who share it, and one of the exclusive, or of them
    /// `all`, too.
    [[nodiscard]] std::vector<std::uint32_t> woken_by(socket::FileId file, bool all) const;

  private:
    struct Waiter {
        std::uint32_t process{0};
        Sharing sharing{};
    };
    std::map<socket::FileId, std::vector<Waiter>> by_file_{};
};

}  // namespace tcpsim::machine

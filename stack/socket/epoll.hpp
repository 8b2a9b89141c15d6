// epoll(7): who is interested in which files, and which of them may be ready.
#pragma once

#include "stack/base/result.hpp"
#include "stack/socket/file_id.hpp"
#include "stack/socket/readiness.hpp"

#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

namespace tcpsim::socket {

/// What an entry of the interest list is about: an open file, by the number under which it was added.
struct Watched {
    FileId file{};
    std::int32_t descriptor{0};
    auto operator<=>(Watched const&) const = default;
};

/// struct epoll_event, with the flags apart. EPOLLERR and EPOLLHUP are always asked for.
struct EpollInterest {
    Readiness events{};
    bool edge_triggered{false};  ///< EPOLLET
    bool one_shot{false};        ///< EPOLLONESHOT
    bool exclusive{false};       ///< EPOLLEXCLUSIVE: of the epolls that watch so, one that somebody waits for is told
    std::uint64_t data{0};
    bool operator==(EpollInterest const&) const = default;
};

struct EpollEvent {
    Readiness events{};
    std::uint64_t data{0};
    bool operator==(EpollEvent const&) const = default;
};

/// Linux eventpoll: a wake-up puts an entry on the ready list; epoll_wait() asks each of these what it is ready for now.
class Epoll {
  public:
    /// Asks a file for its readiness.
    using Poll = std::function<Readiness(FileId)>;

    /// EPOLL_CTL_ADD: EEXIST.
    Result<Done> add(Watched what, EpollInterest const& interest, Poll const& poll);
    /// EPOLL_CTL_MOD, EPOLL_CTL_DEL: ENOENT; EINVAL for what EPOLLEXCLUSIVE does not let change.
    Result<Done> modify(Watched what, EpollInterest const& interest, Poll const& poll);
    Result<Done> remove(Watched what);
    /// The file is closed for good.
    void forget(FileId file);
    /// Who here wanted a wake-up.
    struct Woken {
        bool any{false};
        bool exclusive{false};  ///< one that watches so among them
    };
    /// A wake-up of `file` that tells of `key` (Linux ep_poll_callback); not for those with EPOLLEXCLUSIVE if another epoll
    /// has taken it.
    Woken wake(FileId file, Readiness const& key, bool taken);
    /// What is ready, oldest first, at most `most`. Entries that are not edge-triggered come again as long as they are.
    std::vector<EpollEvent> wait(std::size_t most, Poll const& poll);
    [[nodiscard]] bool is_ready(Poll const& poll) const;
    [[nodiscard]] bool empty() const { return entries_.empty(); }

  private:
    struct Entry {
        EpollInterest interest{};
        bool queued{false};
        bool disabled{false};  ///< EPOLLONESHOT has fired
    };
    static Readiness wanted(Entry const& entry);
    void enqueue(Watched what, Entry& entry);
    void enqueue_if_ready(Watched what, Entry& entry, Poll const& poll);

    std::map<Watched, Entry> entries_{};
    std::deque<Watched> ready_{};
};

}  // namespace tcpsim::socket

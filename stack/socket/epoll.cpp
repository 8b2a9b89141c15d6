#include "stack/socket/epoll.hpp"

#include <algorithm>

namespace tcpsim::socket {

Readiness Epoll::wanted(Entry const& entry) {
    Readiness mask = entry.interest.events;
    mask.err = mask.hup = true;
    return entry.disabled ? Readiness{} : mask;
}

void Epoll::enqueue(Watched what, Entry& entry) {
    if (!entry.queued) {
        entry.queued = true;
        ready_.push_back(what);
    }
}

void Epoll::enqueue_if_ready(Watched what, Entry& entry, Poll const& poll) {
    if ((poll(what.file) & wanted(entry)).any()) {
        enqueue(what, entry);
    }
}

Result<Done> Epoll::add(Watched what, EpollInterest const& interest, Poll const& poll) {
    auto const [entry, is_new] = entries_.try_emplace(what, Entry{interest});
    if (!is_new) {
        return Errno::eexist;
    }
    enqueue_if_ready(what, entry->second, poll);
    return Done{};
}

Result<Done> Epoll::modify(Watched what, EpollInterest const& interest, Poll const& poll) {
    auto const found = entries_.find(what);
    if (found == entries_.end()) {
        return Errno::enoent;
    }
    if (found->second.interest.exclusive || interest.exclusive) {  // Linux do_epoll_ctl
        return Errno::einval;
    }
    found->second.interest = interest;
    found->second.disabled = false;
    enqueue_if_ready(what, found->second, poll);
    return Done{};
}

Result<Done> Epoll::remove(Watched what) {
    auto const found = entries_.find(what);
    if (found == entries_.end()) {
        return Errno::enoent;
    }
    entries_.erase(found);
    ready_.erase(std::remove(ready_.begin(), ready_.end(), what), ready_.end());
    return Done{};
}

void Epoll::forget(FileId file) {
    auto const from = entries_.lower_bound(Watched{file, 0});
    auto const to = entries_.lower_bound(Watched{FileId{file.value + 1}, 0});
    entries_.erase(from, to);
    ready_.erase(std::remove_if(ready_.begin(), ready_.end(), [&](Watched const& w) { return w.file == file; }),
                 ready_.end());
}

Epoll::Woken Epoll::wake(FileId file, Readiness const& key, bool taken) {
    Woken woken;
    for (auto entry = entries_.lower_bound(Watched{file, 0}); entry != entries_.end() && entry->first.file == file;
         ++entry) {
        bool const exclusive = entry->second.interest.exclusive;
        if ((key & wanted(entry->second)).any() && !(exclusive && taken)) {
            enqueue(entry->first, entry->second);
            woken.any = true;
            woken.exclusive = woken.exclusive || exclusive;
        }
    }
    return woken;
}

// Linux ep_send_events.
std::vector<EpollEvent> Epoll::wait(std::size_t most, Poll const& poll) {
    std::vector<EpollEvent> events;
    std::deque<Watched> pending = std::move(ready_);
    ready_.clear();
    std::deque<Watched> again;
    while (!pending.empty() && events.size() < most) {
        Watched const what = pending.front();
        pending.pop_front();
        Entry& entry = entries_.at(what);
        entry.queued = false;
        Readiness const now = poll(what.file) & wanted(entry);
        if (!now.any()) {
            continue;
        }
        events.push_back({now, entry.interest.data});
        if (entry.interest.one_shot) {
            entry.disabled = true;
        } else if (!entry.interest.edge_triggered) {
            entry.queued = true;
            again.push_back(what);
        }
    }
    ready_ = std::move(pending);
    ready_.insert(ready_.end(), again.begin(), again.end());
    return events;
}

bool Epoll::is_ready(Poll const& poll) const {
    return std::any_of(ready_.begin(), ready_.end(),
                       [&](Watched const& what) { return (poll(what.file) & wanted(entries_.at(what))).any(); });
}

}  // namespace tcpsim::socket

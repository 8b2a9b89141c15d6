#include "sim/machine/waiters.hpp"

#include <algorithm>

namespace tcpsim::machine {

void Waiters::add(socket::FileId file, std::uint32_t process, Sharing sharing) {
    by_file_[file].push_back({process, sharing});
}

void Waiters::remove(socket::FileId file, std::uint32_t process) {
    auto const found = by_file_.find(file);
    if (found == by_file_.end()) {
        return;
    }
    auto& waiters = found->second;
    waiters.erase(std::remove_if(waiters.begin(), waiters.end(), [=](Waiter const& w) { return w.process == process; }),
                  waiters.end());
    if (waiters.empty()) {
        by_file_.erase(found);
    }
}

std::vector<std::uint32_t> Waiters::woken_by(socket::FileId file, bool all) const {
    std::vector<std::uint32_t> woken;
    auto const found = by_file_.find(file);
    if (found == by_file_.end()) {
        return woken;
    }
    bool one_exclusive = false;
    for (Waiter const& waiter : found->second) {
        bool const exclusive = waiter.sharing == Sharing::exclusive;
        if (!exclusive || !one_exclusive || all) {
            woken.push_back(waiter.process);
        }
        one_exclusive = one_exclusive || exclusive;
    }
    return woken;
}

}  // namespace tcpsim::machine

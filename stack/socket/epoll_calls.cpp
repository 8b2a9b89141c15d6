// epoll_create(), epoll_ctl() and epoll_wait() as calls on files.
#include "stack/socket/sockets.hpp"

namespace tcpsim::socket {

Epoll::Poll Sockets::asking() const {
    return [this](FileId file) { return poll(file); };
}

Epoll* Sockets::epoll_of(FileId file) {
    File* f = find(file);
    return f == nullptr ? nullptr : std::get_if<Epoll>(&f->what);
}

FileId Sockets::epoll_create() {
    File file;
    file.what = Epoll{};
    FileId const id = install(std::move(file));
    epolls_.push_back(id);
    return id;
}

namespace {

/// Linux do_epoll_ctl. An epoll that watches another one is left out here.
Errno refusal(File const* epoll, File const* watched, bool same) {
    if (epoll == nullptr || watched == nullptr) {
        return Errno::ebadf;
    }
    bool const watches_epoll = std::holds_alternative<Epoll>(watched->what);
    return same || watches_epoll || !std::holds_alternative<Epoll>(epoll->what) ? Errno::einval : Errno::none;
}

/// Linux EPOLLEXCLUSIVE_OK_BITS.
bool allowed(EpollInterest const& interest) {
    return !interest.exclusive || (!interest.events.pri && !interest.events.rdhup && !interest.one_shot);
}

}  // namespace

Result<Done> Sockets::epoll_add(FileId epoll, Watched what, EpollInterest const& interest) {
    Errno const impossible = refusal(find(epoll), find(what.file), epoll == what.file);
    Errno const refused = impossible == Errno::none && !allowed(interest) ? Errno::einval : impossible;
    return refused != Errno::none ? Result<Done>{refused} : epoll_of(epoll)->add(what, interest, asking());
}

Result<Done> Sockets::epoll_modify(FileId epoll, Watched what, EpollInterest const& interest) {
    Errno const refused = refusal(find(epoll), find(what.file), epoll == what.file);
    return refused != Errno::none ? Result<Done>{refused} : epoll_of(epoll)->modify(what, interest, asking());
}

Result<Done> Sockets::epoll_remove(FileId epoll, Watched what) {
    Errno const refused = refusal(find(epoll), find(what.file), epoll == what.file);
    return refused != Errno::none ? Result<Done>{refused} : epoll_of(epoll)->remove(what);
}

Result<std::vector<EpollEvent>> Sockets::epoll_ready(FileId epoll, std::size_t most) {
    if (find(epoll) == nullptr) {
        return Errno::ebadf;
    }
    if (epoll_of(epoll) == nullptr || most == 0) {
        return Errno::einval;
    }
    return epoll_of(epoll)->wait(most, asking());
}

}  // namespace tcpsim::socket

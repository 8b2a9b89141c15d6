// A process's calls on pipes and regular files, and what closing and changing them tells others.
#include "sim/machine/machine.hpp"
#include "sim/machine/process.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::machine {

namespace {

/// Linux wakes whoever reads or writes with these keys, and both ends at the other's end (pipe_release).
socket::Readiness key_of(bool writes) {
    return writes ? socket::Readiness{.out = true, .err = true} : socket::Readiness{.in = true, .hup = true};
}

Payload from(Payload const& data, std::uint64_t offset, std::uint64_t at_most) {
    std::uint64_t const begin = std::min(offset, data.size());
    return data.part(begin, std::min(at_most, data.size() - begin));
}

}  // namespace

// --- the machine's side

void Machine::tell_end(socket::FileId end, socket::Readiness ready, net::Context& context) {
    auto const awaited = [&](socket::FileId file) { return running_->waiters.anybody(file); };
    bool const writes = std::get<PipeEnd>(running().files.at(end)).writes;
    wake(running().sockets.set_ready(end, ready, key_of(writes) & ready, awaited), context);
}

// Linux wakes readers for every write (pipe_write, poll_usage), but writers only when a page comes free where there was none
// (pipe_read, was_full); both hear of the other end's end (pipe_release).
void Machine::pipe_changed(socket::FileId end, net::Context& context) {
    PipeEnd const changed = std::get<PipeEnd>(running().files.at(end));
    socket::FileId const reader = changed.writes ? changed.other : end;
    socket::FileId const writer = changed.writes ? end : changed.other;
    auto& sockets = running().sockets;
    if (running().files.contains(reader)) {
        socket::Readiness const ready = changed.pipe->reader_ready();
        bool const news = (changed.writes && ready.in) || (ready.hup && !sockets.poll(reader).hup);
        if (news) {
            tell_end(reader, ready, context);
        } else {
            (void)sockets.set_ready(reader, ready, {});
        }
    }
    if (running().files.contains(writer)) {
        socket::Readiness const ready = changed.pipe->writer_ready();
        socket::Readiness const before = sockets.poll(writer);
        bool const news = (ready.out && !before.out) || (ready.err && !before.err);
        if (news) {
            tell_end(writer, ready, context);
        } else {
            (void)sockets.set_ready(writer, ready, {});
        }
    }
}

void Machine::descriptor_closed(socket::FileId file, net::Context& context) {
    auto const found = running().files.find(file);
    if (found == running().files.end() || running().sockets.is_foreign(file)) {
        return;
    }
    auto const closed = std::move(found->second);
    running().files.erase(found);
    if (auto const* end = std::get_if<PipeEnd>(&closed)) {
        (end->writes ? end->pipe->has_writers : end->pipe->has_readers) = false;
        if (running().files.contains(end->other)) {
            pipe_changed(end->other, context);
        }
    }
}

// --- the process's side

std::variant<PipeEnd, RegularFile>* Process::file_of(std::int32_t fd) const {
    auto const id = descriptors_.file(fd);
    auto& files = machine_->running().files;
    auto const found = id ? files.find(*id) : files.end();
    return found == files.end() ? nullptr : &found->second;
}

FileKind Process::kind(std::int32_t fd) const {
    if (auto const* file = file_of(fd)) {
        auto const* end = std::get_if<PipeEnd>(file);
        return end == nullptr ? FileKind::regular : end->writes ? FileKind::pipe_to_write : FileKind::pipe_to_read;
    }
    auto const id = descriptors_.file(fd);
    bool const is_epoll = id && machine_->running().sockets.is_epoll(*id);
    return id && !is_epoll ? FileKind::socket : is_open(fd) ? FileKind::other : FileKind::none;
}

Result<PipeEnds> Process::pipe(net::Context& /*context*/) {
    if (!descriptors_.has_room(0, 2)) {
        return Errno::emfile;
    }
    auto const pipe = std::make_shared<Pipe>();
    auto& sockets = machine_->running().sockets;
    socket::FileId const reader = sockets.open_foreign(pipe->reader_ready());
    socket::FileId const writer = sockets.open_foreign(pipe->writer_ready());
    machine_->running().files.emplace(reader, PipeEnd{pipe, writer, false});
    machine_->running().files.emplace(writer, PipeEnd{pipe, reader, true});
    std::int32_t const read = descriptors_.install(reader);
    return PipeEnds{read, descriptors_.install(writer)};
}

Result<std::int32_t> Process::open(std::string const& path, OpenMode mode) {
    if (!descriptors_.has_room()) {
        return Errno::emfile;
    }
    if (mode == OpenMode::create) {
        machine_->disk()[path] = {};
    } else if (!machine_->disk().contains(path)) {
        return Errno::enoent;
    }
    // Linux: a regular file is always ready.
    socket::FileId const file = machine_->running().sockets.open_foreign({.in = true, .out = true});
    machine_->running().files.emplace(file, RegularFile{path, 0, mode});
    return descriptors_.install(file);
}

Pipe& Process::pipe_of(std::int32_t fd) const { return *std::get<PipeEnd>(*file_of(fd)).pipe; }

std::uint64_t* Process::offset_of(std::int32_t fd) const {
    auto* file = file_of(fd);
    auto* regular = file == nullptr ? nullptr : std::get_if<RegularFile>(file);
    return regular == nullptr ? nullptr : &regular->offset;
}

std::uint64_t Process::size_of(std::int32_t fd) const {
    return machine_->disk()[std::get<RegularFile>(*file_of(fd)).path].size();
}

void Process::pipe_changed(std::int32_t fd, net::Context& context) {
    machine_->pipe_changed(*descriptors_.file(fd), context);
}

Result<Payload> Process::read_at(std::int32_t fd, std::uint64_t offset, std::uint64_t at_most) const {
    auto const* file = file_of(fd);
    auto const* regular = file == nullptr ? nullptr : std::get_if<RegularFile>(file);
    if (regular == nullptr || regular->mode != OpenMode::read) {
        return Errno::ebadf;
    }
    return from(machine_->disk()[regular->path], offset, at_most);
}

// Linux pipe_read, generic_file_read_iter.
Result<Payload> Process::read_file(std::int32_t fd, std::uint64_t at_most, net::Context& context) {
    auto* file = file_of(fd);
    if (file == nullptr) {
        return Errno::ebadf;
    }
    if (auto* regular = std::get_if<RegularFile>(file)) {
        Result<Payload> text = read_at(fd, regular->offset, at_most);
        regular->offset += text.ok() ? text.value().size() : 0;
        return text;
    }
    PipeEnd const end = std::get<PipeEnd>(*file);
    if (end.writes) {
        return Errno::ebadf;
    }
    Payload text = end.pipe->peek(at_most);
    if (text.empty()) {
        return end.pipe->has_writers && at_most > 0 ? Result<Payload>{Errno::eagain} : Result<Payload>{Payload{}};
    }
    end.pipe->consume(text.size());
    pipe_changed(fd, context);
    return text;
}

// Linux pipe_write.
Result<std::uint64_t> Process::write_file(std::int32_t fd, Payload const& data, net::Context& context) {
    auto* file = file_of(fd);
    if (file == nullptr) {
        return Errno::ebadf;
    }
    if (auto* regular = std::get_if<RegularFile>(file)) {
        if (regular->mode != OpenMode::create) {
            return Errno::ebadf;
        }
        Payload& all = machine_->disk()[regular->path];
        Payload written = from(all, 0, regular->offset);
        written.append(data);
        written.append(from(all, regular->offset + data.size(), all.size()));
        all = std::move(written);
        regular->offset += data.size();
        return data.size();
    }
    PipeEnd const end = std::get<PipeEnd>(*file);
    if (!end.writes) {
        return Errno::ebadf;
    }
    if (data.empty()) {
        return std::uint64_t{0};
    }
    if (!end.pipe->has_readers) {
        return Errno::epipe;
    }
    std::uint64_t const taken = end.pipe->write(data);
    if (taken == 0) {
        return Errno::eagain;
    }
    pipe_changed(fd, context);
    return taken;
}

}  // namespace tcpsim::machine

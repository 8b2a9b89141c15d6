#include "sim/app/calls_files.hpp"

#include "sim/app/numbers.hpp"

#include <algorithm>

namespace tcpsim::app {

using machine::FileKind;

// Linux SYSCALL_DEFINE6(splice), do_splice.
Errno SpliceCall::refusal(machine::Process const& kernel) const {
    if (flags > (splice_f_move | splice_f_nonblock | splice_f_more | splice_f_gift)) {
        return Errno::einval;
    }
    FileKind const source = kernel.kind(from);
    FileKind const target = kernel.kind(to);
    if (source == FileKind::none || target == FileKind::none || source == FileKind::pipe_to_write ||
        target == FileKind::pipe_to_read) {
        return Errno::ebadf;
    }
    bool const has_pipe = source == FileKind::pipe_to_read || target == FileKind::pipe_to_write;
    return !has_pipe || source == FileKind::other || target == FileKind::other ? Errno::einval : Errno::none;
}

std::optional<Result<std::uint64_t>> SpliceCall::attempt(machine::Process& kernel, net::Context& context) {
    if (at_most == 0) {
        return std::uint64_t{0};
    }
    Errno const refused = refusal(kernel);
    if (refused != Errno::none) {
        return refused;
    }
    return kernel.kind(to) == FileKind::pipe_to_write ? into_pipe(kernel, context) : out_of_pipe(kernel, context);
}

// Linux splice_file_to_pipe, wait_for_space; splice_pipe_to_pipe.
std::optional<Result<std::uint64_t>> SpliceCall::into_pipe(machine::Process& kernel, net::Context& context) {
    machine::Pipe& pipe = kernel.pipe_of(to);
    bool const from_pipe = kernel.kind(from) == FileKind::pipe_to_read;
    bool const may_wait =
        (flags & splice_f_nonblock) == 0 && !kernel.nonblocking(to) && !(from_pipe && kernel.nonblocking(from));
    if (from_pipe && kernel.pipe_of(from).empty()) {
        waits_for = from;
        bool const over = !kernel.pipe_of(from).has_writers;
        return over       ? Result<std::uint64_t>{std::uint64_t{0}}
               : may_wait ? std::nullopt
                          : std::optional{Result<std::uint64_t>{Errno::eagain}};
    }
    if (!pipe.has_readers) {
        kernel.raise(machine::Signal::sigpipe, context);
        return Errno::epipe;
    }
    if (pipe.full()) {
        waits_for = to;
        return may_wait ? std::nullopt : std::optional{Result<std::uint64_t>{Errno::eagain}};
    }
    std::uint64_t const wanted = std::min(at_most, pipe.room());
    Payload data;
    if (kernel.kind(from) == FileKind::socket) {
        timeout.begin(kernel, from, machine::Direction::receive, context.now);
        Result<socket::Received> got = kernel.receive(from, wanted, {}, context);
        if (got.error() == Errno::eagain && !kernel.nonblocking(from) && !timeout.over(kernel.clock(context.now))) {
            waits_for = from;
            return std::nullopt;
        }
        if (!got.ok()) {
            return got.error();
        }
        data = std::move(got).value().data;
    } else {
        Result<Payload> got = kernel.read_file(from, wanted, context);
        if (!got.ok()) {
            return got.error();
        }
        data = std::move(got).value();
    }
    pipe.splice(data);
    kernel.pipe_changed(to, context);
    return data.size();
}

// Linux splice_to_socket, iter_file_splice_write.
std::optional<Result<std::uint64_t>> SpliceCall::out_of_pipe(machine::Process& kernel, net::Context& context) {
    machine::Pipe const& pipe = kernel.pipe_of(from);
    while (moved < at_most) {
        if (!sending && pipe.empty()) {
            bool const may_wait = (flags & splice_f_nonblock) == 0 && !kernel.nonblocking(from);
            waits_for = from;
            return moved > 0 || !pipe.has_writers ? std::optional{Result<std::uint64_t>{moved}}
                   : may_wait                     ? std::nullopt
                                                  : std::optional{Result<std::uint64_t>{Errno::eagain}};
        }
        std::optional<Result<std::uint64_t>> const took = into_socket(kernel, context);
        if (!took) {
            waits_for = to;
            return std::nullopt;
        }
        if (!took->ok()) {
            return moved > 0 ? Result<std::uint64_t>{moved} : *took;
        }
    }
    return moved;
}

/// Or into a regular file. What is queued leaves the pipe at once.
std::optional<Result<std::uint64_t>> SpliceCall::into_socket(machine::Process& kernel, net::Context& context) {
    if (!sending) {
        Payload data = kernel.pipe_of(from).peek(at_most - moved);
        bool const more = (flags & splice_f_more) != 0;
        bool const to_file = kernel.kind(to) == FileKind::regular;
        sending = SendCall{.call = to_file ? trace::Call::write : trace::Call::splice,
                           .fd = to,
                           .data = std::move(data),
                           .flags = more ? msg_more : MessageFlags{}};
    }
    std::optional<Result<std::uint64_t>> const took = sending->attempt(kernel, context);
    consume_queued(kernel, context);
    if (took) {
        sending.reset();
    }
    return took;
}

void SpliceCall::consume_queued(machine::Process& kernel, net::Context& context) {
    std::uint64_t const queued = sending->queued;
    if (queued > 0) {
        kernel.pipe_of(from).consume(queued);
        moved += queued;
        sending->data = sending->data.part(queued, sending->data.size() - queued);
        sending->queued = 0;
        kernel.pipe_changed(from, context);
    }
}

trace::CallReturned returned(SpliceCall const& call, std::uint64_t value) {
    return {.value = static_cast<std::int64_t>(value), .end_of_stream = value == 0 && call.at_most > 0};
}

std::optional<Result<std::uint64_t>> part_of(SpliceCall const& call) {
    return call.moved > 0 ? std::optional{Result<std::uint64_t>{call.moved}} : std::nullopt;
}

// Linux do_sendfile: what cannot be mapped is no source.
Errno SendfileCall::refusal(machine::Process const& kernel) const {
    FileKind const source = kernel.kind(in);
    FileKind const target = kernel.kind(out);
    if (source == FileKind::none || target == FileKind::none || target == FileKind::pipe_to_read) {
        return Errno::ebadf;
    }
    if (source != FileKind::regular || target == FileKind::other) {
        return Errno::einval;
    }
    return kernel.read_at(in, 0, 0).error();
}

// Linux splice_direct_to_actor.
std::optional<Result<std::uint64_t>> SendfileCall::attempt(machine::Process& kernel, net::Context& context) {
    Errno const refused = refusal(kernel);
    if (refused != Errno::none) {
        return refused;
    }
    constexpr std::uint64_t piece_size = machine::Pipe::page * machine::Pipe::most_pages;
    while (moved < count || sending) {
        std::uint64_t const at = offset ? *offset + moved : *kernel.offset_of(in);
        Payload piece = kernel.read_at(in, at, std::min(piece_size, count - moved)).value();
        if (piece.empty() && !sending) {
            break;
        }
        std::uint64_t const length = piece.size();
        bool const more = moved + length < count && at + length < kernel.size_of(in);
        std::optional<Result<std::uint64_t>> const took = send_piece(kernel, std::move(piece), more, context);
        if (!took) {
            return std::nullopt;
        }
        if (!took->ok()) {
            return moved > 0 ? Result<std::uint64_t>{moved} : *took;
        }
        moved += took->value();
        if (!offset) {
            *kernel.offset_of(in) += took->value();
        }
        if (took->value() < length || kernel.kind(out) == FileKind::pipe_to_write) {
            break;
        }
    }
    return moved;
}

std::optional<Result<std::uint64_t>> SendfileCall::send_piece(machine::Process& kernel, Payload piece, bool more,
                                                              net::Context& context) {
    if (kernel.kind(out) == FileKind::pipe_to_write) {  // Linux: as splice()
        machine::Pipe& pipe = kernel.pipe_of(out);
        if (!pipe.has_readers) {
            kernel.raise(machine::Signal::sigpipe, context);
            return Errno::epipe;
        }
        if (pipe.full()) {
            return kernel.nonblocking(out) ? std::optional{Result<std::uint64_t>{Errno::eagain}} : std::nullopt;
        }
        std::uint64_t const taken = pipe.splice(piece);
        kernel.pipe_changed(out, context);
        return taken;
    }
    if (!sending) {
        bool const to_file = kernel.kind(out) == FileKind::regular;
        sending = SendCall{.call = to_file ? trace::Call::write : trace::Call::sendfile,
                           .fd = out,
                           .data = std::move(piece),
                           .flags = more ? msg_more : MessageFlags{}};
    }
    std::optional<Result<std::uint64_t>> const took = sending->attempt(kernel, context);
    if (took) {
        sending.reset();
    }
    return took;
}

trace::CallReturned returned(SendfileCall const& /*call*/, std::uint64_t value) {
    return {.value = static_cast<std::int64_t>(value)};
}

std::optional<Result<std::uint64_t>> part_of(SendfileCall const& call) {
    std::uint64_t const part = call.moved + (call.sending ? call.sending->queued : 0);
    return part > 0 ? std::optional{Result<std::uint64_t>{part}} : std::nullopt;
}

}  // namespace tcpsim::app

#include "sim/scenario/steps_program.hpp"

#include "sim/scenario/steps_calls.hpp"

#include <algorithm>

namespace tcpsim::scenario {

namespace {

Task<SeenCall> make_socket(Process& p, std::string const& name, Memory& memory,
                           socket::SocketType type = socket::SocketType::stream) {
    Result<std::int32_t> const made = co_await p.socket(type);
    if (made.ok()) {
        memory.descriptors[name] = made.value();
    }
    co_return seen(made);
}

/// connect, bind and listen make their socket if there is none.
Task<SeenCall> ensure_socket(Process& p, std::string const& name, Memory& memory) {
    if (descriptor(memory, name) >= 0) {
        co_return SeenCall{};
    }
    SeenCall made = co_await make_socket(p, name, memory);
    co_return made;
}

Task<SeenCall> connect(Process& p, CallStep const& step, wire::Endpoint remote, Memory& memory) {
    SeenCall const made = co_await ensure_socket(p, step.socket, memory);
    if (made.error != Errno::none) {
        co_return made;
    }
    Result<Done> const result = co_await p.connect(descriptor(memory, step.socket), remote);
    co_return seen(result);
}

Task<SeenCall> bind(Process& p, CallStep const& step, wire::Ipv4Address address, Memory& memory) {
    SeenCall const made = co_await ensure_socket(p, step.socket, memory);
    if (made.error != Errno::none) {
        co_return made;
    }
    wire::Endpoint const local{address, step.port};
    Result<Done> const result = co_await p.bind(descriptor(memory, step.socket), local);
    co_return seen(result);
}

Task<SeenCall> listen(Process& p, CallStep const& step, Memory& memory) {
    if (step.port != 0) {
        SeenCall const bound = co_await bind(p, step, wire::Ipv4Address{}, memory);
        if (bound.error != Errno::none) {
            co_return bound;
        }
    }
    Result<Done> const result = co_await p.listen(descriptor(memory, step.socket), step.backlog);
    co_return seen(result);
}

Task<SeenCall> accept(Process& p, CallStep const& step, Memory& memory) {
    std::uint32_t const flags = step.bits != 0 ? app::sock_nonblock : 0;
    std::int32_t const listener = descriptor(memory, step.socket);
    Result<std::int32_t> accepted = Errno::eagain;
    if (flags == 0) {
        accepted = co_await p.accept(listener);
    } else {
        accepted = co_await p.accept4(listener, flags);
    }
    if (accepted.ok()) {
        memory.descriptors[step.accepted_as] = accepted.value();
    }
    co_return seen(accepted);
}

/// One read() or recv(), or as many as it takes. What came before an end or an error counts as read.
Task<SeenCall> read(Process& p, CallStep const& step, std::int32_t fd) {
    SeenCall all{};
    bool more = true;
    while (more) {
        std::uint64_t const rest = step.bytes - all.data.size();
        Result<Payload> part = Errno::eagain;
        if (step.call == trace::Call::recv) {
            part = co_await p.recv(fd, rest, step.flags);
        } else {
            part = co_await p.read(fd, rest);
        }
        all.error = part.error();
        if (part.ok()) {
            all.data.append(part.value());
        }
        bool const ended = part.ok() && part.value().empty();
        all.end_of_stream = ended && all.data.empty();
        more = step.exactly && part.ok() && !ended && all.data.size() < step.bytes;
    }
    all.value = static_cast<std::int64_t>(all.data.size());
    co_return all;
}

Task<SeenCall> close(Process& p, CallStep const& step, Memory& memory) {
    Result<Done> const result = co_await p.close(descriptor(memory, step.socket));
    if (result.ok()) {
        memory.descriptors[step.socket] = -1;  // the number may soon be another socket's
    }
    co_return seen(result);
}

Task<SeenCall> dup(Process& p, CallStep const& step, Memory& memory) {
    Result<std::int32_t> const result = co_await p.dup(descriptor(memory, step.socket));
    if (result.ok()) {
        memory.descriptors[step.accepted_as] = result.value();
    }
    co_return seen(result);
}

Task<SeenCall> poll(Process& p, CallStep const& step, std::int32_t fd) {
    app::PollFd const asked{.fd = fd, .events = app::readiness_of(step.events)};
    Result<std::vector<app::PollFd>> const result = co_await p.poll({1, asked}, step.duration);
    SeenCall call{.error = result.error()};
    if (result.ok()) {
        call.ready = app::poll_bits(result.value().front().revents);
        call.value = call.ready == 0 ? 0 : 1;
    }
    co_return call;
}

Task<SeenCall> waitpid(Process& p, CallStep const& step) {
    Result<machine::Reaped> result = Errno::echild;
    if (step.no_hang) {
        result = co_await p.waitpid_now(-1);
    } else {
        result = co_await p.waitpid(-1);
    }
    SeenCall call{.error = result.error()};
    if (result.ok()) {
        call.value = result.value().process;
        call.end = result.value().end;
    }
    co_return call;
}

Task<SeenCall> kill(Process& p, CallStep const& step, Memory const& memory) {
    trace::ProcessRef const self = p.kernel().ref();
    std::uint32_t const target = step.target == KillTarget::self     ? self.process
                                 : step.target == KillTarget::parent ? p.kernel().parent()
                                                                     : static_cast<std::uint32_t>(memory.last_child);
    Result<Done> const result = co_await p.kill(static_cast<std::int32_t>(target), step.signal);
    co_return seen(result);
}

/// Calls on a socket that need nothing but its descriptor.
Task<SeenCall> perform_simple(Process& p, CallStep const& step, std::int32_t fd, wire::Endpoint remote,
                              Memory& memory) {
    Payload const& data = step.what_was_read ? memory.last_read : step.data;
    SeenCall result{};
    switch (step.call) {
        case trace::Call::write:
            result = seen(co_await p.write(fd, data));
            break;
        case trace::Call::send:
            result = seen(co_await p.send(fd, data, step.flags));
            break;
        case trace::Call::shutdown:
            result = seen(co_await p.shutdown(fd, step.how));
            break;
        case trace::Call::ioctl:
            result = seen(co_await p.ioctl(fd, step.inquiry));
            break;
        case trace::Call::sleep:
            result = seen(co_await p.sleep(step.duration));
            break;
        case trace::Call::alarm:
            result = seen(co_await p.alarm(step.duration));
            break;
        case trace::Call::pause:
            result = seen(co_await p.pause());
            break;
        case trace::Call::exit:
            co_await p.exit(static_cast<std::int32_t>(step.value));
            break;
        default:
            result = co_await perform_further(p, step, fd, remote, memory);
            break;
    }
    co_return result;
}

Task<SeenCall> perform(Process& p, CallStep const& step, wire::Endpoint remote, Memory& memory) {
    std::int32_t const fd =
        step.terminal ? static_cast<std::int32_t>(step.call == trace::Call::write) : descriptor(memory, step.socket);
    socket::SocketType const type = step.datagrams ? socket::SocketType::datagram : socket::SocketType::stream;
    SeenCall result{};
    switch (step.call) {
        case trace::Call::socket:
            result = co_await make_socket(p, step.socket, memory, type);
            break;
        case trace::Call::bind:
            result = co_await bind(p, step, remote.address, memory);
            break;
        case trace::Call::listen:
            result = co_await listen(p, step, memory);
            break;
        case trace::Call::connect:
            result = co_await connect(p, step, remote, memory);
            break;
        case trace::Call::accept:
            result = co_await accept(p, step, memory);
            break;
        case trace::Call::read:
        case trace::Call::recv:
            result = co_await read(p, step, fd);
            memory.last_read = result.data;
            break;
        case trace::Call::close:
            result = co_await close(p, step, memory);
            break;
        case trace::Call::dup:
            result = co_await dup(p, step, memory);
            break;
        case trace::Call::poll:
            result = co_await poll(p, step, fd);
            break;
        case trace::Call::waitpid:
            result = co_await waitpid(p, step);
            break;
        case trace::Call::kill:
            result = co_await kill(p, step, memory);
            break;
        default:
            result = co_await perform_simple(p, step, fd, remote, memory);
            break;
    }
    co_return result;
}

Task<> run_apart(Process& p, StepsPlan const* plan, std::size_t block, Memory memory);

/// A step that gives another process, or a handler, a block of its own.
Task<SeenCall> begin_block(Process& p, StepsPlan const* plan, std::size_t index, Memory& memory) {
    CallStep const& step = plan->what.steps[index];
    SeenCall result{};
    if (step.block == CallStep::Block::fork) {
        Result<std::int32_t> const child = co_await p.fork(run_apart, plan, index, memory);
        memory.last_child = child.ok() ? child.value() : 0;
        result = seen(child);
    } else if (step.block == CallStep::Block::handler) {
        app::Main const handler = [plan, index, memory](Process& q) { return run_apart(q, plan, index, memory); };
        result = seen(co_await p.sigaction(step.signal, handler, step.restart));
    } else {
        result = seen(co_await p.signal(step.signal, step.on_signal));
    }
    co_return result;
}

/// Whether the loop around it goes on, if that runs `until: end`.
Task<bool> run_block(Process& p, StepsPlan const* plan, std::vector<std::size_t> const& block, bool until_end,
                     Memory& memory);

Task<bool> run_step(Process& p, StepsPlan const* plan, std::size_t index, Memory& memory) {
    CallStep const& step = plan->what.steps[index];
    if (step.at && *step.at > p.now()) {
        (void)co_await p.sleep_until(*step.at);
    }
    if (step.block == CallStep::Block::repeat) {
        bool more = true;
        for (std::uint64_t n = 0; more && n < step.times.value_or(n + 1); ++n) {
            more = co_await run_block(p, plan, step.body, step.until_end, memory);
        }
        co_return true;
    }
    std::size_t const entry = plan->log->begin(plan->program, index, p.now());
    SeenCall result{};
    if (step.call == trace::Call::fork || step.call == trace::Call::sigaction) {
        result = co_await begin_block(p, plan, index, memory);
    } else {
        result = co_await perform(p, step, plan->remotes[index], memory);
    }
    result.made = plan->log->entries()[entry].seen.made;
    result.returned = p.now();
    bool const goes_on = !step.must || is_as_expected(step.expected, result);
    bool const ended = result.end_of_stream || result.ended || result.error != Errno::none;
    plan->log->end(entry, std::move(result), p.now());
    if (!goes_on) {
        co_await p.exit(1);
    }
    co_return !ended;
}

Task<bool> run_block(Process& p, StepsPlan const* plan, std::vector<std::size_t> const& block, bool until_end,
                     Memory& memory) {
    for (std::size_t const index : block) {
        bool const goes_on = co_await run_step(p, plan, index, memory);
        if (until_end && !goes_on) {
            co_return false;
        }
    }
    co_return true;
}

Task<> run_apart(Process& p, StepsPlan const* plan, std::size_t block, Memory memory) {
    (void)co_await run_block(p, plan, plan->what.steps[block].body, false, memory);
}

}  // namespace

app::Task<> run_steps(Process& process, StepsPlan const* plan) {
    Memory memory;
    (void)co_await run_block(process, plan, plan->what.main, false, memory);
}

bool fits(Around const& around, Duration seen) {
    Duration const difference = seen > around.value ? seen - around.value : around.value - seen;
    return difference <= around.within;
}

bool has_expectation(CallStep const& step) {
    auto const& expected = step.expected;
    return step.must || expected.fails || expected.returns || expected.returns_data || expected.end_of_stream ||
           expected.ready || expected.end.status || expected.end.killed_by || expected.told || expected.takes;
}

bool is_as_expected(Outcome const& expected, SeenCall const& call) {
    if (expected.takes && !(call.returned && fits(*expected.takes, *call.returned - call.made))) {
        return false;
    }
    if (expected.fails) {
        return call.error == *expected.fails;
    }
    machine::End const end = call.end.value_or(machine::End{});
    return call.error == Errno::none && (!expected.returns || call.value == *expected.returns) &&
           (!expected.returns_data || call.data == *expected.returns_data) &&
           (!expected.end_of_stream || call.end_of_stream) && (!expected.ready || call.ready == *expected.ready) &&
           (!expected.told || call.told == *expected.told) &&
           (!expected.end.status || (!end.signal && end.status == *expected.end.status)) &&
           (!expected.end.killed_by || end.signal == expected.end.killed_by);
}

}  // namespace tcpsim::scenario

#include "sim/replay/script.hpp"

#include "stack/tcp/connection.hpp"

#include <utility>

namespace tcpsim::replay {
namespace {

using app::Process;
using app::Task;
using namespace std::chrono_literals;

std::string microseconds(Duration duration) { return std::to_string(duration / 1us); }

Made tcp_info(Process& p, Call const& call, Sockets const& sockets, profile::Profile const& profile) {
    tcp::Connection const* const connection = p.kernel().tcp(sockets.of(call));
    if (connection == nullptr) {
        return failed(Errno::ebadf);
    }
    tcp::Tcb const& tcb = connection->tcb();
    Made info = succeeded(0);
    info.more["snd_cwnd"] = std::to_string(tcb.congestion.cwnd());
    info.more["snd_ssthresh"] = std::to_string(tcb.congestion.ssthresh());
    info.more["rto"] = microseconds(tcb.rtt.rto(profile));
    info.more["snd_mss"] = std::to_string(tcb.snd.mss);
    return info;
}

Task<> echo(Process& p, std::int32_t fd) {
    for (;;) {
        Result<Payload> const got = co_await p.recv(fd, 1024);
        if (!got.ok() || got.value().empty()) {
            break;
        }
        if (!(co_await p.send(fd, got.value())).ok()) {
            break;
        }
    }
    co_await p.exit(0);
}

Task<> close_all(Process& p, Sockets const& sockets) {
    for (auto const& [name, descriptor] : sockets.descriptors) {
        (void)co_await p.close(descriptor);
    }
}

/// Somebody kills the child; he has no part in its sockets.
Task<> kill_later(Process& p, std::int32_t child, Instant at, Sockets sockets) {
    co_await close_all(p, sockets);
    (void)co_await p.sleep_until(at);
    (void)co_await p.kill(child, machine::Signal::sigkill);
}

/// A child that echoes; the parent closes its own descriptor.
Task<Made> fork_echo(Process& p, Call const& call, Sockets& sockets, Script const& script) {
    std::int32_t const fd = sockets.of(call);
    Result<std::int32_t> const child = co_await p.fork(echo, fd);
    if (!child.ok()) {
        co_return failed(child.error());
    }
    if (script.child_killed_at) {
        Instant const at = script.zero + *script.child_killed_at;
        app::Main const killer = [number = child.value(), at, sockets](Process& q) {
            return kill_later(q, number, at, sockets);
        };
        (void)co_await p.fork(killer);
    }
    (void)co_await p.close(fd);
    sockets.descriptors.erase(call.args.at(0));
    co_return succeeded(0);
}

Task<Made> make(Process& p, Call const& call, Sockets& sockets, Script const& script) {
    Made made = lacking(call.op);
    if (Operation const operation = operation_named(call.op)) {
        made = co_await operation(p, call, sockets);
    } else if (call.op == "fork_echo") {
        made = co_await fork_echo(p, call, sockets, script);
    } else if (call.op == "tcp_info") {
        made = tcp_info(p, call, sockets, *script.profile);
    }
    co_return made;
}

Task<> call(Process& p, std::size_t index, Sockets& sockets, Script const& script) {
    Call const& recorded = (*script.calls)[index];
    Instant const turn = script.zero + recorded.at;
    if (turn > p.now()) {
        (void)co_await p.sleep_until(turn);
    }
    Made& slot = (*script.made)[index];
    slot.begun = true;
    slot.at = p.now();
    Made made = co_await make(p, recorded, sockets, script);
    made.begun = true;
    made.at = slot.at;
    made.returned = made.lacking.empty();
    made.until = p.now();
    slot = std::move(made);
}

/// Another thread has no descriptors of its own: a child that shares the files does what it does.
Task<> perform_thread(Process& p, Thread thread, Sockets sockets, Script const* script) {
    for (std::size_t const index : thread) {
        co_await call(p, index, sockets, *script);
    }
    co_await p.exit(0);
}

/// Threads that begin before the main one's next call do so now, when it may be about to wait.
Task<> begin_threads(Process& p, Script const& script, Duration before, Duration after, Sockets const& sockets) {
    for (Thread const& thread : script.others) {
        Duration const at = (*script.calls)[thread.front()].at;
        if (at >= before && at < after) {
            app::Main const child = [&thread, &script, sockets](Process& q) {
                return perform_thread(q, thread, sockets, &script);
            };
            (void)co_await p.fork(child);
        }
    }
}

Task<> choose_signals(Process& p, Script const& script) {
    if (!script.dies_of_sigpipe) {
        (void)co_await p.signal(machine::Signal::sigpipe, machine::OnSignal::ignore);
    }
    if (script.ignores_sigterm) {
        (void)co_await p.signal(machine::Signal::sigterm, machine::OnSignal::ignore);
    }
}

Task<> look_for_errors(Process& p, Instant at, Sockets const& sockets) {
    if (at > p.now()) {
        (void)co_await p.sleep_until(at);
    }
    for (auto const& [name, descriptor] : sockets.descriptors) {
        (void)co_await p.getsockopt(descriptor, socket::Option::so_error);
    }
}

}  // namespace

Task<> perform(Process& process, Script const* script) {
    co_await choose_signals(process, *script);
    Sockets sockets;
    std::size_t looks = 0;
    for (std::size_t i = 0; i < script->mine.size(); ++i) {
        std::vector<Call> const& calls = *script->calls;
        Duration const at = calls[script->mine[i]].at;
        if (script->exits_at && *script->exits_at < at) {
            break;
        }
        if (!script->others.empty()) {
            bool const last = i + 1 == script->mine.size();
            Duration const next = last ? Duration::max() : calls[script->mine[i + 1]].at;
            co_await begin_threads(process, *script, at, next, sockets);
        }
        for (; looks < script->looks_for_errors.size() && script->looks_for_errors[looks] < at; ++looks) {
            co_await look_for_errors(process, script->zero + script->looks_for_errors[looks], sockets);
        }
        co_await call(process, script->mine[i], sockets, *script);
    }
    Instant const end = script->exits_at ? script->zero + *script->exits_at : never;
    (void)co_await process.sleep_until(end);
    co_await process.exit(0);
}

}  // namespace tcpsim::replay

#include "sim/scenario/steps_program.hpp"

#include <algorithm>
#include <map>

namespace tcpsim::scenario {

namespace {

using app::Process;
using app::Task;
using Descriptors = std::map<std::string, std::int32_t>;

/// -1, which the kernel answers with EBADF, for a socket that was never made or is closed.
std::int32_t descriptor(Descriptors const& descriptors, std::string const& name) {
    auto const found = descriptors.find(name);
    return found == descriptors.end() ? -1 : found->second;
}

SeenCall failed(Errno error) { return {.error = error}; }
SeenCall seen(Result<Done> const& result) { return failed(result.error()); }
template <class T>
SeenCall seen(Result<T> const& result) {
    return result.ok() ? SeenCall{.value = static_cast<std::int64_t>(result.value())} : failed(result.error());
}

Task<SeenCall> make_socket(Process& p, std::string const& name, Descriptors& descriptors) {
    Result<std::int32_t> const made = co_await p.socket();
    if (made.ok()) {
        descriptors[name] = made.value();
    }
    co_return seen(made);
}

/// connect, bind and listen make their socket if there is none.
Task<SeenCall> ensure_socket(Process& p, std::string const& name, Descriptors& descriptors) {
    if (descriptor(descriptors, name) >= 0) {
        co_return SeenCall{};
    }
    SeenCall made = co_await make_socket(p, name, descriptors);
    co_return made;
}

Task<SeenCall> connect(Process& p, CallStep const& step, wire::Endpoint remote, Descriptors& descriptors) {
    SeenCall const made = co_await ensure_socket(p, step.socket, descriptors);
    if (made.error != Errno::none) {
        co_return made;
    }
    Result<Done> const result = co_await p.connect(descriptor(descriptors, step.socket), remote);
    co_return seen(result);
}

Task<SeenCall> bind(Process& p, CallStep const& step, Descriptors& descriptors) {
    SeenCall const made = co_await ensure_socket(p, step.socket, descriptors);
    if (made.error != Errno::none) {
        co_return made;
    }
    Result<Done> const result = co_await p.bind(descriptor(descriptors, step.socket), {{}, step.port});
    co_return seen(result);
}

Task<SeenCall> listen(Process& p, CallStep const& step, Descriptors& descriptors) {
    if (step.port != 0) {
        SeenCall const bound = co_await bind(p, step, descriptors);
        if (bound.error != Errno::none) {
            co_return bound;
        }
    }
    Result<Done> const result = co_await p.listen(descriptor(descriptors, step.socket), step.backlog);
    co_return seen(result);
}

Task<SeenCall> accept(Process& p, CallStep const& step, Descriptors& descriptors) {
    Result<std::int32_t> const accepted = co_await p.accept(descriptor(descriptors, step.socket));
    if (accepted.ok()) {
        descriptors[step.accepted_as] = accepted.value();
    }
    co_return seen(accepted);
}

/// One read(), or as many as it takes. What came before an end or an error counts as read.
Task<SeenCall> read(Process& p, CallStep const& step, std::int32_t fd) {
    SeenCall all{};
    bool more = true;
    while (more) {
        Result<Payload> const part = co_await p.read(fd, step.bytes - all.data.size());
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

Task<SeenCall> close(Process& p, CallStep const& step, Descriptors& descriptors) {
    Result<Done> const result = co_await p.close(descriptor(descriptors, step.socket));
    if (result.ok()) {
        descriptors[step.socket] = -1;  // the number may soon be another socket's
    }
    co_return seen(result);
}

Task<SeenCall> perform(Process& p, CallStep const& step, wire::Endpoint remote, Descriptors& descriptors) {
    std::int32_t const fd = descriptor(descriptors, step.socket);
    SeenCall result{};
    switch (step.call) {
        case trace::Call::socket:
            result = co_await make_socket(p, step.socket, descriptors);
            break;
        case trace::Call::bind:
            result = co_await bind(p, step, descriptors);
            break;
        case trace::Call::listen:
            result = co_await listen(p, step, descriptors);
            break;
        case trace::Call::connect:
            result = co_await connect(p, step, remote, descriptors);
            break;
        case trace::Call::accept:
            result = co_await accept(p, step, descriptors);
            break;
        case trace::Call::read:
            result = co_await read(p, step, fd);
            break;
        case trace::Call::write:
            result = seen(co_await p.write(fd, step.data));
            break;
        case trace::Call::shutdown:
            result = seen(co_await p.shutdown(fd, step.how));
            break;
        case trace::Call::close:
            result = co_await close(p, step, descriptors);
            break;
        case trace::Call::setsockopt:
            result = seen(co_await p.setsockopt(fd, socket::Option::tcp_nodelay, step.no_delay ? 1 : 0));
            break;
        case trace::Call::sleep:
            co_await p.sleep(step.duration);
            break;
        default:
            check(false, "the loader knows no such step");
            break;
    }
    co_return result;
}

}  // namespace

app::Task<> run_steps(Process& process, StepsPlan const* plan) {
    Descriptors descriptors;
    for (std::size_t i = 0; i < plan->steps.size(); ++i) {
        CallStep const& step = plan->steps[i];
        if (step.at && *step.at > process.now()) {
            co_await process.sleep_until(*step.at);
        }
        std::size_t const entry = plan->log->begin(plan->program, i, process.now());
        SeenCall result = co_await perform(process, step, plan->remotes[i], descriptors);
        bool const goes_on = !step.must || is_as_expected(step, result);
        plan->log->end(entry, std::move(result), process.now());
        if (!goes_on) {
            co_await process.exit(1);
        }
    }
}

bool has_expectation(CallStep const& step) {
    return step.must || step.fails || step.returns || step.returns_data || step.end_of_stream;
}

bool is_as_expected(CallStep const& step, SeenCall const& seen_call) {
    if (step.fails) {
        return seen_call.error == *step.fails;
    }
    return seen_call.error == Errno::none && (!step.returns || seen_call.value == *step.returns) &&
           (!step.returns_data || seen_call.data == *step.returns_data) &&
           (!step.end_of_stream || seen_call.end_of_stream);
}

}  // namespace tcpsim::scenario

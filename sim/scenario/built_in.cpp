#include "sim/scenario/built_in.hpp"

#include "sim/app/programs.hpp"

namespace tcpsim::scenario {

namespace {

struct Build {
    Directory const& directory;

    template <class Client>
    [[nodiscard]] wire::Endpoint peer_of(Client const& client) const {
        return {directory.address(client.host), client.port};
    }

    app::Main operator()(StepsProgram const& /*steps*/) const {
        check(false, "steps are not a built-in program");
        return {};
    }
    app::Main operator()(EchoProgram const& echo) const {
        return [port = echo.port, waiting = echo.waiting](app::Process& p) {
            switch (waiting) {
                case EchoProgram::Waiting::poll:
                    return app::echo_poll(p, port);
                case EchoProgram::Waiting::epoll:
                    return app::echo_epoll(p, port);
                case EchoProgram::Waiting::forks:
                    break;
            }
            return app::echo(p, port);
        };
    }
    app::Main operator()(EchoClientProgram const& client) const {
        return [to = peer_of(client), select = client.select](app::Process& p) {
            return select ? app::echo_client_select(p, to) : app::echo_client(p, to);
        };
    }
    app::Main operator()(BulkProgram const& bulk) const {
        return [to = peer_of(bulk), bytes = bulk.bytes](app::Process& p) { return app::bulk_send(p, to, bytes); };
    }
    app::Main operator()(SinkProgram const& sink) const {
        return [port = sink.port, piece = sink.piece, pause = sink.pause](app::Process& p) {
            return app::sink(p, port, piece, pause);
        };
    }
    app::Main operator()(HeartbeatProgram const& beat) const {
        return [to = peer_of(beat), every = beat.every, timeout = beat.timeout](app::Process& p) {
            return app::heartbeat(p, to, every, timeout);
        };
    }
    app::Main operator()(ReconnectProgram const& again) const {
        return [to = peer_of(again), first = again.first, most = again.most](app::Process& p) {
            return app::reconnect(p, to, first, most);
        };
    }
    app::Main operator()(IdleProgram const& idle) const {
        return
            [to = peer_of(idle), keepalive = idle.keepalive](app::Process& p) { return app::idle(p, to, keepalive); };
    }
};

}  // namespace

app::Main built_in_program(ProgramSpec const& program, Directory const& directory) {
    return std::visit(Build{directory}, program.what);
}

}  // namespace tcpsim::scenario

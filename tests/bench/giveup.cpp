// W1: handshake, an echo, then the link is cut and the client writes once more: how long does a give-up take us?
//   bench_giveup [--n 1000] [--digest]
#include "sim/app/programs.hpp"
#include "sim/trace/digest.hpp"
#include "tests/bench/bench.hpp"

#include <chrono>
#include <cstdio>

using namespace tcpsim;
using namespace std::chrono_literals;

namespace {

constexpr Instant cut_at{1s};

struct Outcome {
    Errno error{Errno::none};
    Duration after_write{0};
    std::uint64_t events{0};
    std::uint64_t client_segments{0};
    std::uint64_t segments{0};
};

app::Task<> write_into_the_dark(app::Process& p, Outcome& outcome) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.connect(fd, bench::server_endpoint);
    (void)co_await p.write(fd, Payload::pattern(1, 0, 100));
    (void)co_await p.read(fd, 100);
    (void)co_await p.sleep_until(cut_at);
    (void)co_await p.write(fd, Payload::pattern(1, 100, 100));
    Result<Payload> const got = co_await p.read(fd, 100);
    outcome.error = got.error();
    outcome.after_write = p.now() - cut_at;
}

Outcome run_once(std::uint64_t seed, bool with_digest) {
    Outcome outcome;
    bench::Pair pair{
        seed, *profile::find("linux"), {.name = "client-server", .delay = 10ms, .bits_per_second = 10'000'000}};
    trace::Digest digest;
    if (with_digest) {
        pair.world.attach(digest);
    }
    app::Main const server = [](app::Process& p) { return app::echo(p, bench::server_endpoint.port); };
    app::Main const client = [&outcome](app::Process& p) { return write_into_the_dark(p, outcome); };
    pair.world.install(pair.server, {"echo", app::coroutine_program(server)});
    pair.world.install(pair.client, {"client", app::coroutine_program(client)});
    pair.world.schedule(pair.world.add_step(world::CutLink{pair.link}), cut_at);
    pair.world.run(never);
    outcome.events = pair.world.events();
    outcome.client_segments = pair.world.machine(pair.client)->packets_sent();
    outcome.segments = pair.segments_sent();
    return outcome;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string_view> const arguments(argv + 1, argv + argc);
    std::uint64_t const count = bench::number(arguments, "--n", 1);
    bool const with_digest = bench::flag(arguments, "--digest");
    bench::Stopwatch const watch;
    Outcome last;
    std::uint64_t segments = 0;
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        last = run_once(seed, with_digest);
        segments += last.segments;
        if (last.error != Errno::etimedout) {
            std::fprintf(stderr, "no give-up, but %s\n", std::string{name(last.error)}.c_str());
            return 1;
        }
    }
    double const wall = watch.wall();
    double const cpu = watch.cpu();
    auto const per_second = [](std::uint64_t things, double time) { return static_cast<double>(things) / time; };
    bench::ResultLine{"tcpsim_w1_giveup_n" + std::to_string(count)}
        .add("giveup_after_write_s", std::chrono::duration<double>(last.after_write).count())
        .add("events_per_run", last.events)
        .add("segments_per_run", last.segments)
        .add("client_segments", last.client_segments)
        .add("wall_s", wall)
        .add("cpu_s", cpu)
        .add("scenarios_per_s", per_second(count, wall))
        .add("us_per_scenario", 1e6 * wall / static_cast<double>(count))
        .add("segments_per_s", per_second(segments, wall))
        .add("peak_rss_mib", bench::peak_rss_mib())
        .print();
    return 0;
}

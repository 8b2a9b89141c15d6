// W2: one flow of 1 GiB over 1 Gbit/s and 10 ms each way, 8 MiB of window and send buffer, payload never touched.
//   bench_bulk [--bytes 1073741824] [--delay-us 10000] [--buffer-mib 8] [--digest]
#include "sim/app/programs.hpp"
#include "sim/trace/digest.hpp"
#include "tests/bench/bench.hpp"

#include <chrono>
#include <cstdio>

using namespace tcpsim;

namespace {

constexpr std::uint64_t bits_per_second = 1'000'000'000;
constexpr std::uint32_t queue_packets = 10'000;

struct Received {
    std::uint64_t bytes{0};
    Instant finished{};
    bool as_written{true};
};

/// app::sink, but it says how much came and when.
app::Task<> measure(app::Process& p, Received& received) {
    std::int32_t const listener = (co_await p.socket()).value();
    (void)co_await p.bind(listener, {.port = bench::server_endpoint.port});
    (void)co_await p.listen(listener, 1);
    std::int32_t const fd = (co_await p.accept(listener)).value();
    for (;;) {
        Result<Payload> const got = co_await p.read(fd, 64ULL * 1024);
        if (!got.ok() || got.value().empty()) {
            break;
        }
        std::uint64_t const length = got.value().size();
        received.as_written =
            received.as_written && got.value() == Payload::pattern(app::bulk_stream, received.bytes, length);
        received.bytes += length;
    }
    received.finished = p.now();
    (void)co_await p.close(fd);
}

profile::Profile with_buffers(std::uint64_t mebibytes) {
    profile::Profile profile = *profile::find("linux");
    auto const bytes = static_cast<int>(mebibytes << 20U);
    profile.buffers.send_default.value = profile.buffers.send_max.value = bytes;
    // Linux offers half of a receive buffer as window.
    profile.buffers.receive_default.value = profile.buffers.receive_max.value = 2 * bytes;
    return profile;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string_view> const arguments(argv + 1, argv + argc);
    std::uint64_t const bytes = bench::number(arguments, "--bytes", std::uint64_t{1} << 30U);
    std::chrono::microseconds const delay{bench::number(arguments, "--delay-us", 10'000)};
    std::uint64_t const mebibytes = bench::number(arguments, "--buffer-mib", 8);
    Received received;
    bench::Stopwatch const watch;
    bench::Pair pair{
        1,
        with_buffers(mebibytes),
        {.name = "client-server", .delay = delay, .bits_per_second = bits_per_second, .queue_packets = queue_packets}};
    trace::Digest digest;
    if (bench::flag(arguments, "--digest")) {
        pair.world.attach(digest);
    }
    app::Main const source = [bytes](app::Process& p) { return app::bulk_send(p, bench::server_endpoint, bytes); };
    app::Main const target = [&received](app::Process& p) { return measure(p, received); };
    pair.world.install(pair.server, {"measure", app::coroutine_program(target)});
    pair.world.install(pair.client, {"source", app::coroutine_program(source)});
    pair.world.run(never);
    double const wall = watch.wall();
    double const cpu = watch.cpu();
    if (received.bytes != bytes || !received.as_written) {
        std::fprintf(stderr, "%llu of %llu bytes arrived%s\n", static_cast<unsigned long long>(received.bytes),
                     static_cast<unsigned long long>(bytes), received.as_written ? "" : ", not as written");
        return 1;
    }
    double const simulated = std::chrono::duration<double>(received.finished.time_since_epoch()).count();
    auto const segments = static_cast<double>(pair.segments_sent());
    std::uint64_t const client_segments = pair.world.machine(pair.client)->packets_sent();
    bench::ResultLine{"tcpsim_w2_bulk"}
        .add("bytes", bytes)
        .add("buffer_mib", mebibytes)
        .add("sim_s", simulated)
        .add("goodput_mbps", static_cast<double>(bytes) * 8e-6 / simulated)
        .add("events", pair.world.events())
        .add("segments", pair.segments_sent())
        .add("client_segments", client_segments)
        .add("wall_s", wall)
        .add("cpu_s", cpu)
        .add("segments_per_s", segments / wall)
        .add("client_segments_per_s", static_cast<double>(client_segments) / wall)
        .add("ns_per_client_segment", 1e9 * wall / static_cast<double>(client_segments))
        .add("events_per_s", static_cast<double>(pair.world.events()) / wall)
        .add("peak_rss_mib", bench::peak_rss_mib())
        .print();
    return 0;
}

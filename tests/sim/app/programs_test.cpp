// sim/app/programs.hpp: the built-in programs, over a pair of hosts.
#include "sim/app/programs.hpp"

#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::Process;
using app::Task;

namespace {

Task<> talk(Process& p, std::string words, std::string& answer) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.connect(fd, server_endpoint);
    (void)co_await p.write(fd, Payload::text(words));
    Result<Payload> const got = co_await p.read(fd, 1024);
    answer = got.ok() ? got.value().to_string() : std::string{name(got.error())};
    (void)co_await p.close(fd);
}
Task<> send_the_wrong_pattern(Process& p) {
    std::int32_t const fd = (co_await p.socket()).value();
    (void)co_await p.connect(fd, server_endpoint);
    (void)co_await p.write(fd, Payload::pattern(app::bulk_stream, 1, 100));
    (void)co_await p.close(fd);
}
app::Main const echo_server = [](Process& p) { return app::echo(p, port); };
app::Main const sink_server = [](Process& p) { return app::sink(p, port); };

}  // namespace

TEST_CASE("echo: two clients at once get their own words back after two round trips") {
    TwoHosts two;
    std::string first;
    std::string second;
    two.install(two.server, "echo", echo_server);
    two.install(two.client, "first", [&](Process& p) { return talk(p, "hello", first); });
    two.install(two.client, "second", [&](Process& p) { return talk(p, "world", second); });
    two.run();
    CHECK(first == "hello");
    CHECK(second == "world");
    auto const reads = two.returned(two.client, trace::Call::read);
    REQUIRE(reads.size() == 2);
    CHECK(reads[0].at() == at(2 * round_trip));
    CHECK(reads[1].at() == at(2 * round_trip));
    CHECK(two.happened(trace::Happening::process_exited).size() == 4);  // both clients, both children
}

TEST_CASE("bulk_send and sink: every byte of the pattern arrives, in time with the link's rate") {
    constexpr std::uint64_t bytes = 2ULL * 1024 * 1024;
    constexpr std::uint64_t bits_per_second = 100'000'000;
    Setting setting;
    setting.link.bits_per_second = bits_per_second;
    TwoHosts two{setting};
    two.install(two.server, "sink", sink_server);
    two.install(two.client, "source", [](Process& p) { return app::bulk_send(p, server_endpoint, bytes); });
    two.run();
    std::int64_t read = 0;
    for (auto const& call : two.returned(two.server, trace::Call::read)) {
        read += call->value;
    }
    CHECK(read == static_cast<std::int64_t>(bytes));
    auto const exited = two.happened(trace::Happening::process_exited);
    REQUIRE(exited.size() == 1);  // the sink waits for the next connection
    CHECK(exited[0]->name == "source");
    CHECK(exited[0]->status == 0);
    CHECK(exited[0].at() > at(std::chrono::nanoseconds{bytes * 8 * 1'000'000'000 / bits_per_second}));
}

TEST_CASE("sink: a byte that is not the pattern's ends it with status 1") {
    TwoHosts two;
    two.install(two.server, "sink", sink_server);
    two.install(two.client, "liar", send_the_wrong_pattern);
    two.run();
    auto const exited = two.happened(trace::Happening::process_exited);
    REQUIRE(exited.size() == 2);
    CHECK(exited[1]->name == "sink");
    CHECK(exited[1]->status == 1);
}

// sim/app/process.hpp: blocking calls in virtual time.
#include "sim/app/process.hpp"

#include "sim/app/programs.hpp"
#include "tests/sim/app/sockets.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::Process;
using app::Task;

namespace {

using Log = std::vector<std::pair<std::string, Instant>>;

Task<> sleep_and_note(Process& p, Log& log, std::string name, Duration duration) {
    (void)co_await p.sleep(duration);
    log.emplace_back(name, p.now());
}

/// So much that a writer must wait for a reader: the largest send buffer and the receive buffer do not hold it.
std::uint64_t more_than_the_buffers() {
    profile::Profile const& profile = *profile::find("linux");
    return static_cast<std::uint64_t>(profile.buffers.send_max.value) +
           static_cast<std::uint64_t>(profile.buffers.receive_default.value) + 1;
}

Task<> write_at_once(Process& p, std::uint64_t bytes, Result<std::uint64_t>& first, Result<std::uint64_t>& second) {
    std::int32_t const fd = co_await connected(p);
    first = co_await p.write(fd, Payload::pattern(app::bulk_stream, 0, bytes));
    second = co_await p.write(fd, Payload::text("more"));
    (void)co_await p.close(fd);
}
Task<> read_after(Process& p, Duration pause, std::uint64_t& total) {
    std::int32_t const fd = co_await accepted(p);
    (void)co_await p.sleep(pause);
    for (;;) {
        Result<Payload> const got = co_await p.read(fd, 1024ULL * 1024);
        if (!got.ok() || got.value().empty()) {
            break;
        }
        total += got.value().size();
    }
    (void)co_await p.close(fd);
}
Task<> accept_and_linger(Process& p) {
    (void)co_await accepted(p);
    (void)co_await p.sleep(1h);
}

Task<> write_once(Process& p, std::string text) {
    std::int32_t const fd = co_await connected(p);
    (void)co_await p.write(fd, Payload::text(text));
    (void)co_await p.close(fd);
}
Task<> exit_from_below(Process& p, std::int32_t status) {
    co_await p.exit(status);
    (void)co_await p.sleep(1s);
}
Task<> exit_through(Process& p, bool& went_on) {
    co_await exit_from_below(p, 3);
    went_on = true;
}
Task<> close_nothing_for_ever(Process& p) {
    for (;;) {
        (void)co_await p.close(99);
    }
}
Task<> fail_a_check(Process& p) {
    (void)co_await p.sleep(1s);
    check(false, "a claim of a test");
}

Task<> say(Process& p, std::int32_t fd, std::string words) {
    (void)co_await p.write(fd, Payload::text(words));
    (void)co_await p.close(fd);
}
Task<> answer_from_a_child(Process& p) {
    std::int32_t const fd = co_await accepted(p);
    (void)co_await p.fork(say, fd, std::string{"from the child"});
    (void)co_await p.close(fd);
}
Task<> listen_to(Process& p, std::vector<std::string>& heard) {
    std::int32_t const fd = co_await connected(p);
    for (;;) {
        Result<Payload> const got = co_await p.read(fd, 1024);
        if (!got.ok() || got.value().empty()) {
            break;
        }
        heard.push_back(got.value().to_string());
    }
}

}  // namespace

TEST_CASE("process: sleepers wake in the order of their times, then of their numbers") {
    TwoHosts two;
    Log log;
    auto const sleeper = [&](std::string const& name, Duration duration) {
        two.install(two.client, name,
                    [&log, name, duration](Process& p) { return sleep_and_note(p, log, name, duration); });
    };
    sleeper("late", 3s);
    sleeper("first of two", 2s);
    sleeper("second of two", 2s);
    sleeper("now", 0s);
    two.run();
    CHECK(log == Log{{"now", at(0s)}, {"first of two", at(2s)}, {"second of two", at(2s)}, {"late", at(3s)}});
}

TEST_CASE("process: connect blocks for one round trip, and is refused after one") {
    TwoHosts two;
    two.install(two.client, "refused", [](Process& p) { return write_once(p, "x"); });
    two.run();
    auto const connects = two.returned(two.client, trace::Call::connect);
    REQUIRE(connects.size() == 1);
    CHECK(connects[0]->error == Errno::econnrefused);
    CHECK(connects[0]->blocked);
    CHECK(connects[0]->because.kind == trace::Because::Kind::packet);
    CHECK(connects[0]->because.packet.origin == two.server);
    CHECK(connects[0].at() == at(round_trip));
}

TEST_CASE("process: a write larger than every buffer returns when the reader has made room") {
    TwoHosts two;
    Result<std::uint64_t> first{Errno::einval};
    Result<std::uint64_t> second{Errno::einval};
    std::uint64_t total = 0;
    two.install(two.server, "reader", [&](Process& p) { return read_after(p, 5s, total); });
    two.install(two.client, "writer",
                [&](Process& p) { return write_at_once(p, more_than_the_buffers(), first, second); });
    two.run();
    CHECK(first == Result<std::uint64_t>{more_than_the_buffers()});
    CHECK(second == Result<std::uint64_t>{std::uint64_t{4}});
    CHECK(total == more_than_the_buffers() + 4);
    auto const writes = two.returned(two.client, trace::Call::write);
    REQUIRE(writes.size() == 2);
    CHECK(writes[0]->blocked);
    CHECK(writes[0].at() > at(5s));
}

TEST_CASE("process: a blocked write that a reset ends returns what it queued, and the next one the error") {
    TwoHosts two;
    Result<std::uint64_t> first{Errno::einval};
    Result<std::uint64_t> second{Errno::einval};
    two.install(two.server, "deaf", accept_and_linger);
    two.install(two.client, "writer",
                [&](Process& p) { return write_at_once(p, more_than_the_buffers(), first, second); });
    two.schedule(5s, world::Kill{two.server, "deaf"});
    two.run();
    REQUIRE(first.ok());
    CHECK(first.value() > 0);
    CHECK(first.value() < more_than_the_buffers());
    CHECK(second.error() == Errno::econnreset);
    CHECK(two.returned(two.client, trace::Call::write)[0].at() == at(5s + one_way));
}

TEST_CASE("process: exit ends all its tasks at once and leaves its status") {
    TwoHosts two;
    bool went_on = false;
    two.install(two.client, "leaver", [&](Process& p) { return exit_through(p, went_on); });
    two.run();
    CHECK_FALSE(went_on);
    auto const exited = two.happened(trace::Happening::process_exited);
    REQUIRE(exited.size() == 1);
    CHECK(exited[0]->status == 3);
    CHECK(exited[0]->name == "leaver");
    CHECK(two.world.now() == at(0s));
}

TEST_CASE("process: a child shares the open file, and the stream ends with its last descriptor") {
    TwoHosts two;
    std::vector<std::string> heard;
    two.install(two.server, "parent", answer_from_a_child);
    two.install(two.client, "listener", [&](Process& p) { return listen_to(p, heard); });
    two.run();
    CHECK(heard == std::vector<std::string>{"from the child"});
    CHECK(two.happened(trace::Happening::process_started).size() == 3);
    CHECK(two.happened(trace::Happening::process_exited).size() == 3);
    CHECK(two.returned(two.client, trace::Call::read).back()->end_of_stream);
}

TEST_CASE("process: a call leaves two records of one number") {
    TwoHosts two;
    two.install(two.client, "refused", [](Process& p) { return write_once(p, "x"); });
    two.run();
    auto const made = two.all<trace::CallMade>([](auto const&) { return true; });
    auto const returned = two.all<trace::CallReturned>([](auto const&) { return true; });
    REQUIRE(made.size() == 4);  // socket, connect, write, close
    REQUIRE(returned.size() == made.size());
    for (std::size_t i = 0; i < made.size(); ++i) {
        CHECK(made[i]->number == i + 1);
        CHECK(returned[i]->number == i + 1);
        CHECK(made[i]->call == returned[i]->call);
        CHECK(made[i].record->serial < returned[i].record->serial);
    }
    CHECK(made[1]->address == server_endpoint);
    CHECK(returned[0]->value == 3);
    CHECK(returned[2]->error == Errno::ebadf);  // connected() gave -1
}

TEST_CASE("process: a program that never lets time go on is named") {
    world::World world{1};  // nobody listens: a trace of a million calls is long
    trace::NodeId const host =
        world.add_machine(configuration("client", client_address, server_address), *profile::find("linux"));
    world.install(host, {"hamster", app::coroutine_program(close_nothing_for_ever)});
    std::string complaint;
    try {
        world.run(at(1s));
    } catch (CheckFailed const& failed) {
        complaint = failed.what();
    }
    CHECK(complaint.find("hamster") != std::string::npos);
}

TEST_CASE("process: a failed check in a program comes out of the world") {
    TwoHosts two;
    two.install(two.client, "mistaken", fail_a_check);
    CHECK_THROWS_AS(two.run(), CheckFailed);
}

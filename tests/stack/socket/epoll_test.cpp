// epoll: epoll(7), epoll_ctl(2), epoll_wait(2); and who is woken with which mask.
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

constexpr Readiness in{.in = true};
constexpr Readiness out_only{.out = true};
constexpr Readiness in_out{.in = true, .out = true, .rdhup = true};

/// The events of one epoll_wait(), as "data:mask".
std::vector<std::string> events(SocketBench& t, FileId epoll, std::size_t most = 10) {
    std::vector<std::string> text;
    std::vector<EpollEvent> const ready = t.a.epoll_ready(epoll, most).value();
    for (EpollEvent const& event : ready) {
        text.push_back(std::to_string(event.data) + ":" + mask(event.events));
    }
    return text;
}
using Events = std::vector<std::string>;

}  // namespace

TEST_CASE("epoll_ctl: EBADF, EINVAL, EEXIST, ENOENT") {
    SocketBench t;
    Ends const e = two_ends(t);
    FileId const epoll = t.a.epoll_create();
    Watched const client{e.client, 3};
    CHECK(t.a.epoll_modify(epoll, client, {in}).error() == Errno::enoent);
    CHECK(t.a.epoll_remove(epoll, client).error() == Errno::enoent);
    CHECK(t.a.epoll_add(epoll, client, {in}).ok());
    CHECK(t.a.epoll_add(epoll, client, {in}).error() == Errno::eexist);
    CHECK(t.a.epoll_add(epoll, {e.client, 4}, {in}).ok());  // a duplicate of the descriptor
    CHECK(t.a.epoll_add(epoll, {FileId{99}, 5}, {in}).error() == Errno::ebadf);
    CHECK(t.a.epoll_add(FileId{99}, client, {in}).error() == Errno::ebadf);
    CHECK(t.a.epoll_add(epoll, {epoll, 6}, {in}).error() == Errno::einval);
    CHECK(t.a.epoll_add(e.client, {t.a.socket().value(), 7}, {in}).error() == Errno::einval);
    CHECK(t.a.epoll_ready(e.client, 1).error() == Errno::einval);
    CHECK(t.a.epoll_ready(epoll, 0).error() == Errno::einval);
    CHECK(t.a.epoll_ready(FileId{99}, 1).error() == Errno::ebadf);
    CHECK(t.a.epoll_remove(epoll, client).ok());
    CHECK(t.a.epoll_remove(epoll, client).error() == Errno::enoent);
}

TEST_CASE("socket calls on an epoll: ENOTSOCK") {
    SocketBench t;
    FileId const epoll = t.a.epoll_create();
    CHECK(t.a.connect(epoll, server_9998, t.now, t.out).error() == Errno::enotsock);
    CHECK(t.a.shutdown(epoll, ShutdownHow::both, t.now, t.out).error() == Errno::enotsock);
    CHECK(t.a.getsockname(epoll).error() == Errno::enotsock);
    CHECK(t.a.getsockopt(epoll, Option::so_error).error() == Errno::enotsock);
    CHECK(t.a.setsockopt(epoll, Option::tcp_nodelay, 1, t.now, t.out).error() == Errno::enotsock);
    CHECK(t.a.getpeername(epoll).error() == Errno::enotsock);
    CHECK(t.a.bind(epoll, {}).error() == Errno::enotsock);
    CHECK(t.a.listen(epoll, 1).error() == Errno::enotsock);
    CHECK(t.a.accept(epoll).error() == Errno::enotsock);
    CHECK(t.a.send(epoll, Payload::text("x"), {}, t.now, t.out).error() == Errno::enotsock);
    CHECK(t.a.receive(epoll, 1, {}, t.now, t.out).error() == Errno::enotsock);
    CHECK(t.a.tcp_info(epoll, t.now).error() == Errno::enotsock);
}

TEST_CASE("epoll, level-triggered: again and again while it is ready; only what was asked for, ERR and HUP always") {
    SocketBench t;
    Ends const e = two_ends(t);
    FileId const epoll = t.a.epoll_create();
    REQUIRE(t.a.epoll_add(epoll, {e.client, 3}, {.events = in, .data = 7}).ok());
    CHECK(events(t, epoll).empty());
    CHECK(mask(t.a.poll(epoll)) == "0");
    t.write_b(e.server, 10);
    CHECK(t.woken_a == std::vector<FileId>{e.client, epoll});
    CHECK(mask(t.a.poll(epoll)) == "IN");
    CHECK(events(t, epoll) == Events{"7:IN"});
    CHECK(events(t, epoll) == Events{"7:IN"});
    CHECK(t.read(e.client).ok());
    CHECK(events(t, epoll).empty());
    CHECK(t.write(e.client, 1).ok());
    t.close_b(e.server);  // unread: RST
    CHECK(events(t, epoll) == Events{"7:IN|ERR|HUP"});
}

TEST_CASE("epoll, edge-triggered: one event for each wake-up, with all that is ready by then") {
    SocketBench t;
    Ends const e = two_ends(t);
    FileId const epoll = t.a.epoll_create();
    REQUIRE(t.a.epoll_add(epoll, {e.client, 3}, {.events = in_out, .edge_triggered = true, .data = 7}).ok());
    CHECK(events(t, epoll) == Events{"7:OUT"});  // what is ready when it is added
    CHECK(events(t, epoll).empty());
    t.write_b(e.server, 10);
    CHECK(events(t, epoll) == Events{"7:IN|OUT"});
    CHECK(events(t, epoll).empty());
    t.write_b(e.server, 10);  // more of the same
    CHECK(events(t, epoll) == Events{"7:IN|OUT"});
    CHECK(t.read(e.client).ok());
    t.write_b(e.server, 10);
    CHECK(t.read(e.client).ok());
    CHECK(events(t, epoll) == Events{"7:OUT"});  // the wake-up remains, the text is gone
    t.close_b(e.server);
    CHECK(events(t, epoll) == Events{"7:IN|OUT|RDHUP"});
    CHECK(events(t, epoll).empty());
}

TEST_CASE("epoll, edge-triggered: a wake-up that tells of nothing asked for is none (Linux ep_poll_callback)") {
    SocketBench t;
    Ends const e = two_ends(t);
    FileId const epoll = t.a.epoll_create();
    REQUIRE(t.a.epoll_add(epoll, {e.client, 3}, {.events = out_only, .edge_triggered = true, .data = 7}).ok());
    CHECK(events(t, epoll) == Events{"7:OUT"});
    t.write_b(e.server, 10);
    CHECK(t.woken_a == std::vector<FileId>{e.client});
    CHECK(events(t, epoll).empty());
    CHECK(t.b.shutdown(e.server, ShutdownHow::write, t.now, t.out).ok());
    t.settle_from_b();  // a change of state concerns everybody
    CHECK(t.woken_a == std::vector<FileId>{e.client, epoll});
    CHECK(events(t, epoll) == Events{"7:OUT"});
}

TEST_CASE("epoll, one-shot: once, until it is armed again by EPOLL_CTL_MOD") {
    SocketBench t;
    Ends const e = two_ends(t);
    FileId const epoll = t.a.epoll_create();
    EpollInterest const interest{.events = in, .one_shot = true, .data = 7};
    REQUIRE(t.a.epoll_add(epoll, {e.client, 3}, interest).ok());
    t.write_b(e.server, 10);
    CHECK(events(t, epoll) == Events{"7:IN"});
    CHECK(events(t, epoll).empty());
    t.write_b(e.server, 10);
    t.close_b(e.server);
    CHECK(events(t, epoll).empty());
    CHECK(t.a.epoll_modify(epoll, {e.client, 3}, interest).ok());
    CHECK(events(t, epoll) == Events{"7:IN"});
}

TEST_CASE("epoll_wait: the longest ready first, at most as many as asked for, level-triggered ones queue up again") {
    SocketBench t;
    FileId const listening = t.listener();
    FileId const epoll = t.a.epoll_create();
    std::vector<FileId> servers;
    for (std::uint64_t i = 0; i < 3; ++i) {
        FileId const client = t.connected();
        servers.push_back(t.b.accept(listening).value());
        REQUIRE(t.a.epoll_add(epoll, {client, static_cast<std::int32_t>(i)}, {.events = in, .data = i}).ok());
    }
    for (std::size_t const i : {2U, 0U, 1U}) {
        t.write_b(servers[i], 1);
    }
    CHECK(events(t, epoll, 2) == Events{"2:IN", "0:IN"});
    CHECK(events(t, epoll, 2) == Events{"1:IN", "2:IN"});
    CHECK(events(t, epoll, 1) == Events{"0:IN"});
}

TEST_CASE("epoll: a file leaves with its last descriptor; a removed one is silent; a closed epoll is no trouble") {
    SocketBench t;
    Ends const e = two_ends(t);
    FileId const epoll = t.a.epoll_create();
    REQUIRE(t.a.epoll_add(epoll, {e.client, 3}, {.events = in, .data = 7}).ok());
    t.write_b(e.server, 10);
    t.a.retain(e.client);
    t.a.release(e.client, closing, t.now, t.out);
    CHECK(events(t, epoll) == Events{"7:IN"});
    CHECK(t.a.epoll_remove(epoll, {e.client, 3}).ok());
    CHECK(events(t, epoll).empty());
    REQUIRE(t.a.epoll_add(epoll, {e.client, 3}, {.events = in, .data = 8}).ok());
    t.a.release(e.client, closing, t.now, t.out);
    CHECK(events(t, epoll).empty());
    FileId const other = t.connected();
    REQUIRE(t.a.epoll_add(epoll, {other, 3}, {.events = in, .data = 9}).ok());
    t.a.release(epoll, closing, t.now, t.out);
    CHECK(t.b.accept(e.listening).ok());
    CHECK(t.a.getsockname(other).ok());
    CHECK(t.a.epoll_ready(epoll, 1).error() == Errno::ebadf);
}

TEST_CASE("epoll on a listener: IN while a connection waits") {
    SocketBench t;
    FileId const listening = t.listener();
    FileId const epoll = t.b.epoll_create();
    REQUIRE(t.b.epoll_add(epoll, {listening, 3}, {.events = in, .edge_triggered = true, .data = 7}).ok());
    t.connected();
    t.connected();
    host::Output last;
    last.acceptable = {{host::ListenerId{0, 1}}};
    CHECK(t.b.wakeups(last) == std::vector<Wakeup>{{listening, Readiness{.in = true}}, {epoll, Readiness{.in = true}}});
    REQUIRE(t.b.epoll_ready(epoll, 5).ok());
    CHECK(t.b.epoll_ready(epoll, 5).value().empty());
    CHECK(t.b.accept(listening).ok());
}

TEST_CASE("wakeups: text wakes readers, room wakes writers, a change of state everybody") {
    SocketBench t;
    Ends const e = two_ends(t);
    host::ConnectionId const id = t.host_a.connections().at(0);
    auto const key = [&](host::Readiness said) {
        said.connection = id;
        host::Output output;
        output.readiness = {said};
        std::vector<Wakeup> const woken = t.a.wakeups(output);
        REQUIRE(woken.size() == 1);
        CHECK(woken[0].file == e.client);
        return woken[0].key;
    };
    Readiness const all{true, true, true, true, true, true};
    CHECK(key({.readable = true}) == Readiness{.in = true, .pri = true});
    CHECK(key({.writable = true}) == Readiness{.out = true});
    CHECK(key({.reported = true}) == Readiness{.err = true});
    CHECK(key({.ended = true}) == all);
    CHECK(key({.state_changed = true}) == all);
}

TEST_CASE(
    "EPOLLEXCLUSIVE: of the epolls that watch so one is told, the first that somebody waits for; others all the same") {
    SocketBench t;
    FileId const listening = t.listener();
    FileId const first = t.b.epoll_create();
    FileId const second = t.b.epoll_create();
    FileId const plain = t.b.epoll_create();
    EpollInterest const exclusive{.events = in, .exclusive = true};
    REQUIRE(t.b.epoll_add(first, {listening, 3}, exclusive).ok());
    REQUIRE(t.b.epoll_add(second, {listening, 3}, exclusive).ok());
    REQUIRE(t.b.epoll_add(plain, {listening, 3}, {.events = in}).ok());
    host::Output output;
    output.acceptable = {{host::ListenerId{0, 1}}};
    CHECK(t.b.woken_by(output) == std::vector<FileId>{listening, first, plain});
    auto const second_alone = [=](FileId file) { return file == second; };
    CHECK(t.b.woken_by(output, second_alone) == std::vector<FileId>{listening, first, second, plain});
    auto const first_alone = [=](FileId file) { return file == first; };
    CHECK(t.b.woken_by(output, first_alone) == std::vector<FileId>{listening, first, plain});
}

TEST_CASE("EPOLLEXCLUSIVE: EINVAL with EPOLLPRI, EPOLLRDHUP or EPOLLONESHOT, and for EPOLL_CTL_MOD") {
    SocketBench t;
    Ends const e = two_ends(t);
    FileId const epoll = t.a.epoll_create();
    Watched const what{e.client, 3};
    CHECK(t.a.epoll_add(epoll, what, {.events = {.pri = true}, .exclusive = true}).error() == Errno::einval);
    CHECK(t.a.epoll_add(epoll, what, {.events = {.rdhup = true}, .exclusive = true}).error() == Errno::einval);
    CHECK(t.a.epoll_add(epoll, what, {.events = in, .one_shot = true, .exclusive = true}).error() == Errno::einval);
    CHECK(t.a.epoll_add(epoll, what, {.events = in, .edge_triggered = true, .exclusive = true}).ok());
    CHECK(t.a.epoll_modify(epoll, what, {.events = in}).error() == Errno::einval);
    REQUIRE(t.a.epoll_remove(epoll, what).ok());
    REQUIRE(t.a.epoll_add(epoll, what, {.events = in}).ok());
    CHECK(t.a.epoll_modify(epoll, what, {.events = in, .exclusive = true}).error() == Errno::einval);
}

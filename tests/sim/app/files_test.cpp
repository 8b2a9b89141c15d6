// Pipes and regular files, and the calls that move data between them and sockets. What is expected of Linux was measured on
// a 6.18 kernel where the man pages do not say it.
#include "tests/sim/app/sockets.hpp"
#include "tests/sim/world/two_hosts.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::tests;
using app::Process;
using app::Task;
using machine::PipeEnds;

namespace {

/// sendfile() from where the file stands.
constexpr std::optional<std::uint64_t> here{};

using Log = std::vector<std::string>;
void note(Log& log, Process const& p, std::string const& what) {
    log.push_back(what + " " + std::to_string(p.now().time_since_epoch() / 1ms) + "ms");
}
template <class T>
std::string told(Result<T> const& result) {
    if (!result.ok()) {
        return std::string{name(result.error())};
    }
    if constexpr (std::is_same_v<T, Payload>) {
        return result.value().to_string();
    } else if constexpr (std::is_same_v<T, Done>) {
        return "done";
    } else {
        return std::to_string(result.value());
    }
}
Payload zeros(std::uint64_t length) { return Payload::pattern(0, 0, length); }

/// Runs one program alone on the server until its end.
Log alone(std::function<Task<>(Process&, Log&)> const& program) {
    TwoHosts two;
    Log log;
    two.world.store(two.server, "page", Payload::text("0123456789"));
    two.install(two.server, "program", [&](Process& p) { return program(p, log); });
    two.run();
    return log;
}

/// The poll() bits of both ends.
Task<std::string> readiness(Process& p, PipeEnds ends) {
    std::vector<app::PollFd> const asked{{.fd = ends.read, .events = {.in = true, .out = true}},
                                         {.fd = ends.write, .events = {.in = true, .out = true}}};
    auto const found = co_await p.poll(asked, Duration{0});
    co_return std::to_string(app::poll_bits(found.value()[0].revents)) + " " +
        std::to_string(app::poll_bits(found.value()[1].revents));
}

// --- pipe(7)

Task<std::uint64_t> fill(Process& p, std::uint64_t piece) {
    PipeEnds const ends = (co_await p.pipe2(app::o_nonblock)).value();
    std::uint64_t all = 0;
    for (;;) {
        Payload const text = zeros(piece);
        Result<std::uint64_t> const took = co_await p.write(ends.write, text);
        if (!took.ok()) {
            CHECK(took.error() == Errno::eagain);
            break;
        }
        all += took.value();
    }
    Result<std::int64_t> const left = co_await p.ioctl(ends.read, socket::Inquiry::fionread);
    CHECK(std::cmp_equal(left.value(), all));
    co_return all;
}
Task<> fill_in_pieces(Process& p, Log& log) {
    std::vector<std::uint64_t> const pieces{1, 100, 4095, 4096, 4097, 5000, 65536, 70000};
    for (std::uint64_t const piece : pieces) {
        std::uint64_t const all = co_await fill(p, piece);
        log.push_back(std::to_string(all));
    }
}
Task<> become_ready(Process& p, Log& log) {
    PipeEnds const ends = (co_await p.pipe()).value();
    log.push_back("fresh " + co_await readiness(p, ends));
    (void)co_await p.write(ends.write, zeros(1));
    log.push_back("1 byte " + co_await readiness(p, ends));
    (void)co_await p.write(ends.write, zeros(61439));
    log.push_back("61440 bytes " + co_await readiness(p, ends));
    (void)co_await p.write(ends.write, zeros(1));
    log.push_back("61441 bytes " + co_await readiness(p, ends));
    (void)co_await p.read(ends.read, 4096);
    log.push_back("4096 read " + co_await readiness(p, ends));
    (void)co_await p.close(ends.write);
    PipeEnds const reader{ends.read, -1};
    log.push_back("no writer " + co_await readiness(p, reader));
    PipeEnds const other = (co_await p.pipe()).value();
    (void)co_await p.close(other.read);
    PipeEnds const writer{-1, other.write};
    log.push_back("no reader " + co_await readiness(p, writer));
}
Task<> read_and_wait(Process& p, Log& log, PipeEnds ends) {
    (void)co_await p.close(ends.write);
    note(log, p, "read " + told(co_await p.read(ends.read, 100)));
    note(log, p, "read " + told(co_await p.read(ends.read, 3)));
    note(log, p, "read " + told(co_await p.read(ends.read, 100)));
    note(log, p, "end " + told(co_await p.read(ends.read, 100)));
}
Task<> write_to_child(Process& p, Log& log) {
    PipeEnds const ends = (co_await p.pipe()).value();
    app::Main const child = [&log, ends](Process& q) { return read_and_wait(q, log, ends); };
    (void)co_await p.fork(child);
    (void)co_await p.close(ends.read);
    (void)co_await p.sleep(1s);
    (void)co_await p.write(ends.write, Payload::text("hello"));
    (void)co_await p.sleep(1s);
    (void)co_await p.write(ends.write, Payload::text("again"));
    (void)co_await p.sleep(1s);
}
Task<> read_slowly(Process& p, PipeEnds ends) {
    for (int i = 0; i < 3; ++i) {
        (void)co_await p.sleep(1s);
        (void)co_await p.read(ends.read, 40000);
    }
}
Task<> write_much(Process& p, Log& log) {
    PipeEnds const ends = (co_await p.pipe()).value();
    app::Main const child = [ends](Process& q) { return read_slowly(q, ends); };
    (void)co_await p.fork(child);
    (void)co_await p.close(ends.read);
    (void)co_await p.signal(machine::Signal::sigpipe, machine::OnSignal::ignore);
    note(log, p, "write " + told(co_await p.write(ends.write, zeros(100'000))));
    note(log, p, "write " + told(co_await p.write(ends.write, zeros(100'000))));
    note(log, p, "write " + told(co_await p.write(ends.write, zeros(1))));
}
Task<> write_to_nobody(Process& p, Log& log) {
    PipeEnds const ends = (co_await p.pipe()).value();
    (void)co_await p.close(ends.read);
    note(log, p, "writes");
    (void)co_await p.write(ends.write, zeros(1));
    note(log, p, "survives");
}
Task<> misuse(Process& p, Log& log) {
    PipeEnds const ends = (co_await p.pipe()).value();
    std::int32_t const page = (co_await p.open("page")).value();
    log.push_back("read " + told(co_await p.read(ends.write, 1)));
    log.push_back("write " + told(co_await p.write(ends.read, zeros(1))));
    log.push_back("recv " + told(co_await p.recv(ends.read, 1)));
    log.push_back("send " + told(co_await p.send(ends.write, zeros(1))));
    log.push_back("listen " + told(co_await p.listen(ends.read, 1)));
    log.push_back("getsockopt " + told(co_await p.getsockopt(page, socket::Option::so_error)));
    log.push_back("ioctl " + told(co_await p.ioctl(ends.read, socket::Inquiry::siocoutq)));
    std::int32_t const epoll = (co_await p.epoll_create()).value();
    socket::EpollInterest const readable{.events = {.in = true}};
    log.push_back("epoll_ctl " + told(co_await p.epoll_ctl(epoll, app::EpollControl::add, page, readable)));
}
Task<> write_twice(Process& q, PipeEnds ends) {
    (void)co_await q.sleep(1s);
    (void)co_await q.write(ends.write, zeros(1));
    (void)co_await q.sleep(1s);
    (void)co_await q.write(ends.write, zeros(1));
    (void)co_await q.sleep(1s);
}
Task<> watch_pipe(Process& p, Log& log) {
    PipeEnds const ends = (co_await p.pipe()).value();
    std::int32_t const epoll = (co_await p.epoll_create()).value();
    socket::EpollInterest const edge{.events = {.in = true}, .edge_triggered = true};
    (void)co_await p.epoll_ctl(epoll, app::EpollControl::add, ends.read, edge);
    app::Main const child = [ends](Process& q) { return write_twice(q, ends); };
    (void)co_await p.fork(child);
    (void)co_await p.close(ends.write);
    for (int i = 0; i < 3; ++i) {
        auto const found = co_await p.epoll_wait(epoll, 8, Duration{-1});
        note(log, p, std::to_string(app::poll_bits(found.value().at(0).events)));
    }
}

/// What epoll tells of both ends, edge-triggered, as "r1 w4".
Task<std::string> edges(Process& p, std::int32_t epoll, PipeEnds ends) {
    std::string text;
    auto const found = co_await p.epoll_wait(epoll, 8, Duration{0});
    for (socket::EpollEvent const& event : found.value()) {
        bool const reader = std::cmp_equal(event.data, ends.read);
        text +=
            (text.empty() ? "" : " ") + std::string{reader ? "r" : "w"} + std::to_string(app::poll_bits(event.events));
    }
    co_return text;
}
Task<> watch_both_ends(Process& p, Log& log) {
    PipeEnds const ends = (co_await p.pipe2(app::o_nonblock)).value();
    std::int32_t const epoll = (co_await p.epoll_create()).value();
    socket::EpollInterest const in{
        .events = {.in = true}, .edge_triggered = true, .data = static_cast<std::uint64_t>(ends.read)};
    socket::EpollInterest const out{
        .events = {.out = true}, .edge_triggered = true, .data = static_cast<std::uint64_t>(ends.write)};
    (void)co_await p.epoll_ctl(epoll, app::EpollControl::add, ends.read, in);
    (void)co_await p.epoll_ctl(epoll, app::EpollControl::add, ends.write, out);
    log.push_back("fresh " + co_await edges(p, epoll, ends));
    (void)co_await p.write(ends.write, zeros(2));
    log.push_back("written " + co_await edges(p, epoll, ends));
    (void)co_await p.read(ends.read, 1);
    log.push_back("read " + co_await edges(p, epoll, ends));
    (void)co_await p.write(ends.write, zeros(1));
    log.push_back("written " + co_await edges(p, epoll, ends));
    (void)co_await p.write(ends.write, zeros(70000));
    log.push_back("filled " + co_await edges(p, epoll, ends));
    (void)co_await p.read(ends.read, 100);
    log.push_back("no page free " + co_await edges(p, epoll, ends));
    (void)co_await p.read(ends.read, 5000);
    log.push_back("a page free " + co_await edges(p, epoll, ends));
    (void)co_await p.read(ends.read, 70000);
    log.push_back("read " + co_await edges(p, epoll, ends));
    (void)co_await p.close(ends.write);
    log.push_back("closed " + co_await edges(p, epoll, ends));
}

// --- sendfile(2), splice(2)

Task<> send_page(Process& p, Log& log) {
    std::int32_t const fd = co_await connected(p);
    std::int32_t const page = (co_await p.open("page")).value();
    log.push_back(told(co_await p.sendfile(fd, page, 2, 3)));
    log.push_back(told(co_await p.sendfile(fd, page, here, 4)));
    log.push_back(told(co_await p.sendfile(fd, page, here, 100)));
    log.push_back("end " + told(co_await p.sendfile(fd, page, here, 100)));
    log.push_back("end " + told(co_await p.sendfile(fd, page, 10, 1)));
    log.push_back("from a socket " + told(co_await p.sendfile(fd, fd, here, 1)));
    log.push_back("from nothing " + told(co_await p.sendfile(fd, 77, here, 1)));
    log.push_back("to nothing " + told(co_await p.sendfile(77, page, here, 1)));
    log.push_back("no such file " + told(co_await p.open("other")));
    (void)co_await p.close(fd);
}
Task<> read_all(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    log.push_back("got " + told(co_await p.recv(fd, 100, app::msg_waitall)));
}
Task<> send_big(Process& p, Log& log, bool waits) {
    std::int32_t const fd = co_await connected(p);
    std::uint32_t const flags = waits ? 0 : app::o_nonblock;
    (void)co_await p.fcntl_setfl(fd, flags);
    std::int32_t const big = (co_await p.open("big")).value();
    Result<std::uint64_t> const sent = co_await p.sendfile(fd, big, here, 10'000'000);
    log.push_back(sent.value() == 1'000'000 ? "all" : sent.value() > 0 ? "a part" : "nothing");
    log.push_back(told(co_await p.sendfile(fd, big, here, 10'000'000)));
    (void)co_await p.close(fd);
}
Task<> sink(Process& p, std::uint64_t& bytes) {
    std::int32_t const fd = co_await accepted(p);
    for (;;) {
        Result<Payload> const text = co_await p.read(fd, 100'000);
        if (!text.ok() || text.value().empty()) {
            break;
        }
        bool const right = text.value() == Payload::pattern(1, bytes, text.value().size());
        CHECK(right);
        bytes += text.value().size();
    }
}

Task<> say(Process& p, std::vector<std::string> words) {
    std::int32_t const fd = co_await connected(p);
    for (std::string const& word : words) {
        (void)co_await p.sleep(1s);
        Payload const text = Payload::text(word);
        (void)co_await p.write(fd, text);
    }
    (void)co_await p.sleep(1s);
}
Task<> relay(Process& p, Log& log) {
    std::int32_t const from = co_await accepted(p);
    std::int32_t const to = (co_await p.socket()).value();
    wire::Endpoint const reader{client_address, port};
    (void)co_await p.connect(to, reader);
    PipeEnds const ends = (co_await p.pipe()).value();
    note(log, p, "in " + told(co_await p.splice(from, ends.write, 3)));
    note(log, p, "in " + told(co_await p.splice(from, ends.write, 100)));
    note(log, p, "out " + told(co_await p.splice(ends.read, to, 4)));
    note(log, p, "out " + told(co_await p.splice(ends.read, to, 100)));
    note(log, p, "in " + told(co_await p.splice(from, ends.write, 100)));
    note(log, p, "out " + told(co_await p.splice(ends.read, to, 100)));
    note(log, p, "end " + told(co_await p.splice(from, ends.write, 100)));
    (void)co_await p.close(ends.write);
    note(log, p, "end " + told(co_await p.splice(ends.read, to, 100)));
    (void)co_await p.close(to);
}
Task<> splice_wrongly(Process& p, Log& log) {
    std::int32_t const fd = co_await accepted(p);
    PipeEnds const ends = (co_await p.pipe()).value();
    log.push_back("no pipe " + told(co_await p.splice(fd, fd, 1)));
    log.push_back("of nothing " + told(co_await p.splice(fd, fd, 0)));
    log.push_back("bad flags " + told(co_await p.splice(fd, ends.write, 1, 64)));
    log.push_back("wrong end " + told(co_await p.splice(ends.write, fd, 1)));
    log.push_back("wrong end " + told(co_await p.splice(fd, ends.read, 1)));
    log.push_back("not open " + told(co_await p.splice(77, ends.write, 1)));
    log.push_back("empty pipe " + told(co_await p.splice(ends.read, fd, 1, app::splice_f_nonblock)));
    (void)co_await p.setsockopt(fd, socket::Option::so_rcvtimeo, 1'000'000);
    note(log, p, "waits");
    note(log, p, "socket " + told(co_await p.splice(fd, ends.write, 1, app::splice_f_nonblock)));
    (void)co_await p.fcntl_setfl(fd, app::o_nonblock);
    note(log, p, "socket " + told(co_await p.splice(fd, ends.write, 1)));
    (void)co_await p.signal(machine::Signal::sigpipe, machine::OnSignal::ignore);
    (void)co_await p.close(ends.read);
    note(log, p, "no readers " + told(co_await p.splice(fd, ends.write, 1)));
}
Task<> full_pipe(Process& p, Log& log) {
    PipeEnds const ends = (co_await p.pipe()).value();
    PipeEnds const next = (co_await p.pipe()).value();
    std::int32_t const page = (co_await p.open("page")).value();
    log.push_back("file " + told(co_await p.splice(page, ends.write, 4)));
    log.push_back("write " + told(co_await p.write(ends.write, zeros(61440))));
    log.push_back("full " + told(co_await p.splice(page, ends.write, 4, app::splice_f_nonblock)));
    log.push_back("pipe to pipe " + told(co_await p.splice(ends.read, next.write, 5)));
    log.push_back("read " + told(co_await p.read(next.read, 4)));
    std::int32_t const copy = (co_await p.open("copy", app::o_wronly | app::o_creat | app::o_trunc)).value();
    (void)co_await p.write(next.write, Payload::text("abc"));
    (void)co_await p.read(next.read, 1);
    log.push_back("to a file " + told(co_await p.splice(next.read, copy, 3)));
    std::int32_t const again = (co_await p.open("copy")).value();
    log.push_back("read " + told(co_await p.read(again, 100)));
    log.push_back("no reading " + told(co_await p.read(copy, 1)));
    log.push_back("no writing " + told(co_await p.write(again, zeros(1))));
}

Task<> splice_to_the_gone(Process& p, Log& log) {
    std::int32_t const fd = co_await connected(p);
    PipeEnds const ends = (co_await p.pipe()).value();
    Payload const text = Payload::text("hello");
    (void)co_await p.write(ends.write, text);
    (void)co_await p.sleep(1s);
    log.push_back(told(co_await p.splice(ends.read, fd, 100)));
    log.push_back("still there " + told(co_await p.ioctl(ends.read, socket::Inquiry::fionread)));
    (void)co_await p.splice(ends.read, fd, 100);
    log.push_back("survives");
}
Task<> reset_at_once(Process& p) {
    std::int32_t const fd = co_await accepted(p);
    (void)co_await p.setsockopt(fd, socket::Option::so_linger, 0);
    (void)co_await p.close(fd);
}

}  // namespace

TEST_CASE("splice(2) to a connection that was reset: the error once, then EPIPE and SIGPIPE; the pipe keeps the data") {
    TwoHosts two;
    Log log;
    two.install(two.server, "server", reset_at_once);
    two.install(two.client, "client", [&](Process& p) { return splice_to_the_gone(p, log); });
    two.run();
    CHECK(log == Log{"ECONNRESET", "still there 5"});
    CHECK(two.happened(trace::Happening::process_killed).size() == 1);
}

TEST_CASE("pipe(7), pipe capacity: 65536 bytes in 16 pages, which odd pieces do not fill; then EAGAIN") {
    CHECK(alone(fill_in_pieces) == Log{"65536", "64000", "65520", "65536", "45066", "54096", "65536", "65536"});
}

TEST_CASE(
    "poll(2) on a pipe: POLLIN with data, POLLOUT with a free page, POLLHUP without writers, POLLERR without readers") {
    CHECK(alone(become_ready) == Log{"fresh 0 4", "1 byte 1 4", "61440 bytes 1 4", "61441 bytes 1 0", "4096 read 1 4",
                                     "no writer 17 0", "no reader 0 12"});
}

TEST_CASE("pipe(2) and fork(2): who reads waits for data, and meets the end when the last writer has closed") {
    CHECK(alone(write_to_child) == Log{"read hello 1000ms", "read aga 2000ms", "read in 2000ms", "end  3000ms"});
}

TEST_CASE("write(2) to a full pipe waits for room; when the last reader goes, a part written is told, then EPIPE") {
    Log const log = alone(write_much);
    CHECK(log == Log{"write 100000 1000ms", "write 42656 3000ms", "write EPIPE 3000ms"});
}

TEST_CASE("pipe(7): SIGPIPE ends who writes to a pipe without readers") {
    CHECK(alone(write_to_nobody) == Log{"writes 0ms"});
}

TEST_CASE("calls on what they are not for: EBADF, ENOTSOCK, ENOTTY, EPERM") {
    CHECK(alone(misuse) == Log{"read EBADF", "write EBADF", "recv ENOTSOCK", "send ENOTSOCK", "listen ENOTSOCK",
                               "getsockopt ENOTSOCK", "ioctl ENOTTY", "epoll_ctl EPERM"});
}

TEST_CASE("epoll(7) on a pipe, edge-triggered: an event for every write, and EPOLLHUP") {
    CHECK(alone(watch_pipe) == Log{"1 1000ms", "1 2000ms", "17 3000ms"});
}

TEST_CASE("epoll(7), edge-triggered: readers hear of every write, writers of a page that comes free in a full pipe") {
    CHECK(alone(watch_both_ends) == Log{"fresh w4", "written r1", "read ", "written r1", "filled r1", "no page free ",
                                        "a page free w4", "read ", "closed r16"});
}

TEST_CASE("open(2), sendfile(2): from an offset, from where the file stands, to its end; EINVAL, EBADF, ENOENT") {
    TwoHosts two;
    Log log;
    Log got;
    two.world.store(two.client, "page", Payload::text("0123456789"));
    two.install(two.server, "reader", [&](Process& p) { return read_all(p, got); });
    two.install(two.client, "sender", [&](Process& p) { return send_page(p, log); });
    two.run();
    CHECK(log == Log{"3", "4", "6", "end 0", "end 0", "from a socket EINVAL", "from nothing EBADF", "to nothing EBADF",
                     "no such file ENOENT"});
    CHECK(got == Log{"got 2340123456789"});
}

TEST_CASE("sendfile(2): waits until all of it is queued; with O_NONBLOCK it sends what fits, then EAGAIN") {
    for (bool const waits : {true, false}) {
        CAPTURE(waits);
        TwoHosts two;
        Log log;
        std::uint64_t bytes = 0;
        two.world.store(two.client, "big", Payload::pattern(1, 0, 1'000'000));
        two.install(two.server, "sink", [&](Process& p) { return sink(p, bytes); });
        two.install(two.client, "sender", [&](Process& p) { return send_big(p, log, waits); });
        two.run();
        CHECK(log == (waits ? Log{"all", "0"} : Log{"a part", "EAGAIN"}));
        CHECK((bytes == 1'000'000) == waits);
        CHECK(bytes > 0);
    }
}

TEST_CASE("splice(2): from a socket into a pipe and out to another socket; waits for the first byte; 0 at the end") {
    TwoHosts two;
    Log log;
    Log got;
    two.install(two.client, "reader", [&](Process& p) { return read_all(p, got); });
    two.install(two.server, "relay", [&](Process& p) { return relay(p, log); });
    two.install(two.client, "client", [](Process& p) { return say(p, {"abcde", "fg"}); });
    two.run();
    CHECK(log == Log{"in 3 1030ms", "in 2 1030ms", "out 4 1030ms", "out 1 1030ms", "in 2 2030ms", "out 2 2030ms",
                     "end 0 3030ms", "end 0 3030ms"});
    CHECK(got == Log{"got abcdefg"});
}

TEST_CASE("splice(2), errors; SPLICE_F_NONBLOCK is about pipes, O_NONBLOCK about sockets") {
    TwoHosts two;
    Log log;
    two.install(two.server, "program", [&](Process& p) { return splice_wrongly(p, log); });
    two.install(two.client, "client", [](Process& p) -> Task<> {
        (void)co_await connected(p);
        (void)co_await p.sleep(10s);
    });
    two.run();
    CHECK(log == Log{"no pipe EINVAL", "of nothing 0", "bad flags EINVAL", "wrong end EBADF", "wrong end EBADF",
                     "not open EBADF", "empty pipe EAGAIN", "waits 30ms", "socket EAGAIN 1030ms",
                     "socket EAGAIN 1030ms", "no readers EPIPE 1030ms"});
}

TEST_CASE("splice(2): between files and pipes; EAGAIN when the pipe has no page left") {
    CHECK(alone(full_pipe) == Log{"file 4", "write 61440", "full EAGAIN", "pipe to pipe 5", "read 0123", "to a file 3",
                                  "read abc", "no reading EBADF", "no writing EBADF"});
}

TEST_CASE("a disk survives a loss of power, a pipe does not") {
    TwoHosts two;
    Log log;
    two.install(two.server, "program", [&](Process& p) -> Task<> {
        Result<std::int32_t> const found = co_await p.open("note");
        if (found.ok()) {
            log.push_back(told(co_await p.read(found.value(), 10)));
            co_return;
        }
        std::int32_t const made = (co_await p.open("note", app::o_wronly | app::o_creat | app::o_trunc)).value();
        (void)co_await p.write(made, Payload::text("kept"));
        PipeEnds const ends = (co_await p.pipe()).value();
        (void)co_await p.read(ends.read, 1);
    });
    two.schedule(1s, world::PowerLoss{two.server});
    two.schedule(2s, world::Boot{two.server});
    two.run();
    CHECK(log == Log{"kept"});
}

// --strace and --ss-at, as a person sees them.
#include "tests/tools/tcpsim/program.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace tcpsim::testing {
namespace {

std::vector<std::string> lines_with(std::string const& text, std::string const& part) {
    std::vector<std::string> found;
    for (std::string const& line : lines_of(text)) {
        if (contains(line, part)) {
            found.push_back(line);
        }
    }
    return found;
}

TEST_CASE("--strace: a program's calls in strace's form") {
    Outcome const outcome =
        tcpsim({"run", "scenarios/killed-server-then-write.yaml", "--trace", "none", "--strace", "client"});
    CHECK(outcome.status == 0);
    for (char const* line :
         {"[pid   1] 0.000000 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3 <0.000000>",
          "[pid   1] 0.020000 write(3, \"hello\", 5) = 5 <0.000000>",
          "[pid   1] 0.020000 read(3, \"hello\", 1024) = 5 <0.020000>",
          "[pid   1] 0.040000 clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=1, tv_nsec=0}, NULL) = 0 <1.000000>",
          "[pid   1] 1.040000 write(3, \"is anybody there?\\n\", 18) = 18 <0.000000>",
          "[pid   1] 1.040000 read(3, \"\", 1024) = 0 <0.000000>",
          "[pid   1] 2.040000 sendto(3, \"hello?\", 6, MSG_NOSIGNAL, NULL, 0) = -1 EPIPE (Broken pipe) <0.000000>",
          "[pid   1] 2.040000 +++ exited with 0 +++"}) {
        CHECK_MESSAGE(lines_with(outcome.out, line).size() == 1, line);
    }
    CHECK(
        lines_with(outcome.out, "connect(3, {sa_family=AF_INET, sin_port=htons(9998), sin_addr=inet_addr(\"").size() ==
        1);
    auto const polls = lines_with(outcome.out, "poll([{fd=3, events=POLLIN|POLLOUT|POLLRDHUP}], 1, 0) = 1");
    REQUIRE(polls.size() == 2);
    CHECK(contains(polls[0], "([{fd=3, revents=POLLIN|POLLOUT|POLLRDHUP}])"));
    CHECK(contains(polls[1], "([{fd=3, revents=POLLIN|POLLOUT|POLLERR|POLLHUP|POLLRDHUP}])"));
}

TEST_CASE("--strace: children, signals and calls that wait while others speak") {
    Outcome const killed =
        tcpsim({"run", "scenarios/second-write-kills-the-writer.yaml", "--trace", "none", "--strace", "client"});
    CHECK(lines_with(killed.out, "[pid   2] 2.040000 +++ killed by SIGPIPE +++").size() == 1);
    CHECK(lines_with(killed.out, "wait4(-1,  <unfinished ...>").size() == 1);
    CHECK(lines_with(killed.out,
                     "<... wait4 resumed>[{WIFSIGNALED(s) && WTERMSIG(s) == SIGPIPE}], 0, NULL) = 2 <2.040000>")
              .size() == 1);
    Outcome const handled =
        tcpsim({"run", "scenarios/signal-interrupts-a-read.yaml", "--trace", "none", "--strace", "patient"});
    auto const reads = lines_with(handled.out, "read(3, ");
    REQUIRE(reads.size() == 2);
    CHECK(contains(reads[0], "= ? ERESTARTSYS (To be restarted if SA_RESTART is set) <1.000000>"));
    CHECK(contains(reads[1], "read(3, \"late\", 1024) = 4"));
    CHECK(lines_with(handled.out, "--- SIGALRM {si_signo=SIGALRM} ---").size() == 1);
}

TEST_CASE("--strace: a name that nobody has is the user's mistake") {
    Outcome const outcome = tcpsim({"run", "scenarios/reboot.yaml", "--strace", "cleint"});
    CHECK(outcome.status == 2);
    CHECK(contains(outcome.err, "--strace 'cleint': there is no such program; did you mean 'client'?"));
}

TEST_CASE("--ss-at: all connections at an instant, with their timers and figures") {
    Outcome const outcome =
        tcpsim({"run", "scenarios/crash.yaml", "--trace", "none", "--ss-at", "2s", "--ss-at", "100ms"});
    CHECK(outcome.status == 0);
    CHECK(lines_with(outcome.out, "client at 0.100000 s: 1 socket").size() == 1);
    CHECK(lines_with(outcome.out, "server at 0.100000 s: 2 sockets").size() == 1);
    CHECK(lines_with(outcome.out, "server at 2.000000 s: 0 sockets").size() == 1);
    auto const rows = lines_with(outcome.out, "ESTAB ");
    REQUIRE(rows.size() == 3);
    CHECK(contains(rows[0], "users:((\"client\",pid=1,fd=3))"));
    CHECK_FALSE(contains(rows[0], "timer:"));
    // Written at 1.5 s; repeated 224 ms later (the probe), and twice by the timer: the next is due at 2.396 s.
    CHECK(contains(rows[2], "timer:(on,396ms,1)"));
    CHECK(rows[2].substr(0, 30) == "tcp   ESTAB      0      5     ");
    CHECK(lines_with(outcome.out, " rto:448 backoff:1 rtt:20.4/").size() == 1);
}

TEST_CASE("ss: a step of the timeline shows the sockets of a host") {
    Outcome const outcome = tcpsim({"run", "scenarios/polite-shutdown.yaml", "--trace", "none"});
    CHECK(outcome.status == 0);
    CHECK(lines_with(outcome.out, "client at ").empty());
    REQUIRE(lines_with(outcome.out, "server at 5.000000 s: ").size() == 1);
    CHECK(lines_with(outcome.out, "users:((\"stubborn\",pid=2,fd=4))").size() == 1);
}

TEST_CASE("--strace: epoll, in strace's form") {
    Outcome const outcome =
        tcpsim({"run", "scenarios/epoll-serves-many.yaml", "--trace", "none", "--strace", "server"});
    CHECK(outcome.status == 0);
    for (char const* line :
         {"epoll_create1(0) = 4 <0.000000>",
          "epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data={u32=3, u64=3}}) = 0 <0.000000>",
          "[pid   1] 0.000000 epoll_wait(4, [{events=EPOLLIN, data={u32=3, u64=3}}], 16, -1) = 1 <0.030000>"}) {
        CHECK_MESSAGE(lines_with(outcome.out, line).size() == 1, line);
    }
}

TEST_CASE("--strace: pipes, files, datagrams and messages, in strace's form") {
    auto const calls_of = [](char const* file, char const* program) {
        return tcpsim({"run", file, "--trace", "none", "--strace", program}).out;
    };
    std::string const proxy = calls_of("scenarios/proxy-splices.yaml", "proxy");
    for (char const* line : {"pipe([6, 7]) = 0 <0.000000>",
                             "splice(6, NULL, 5, NULL, 65536, SPLICE_F_NONBLOCK) = -1 EAGAIN (Resource temporarily "
                             "unavailable) <0.000000>",
                             "splice(4, NULL, 7, NULL, 65536, SPLICE_F_NONBLOCK) = 11 <0.000000>",
                             "ioctl(6, FIONREAD, [11]) = 0 <0.000000>"}) {
        CHECK_MESSAGE(lines_with(proxy, line).size() == 1, line);
    }
    std::string const server = calls_of("scenarios/proxy-splices.yaml", "server");
    CHECK(lines_with(server, "openat(AT_FDCWD, \"page\", O_RDONLY) = 5").size() == 1);
    CHECK(lines_with(server, "sendfile(4, 5, NULL, 1000000) = 5000").size() == 1);
    std::string const client = calls_of("scenarios/datagrams-and-errors.yaml", "client");
    for (char const* line :
         {"sendto(3, \"question\", 8, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"10.2.0.2\")}, "
          "16) = 8",
          "msg_namelen=16, msg_iov=[{iov_base=\"a long\", iov_len=6}], msg_iovlen=1, msg_controllen=0, "
          "msg_flags=MSG_TRUNC}, MSG_TRUNC) = 13 <0.020000>",
          "msg_flags=MSG_ERRQUEUE}, MSG_ERRQUEUE) = 8"}) {
        CHECK_MESSAGE(lines_with(client, line).size() == 1, line);
    }
}

TEST_CASE("--ss-at: UDP, listeners with their queues, orphans, connections on their way in and out") {
    TemporaryDirectory const directory;
    std::string const file = directory.with("tables.yaml", R"(name: tables
topology: {shape: routed, rtt: 20ms}
programs:
  - name: server
    host: server
    steps:
      - {socket: u, type: udp}
      - {bind: 53, socket: u}
      - {listen: 80, backlog: 4, socket: l}
      - {accept: , socket: l, as: a}
      - {setsockopt: SO_KEEPALIVE, socket: a, value: 1}
      - {sleep: 100s}
  - name: client
    host: client
    steps:
      - {connect: "server:80", socket: one, must: true}
      - {connect: "server:80", socket: two, at: 1s, must: true}
      - {write: {pattern: 100}, socket: two}
      - {close: , socket: two}
      - {socket: u, type: udp}
      - {sendto: "question", to: "server:53", socket: u}
      - {connect: "server:80", socket: three, at: 4s}
timeline:
  - {at: 4015ms, cut: client-router}
)");
    Outcome const outcome =
        tcpsim({"run", file, "--trace", "none", "--until", "5s", "--ss-at", "1030ms", "--ss-at", "4100ms"});
    auto const has = [&](std::string const& row) {
        CHECK_MESSAGE(lines_with(outcome.out, row).size() == 1, row << " in\n" << outcome.out);
    };
    auto const both = [&](std::string const& row) { CHECK_MESSAGE(lines_with(outcome.out, row).size() == 2, row); };
    both(
        "udp   UNCONN     832    0                  0.0.0.0:53              0.0.0.0:* users:((\"server\",pid=1,fd=3))");
    both(
        "tcp   LISTEN     1      4                  0.0.0.0:80              0.0.0.0:* users:((\"server\",pid=1,fd=4))");
    both("            10.2.0.2:80         10.1.0.2:52044 users:((\"server\",pid=1,fd=5)) timer:(keepalive,119min,0)");
    both("tcp   CLOSE-WAIT 100    0                 10.2.0.2:80         10.1.0.2:52046");
    has("tcp   FIN-WAIT-1 0      101            10.1.0.2:52046            10.2.0.2:80 timer:(on,034ms,0)");
    has("tcp   FIN-WAIT-2 0      0              10.1.0.2:52046            10.2.0.2:80 timer:(timewait,56sec,0)");
    has("tcp   SYN-SENT   0      1              10.1.0.2:52058            10.2.0.2:80 users:((\"client\",pid=1,fd=5)) "
        "timer:(on,900ms,0)");
    has("tcp   SYN-RECV   0      0                 10.2.0.2:80         10.1.0.2:52058 timer:(on,910ms,0)");
}

TEST_CASE("--ss-at: a time that is none is the user's mistake") {
    Outcome const outcome = tcpsim({"run", "scenarios/reboot.yaml", "--ss-at", "soon"});
    CHECK(outcome.status == 2);
    CHECK(contains(outcome.err, "--ss-at 'soon'"));
}

}  // namespace
}  // namespace tcpsim::testing

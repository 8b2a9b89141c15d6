// Every call as a step, with its expected result beside it.
#include "sim/scenario/shape.hpp"
#include "sim/scenario/steps_program.hpp"
#include "sim/scenario/words.hpp"
#include "tests/sim/scenario/support.hpp"

#include <sstream>

using namespace tcpsim;
using namespace tcpsim::tests;

namespace {

std::string failures(scenario::Report const& report) {
    std::string lines;
    for (auto const& each : report.verdicts) {
        lines += each.holds ? "" : each.name + ": expected " + each.expected + ", seen " + each.seen + "\n";
    }
    return lines;
}

std::string const pair = R"(name: calls
topology: {shape: pair, rtt: 20ms}
programs:
)";

/// The server accepts one connection and then does `server`; the client connects and then does `client`. All hold.
std::string wrong(std::string const& server, std::string const& client, std::string const& more = "") {
    auto const scenario = loaded(pair + R"(
  - name: server
    host: server
    steps:
      - listen: 7
      - accept
)" + server + R"(
  - name: client
    host: client
)" + more + R"(
    steps:
      - connect: "server:7"
        must: true
)" + client);
    auto const report = run(scenario);
    std::size_t expected = 0;
    for (auto const& program : scenario.programs) {
        for (auto const& step : std::get<scenario::StepsProgram>(program.what).steps) {
            expected += scenario::has_expectation(step) ? 1 : 0;
        }
    }
    CHECK(report.verdicts.size() == expected);
    return failures(report);
}

std::string complaint(std::string const& steps) {
    return problems(load(pair + "  - name: p\n    host: client\n    steps:\n" + steps));
}

}  // namespace

TEST_CASE("steps: readv, writev, sendmsg, recvmsg, recvfrom on a stream") {
    CHECK(wrong(R"(
      - {readv: 100, returns: "one", takes: 0s}
      - {recvmsg: 100, returns: "two", at: 1s}
      - {recvfrom: 100, returns: "three", at: 2s}
      - {readv: 100, returns: end}
)",
                R"(
      - {writev: "one", returns: 3}
      - {sendmsg: "two", flags: [nosignal], at: 500ms, returns: 3}
      - {send: "three", flags: [eor], at: 1500ms, returns: 5}
      - sleep: 3s
      - close
)") == "");
}

TEST_CASE("steps: UDP: socket, bind, sendto, recvfrom, connect, recvmsg with MSG_TRUNC and MSG_ERRQUEUE") {
    CHECK(failures(run(loaded(pair + R"(
  - name: server
    host: server
    steps:
      - {socket: u, type: udp}
      - {bind: 53, socket: u, host: server, returns: 0}
      - {getsockname: , socket: u, returns: "server:53"}
      - {recvfrom: 100, socket: u, returns: "question", from: "client:5000"}
      - {sendto: "a long answer", to: "client:5000", socket: u, returns: 13}
  - name: client
    host: client
    steps:
      - {socket: u, type: udp}
      - {bind: 5000, socket: u, returns: 0}
      - {getpeername: , socket: u, fails: ENOTCONN}
      - {sendto: "question", to: "server:53", socket: u, at: 1s, returns: 8}
      - {recvmsg: 6, socket: u, flags: [trunc], returns: 13, from: "server:53", truncated: true, takes: 20ms}
      - {connect: "server:9", socket: u, returns: 0}
      - {getpeername: , socket: u, returns: "server:9"}
      - {setsockopt: IP_RECVERR, socket: u, value: 1, returns: 0}
      - {write: "anybody?", socket: u, returns: 8}
      - {read: 100, socket: u, fails: ECONNREFUSED, takes: 20ms}
      - {recvmsg: 100, socket: u, flags: [errqueue], report: ECONNREFUSED, from: "server:9"}
      - {recvmsg: 100, socket: u, flags: [errqueue], fails: EAGAIN}
)"))) == "");
}

TEST_CASE("steps: pipe, open, splice, sendfile, from the disk to the other host") {
    CHECK(wrong(R"(
      - pipe: [r, w]
        flags: [nonblock]
        returns: 0
      - {splice: r, into: w, bytes: 1, fails: EAGAIN}
      - {splice: accepted, into: w, bytes: 64KiB, returns: 60}
      - {splice: accepted, into: w, bytes: 64KiB, returns: 40, takes: 20ms}
      - {open: copy, mode: create, as: copy}
      - {splice: r, into: copy, bytes: 64KiB, returns: 100}
      - {open: copy, as: again}
      - {read: {exactly: 100}, socket: again, returns: {pattern: 100}}
      - {open: nothing, fails: ENOENT}
      - {splice: accepted, into: again, bytes: 1, fails: EINVAL}
)",
                R"(
      - {open: page}
      - {sendfile: file, bytes: 60, socket: s, returns: 60}
      - {sendfile: file, bytes: 1MB, socket: s, returns: 40}
      - {sendfile: file, bytes: 10, offset: 100, socket: s, returns: 0}
      - sleep: 1s
)",
                "    files: [{name: page, holds: {pattern: 100}}]\n") == "");
}

TEST_CASE("steps: dup2, fcntl, getsockname, getpeername, accept4") {
    CHECK(failures(run(loaded(pair + R"(
  - name: server
    host: server
    steps:
      - listen: 7
      - {getsockname: , socket: s, returns: "server:8"}
  - name: late
    host: server
    steps:
      - {listen: 8}
      - {accept: , flags: [nonblock], as: c}
      - {fcntl: F_GETFL, socket: c, returns: [nonblock]}
      - {read: 10, socket: c, fails: EAGAIN}
      - {fcntl: F_SETFL, socket: c, flags: []}
      - {fcntl: F_GETFL, socket: c, returns: []}
      - {getsockname: , socket: c, returns: "server:8"}
      - {dup2: c, onto: s}
      - {read: 10, socket: s, returns: end, takes: 980ms}
  - name: client
    host: client
    steps:
      - {bind: 0, socket: b, returns: 0}
      - {bind: 7, host: server, socket: other, fails: EADDRNOTAVAIL}
      - {connect: "server:8", socket: t, returns: 0}
      - {getpeername: , socket: t, returns: "server:8"}
      - {close: , socket: t, at: 1s}
)"))) == "server: 1st getsockname tells server:8: expected tells server:8, seen returns 0, tells 0.0.0.0:7\n");
}

TEST_CASE("steps: select and epoll on several descriptors, level, edge and one-shot") {
    CHECK(wrong(R"(
      - {select: [accepted in, s in], timeout: 100ms, returns: [], takes: 100ms}
      - {select: [accepted in out, s in], returns: [accepted out]}
      - {select: [accepted in, terminal in], returns: [accepted in]}
      - epoll_create
      - {epoll_ctl: add, events: [in, rdhup], returns: 0}
      - {epoll_ctl: add, events: [in], fails: EEXIST}
      - {epoll_wait: , returns: [accepted in]}
      - {epoll_wait: , returns: [accepted in], takes: 0s}
      - {epoll_ctl: modify, events: [in, et], returns: 0}
      - {epoll_wait: , returns: [accepted in]}
      - {epoll_wait: , timeout: 10ms, returns: [], takes: 10ms}
      - {epoll_ctl: modify, events: [in, rdhup, oneshot], returns: 0}
      - {epoll_wait: , returns: [accepted in]}
      - {epoll_wait: ep, timeout: 0s, returns: []}
      - {epoll_ctl: delete, returns: 0}
      - {epoll_ctl: modify, events: [in], fails: ENOENT}
)",
                R"(
      - {write: "x", at: 1s}
      - sleep: 2s
)") == "");
}

TEST_CASE("steps: TCP_CONGESTION, TCP_INFO, TCP_MD5SIG and other options") {
    CHECK(wrong(R"(
      - {getsockopt: TCP_INFO, member: tcpi_state, returns: 1}
      - {getsockopt: TCP_INFO, member: tcpi_unacked, returns: 0}
      - {getsockopt: TCP_CONGESTION, returns: cubic}
      - {setsockopt: TCP_CONGESTION, value: reno, returns: 0}
      - {getsockopt: TCP_CONGESTION, returns: reno}
      - {setsockopt: TCP_CONGESTION, value: none, fails: ENOENT}
      - {setsockopt: TCP_MD5SIG, peer: client, value: secret, socket: s, returns: 0}
      - {setsockopt: SO_RCVBUF, value: 4096, returns: 0}
      - {getsockopt: SO_RCVBUF, returns: 8192}
)",
                "      - sleep: 1s\n") == "");
}

TEST_CASE("steps: MSG_ZEROCOPY is reported in the error queue") {
    CHECK(wrong("      - {read: 10, returns: \"free\"}\n", R"(
      - {setsockopt: SO_ZEROCOPY, value: 1, returns: 0}
      - {send: "free", flags: [zerocopy], returns: 4}
      - {sleep: 100ms}
      - {recvmsg: 10, flags: [errqueue], returns: 0, report: zerocopy}
)") == "");
}

TEST_CASE("steps: watch_links wakes when a cable is pulled, of which TCP says nothing") {
    auto const report = run(loaded(R"(name: links
topology: {shape: pair, rtt: 20ms}
programs:
  - {name: server, host: server, run: echo, port: 7}
  - name: client
    host: client
    steps:
      - {connect: "server:7", must: true}
      - {watch_links: , takes: 980ms}
      - {poll: [in], timeout: 0s, returns: []}
timeline:
  - {at: 1s, cut: client-server}
)"));
    CHECK(failures(report) == "");
    CHECK(report.verdicts.size() >= 3);
}

TEST_CASE("steps: what takes another time is noticed") {
    std::string const said = wrong("      - {read: 10, returns: \"late\", takes: 1s}\n",
                                   "      - {write: \"late\", at: 500ms}\n      - sleep: 1s\n");
    CHECK(said.find("expected returns \"late\", takes 1s, seen returns 4 (\"late\"), takes 480ms") !=
          std::string::npos);
}

TEST_CASE("docs/programs.md tells of every call, every step and every built-in program") {
    std::string const page = file_text("docs/programs.md");
    auto const tells_of = [&](std::string_view word) {
        std::string const name{word};
        return page.find("`" + name + "`") != std::string::npos || page.find("`" + name + ":") != std::string::npos ||
               page.find("`" + name + ",") != std::string::npos;
    };
    for (std::string_view const call : scenario::call_words()) {
        CHECK_MESSAGE(tells_of(call), call);
    }
    for (scenario::Variant const& step : scenario::step_shape().variants) {
        CHECK_MESSAGE(tells_of(step.fields.front().name), step.fields.front().name);
    }
    for (scenario::Variant const& program : scenario::program_shape().variants) {
        CHECK_MESSAGE((program.word.empty() || tells_of(program.word)), program.word);
    }
}

TEST_CASE("scenarios/README.md: every rule has a scenario and a test that exist") {
    std::istringstream page{file_text("scenarios/README.md")};
    std::string line;
    std::size_t rules = 0;
    while (std::getline(page, line)) {
        std::size_t const test = line.rfind("| `");
        if (test == std::string::npos || line.find("_test.cpp`") == std::string::npos) {
            continue;
        }
        ++rules;
        std::size_t const end = line.find('`', test + 3);
        (void)file_text("tests/" + line.substr(test + 3, end - test - 3));
        for (std::size_t at = line.find("]("); at != std::string::npos; at = line.find("](", at + 1)) {
            (void)file_text("scenarios/" + line.substr(at + 2, line.find(')', at) - at - 2));
        }
    }
    CHECK(rules == 17);
}

TEST_CASE("steps: mistakes are named") {
    CHECK(complaint("      - {open: page}\n      - {read: 10, socket: fil}\n").find("did you mean 'file'") !=
          std::string::npos);
    CHECK(complaint("      - {socket: a}\n      - {select: [b in], timeout: 1s}\n")
              .find("no step before this makes socket 'b'") != std::string::npos);
    CHECK(complaint("      - {socket: a}\n      - {select: [a inn], timeout: 1s}\n").find("no event is called 'inn'") !=
          std::string::npos);
    CHECK(complaint("      - {socket: a}\n      - {select: [a]}\n").find("'a' without an event") != std::string::npos);
    CHECK(
        complaint("      - {socket: a}\n      - {getsockopt: TCP_INFO}\n").find("TCP_INFO and 'member' go together") !=
        std::string::npos);
    CHECK(complaint("      - {socket: a}\n      - {setsockopt: SO_RCVBUF, value: much}\n").find("much") !=
          std::string::npos);
    CHECK(complaint("      - {socket: a}\n      - {epoll_wait: }\n").find("no step before this makes socket 'ep'") !=
          std::string::npos);
    CHECK(complaint("      - {socket: a}\n      - {getsockname: , returns: here}\n").find("'returns' cannot be") !=
          std::string::npos);
}

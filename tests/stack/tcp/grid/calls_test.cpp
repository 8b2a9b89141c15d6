// User calls × state: RFC 9293 §3.10.2-5, as sockets have them: an error is an errno, "connection closing" is EPIPE for a
// writer and the end of the stream for a reader. Calls on CLOSED and LISTEN never reach a connection: see
// tests/stack/socket, and the last test here.
#include "stack/socket/sockets.hpp"
#include "tests/stack/tcp/grid/grid.hpp"
#include "tests/support/hosts.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace std::chrono_literals;

namespace {

template <class T>
std::string returned(Result<T> const& result, std::uint64_t count) {
    return result.ok() ? "=" + std::to_string(count) : "!" + std::string{name(result.error())};
}

std::string send(Dialogue& d) {
    auto const result = d.try_write(5);
    return returned(result, result.ok() ? result.value() : 0);
}
std::string receive(Dialogue& d) {
    auto const result = d.read(100);
    return returned(result, result.ok() ? result.value().size() : 0);
}

// clang-format off
std::vector<Kind> const kinds{
    {"SEND",     nullptr, send},
    {"RECEIVE",  nullptr, receive},
    {"shutdown", nullptr, [](Dialogue& d) { d.shutdown(); return std::string{}; }},
    {"CLOSE",    nullptr, [](Dialogue& d) { d.close(); return std::string{}; }},
    {"ABORT",    nullptr, [](Dialogue& d) { d.abort(); return std::string{}; }},
};
// clang-format on

}  // namespace

TEST_CASE("grid: user calls × state (RFC 9293 §3.10.2-5)") {
    // In SYN-SENT and SYN-RECEIVED text is queued; the socket layer lets a program wait instead.
    check_grid({
        "calls",
        R"(
                          | SEND     | RECEIVE | shutdown       | CLOSE          | ABORT
SYN-SENT                  | =5       | !EAGAIN | CLOSED         | CLOSED         | CLOSED
SYN-RECEIVED passive      | =5       | !EAGAIN | fin FIN-WAIT-1 | fin FIN-WAIT-1 | reset CLOSED
SYN-RECEIVED passive linux | .       | .       | -              | .              | .
SYN-RECEIVED active       | =5       | !EAGAIN | fin FIN-WAIT-1 | fin FIN-WAIT-1 | reset CLOSED
SYN-RECEIVED active linux | .        | .       | -              | .              | .
ESTABLISHED               | text5 =5 | !EAGAIN | fin FIN-WAIT-1 | fin FIN-WAIT-1 | reset CLOSED
FIN-WAIT-1                | !EPIPE   | !EAGAIN | -              | -              | reset CLOSED
FIN-WAIT-2                | !EPIPE   | !EAGAIN | -              | -              | reset CLOSED
CLOSE-WAIT                | text5 =5 | =0      | fin LAST-ACK   | fin LAST-ACK   | reset CLOSED
CLOSING                   | !EPIPE   | =0      | -              | -              | CLOSED
LAST-ACK                  | !EPIPE   | =0      | -              | -              | CLOSED
TIME-WAIT                 | !EPIPE   | =0      | -              | -              | CLOSED
TIME-WAIT linux           | .        | .       | .              | .              | -

linux: recorded. tcp_shutdown: the FIN of a connection in SYN-RECEIVED waits until it is established; what waits in TIME-WAIT is
       no socket any more, which nobody can abort
)",
        kinds,
        {"SYN-SENT", "SYN-RECEIVED passive", "SYN-RECEIVED active", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2",
         "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"},
    });
}

TEST_CASE("grid: user calls with unread text × state (RFC 9293 §3.10.3, §3.6.1) [SHLD-3]") {
    // What came before the end is still read, and a CLOSE that throws it away resets where the peer can still be told.
    check_grid({
        "calls, unread text",
        R"(
                         | SEND     | RECEIVE | shutdown       | CLOSE          | ABORT
ESTABLISHED unread       | text5 =5 | =7      | fin FIN-WAIT-1 | reset CLOSED   | reset CLOSED
ESTABLISHED unread bsd44 | .        | .       | .              | fin FIN-WAIT-1 | .
FIN-WAIT-1 unread        | !EPIPE   | =7      | -              | reset CLOSED   | reset CLOSED
FIN-WAIT-1 unread bsd44  | .        | .       | .              | -              | .
FIN-WAIT-2 unread        | !EPIPE   | =7      | -              | reset CLOSED   | reset CLOSED
FIN-WAIT-2 unread bsd44  | .        | .       | .              | -              | .
CLOSE-WAIT unread        | text5 =5 | =7      | fin LAST-ACK   | reset CLOSED   | reset CLOSED
CLOSE-WAIT unread bsd44  | .        | .       | .              | fin LAST-ACK   | .
CLOSING unread           | !EPIPE   | =7      | -              | reset CLOSED   | reset CLOSED
CLOSING unread bsd44     | .        | .       | .              | -              | CLOSED
LAST-ACK unread          | !EPIPE   | =7      | -              | reset CLOSED   | reset CLOSED
LAST-ACK unread bsd44    | .        | .       | .              | -              | CLOSED
TIME-WAIT unread         | !EPIPE   | =7      | -              | -              | CLOSED
TIME-WAIT unread linux   | .        | .       | .              | .              | -

linux: recorded. What waits in TIME-WAIT is no socket any more, which nobody can abort
bsd44: soclose, tcp_disconnect: unread text is thrown away in silence
)",
        kinds,
        {"ESTABLISHED unread", "FIN-WAIT-1 unread", "FIN-WAIT-2 unread", "CLOSE-WAIT unread", "CLOSING unread",
         "LAST-ACK unread", "TIME-WAIT unread"},
    });
}

TEST_CASE("grid: user calls in CLOSED and LISTEN (RFC 9293 §3.10.2-5)") {
    profile::Profile const profile = profile_of("linux");
    host::Host a{configuration_of(true), profile, SipKey{1, 2}};
    socket::Sockets sockets{a};
    host::Output out;
    Instant const now{1000s};
    wire::Endpoint const here{{}, 9998};
    for (bool const listening : {false, true}) {
        CAPTURE(listening);
        socket::FileId const file = sockets.socket().value();
        if (listening) {
            REQUIRE(sockets.bind(file, here).ok());
            REQUIRE(sockets.listen(file, 1).ok());
        }
        // SEND: "connection does not exist", "remote socket unspecified".
        CHECK(name(sockets.write(file, Payload::text("x"), now, out).error()) == name(Errno::epipe));
        CHECK(name(sockets.read(file, 1, now, out).error()) == name(Errno::enotconn));
        // CLOSE: "delete TCB, enter CLOSED state"; the port is free again.
        sockets.release(file, tcp::Cause{tcp::Why::closed}, now, out);
        CHECK(a.check_bind(here).ok());
        CHECK(sockets.read(file, 1, now, out).error() == Errno::ebadf);
        CHECK(out.frames.empty());
    }
}

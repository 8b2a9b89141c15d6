// Two hosts side by side and the socket calls of both; frames fly at once unless the wire is cut.
#pragma once

#include "stack/socket/sockets.hpp"
#include "tests/support/hosts.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace tcpsim::test {

using socket::FileId;
using socket::Option;

inline constexpr tcp::Cause closing{tcp::Why::closed};
inline constexpr wire::Endpoint server_9998{address_b, 9998};

/// Two hosts side by side; frames fly at once unless the wire is cut.
struct SocketBench {
    profile::Profile profile{*profile::find("linux")};
    host::Host host_a{configuration_of(true), profile, SipKey{1, 2}};
    host::Host host_b{configuration_of(false), profile, SipKey{3, 4}};
    socket::Sockets a{host_a};
    socket::Sockets b{host_b};
    host::Output out{};
    Instant now{std::chrono::seconds{1000}};
    bool cut{false};
    std::vector<FileId> woken_a{};

    /// Carries frames to and fro until nobody says anything.
    void settle() {
        bool from_a = true;
        std::deque<std::pair<bool, wire::Frame>> wire;
        for (host::Outgoing const& frame : out.frames) {
            wire.emplace_back(from_a, frame.frame);
        }
        out.clear();
        while (!wire.empty() && !cut) {
            auto const [is_from_a, frame] = std::move(wire.front());
            wire.pop_front();
            host::Host& to = is_from_a ? host_b : host_a;
            host::Output answer;
            to.frame_arrives(0, frame, now, answer);
            if (!is_from_a) {
                woken_a = a.woken_by(answer);
            }
            for (host::Outgoing const& next : answer.frames) {
                wire.emplace_back(!is_from_a, next.frame);
            }
        }
    }
    /// What b said goes to a.
    void settle_from_b() {
        std::vector<host::Outgoing> const said = std::move(out.frames);
        out.clear();
        for (host::Outgoing const& frame : said) {
            if (!cut) {
                host_a.frame_arrives(0, frame.frame, now, out);
            }
        }
        woken_a = a.woken_by(out);
        settle();
    }

    FileId listener(int backlog = 5) {
        FileId const file = b.socket().value();
        REQUIRE(b.bind(file, {{}, 9998}).ok());
        REQUIRE(b.listen(file, backlog).ok());
        return file;
    }
    /// A connected socket of a, and its other end if there is a listener.
    FileId connected() {
        FileId const file = a.socket().value();
        CHECK(a.connect(file, server_9998, now, out).error() == Errno::einprogress);
        settle();
        REQUIRE(a.connect_result(file, now, out).ok());
        return file;
    }
    Errno connect(FileId file) {
        Errno const error = a.connect(file, server_9998, now, out).error();
        settle();
        return error;
    }
    Result<Payload> read(FileId file, std::uint64_t at_most = 1000) {
        Result<Payload> result = a.read(file, at_most, now, out);
        settle();
        return result;
    }
    Result<std::uint64_t> write(FileId file, std::uint64_t bytes) {
        Result<std::uint64_t> result = a.write(file, Payload::pattern(1, 0, bytes), now, out);
        settle();
        return result;
    }
    void write_b(FileId file, std::uint64_t bytes) {
        CHECK(b.write(file, Payload::pattern(1, 0, bytes), now, out).ok());
        settle_from_b();
    }
    void close_b(FileId file) {
        b.release(file, closing, now, out);
        settle_from_b();
    }
    Errno so_error(FileId file) { return static_cast<Errno>(a.getsockopt(file, Option::so_error).value()); }
};

struct Ends {
    FileId listening, client, server;
};
inline Ends two_ends(SocketBench& bench) {
    FileId const listening = bench.listener();
    FileId const client = bench.connected();
    Result<FileId> const server = bench.b.accept(listening);
    REQUIRE(server.ok());
    return {listening, client, server.value()};
}

/// In the recorder's order.
inline std::string mask(socket::Readiness r) {
    std::string text;
    for (auto const& [bit, name] : {std::pair{r.in, "IN|"}, std::pair{r.out, "OUT|"}, std::pair{r.err, "ERR|"},
                                    std::pair{r.hup, "HUP|"}, std::pair{r.rdhup, "RDHUP|"}, std::pair{r.pri, "PRI|"}}) {
        text += bit ? name : "";
    }
    return text.empty() ? "0" : text.substr(0, text.size() - 1);
}

}  // namespace tcpsim::test

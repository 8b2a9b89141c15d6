// Who may bind and listen on a port of which somebody has the rest, against what was measured on Linux
// (tests/reference/linux-6.18/sockets/binds.txt).
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <map>
#include <string>
#include <utility>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

namespace {

using Named = std::pair<std::string, host::Reuse>;
std::array<Named, 4> const sharings{Named{"neither", {false, false}}, Named{"address", {true, false}},
                                    Named{"port", {false, true}}, Named{"both", {true, true}}};

wire::Ipv4Address address_named(std::string const& name) {
    return name == "one" ? address_a : name == "other" ? loopback : wire::Ipv4Address{};
}

/// Somebody has a port of host a.
struct Stage {
    SocketBench bench{};
    std::uint16_t port{0};

    FileId shared(host::Reuse reuse) {
        FileId const file = bench.a.socket().value();
        CHECK(bench.a.setsockopt(file, Option::so_reuseaddr, reuse.address ? 1 : 0, bench.now, bench.out).ok());
        CHECK(bench.a.setsockopt(file, Option::so_reuseport, reuse.port ? 1 : 0, bench.now, bench.out).ok());
        return file;
    }
    void connects(FileId file) {
        bench.listener();
        CHECK(bench.connect(file) == Errno::einprogress);
        CHECK(bench.a.connect_result(file, bench.now, bench.out).ok());
    }
    /// Both ends; a's listener is closed.
    std::pair<FileId, FileId> accepts(FileId listening) {
        CHECK(bench.a.listen(listening, 5).ok());
        FileId const client = bench.b.socket().value();
        CHECK(bench.b.connect(client, {address_a, port}, bench.now, bench.out).error() == Errno::einprogress);
        bench.settle_from_b();
        Result<FileId> const accepted = bench.a.accept(listening);
        REQUIRE(accepted.ok());
        bench.a.release(listening, closing, bench.now, bench.out);
        return {accepted.value(), client};
    }
    void hold(std::string const& kind, wire::Ipv4Address address, host::Reuse reuse) {
        FileId const file = shared(reuse);
        if (kind != "connected without bind") {
            REQUIRE(bench.a.bind(file, {address, 0}).ok());
        } else {
            connects(file);
        }
        port = bench.a.getsockname(file).value().port;
        if (kind == "listening") {
            CHECK(bench.a.listen(file, 5).ok());
        } else if (kind == "connected") {
            connects(file);
        } else if (kind == "accepted" || kind == "in TIME-WAIT") {
            auto const [accepted, client] = accepts(file);
            if (kind == "in TIME-WAIT") {
                bench.a.release(accepted, closing, bench.now, bench.out);
                bench.settle();
                bench.close_b(client);
            }
        }
    }
    std::string newcomer(wire::Ipv4Address address, host::Reuse reuse) {
        FileId const file = shared(reuse);
        Result<Done> const bound = bench.a.bind(file, {address, port});
        if (!bound.ok()) {
            return std::string{name(bound.error())};
        }
        Result<Done> const listens = bench.a.listen(file, 5);
        return listens.ok() ? "listens" : "bound, " + std::string{name(listens.error())};
    }
};

/// The recorded line that begins as `line` does.
std::string ours(std::string const& line) {
    std::string const before = line.substr(0, line.find(':'));
    std::string const kind = before.substr(0, before.find(" on "));
    std::string const held = before.substr(before.find(" with ") + 6, before.find(';') - before.find(" with ") - 6);
    std::string const first = before.substr(kind.size() + 4, before.find(" with ") - kind.size() - 4);
    std::string const second = before.substr(before.find("; ") + 2);
    std::map<std::string, host::Reuse> const by_name(sharings.begin(), sharings.end());
    std::string text = before + ": ";
    for (auto const& [wanted, reuse] : sharings) {
        Stage stage;
        stage.hold(kind, address_named(first), by_name.at(held));
        text += wanted + " " + stage.newcomer(address_named(second), reuse) + (wanted == "both" ? "" : "; ");
    }
    return text;
}

}  // namespace

TEST_CASE("bind(2), SO_REUSEADDR, SO_REUSEPORT: whoever has the port in whatever way, as measured") {
    std::ifstream file{"tests/reference/linux-6.18/sockets/binds.txt"};
    REQUIRE(file);
    int compared = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.front() != '#') {
            CHECK(ours(line) == line);
            ++compared;
        }
    }
    CHECK(compared > 100);
}

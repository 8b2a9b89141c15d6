// TCP_MD5SIG (tcp(7), RFC 2385).
#include "tests/support/socket_bench.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::socket;
using namespace tcpsim::test;

TEST_CASE("TCP_MD5SIG: both ends need the key; text flows between those who have it, and nobody else gets in") {
    SocketBench t;
    FileId const listening = t.listener();
    REQUIRE(t.b.set_md5_key(listening, address_a, "secret").ok());
    FileId const stranger = t.a.socket().value();
    CHECK(t.connect(stranger) == Errno::einprogress);
    CHECK(t.a.connect_result(stranger, t.now, t.out).error() == Errno::einprogress);
    CHECK(t.b.accept(listening).error() == Errno::eagain);

    FileId const client = t.a.socket().value();
    REQUIRE(t.a.set_md5_key(client, address_b, "secret").ok());
    CHECK(t.connect(client) == Errno::einprogress);
    CHECK(t.a.connect_result(client, t.now, t.out).ok());
    FileId const server = t.b.accept(listening).value();
    t.write_b(server, 100);
    CHECK(t.read(client).value() == Payload::pattern(1, 0, 100));
    // A key that is taken away at one end only is none.
    REQUIRE(t.a.set_md5_key(client, address_b, "").ok());
    t.write_b(server, 100);
    CHECK(t.read(client).error() == Errno::eagain);
}

TEST_CASE("TCP_MD5SIG: a key has at most 80 bytes") {
    SocketBench t;
    FileId const file = t.a.socket().value();
    CHECK(t.a.set_md5_key(file, address_b, std::string(80, 'k')).ok());
    CHECK(t.a.set_md5_key(file, address_b, std::string(81, 'k')).error() == Errno::einval);
    CHECK(t.a.set_md5_key(FileId{99}, address_b, "k").error() == Errno::ebadf);
}

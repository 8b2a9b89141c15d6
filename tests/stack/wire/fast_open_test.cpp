#include "stack/wire/fast_open.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace tcpsim;
using namespace tcpsim::wire;

namespace {

OptionBytes bytes(std::vector<std::uint8_t> const& raw) {
    OptionBytes options;
    REQUIRE(options.append(raw));
    return options;
}

}  // namespace

TEST_CASE("RFC 7413 §4.1.1: kind 34, its length, the cookie; padded with NOPs behind") {
    OptionBytes options = bytes({2, 4, 5, 0xb4});
    FastOpenOption option;
    for (std::uint8_t byte = 1; byte <= 8; ++byte) {
        option.cookie.push_back(byte);
    }
    REQUIRE(append_fast_open(options, option));
    CHECK(options == bytes({2, 4, 5, 0xb4, 34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1}));
    CHECK(fast_open_of(options) == option);
    OptionBytes request;
    REQUIRE(append_fast_open(request, {}));
    CHECK(request == bytes({34, 2, 1, 1}));
    CHECK(fast_open_of(request) == FastOpenOption{});
    CHECK_FALSE(fast_open_of(bytes({2, 4, 5, 0xb4})));
}

TEST_CASE("RFC 6994: the experimental form is kind 254 with the magic number F989") {
    FastOpenOption option{.experimental = true};
    OptionBytes request;
    REQUIRE(append_fast_open(request, option));
    CHECK(request == bytes({254, 4, 0xf9, 0x89}));
    CHECK(fast_open_of(request) == option);
    CHECK_FALSE(fast_open_of(bytes({254, 4, 0xf9, 0x88})));
    CHECK_FALSE(fast_open_of(bytes({254, 3, 0xf9, 1})));
    for (std::uint8_t byte = 9; byte > 5; --byte) {
        option.cookie.push_back(byte);
    }
    CHECK(fast_open_of(bytes({254, 8, 0xf9, 0x89, 9, 8, 7, 6})) == option);
}

TEST_CASE("RFC 7413 §4.1.1: a cookie has 4 to 16 bytes and an even number of them") {
    for (std::uint8_t length = 0; length <= 18; ++length) {
        CAPTURE(length);
        std::vector<std::uint8_t> raw{34, static_cast<std::uint8_t>(2 + length)};
        raw.resize(raw.size() + length, 7);
        bool const good = length == 0 || (length >= 4 && length <= 16 && length % 2 == 0);
        CHECK(fast_open_of(bytes(raw)).has_value() == good);
    }
}

TEST_CASE("RFC 9293 §3.1: what does not fit into 40 bytes of options is left out") {
    OptionBytes options = bytes(std::vector<std::uint8_t>(32, 1));
    FastOpenOption option;
    for (int i = 0; i < 8; ++i) {
        option.cookie.push_back(7);
    }
    CHECK_FALSE(append_fast_open(options, option));
    CHECK(options.size() == 32);
    CHECK(append_fast_open(options, {}));
    CHECK(options.size() == 36);
}

#include "stack/base/result.hpp"

#include "stack/base/errno.hpp"
#include "stack/base/time.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tcpsim;

TEST_CASE("Result: a value or an error, never both") {
    Result<int> const good{7};
    CHECK(good.ok());
    CHECK(good.value() == 7);
    CHECK(good.error() == Errno::none);
    Result<int> const bad{Errno::epipe};
    CHECK_FALSE(bad.ok());
    CHECK(bad.error() == Errno::epipe);
    CHECK_THROWS_AS(static_cast<void>(bad.value()), CheckFailed);
    CHECK_FALSE(good == bad);
    CHECK(good == Result<int>{7});
    CHECK(Result<std::string>{std::string{"moved out"}}.value() == "moved out");
}

TEST_CASE("Result: failing without naming an error is our bug") {
    CHECK_THROWS_AS(static_cast<void>(Result<Done>{Errno::none}), CheckFailed);
}

TEST_CASE("errno: every name is POSIX's and finds its error again") {
    CHECK(name(Errno::none) == "0");
    CHECK(name(Errno::eaddrinuse) == "EADDRINUSE");
    CHECK(name(Errno::econnreset) == "ECONNRESET");
    CHECK(name(Errno::etimedout) == "ETIMEDOUT");
    for (int i = 1; i <= static_cast<int>(Errno::etimedout); ++i) {
        auto const error = static_cast<Errno>(i);
        CAPTURE(i);
        CHECK(name(error).starts_with('E'));
        CHECK(errno_named(name(error)) == error);
    }
    CHECK_FALSE(errno_named("0").has_value());
    CHECK_FALSE(errno_named("econnreset").has_value());
    CHECK_FALSE(errno_named("").has_value());
}

TEST_CASE("time: never lies behind every instant that a world can reach") {
    using namespace std::chrono_literals;
    constexpr Instant start{};
    CHECK(nanoseconds(start) == 0);
    CHECK(nanoseconds(start + 1s) == 1'000'000'000);
    CHECK(start + std::chrono::hours{24 * 365 * 290} < never);
}

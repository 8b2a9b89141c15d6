#include "sim/topology/units.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace tcpsim;
using namespace tcpsim::topology;
using namespace std::chrono_literals;

TEST_CASE("a duration is exact in nanoseconds") {
    CHECK(read_duration("20.4ms").value == Duration{20'400'000});
    CHECK(read_duration("0.000000001s").value == Duration{1});
    CHECK(read_duration("1.50s").value == Duration{1'500'000'000});
    CHECK(read_duration("2min").value == Duration{120s});
    CHECK(read_duration("10 ms").value == Duration{10ms});
    CHECK(read_duration("0s").value == Duration{0});
}

TEST_CASE("a duration that is not one says why") {
    CHECK(read_duration("10").fault.what == "'10' has no unit");
    CHECK(read_duration("10MB").fault.what == "'10MB' has the unknown unit 'MB'");
    CHECK(read_duration("-1s").fault.what == "'-1s' is negative");
    CHECK(read_duration("0.1ns").fault.what == "'0.1ns' is finer than 1 ns");
    CHECK(read_duration("99999999h").fault.what == "'99999999h' is too large");
    CHECK(read_duration("1e3s").fault.what == "'1e3s' has the unknown unit 'e3s'");
    CHECK(read_duration(".5s").fault.what == "'.5s' is not a duration");
    CHECK(read_duration("1.s").fault.what == "'1.s' is not a duration");
    CHECK(read_duration("").fault.what == "'' is not a duration");
}

TEST_CASE("what is not exactly a number of nanoseconds or bits is refused") {
    for (char const* text : {"ms", "-1ms", "1.5ns", "1e3ms", "1ms ", "0x1ms", "1m", "99999999999999999999ns"}) {
        CAPTURE(text);
        CHECK_FALSE(read_duration(text).value);
    }
    for (char const* text : {"", "10", "10Mbit", "10mbit/s", "0.1bit/s", "9223372037Gbit/s"}) {
        CAPTURE(text);
        CHECK_FALSE(read_rate(text).value);
    }
}

TEST_CASE("sizes count by thousands or by 1024, as they say") {
    CHECK(read_size("1024").value == 1024U);
    CHECK(read_size("64KiB").value == 65'536U);
    CHECK(read_size("64kB").value == 64'000U);
    CHECK(read_size("1.5KiB").value == 1'536U);
    CHECK(read_size("2GiB").value == 2'147'483'648U);
    CHECK(read_size("64K").fault.expected == "expected one of B, kB, KiB, MB, MiB, GB or GiB");
    CHECK(read_size("999999999999999999999999").fault.what == "'999999999999999999999999' is too large");
}

TEST_CASE("a rate is in bits per second") {
    CHECK(read_rate("10Mbit/s").value == 10'000'000U);
    CHECK(read_rate("0bit/s").fault.what == "'0bit/s' lets nothing pass");
    CHECK(read_rate("10Mbps").fault.what == "'10Mbps' has the unknown unit 'Mbps'");
}

TEST_CASE("a printed rate reads back as itself") {
    CHECK(rate_text(10'000'000) == "10Mbit/s");
    CHECK(rate_text(1'500) == "1.5kbit/s");
    CHECK(rc::check([] {
        auto const rate = *rc::gen::inRange<std::uint64_t>(1, 1'000'000'000'000);
        RC_ASSERT(read_rate(rate_text(rate)).value == rate);
    }));
}

TEST_CASE("a whole number stays in its range") {
    CHECK(read_integer("65535", 1, 65535).value == 65535);
    CHECK_FALSE(read_integer("65536", 1, 65535).value);
    CHECK_FALSE(read_integer("99999999999999999999", 0, 65535).value);
    CHECK_FALSE(read_integer("1.5", 0, 9).value);
    CHECK_FALSE(read_integer("", 0, 9).value);
    CHECK(read_integer("-3", -5, 5).value == -3);
}

TEST_CASE("a printed duration reads back as itself") {
    CHECK(duration_text(Duration{20'400'000}) == "20.4ms");
    CHECK(duration_text(Duration{542'500ms}) == "542.5s");
    CHECK(duration_text(Duration{0}) == "0s");
    CHECK(duration_text(-Duration{1ms}) == "-1ms");
    CHECK(rc::check([] {
        auto const duration = Duration{*rc::gen::inRange<std::int64_t>(0, 366LL * 24 * 3600 * 1'000'000'000)};
        RC_ASSERT(read_duration(duration_text(duration)).value == duration);
    }));
}

#include "stack/base/seq.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace tcpsim;

TEST_CASE("RFC 9293 §3.4: sequence numbers count modulo 2^32") {
    CHECK(SeqNum{0xffff'ffff} + 1 == SeqNum{0});
    CHECK(SeqNum{0} - 1 == SeqNum{0xffff'ffff});
    CHECK(SeqNum{5} - SeqNum{0xffff'fffb} == 10);
    CHECK(SeqNum{0xffff'fffb} - SeqNum{5} == -10);
    SeqNum moving{0xffff'fff0};
    moving += 0x20;
    CHECK(moving == SeqNum{0x10});
}

TEST_CASE("RFC 9293 §3.4: before and after look across the wrap") {
    CHECK(SeqNum{0xffff'ffff}.before(SeqNum{0}));
    CHECK(SeqNum{0}.after(SeqNum{0xffff'ffff}));
    CHECK_FALSE(SeqNum{7}.before(SeqNum{7}));
    CHECK_FALSE(SeqNum{7}.after(SeqNum{7}));
    CHECK(SeqNum{7}.at_or_before(SeqNum{7}));
    CHECK(SeqNum{7}.at_or_after(SeqNum{7}));
    CHECK(later_of(SeqNum{0xffff'ffff}, SeqNum{3}) == SeqNum{3});
    CHECK(later_of(SeqNum{3}, SeqNum{0xffff'ffff}) == SeqNum{3});
}

TEST_CASE("RFC 9293 §3.4: order holds for numbers less than 2^31 apart, wherever they lie") {
    CHECK(rc::check("order", [](std::uint32_t base) {
        auto const distance = *rc::gen::inRange<std::uint32_t>(1, 0x8000'0000U);
        SeqNum const a{base};
        SeqNum const b = a + distance;
        RC_ASSERT(a.before(b));
        RC_ASSERT(b.after(a));
        RC_ASSERT(a.at_or_before(b));
        RC_ASSERT(b.at_or_after(a));
        RC_ASSERT(!b.before(a));
        RC_ASSERT(!a.after(b));
        RC_ASSERT(!b.at_or_before(a));
        RC_ASSERT(!a.at_or_after(b));
        RC_ASSERT(later_of(a, b) == b);
        RC_ASSERT(static_cast<std::uint32_t>(b - a) == distance);
        RC_ASSERT(b - distance == a);
    }));
}

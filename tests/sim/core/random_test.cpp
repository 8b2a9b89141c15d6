#include "sim/core/random.hpp"

#include "stack/base/check.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>
#include <set>
#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::core;

namespace {

std::vector<std::uint64_t> draw(Random random, int count) {
    std::vector<std::uint64_t> drawn;
    for (int i = 0; i < count; ++i) {
        drawn.push_back(random.next());
    }
    return drawn;
}

}  // namespace

TEST_CASE("random: xoshiro256** gives the published sequence of state 1, 2, 3, 4") {
    // As the rand_xoshiro crate's test has it, made with the authors' C code.
    constexpr std::array<std::uint64_t, 10> published{11520U,
                                                      0U,
                                                      1509978240U,
                                                      1215971899390074240U,
                                                      1216172134540287360U,
                                                      607988272756665600U,
                                                      16172922978634559625U,
                                                      8476171486693032832U,
                                                      10595114339597558777U,
                                                      2904607092377533576U};
    Xoshiro256StarStar generator{{1, 2, 3, 4}};
    for (std::uint64_t const expected : published) {
        CHECK(generator.next() == expected);
    }
}

TEST_CASE("random: SplitMix64 gives the published sequence of seed 1234567") {
    // Rosetta Code, "Pseudo-random numbers/Splitmix64", made with Vigna's C code.
    constexpr std::array<std::uint64_t, 5> published{6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                                     4593380528125082431U, 16408922859458223821U};
    SplitMix64 generator{1234567};
    for (std::uint64_t const expected : published) {
        CHECK(generator.next() == expected);
    }
}

TEST_CASE("random: a stream is its seed and its name, nothing else") {
    CHECK(draw(Random{1, "link/a-b/loss"}, 20) == draw(Random{1, "link/a-b/loss"}, 20));
    std::set<std::uint64_t> firsts;
    std::vector<std::string> const names{"",
                                         "a",
                                         std::string{"a\0", 2},
                                         "link/a-b/loss",
                                         "link/a-b/losT",
                                         "host/server/boot/1/isn",
                                         "host/server/boot/2/isn",
                                         "host/server/boot/2/isn2"};
    for (std::uint64_t const seed : {0U, 1U, 2U}) {
        for (std::string const& name : names) {
            firsts.insert(Random{seed, name}.next());
        }
    }
    CHECK(firsts.size() == 3 * names.size());
}

TEST_CASE("random: drawing from one stream leaves the others alone") {
    Random disturbing{1, "x"};
    Random quiet{1, "y"};
    auto const expected = draw(quiet, 10);
    for (int i = 0; i < 1000; ++i) {
        disturbing.next();
    }
    CHECK(draw(quiet, 10) == expected);
}

TEST_CASE("random: below() stays below, and reaches every value about equally often") {
    CHECK(rc::check("below its bound", [](std::uint64_t seed) {
        auto const bound = *rc::gen::positive<std::uint64_t>();
        Random random{seed, "below"};
        for (int i = 0; i < 20; ++i) {
            RC_ASSERT(random.below(bound) < bound);
        }
    }));
    // Each of 7 values: mean 10'000, standard deviation sqrt(70'000 * 1/7 * 6/7) = 93; six of them either way.
    constexpr std::uint64_t values = 7;
    constexpr int draws = 70'000;
    std::array<int, values> counts{};
    Random random{1, "uniform"};
    for (int i = 0; i < draws; ++i) {
        ++counts[random.below(values)];
    }
    for (int const count : counts) {
        CHECK(count > 10'000 - 6 * 93);
        CHECK(count < 10'000 + 6 * 93);
    }
    CHECK_THROWS_AS(random.below(0), CheckFailed);
}

TEST_CASE("random: chance() is never at 0, always at 1, and consumes alike") {
    Random never{1, "chance"};
    Random always{1, "chance"};
    for (int i = 0; i < 1000; ++i) {
        CHECK_FALSE(never.chance(0, 100));
        CHECK(always.chance(100, 100));
    }
    CHECK(never.next() == always.next());
}

TEST_CASE("random: a key is two draws, first k0") {
    Random twin{1, "key"};
    std::uint64_t const first = twin.next();
    std::uint64_t const second = twin.next();
    SipKey const key = Random{1, "key"}.key();
    CHECK(key.k0 == first);
    CHECK(key.k1 == second);
}

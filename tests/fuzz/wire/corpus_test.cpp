// The fuzzer's property without the fuzzer: over its corpus, and over a few thousand mutations of that.
#include "tests/fuzz/wire/repair.hpp"
#include "tests/fuzz/wire/round_trip.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace tcpsim;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Seed {
    std::string name{};
    Bytes bytes{};
};

/// In the order of their names, so that every run mutates alike.
std::vector<Seed> corpus() {
    std::vector<Seed> seeds;
    for (auto const& entry : std::filesystem::directory_iterator{"tests/fuzz/corpus/wire"}) {
        std::ifstream file{entry.path(), std::ios::binary};
        seeds.push_back({entry.path().filename().string(), {std::istreambuf_iterator<char>{file}, {}}});
    }
    std::sort(seeds.begin(), seeds.end(), [](Seed const& a, Seed const& b) { return a.name < b.name; });
    return seeds;
}

/// xorshift64: enough chance for mutations, and the same everywhere.
class Chance {
  public:
    std::size_t below(std::size_t limit) {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        return static_cast<std::size_t>(state_ % limit);
    }

  private:
    std::uint64_t state_{0x9e3779b97f4a7c15U};
};

void mutate(Bytes& bytes, Chance& chance) {
    switch (chance.below(4)) {
        case 0:
            bytes[chance.below(bytes.size())] ^= static_cast<std::uint8_t>(1U << chance.below(8));
            break;
        case 1:
            bytes[chance.below(bytes.size())] = static_cast<std::uint8_t>(chance.below(256));
            break;
        case 2:
            bytes.resize(1 + chance.below(bytes.size()));
            break;
        default:
            bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(chance.below(bytes.size())),
                         static_cast<std::uint8_t>(chance.below(256)));
            break;
    }
}

}  // namespace

TEST_CASE("fuzz: every seed of the corpus is a frame and makes the round trip") {
    auto const seeds = corpus();
    CHECK(seeds.size() >= 10);
    for (Seed const& seed : seeds) {
        CAPTURE(seed.name);
        auto const outcome = fuzz::round_trip(seed.bytes);
        CHECK(outcome.parsed);
        CHECK(outcome.wrong == "");
    }
}

TEST_CASE("fuzz: mutated seeds are refused or make the round trip, with and without repaired checksums") {
    constexpr int rounds = 1000;
    Chance chance;
    int parsed = 0;
    int refused = 0;
    for (Seed const& seed : corpus()) {
        Bytes bytes = seed.bytes;
        for (int round = 0; round < rounds; ++round) {
            if (round % 8 == 0 || bytes.empty()) {
                bytes = seed.bytes;
            }
            mutate(bytes, chance);
            if (round % 2 == 0) {
                fuzz::repair(bytes);
            }
            auto const outcome = fuzz::round_trip(bytes);
            ++(outcome.parsed ? parsed : refused);
            if (!outcome.wrong.empty()) {
                FAIL("a mutation of " << seed.name << ", round " << round << ": " << outcome.wrong);
            }
        }
    }
    // Both ends of the property were met often.
    CHECK(parsed > rounds);
    CHECK(refused > rounds);
}

// libFuzzer: wire_fuzz tests/fuzz/corpus/wire
#include "tests/fuzz/wire/repair.hpp"
#include "tests/fuzz/wire/round_trip.hpp"

#include <cstdio>
#include <cstdlib>

namespace {

void expect_round_trip(std::span<std::uint8_t const> bytes) {
    auto const outcome = tcpsim::fuzz::round_trip(bytes);
    if (!outcome.wrong.empty()) {
        std::fprintf(stderr, "%s\n", outcome.wrong.c_str());
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    expect_round_trip({data, size});
    std::vector<std::uint8_t> repaired(data, data + size);
    tcpsim::fuzz::repair(repaired);
    expect_round_trip(repaired);
    return 0;
}

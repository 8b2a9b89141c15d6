// libFuzzer: wire_fuzz tests/fuzz/corpus/wire
#include "tests/fuzz/wire/round_trip.hpp"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const outcome = tcpsim::fuzz::round_trip({data, size});
    if (!outcome.wrong.empty()) {
        std::fprintf(stderr, "%s\n", outcome.wrong.c_str());
        std::abort();
    }
    return 0;
}

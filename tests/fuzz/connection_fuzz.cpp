// libFuzzer: connection_fuzz tests/fuzz/corpus/connection
#include "tests/fuzz/plan_fuzz.hpp"
#include "tests/support/hostile.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    return tcpsim::test::fuzz(tcpsim::test::hostile_plan({data, size}));
}

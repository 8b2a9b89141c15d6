// libFuzzer: pair_fuzz tests/fuzz/corpus/pair
#include "tests/fuzz/plan_fuzz.hpp"
#include "tests/support/swarm.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    return tcpsim::test::fuzz(tcpsim::test::swarm_plan({data, size}));
}

// libFuzzer: pair_fuzz tests/fuzz/corpus/pair
#include "tests/support/swarm.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    tcpsim::test::SwarmPlan const plan = tcpsim::test::swarm_plan({data, size});
    std::string wrong;
    try {
        wrong = violated(plan);
    } catch (std::exception const& broken) {
        wrong = broken.what();
    }
    if (!wrong.empty()) {
        tcpsim::test::showValue(plan, std::cerr);
        std::cerr << '\n' << wrong << '\n';
        std::abort();
    }
    return 0;
}

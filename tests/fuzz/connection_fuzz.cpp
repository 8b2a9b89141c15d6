// libFuzzer: connection_fuzz tests/fuzz/corpus/connection
#include "tests/support/hostile.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    tcpsim::test::HostilePlan const plan = tcpsim::test::hostile_plan({data, size});
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

// What a fuzzer of plans does: carries one out, and stops with the plan and what it broke.
#pragma once

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace tcpsim::test {

template <class Plan>
int fuzz(Plan const& plan) {
    std::string wrong;
    try {
        wrong = violated(plan);
    } catch (std::exception const& broken) {
        wrong = broken.what();
    }
    if (!wrong.empty()) {
        showValue(plan, std::cerr);
        std::cerr << '\n' << wrong << '\n';
        std::abort();
    }
    return 0;
}

}  // namespace tcpsim::test

// RapidCheck, deterministic: the same cases in every run, unless RC_PARAMS says otherwise.
#pragma once

#include <rapidcheck.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace tcpsim::test {

/// Whether `property` holds in so many random cases. A failure is shrunk and printed with the RC_PARAMS that replay it;
/// RC_PARAMS="seed=7 max_success=100000" looks elsewhere, and longer.
template <class Property>
bool holds(std::string const& claim, int cases, Property property) {
    rc::detail::TestParams params = rc::detail::configuration().testParams;
    if (std::getenv("RC_PARAMS") == nullptr) {
        params.seed = 1;
        params.maxSuccess = cases;
    }
    rc::detail::TestMetadata metadata;
    metadata.id = claim;
    metadata.description = claim;
    auto const result = rc::detail::checkTestable(property, metadata, params);
    if (!result.template is<rc::detail::SuccessResult>()) {
        std::cerr << claim << '\n';
        rc::detail::printResultMessage(result, std::cerr);
        std::cerr << '\n';
        return false;
    }
    return true;
}

}  // namespace tcpsim::test

// RapidCheck, deterministic: the same cases in every run, unless RC_PARAMS says otherwise.
#pragma once

#include <rapidcheck.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace tcpsim::test {

/// Whether `property` holds in so many random cases. A failure is shrunk and printed with the RC_PARAMS that replay it;
/// RC_PARAMS="seed=7 max_success=100000" looks elsewhere, and longer: what it does not name stays.
template <class Property>
bool holds(std::string const& claim, int cases, Property property) {
    char const* const chosen = std::getenv("RC_PARAMS");
    std::string const params_text = chosen == nullptr ? "" : chosen;
    auto const names = [&](char const* param) { return params_text.find(param) != std::string::npos; };
    rc::detail::TestParams params = rc::detail::configuration().testParams;
    params.seed = names("seed") ? params.seed : 1;
    params.maxSuccess = names("max_success") ? params.maxSuccess : cases;
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

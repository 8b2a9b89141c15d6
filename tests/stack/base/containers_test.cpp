#include "stack/base/check.hpp"
#include "stack/base/inline_vector.hpp"
#include "stack/base/ring.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

using namespace tcpsim;

namespace {

template <class Container>
std::vector<int> contents(Container const& container) {
    std::vector<int> result;
    for (std::size_t i = 0; i < container.size(); ++i) {
        result.push_back(container[i]);
    }
    return result;
}

}  // namespace

TEST_CASE("InlineVector: keeps its elements and their order past N") {
    InlineVector<std::string, 2> vector;
    std::vector<std::string> expected;
    CHECK(vector.empty());
    for (int i = 0; i < 10; ++i) {
        vector.push_back(std::to_string(i));
        expected.push_back(std::to_string(i));
        CAPTURE(i);
        REQUIRE(vector.size() == expected.size());
        CHECK(std::equal(vector.begin(), vector.end(), expected.begin(), expected.end()));
        CHECK(vector.front() == "0");
        CHECK(vector.back() == std::to_string(i));
    }
    vector[9] = "last";
    CHECK(vector.back() == "last");
}

TEST_CASE("InlineVector: cleared, it lets go of what it held and starts anew") {
    for (int const count : {1, 2, 3, 7}) {
        auto const tracked = std::make_shared<int>(0);
        InlineVector<std::shared_ptr<int>, 2> vector;
        for (int i = 0; i < count; ++i) {
            vector.push_back(tracked);
        }
        CHECK(tracked.use_count() == 1 + count);
        vector.clear();
        CHECK(tracked.use_count() == 1);
        CHECK(vector.empty());
        vector.push_back(tracked);
        CHECK(vector.size() == 1);
        CHECK(vector[0] == tracked);
    }
}

TEST_CASE("InlineVector: copies are equal and independent, moves carry everything") {
    for (int const count : {0, 1, 2, 3, 5}) {
        InlineVector<std::string, 2> vector;
        for (int i = 0; i < count; ++i) {
            vector.push_back(std::to_string(i));
        }
        InlineVector<std::string, 2> copy = vector;
        CHECK(copy == vector);
        copy.push_back("more");
        CHECK_FALSE(copy == vector);
        CHECK(vector.size() == static_cast<std::size_t>(count));
        InlineVector<std::string, 2> const original = vector;
        InlineVector<std::string, 2> const moved = std::move(vector);
        CHECK(moved == original);
    }
}

TEST_CASE("Ring: behaves as a deque under any sequence of pushes and pops") {
    CHECK(rc::check("model", [] {
        Ring<int> ring;
        std::deque<int> model;
        auto const steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5));
        for (std::size_t i = 0; i < steps.size(); ++i) {
            int const step = steps[i];
            if (step <= 2) {
                ring.push_back(static_cast<int>(i));
                model.push_back(static_cast<int>(i));
            } else if (!model.empty() && step == 3) {
                ring.pop_front();
                model.pop_front();
            } else if (!model.empty()) {
                ring.pop_back();
                model.pop_back();
            }
            RC_ASSERT(ring.size() == model.size());
            RC_ASSERT(ring.empty() == model.empty());
            RC_ASSERT(contents(ring) == contents(model));
            if (!model.empty()) {
                RC_ASSERT(ring.front() == model.front());
                RC_ASSERT(ring.back() == model.back());
            }
        }
    }));
}

TEST_CASE("Ring: wraps around its slots as a queue that never grows long") {
    Ring<int> ring;
    for (int i = 0; i < 1000; ++i) {
        ring.push_back(i);
        ring.push_back(-i);
        CHECK(ring.front() == i);
        ring.pop_front();
        CHECK(ring.front() == -i);
        ring.pop_front();
    }
    CHECK(ring.empty());
}

TEST_CASE("Ring: what was popped or cleared is let go at once") {
    auto const tracked = std::make_shared<int>(0);
    Ring<std::shared_ptr<int>> ring;
    for (int i = 0; i < 6; ++i) {
        ring.push_back(tracked);
    }
    ring.pop_front();
    ring.pop_back();
    CHECK(tracked.use_count() == 1 + 4);
    ring.clear();
    CHECK(tracked.use_count() == 1);
    CHECK(ring.empty());
}

TEST_CASE("Ring: popping an empty one is our bug") {
    Ring<int> ring;
    CHECK_THROWS_AS(ring.pop_front(), CheckFailed);
    CHECK_THROWS_AS(ring.pop_back(), CheckFailed);
}

TEST_CASE("check: says what does not hold and where") {
    CHECK_NOTHROW(check(true, "the sum is right"));
    std::string said;
    try {
        check(false, "the sum is right");
    } catch (CheckFailed const& failure) {
        said = failure.what();
    }
    CHECK(said.find("the sum is right") != std::string::npos);
    CHECK(said.find("containers_test.cpp:") != std::string::npos);
}

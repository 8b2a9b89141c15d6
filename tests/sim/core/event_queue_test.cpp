#include "sim/core/event_queue.hpp"

#include "stack/base/check.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::core;

namespace {

/// Few values for every field, so that most events tie in most of them.
rc::Gen<Event> any_event() {
    return rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, 4), rc::gen::inRange(0, 4), rc::gen::inRange(0, 3),
                                       rc::gen::inRange(0, 2), rc::gen::inRange(0, 3), rc::gen::inRange(0, 3)),
                        [](auto const& fields) {
                            auto const& [at, kind, owner, boot, first, second] = fields;
                            Event event;
                            event.at = Instant{Duration{at}};
                            event.kind = static_cast<Kind>(kind);
                            event.owner = static_cast<std::uint32_t>(owner);
                            event.boot = static_cast<std::uint32_t>(boot);
                            event.first = static_cast<std::uint64_t>(first);
                            event.second = static_cast<std::uint64_t>(second);
                            return event;
                        });
}

std::vector<Event> drain(EventQueue& queue) {
    std::vector<Event> popped;
    while (!queue.empty()) {
        Event const top = queue.top();
        popped.push_back(queue.pop());
        RC_ASSERT(popped.back() == top);
    }
    return popped;
}

Event event_at(std::int64_t at, Kind kind, std::uint32_t owner = 0) {
    Event event;
    event.at = Instant{Duration{at}};
    event.kind = kind;
    event.owner = owner;
    return event;
}

}  // namespace

TEST_CASE("event queue: events come out sorted, however they went in") {
    CHECK(rc::check("pop order is the sorted order", [] {
        auto events = *rc::gen::container<std::vector<Event>>(any_event());
        EventQueue queue;
        for (Event const& event : events) {
            queue.push(event);
        }
        RC_ASSERT(queue.size() == events.size());
        std::sort(events.begin(), events.end());
        RC_ASSERT(drain(queue) == events);
    }));
}

TEST_CASE("event queue: pushes between pops change nothing but what is left") {
    CHECK(rc::check("each pop is the least of what is in", [] {
        auto const steps = *rc::gen::container<std::vector<std::pair<bool, Event>>>(
            rc::gen::pair(rc::gen::arbitrary<bool>(), any_event()));
        EventQueue queue;
        std::vector<Event> reference;
        for (auto const& [pops, event] : steps) {
            if (pops && !reference.empty()) {
                auto const least = std::min_element(reference.begin(), reference.end());
                RC_ASSERT(queue.pop() == *least);
                reference.erase(least);
            } else {
                queue.push(event);
                reference.push_back(event);
            }
            RC_ASSERT(queue.size() == reference.size());
        }
    }));
}

TEST_CASE("event queue: at one instant come timeline step, frame, deadline, program") {
    EventQueue queue;
    for (Kind const kind : {Kind::program, Kind::frame, Kind::deadline, Kind::timeline_step}) {
        queue.push(event_at(7, kind));
    }
    queue.push(event_at(6, Kind::program));
    CHECK(queue.pop() == event_at(6, Kind::program));
    for (Kind const kind : {Kind::timeline_step, Kind::frame, Kind::deadline, Kind::program}) {
        CHECK(queue.pop().kind == kind);
    }
}

TEST_CASE("event queue: within a kind ties break by owner, boot, first, second, in this order") {
    Event low = event_at(1, Kind::deadline, 1);
    Event high = event_at(1, Kind::deadline, 2);
    low.boot = 9;
    CHECK(low < high);
    high.owner = 1;
    low.boot = 1;
    high.boot = 2;
    low.first = 9;
    CHECK(low < high);
    high.boot = 1;
    low.first = 1;
    high.first = 2;
    low.second = 9;
    CHECK(low < high);
}

TEST_CASE("event queue: popping an empty one is our bug") {
    EventQueue queue;
    CHECK_THROWS_AS(queue.pop(), CheckFailed);
}

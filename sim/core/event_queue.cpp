#include "sim/core/event_queue.hpp"

#include "stack/base/check.hpp"

#include <algorithm>
#include <type_traits>

namespace tcpsim::core {
namespace {

// Four children share a cache line or two, and the heap is half as deep as a binary one.
constexpr std::size_t arity = 4;

}  // namespace

static_assert(std::is_trivially_copyable_v<Event> && sizeof(Event) <= 40, "events are moved about, so they stay small");

void EventQueue::push(Event const& event) {
    std::size_t hole = heap_.size();
    heap_.push_back(event);
    while (hole > 0) {
        std::size_t const parent = (hole - 1) / arity;
        if (event >= heap_[parent]) {
            break;
        }
        heap_[hole] = heap_[parent];
        hole = parent;
    }
    heap_[hole] = event;
}

Event EventQueue::pop() {
    check(!heap_.empty(), "a queue that is popped is not empty");
    Event const earliest = heap_.front();
    Event const last = heap_.back();
    heap_.pop_back();
    if (heap_.empty()) {
        return earliest;
    }
    std::size_t hole = 0;
    while (true) {
        std::size_t const first_child = hole * arity + 1;
        if (first_child >= heap_.size()) {
            break;
        }
        std::size_t const end = std::min(first_child + arity, heap_.size());
        std::size_t least = first_child;
        for (std::size_t child = first_child + 1; child < end; ++child) {
            if (heap_[child] < heap_[least]) {
                least = child;
            }
        }
        if (last <= heap_[least]) {
            break;
        }
        heap_[hole] = heap_[least];
        hole = least;
    }
    heap_[hole] = last;
    return earliest;
}

}  // namespace tcpsim::core

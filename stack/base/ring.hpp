// A growing ring: push at the back, pop at the front, index from the front. Allocates with its first element,
// so that an idle owner costs nothing.
#pragma once

#include "stack/base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace tcpsim {

template <class T>
class Ring {
  public:
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    T& operator[](std::size_t i) { return slots_[(head_ + i) & (capacity_ - 1)]; }
    T const& operator[](std::size_t i) const { return slots_[(head_ + i) & (capacity_ - 1)]; }
    T& front() { return (*this)[0]; }
    T const& front() const { return (*this)[0]; }
    T& back() { return (*this)[size_ - 1]; }
    T const& back() const { return (*this)[size_ - 1]; }

    void push_back(T value) {
        if (size_ == capacity_) {
            grow();
        }
        ++size_;
        back() = std::move(value);
    }
    void pop_front() {
        check(size_ > 0, "a ring that is popped is not empty");
        front() = T{};
        head_ = (head_ + 1) & (capacity_ - 1);
        --size_;
    }
    void pop_back() {
        check(size_ > 0, "a ring that is popped is not empty");
        back() = T{};
        --size_;
    }
    void clear() {
        slots_.reset();
        capacity_ = 0;
        head_ = 0;
        size_ = 0;
    }

  private:
    void grow() {  // capacity stays a power of two
        std::uint32_t const bigger = capacity_ == 0 ? 4 : 2 * capacity_;
        auto slots = std::make_unique<T[]>(bigger);
        for (std::uint32_t i = 0; i < size_; ++i) {
            slots[i] = std::move((*this)[i]);
        }
        slots_ = std::move(slots);
        capacity_ = bigger;
        head_ = 0;
    }

    std::unique_ptr<T[]> slots_{};
    std::uint32_t capacity_{0};
    std::uint32_t head_{0};
    std::uint32_t size_{0};
};

}  // namespace tcpsim

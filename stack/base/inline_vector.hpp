// A vector that keeps its first N elements in itself: most segments carry one or two slices.
#pragma once

#include "stack/base/check.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace tcpsim {

/// Grows like a vector; allocates only past N elements. T is default constructible and movable.
template <class T, std::size_t N>
class InlineVector {
  public:
    InlineVector() = default;
    InlineVector(InlineVector const&) = default;
    InlineVector& operator=(InlineVector const&) = default;
    /// What was moved from is empty.
    InlineVector(InlineVector&& other) noexcept
        : size_{std::exchange(other.size_, 0)},
          inline_{std::move(other.inline_)},
          overflow_{std::exchange(other.overflow_, {})} {}
    InlineVector& operator=(InlineVector&& other) noexcept {
        size_ = std::exchange(other.size_, 0);
        inline_ = std::move(other.inline_);
        overflow_ = std::exchange(other.overflow_, {});
        return *this;
    }
    ~InlineVector() = default;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    T* begin() { return data(); }
    T* end() { return data() + size_; }
    T const* begin() const { return data(); }
    T const* end() const { return data() + size_; }
    T& operator[](std::size_t i) { return data()[i]; }
    T const& operator[](std::size_t i) const { return data()[i]; }
    T& back() { return data()[size_ - 1]; }
    T const& back() const { return data()[size_ - 1]; }
    T& front() { return data()[0]; }
    T const& front() const { return data()[0]; }

    void push_back(T value) {
        if (overflow_.empty() && size_ == N) {
            overflow_.reserve(2 * N);
            std::move(inline_.begin(), inline_.end(), std::back_inserter(overflow_));
            inline_ = {};
        }
        if (overflow_.empty()) {
            inline_[size_] = std::move(value);
        } else {
            overflow_.push_back(std::move(value));
        }
        ++size_;
    }
    void clear() {
        for (std::size_t i = 0; i < std::min(size_, N); ++i) {
            inline_[i] = T{};
        }
        overflow_.clear();
        size_ = 0;
    }
    bool operator==(InlineVector const& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

  private:
    T* data() { return overflow_.empty() ? inline_.data() : overflow_.data(); }
    T const* data() const { return overflow_.empty() ? inline_.data() : overflow_.data(); }

    std::size_t size_{0};
    std::array<T, N> inline_{};
    std::vector<T> overflow_{};
};

}  // namespace tcpsim

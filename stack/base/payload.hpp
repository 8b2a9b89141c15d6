// Payload: a rope of slices. Bytes are shared, never copied on the way; a pattern needs no bytes at all.
#pragma once

#include "stack/base/inline_vector.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tcpsim {

/// The byte at `offset` of the endless pattern `stream`: any wrong, lost or doubled byte is found by comparing.
std::byte pattern_byte(std::uint64_t stream, std::uint64_t offset);

/// A run of immutable bytes: a view of a shared block, or a stretch of a pattern. Counts are not atomic:
/// a world lives in one thread.
class Slice {
  public:
    Slice() = default;
    Slice(Slice const& other);
    Slice(Slice&& other) noexcept;
    Slice& operator=(Slice const& other);
    Slice& operator=(Slice&& other) noexcept;
    ~Slice();

    static Slice copy_of(std::span<std::byte const> bytes);
    static Slice copy_of(std::string_view text);
    static Slice pattern(std::uint64_t stream, std::uint64_t offset, std::uint64_t length);

    [[nodiscard]] std::uint64_t size() const { return length_; }
    [[nodiscard]] bool is_pattern() const { return block_ == nullptr; }
    [[nodiscard]] std::uint64_t stream() const { return stream_; }  ///< of a pattern
    [[nodiscard]] std::uint64_t offset() const { return offset_; }  ///< of a pattern: within its stream
    [[nodiscard]] std::span<std::byte const> stored() const;        ///< without a copy; empty for a pattern
    [[nodiscard]] std::byte at(std::uint64_t index) const;
    [[nodiscard]] Slice part(std::uint64_t from, std::uint64_t length) const;
    void copy_to(std::byte* out) const;
    /// The same stretch of the same block or pattern: equal without looking at a byte.
    [[nodiscard]] bool is_same_view(Slice const& other) const {
        return block_ == other.block_ && stream_ == other.stream_ && offset_ == other.offset_ &&
               length_ == other.length_;
    }
    /// Extends this slice by `next` if that is its direct continuation; false if it is not.
    bool try_extend(Slice const& next);

  private:
    struct Block;
    void retain() const;
    void release();

    Block* block_{nullptr};
    std::uint64_t stream_{0};
    std::uint64_t offset_{0};
    std::uint64_t length_{0};
};

/// A rope: what a segment carries, what write() takes and read() gives. Compares by content.
class Payload {
  public:
    Payload() = default;
    explicit Payload(Slice slice) { append(std::move(slice)); }
    Payload(Payload const&) = default;
    Payload& operator=(Payload const&) = default;
    /// What was moved from is empty.
    Payload(Payload&& other) noexcept : slices_{std::move(other.slices_)}, size_{std::exchange(other.size_, 0)} {}
    Payload& operator=(Payload&& other) noexcept {
        slices_ = std::move(other.slices_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    ~Payload() = default;
    static Payload text(std::string_view text) { return Payload{Slice::copy_of(text)}; }
    static Payload pattern(std::uint64_t stream, std::uint64_t offset, std::uint64_t length) {
        return Payload{Slice::pattern(stream, offset, length)};
    }

    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    void append(Slice slice);
    void append(Payload const& other);
    [[nodiscard]] Payload part(std::uint64_t from, std::uint64_t length) const;
    void copy_to(std::byte* out) const;
    [[nodiscard]] std::vector<std::byte> bytes() const;
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] auto const& slices() const { return slices_; }
    void clear();
    bool operator==(Payload const& other) const;

  private:
    InlineVector<Slice, 2> slices_{};
    std::uint64_t size_{0};
};

}  // namespace tcpsim

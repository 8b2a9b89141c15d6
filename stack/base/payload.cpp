#include "stack/base/payload.hpp"

#include "stack/base/check.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace tcpsim {

struct Slice::Block {
    std::uint64_t references{1};
    std::vector<std::byte> bytes{};
};

std::byte pattern_byte(std::uint64_t stream, std::uint64_t offset) {
    // SplitMix64's finaliser over (stream, word), one byte of eight.
    std::uint64_t z = stream * 0x9e3779b97f4a7c15U + offset / 8;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    z ^= z >> 31U;
    return static_cast<std::byte>(z >> (8 * (offset % 8)));
}

void Slice::retain() const {
    if (block_ != nullptr) {
        ++block_->references;
    }
}

void Slice::release() {
    if (block_ != nullptr && --block_->references == 0) {
        delete block_;
    }
    block_ = nullptr;
}

Slice::Slice(Slice const& other)
    : block_{other.block_}, stream_{other.stream_}, offset_{other.offset_}, length_{other.length_} {
    retain();
}

Slice::Slice(Slice&& other) noexcept
    : block_{std::exchange(other.block_, nullptr)},
      stream_{other.stream_},
      offset_{other.offset_},
      length_{std::exchange(other.length_, 0)} {}

Slice& Slice::operator=(Slice const& other) {
    if (this != &other) {
        *this = Slice{other};
    }
    return *this;
}

Slice& Slice::operator=(Slice&& other) noexcept {
    if (this != &other) {
        release();
        block_ = std::exchange(other.block_, nullptr);
        stream_ = other.stream_;
        offset_ = other.offset_;
        length_ = std::exchange(other.length_, 0);
    }
    return *this;
}

Slice::~Slice() { release(); }

Slice Slice::copy_of(std::span<std::byte const> bytes) {
    Slice slice;
    if (!bytes.empty()) {
        slice.block_ = new Block{1, {bytes.begin(), bytes.end()}};
        slice.length_ = bytes.size();
    }
    return slice;
}

Slice Slice::copy_of(std::string_view text) { return copy_of(std::as_bytes(std::span{text.data(), text.size()})); }

Slice Slice::pattern(std::uint64_t stream, std::uint64_t offset, std::uint64_t length) {
    Slice slice;
    slice.stream_ = stream;
    slice.offset_ = offset;
    slice.length_ = length;
    return slice;
}

std::span<std::byte const> Slice::stored() const {
    if (block_ == nullptr) {
        return {};
    }
    return std::span{block_->bytes}.subspan(offset_, length_);
}

std::byte Slice::at(std::uint64_t index) const {
    check(index < length_, "a slice is read within its length");
    return block_ == nullptr ? pattern_byte(stream_, offset_ + index) : block_->bytes[offset_ + index];
}

Slice Slice::part(std::uint64_t from, std::uint64_t length) const {
    check(from <= length_ && length <= length_ - from, "a part lies within its slice");
    Slice result{*this};
    result.offset_ += from;
    result.length_ = length;
    return result;
}

void Slice::copy_to(std::byte* out) const {
    if (length_ == 0) {
        return;
    }
    if (block_ != nullptr) {
        std::memcpy(out, block_->bytes.data() + offset_, length_);
        return;
    }
    for (std::uint64_t i = 0; i < length_; ++i) {
        out[i] = pattern_byte(stream_, offset_ + i);
    }
}

bool Slice::try_extend(Slice const& next) {
    if (block_ != next.block_ || stream_ != next.stream_ || next.offset_ != offset_ + length_) {
        return false;
    }
    length_ += next.length_;
    return true;
}

void Payload::append(Slice slice) {
    if (slice.size() == 0) {
        return;
    }
    size_ += slice.size();
    if (slices_.empty() || !slices_.back().try_extend(slice)) {
        slices_.push_back(std::move(slice));
    }
}

void Payload::append(Payload const& other) {
    for (Slice const& slice : other.slices_) {
        append(slice);
    }
}

Payload Payload::part(std::uint64_t from, std::uint64_t length) const {
    check(from <= size_ && length <= size_ - from, "a part lies within its payload");
    Payload result;
    for (Slice const& slice : slices_) {
        if (length == 0) {
            break;
        }
        if (from >= slice.size()) {
            from -= slice.size();
            continue;
        }
        std::uint64_t const taken = std::min(length, slice.size() - from);
        result.append(slice.part(from, taken));
        length -= taken;
        from = 0;
    }
    return result;
}

void Payload::copy_to(std::byte* out) const {
    for (Slice const& slice : slices_) {
        slice.copy_to(out);
        out += slice.size();
    }
}

std::vector<std::byte> Payload::bytes() const {
    std::vector<std::byte> result(size_);
    copy_to(result.data());
    return result;
}

std::string Payload::to_string() const {
    std::string result(size_, '\0');
    copy_to(reinterpret_cast<std::byte*>(result.data()));
    return result;
}

void Payload::clear() {
    slices_.clear();
    size_ = 0;
}

bool Payload::operator==(Payload const& other) const {
    if (size_ != other.size_) {
        return false;
    }
    bool const same_views = std::equal(slices_.begin(), slices_.end(), other.slices_.begin(), other.slices_.end(),
                                       [](Slice const& a, Slice const& b) { return a.is_same_view(b); });
    return same_views || bytes() == other.bytes();
}

}  // namespace tcpsim

#include "stack/base/payload.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace tcpsim;

namespace {

using Bytes = std::vector<std::byte>;

Bytes pattern_bytes(std::uint64_t stream, std::uint64_t offset, std::uint64_t length) {
    Bytes result;
    for (std::uint64_t i = 0; i < length; ++i) {
        result.push_back(pattern_byte(stream, offset + i));
    }
    return result;
}

/// A rope at random and, beside it, the plain bytes that it stands for.
struct Modelled {
    Payload rope{};
    Bytes bytes{};
};

Modelled some_rope() {
    Modelled result;
    auto const slices = *rc::gen::inRange(0, 6);
    for (int i = 0; i < slices; ++i) {
        auto const length = *rc::gen::inRange<std::uint64_t>(0, 20);
        if (*rc::gen::arbitrary<bool>()) {
            auto const stream = *rc::gen::inRange<std::uint64_t>(0, 3);
            auto const offset = *rc::gen::inRange<std::uint64_t>(0, 30);
            Bytes const bytes = pattern_bytes(stream, offset, length);
            result.rope.append(Slice::pattern(stream, offset, length));
            result.bytes.insert(result.bytes.end(), bytes.begin(), bytes.end());
        } else {
            auto const raw = *rc::gen::container<std::vector<std::uint8_t>>(length, rc::gen::arbitrary<std::uint8_t>());
            auto const bytes = std::as_bytes(std::span{raw});
            result.rope.append(Slice::copy_of(bytes));
            result.bytes.insert(result.bytes.end(), bytes.begin(), bytes.end());
        }
    }
    return result;
}

}  // namespace

TEST_CASE("payload: text in, the same text out") {
    Payload const payload = Payload::text("hello");
    CHECK(payload.size() == 5);
    CHECK(payload.to_string() == "hello");
    CHECK(Payload::text("").empty());
    CHECK(Payload{} == Payload::text(""));
}

TEST_CASE("payload: any part and any joining of ropes is that of their bytes") {
    CHECK(rc::check("model", [] {
        Modelled const a = some_rope();
        RC_ASSERT(a.rope.size() == a.bytes.size());
        RC_ASSERT(a.rope.bytes() == a.bytes);

        auto const from = *rc::gen::inRange<std::size_t>(0, a.bytes.size() + 1);
        auto const length = *rc::gen::inRange<std::size_t>(0, a.bytes.size() - from + 1);
        auto const first = a.bytes.begin() + static_cast<std::ptrdiff_t>(from);
        Bytes const part_bytes(first, first + static_cast<std::ptrdiff_t>(length));
        RC_ASSERT(a.rope.part(from, length).bytes() == part_bytes);

        Modelled const b = some_rope();
        Payload joined = a.rope;
        joined.append(b.rope);
        Bytes joined_bytes = a.bytes;
        joined_bytes.insert(joined_bytes.end(), b.bytes.begin(), b.bytes.end());
        RC_ASSERT(joined.bytes() == joined_bytes);
        RC_ASSERT(joined.part(a.bytes.size(), b.bytes.size()) == b.rope);
        RC_ASSERT(a.rope.bytes() == a.bytes);
    }));
}

TEST_CASE("payload: ropes are equal if and only if their bytes are, however they are sliced") {
    CHECK(rc::check("slicing", [] {
        Modelled const a = some_rope();
        Payload const flat{Slice::copy_of(a.bytes)};
        RC_ASSERT(a.rope == flat);
        RC_PRE(!a.bytes.empty());
        Bytes wrong = a.bytes;
        wrong[*rc::gen::inRange<std::size_t>(0, wrong.size())] ^= std::byte{1};
        RC_ASSERT(!(a.rope == Payload{Slice::copy_of(wrong)}));
        RC_ASSERT(!(a.rope == a.rope.part(0, a.rope.size() - 1)));
    }));
}

TEST_CASE("payload: a pattern and its bytes compare as equal, a shifted pattern does not") {
    Payload const pattern = Payload::pattern(3, 100, 1000);
    CHECK(pattern == Payload{Slice::copy_of(pattern_bytes(3, 100, 1000))});
    CHECK_FALSE(pattern == Payload::pattern(3, 101, 1000));
    CHECK_FALSE(pattern == Payload::pattern(4, 100, 1000));
}

TEST_CASE("payload: what was cut apart joins to one slice again") {
    Payload const whole = Payload::pattern(1, 0, 100);
    Payload joined = whole.part(0, 30);
    joined.append(whole.part(30, 70));
    CHECK(joined.slices().size() == 1);
    CHECK(joined == whole);

    Payload const text = Payload::text("hello world");
    Payload again = text.part(0, 5);
    again.append(text.part(5, 6));
    CHECK(again.slices().size() == 1);
    CHECK(again.to_string() == "hello world");

    Payload other = text.part(0, 5);
    other.append(text.part(6, 5));  // no continuation: the blank is missing
    CHECK(other.slices().size() == 2);
    CHECK(other.to_string() == "helloworld");
}

TEST_CASE("payload: a part outlives what it was cut from") {
    Payload part;
    {
        Payload const whole = Payload::text("a text that is not short enough to be kept anywhere else");
        part = whole.part(2, 4);
    }
    CHECK(part.to_string() == "text");
}

TEST_CASE("payload: parts beyond the end are our bug") {
    Payload const payload = Payload::text("hello");
    CHECK(payload.part(5, 0).empty());
    CHECK_THROWS_AS(static_cast<void>(payload.part(6, 0)), CheckFailed);
    CHECK_THROWS_AS(static_cast<void>(payload.part(0, 6)), CheckFailed);
    CHECK_THROWS_AS(static_cast<void>(payload.part(1, ~std::uint64_t{0})), CheckFailed);
    CHECK_THROWS_AS(static_cast<void>(Slice::pattern(0, 0, 5).at(5)), CheckFailed);
}

TEST_CASE("pattern: bytes vary enough that a lost, doubled or shifted one is found") {
    // Among 65536 offsets every value occurs about 256 times, and neighbours are equal about as rarely.
    std::vector<int> counts(256, 0);
    int repeats = 0;
    for (std::uint64_t i = 0; i < 65'536; ++i) {
        ++counts[std::to_integer<std::size_t>(pattern_byte(9, i))];
        repeats += pattern_byte(9, i) == pattern_byte(9, i + 1) ? 1 : 0;
    }
    for (int const count : counts) {
        CHECK(count > 128);
        CHECK(count < 512);
    }
    CHECK(repeats > 128);
    CHECK(repeats < 512);
}

#include "stack/wire/options.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace tcpsim;
using namespace tcpsim::wire;

namespace {

using Bytes = std::vector<std::uint8_t>;

OptionBytes area(Bytes const& bytes) {
    OptionBytes result;
    REQUIRE(result.append(bytes));
    return result;
}

Bytes encoded(Options const& options, OptionLayout layout) {
    OptionBytes const bytes = encode(options, layout);
    return {bytes.bytes().begin(), bytes.bytes().end()};
}

constexpr Timestamps some_time{0x01020304, 0x05060708};

Options everything_of_a_syn() {
    return {.mss = 1460, .window_scale = 10, .sack_permitted = true, .timestamps = some_time, .sack = {}};
}

InlineVector<SackBlock, 4> blocks(std::uint32_t count) {
    InlineVector<SackBlock, 4> result;
    for (std::uint32_t i = 0; i < count; ++i) {
        result.push_back({SeqNum{100 * i}, SeqNum{100 * i + 50}});
    }
    return result;
}

}  // namespace

TEST_CASE("RFC 9293 §3.1: an option area holds forty bytes and takes nothing that does not fit whole") {
    OptionBytes bytes;
    CHECK(bytes.append(Bytes(38, 1)));
    CHECK_FALSE(bytes.append(Bytes(3, 9)));
    CHECK(bytes.size() == 38);
    CHECK(bytes.append(Bytes(2, 1)));
    CHECK(bytes.size() == OptionBytes::capacity);
    CHECK_FALSE(bytes.append(Bytes(1, 1)));
    CHECK(bytes.append(Bytes{}));
    CHECK(bytes == area(Bytes(40, 1)));
    bytes.clear();
    CHECK(bytes == OptionBytes{});
}

TEST_CASE("options: what was there before clear() does not count in a comparison") {
    OptionBytes bytes = area({1, 2, 3, 4});
    bytes.clear();
    CHECK(bytes.append(Bytes{1}));
    CHECK(bytes == area({1}));
    CHECK_FALSE(bytes == area({2}));
}

TEST_CASE("Linux [MUST-68]: tcp_options_write, the options of a SYN") {
    Options options = everything_of_a_syn();
    CHECK(encoded(options, OptionLayout::linux_order) ==
          Bytes{2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 10});
    options.timestamps.reset();
    CHECK(encoded(options, OptionLayout::linux_order) == Bytes{2, 4, 0x05, 0xb4, 1, 1, 4, 2, 1, 3, 3, 10});
    options.sack_permitted = false;
    CHECK(encoded(options, OptionLayout::linux_order) == Bytes{2, 4, 0x05, 0xb4, 1, 3, 3, 10});
    options.timestamps = some_time;
    CHECK(encoded(options, OptionLayout::linux_order) ==
          Bytes{2, 4, 0x05, 0xb4, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 10});
    CHECK(encoded({}, OptionLayout::linux_order).empty());
}

TEST_CASE("4.4BSD [MUST-68]: tcp_output, the options of a SYN") {
    Options options = everything_of_a_syn();
    options.sack_permitted = false;
    CHECK(encoded(options, OptionLayout::bsd_order) ==
          Bytes{2, 4, 0x05, 0xb4, 1, 3, 3, 10, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("RFC 7323 appendix A [MUST-68]: other segments carry nop, nop, timestamps; RFC 2018 §3: then the blocks") {
    Options const options{.timestamps = some_time, .sack = blocks(1)};
    Bytes const expected{1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 5, 10, 0, 0, 0, 0, 0, 0, 0, 50};
    CHECK(encoded(options, OptionLayout::linux_order) == expected);
    CHECK(encoded(options, OptionLayout::bsd_order) == expected);
}

TEST_CASE("RFC 2018 §3: four blocks fit alone, three beside timestamps") {
    CHECK(decode(encode({.sack = blocks(4)}, OptionLayout::linux_order)).sack == blocks(4));
    CHECK(encode({.sack = blocks(4)}, OptionLayout::linux_order).size() == 36);
    CHECK(decode(encode({.timestamps = some_time, .sack = blocks(4)}, OptionLayout::linux_order)).sack == blocks(3));
    Options all = everything_of_a_syn();
    all.sack = blocks(4);
    CHECK(decode(encode(all, OptionLayout::linux_order)).sack == blocks(2));
    CHECK(encode(all, OptionLayout::bsd_order).size() == 24 + 12);
}

TEST_CASE("options: decoding is the inverse of encoding, for every choice of options in both orders") {
    for (unsigned choice = 0; choice < 32; ++choice) {
        Options options;
        options.mss = (choice & 1U) != 0 ? std::optional<std::uint16_t>{536} : std::nullopt;
        options.window_scale = (choice & 2U) != 0 ? std::optional<std::uint8_t>{14} : std::nullopt;
        options.sack_permitted = (choice & 4U) != 0;
        options.timestamps = (choice & 8U) != 0 ? std::optional{some_time} : std::nullopt;
        options.sack = blocks((choice & 16U) != 0 ? 1 : 0);
        CAPTURE(choice);
        for (OptionLayout const layout : {OptionLayout::linux_order, OptionLayout::bsd_order}) {
            OptionBytes const bytes = encode(options, layout);
            CHECK(bytes.size() % 4 == 0);
            CHECK(decode(bytes) == options);
        }
    }
}

TEST_CASE("RFC 9293 §3.1 [MUST-6][MUST-64]: any order and any unknown kind is read past") {
    Options const options = decode(area({254, 6, 0xf9, 0x89, 1, 2, 3, 3, 7, 34, 2, 2, 4, 0x02, 0x18}));
    CHECK(options == Options{.mss = 536, .window_scale = 7});
}

TEST_CASE("RFC 9293 §3.1 [MUST-7]: an illegal length ends the reading; what came before counts") {
    CHECK(decode(area({2, 4, 5, 0xb4, 99, 0, 3, 3, 7})) == Options{.mss = 1460});
    CHECK(decode(area({2, 4, 5, 0xb4, 99, 1, 3, 3, 7})) == Options{.mss = 1460});
    CHECK(decode(area({2, 4, 5, 0xb4, 3, 4, 7})) == Options{.mss = 1460});
    CHECK(decode(area({2, 4, 5, 0xb4, 3})) == Options{.mss = 1460});
    CHECK(decode(area({2, 40, 5, 0xb4})) == Options{});
}

TEST_CASE("options: behind the end of options nothing is read") {
    CHECK(decode(area({2, 4, 5, 0xb4, 0, 3, 3, 7})) == Options{.mss = 1460});
}

TEST_CASE("options: a known kind with another's length says nothing, and the next one is read") {
    CHECK(decode(area({2, 3, 5, 3, 3, 7})) == Options{.window_scale = 7});
    CHECK(decode(area({3, 4, 7, 7, 3, 3, 7})) == Options{.window_scale = 7});
    CHECK(decode(area({4, 3, 0, 3, 3, 7})) == Options{.window_scale = 7});
    CHECK(decode(area({8, 6, 0, 0, 0, 0, 3, 3, 7})) == Options{.window_scale = 7});
    CHECK(decode(area({5, 2, 3, 3, 7})) == Options{.window_scale = 7});
    CHECK(decode(area({5, 6, 0, 0, 0, 0, 3, 3, 7})) == Options{.window_scale = 7});
}

TEST_CASE("options: of two SACK options the last one counts, so that four blocks are the most") {
    Bytes bytes{5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4};
    Options expected;
    expected.sack.push_back({SeqNum{3}, SeqNum{4}});
    CHECK(decode(area(bytes)) == expected);
}

TEST_CASE("options: the usual nop, nop, timestamps reads as the slow way does") {
    Bytes const usual{1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
    Bytes const other{8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1};
    CHECK(decode(area(usual)) == Options{.timestamps = some_time});
    CHECK(decode(area(other)) == decode(area(usual)));
}

TEST_CASE("RFC 9293 §3.1 [MUST-4]: end of options, no-operation and MSS are understood") {
    CHECK(decode(area({1, 1, 1, 2, 4, 0x02, 0x18, 1, 0, 3, 3, 7})) == Options{.mss = 536});
    CHECK(decode(area({0, 2, 4, 0x02, 0x18})) == Options{});
}

TEST_CASE(
    "RFC 2385 §3: a signature has 16 octets, stands first (Linux) or before SACK (BSD), and is none in another "
    "length") {
    Md5Digest digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        digest[i] = static_cast<std::uint8_t>(i + 1);
    }
    Options options;
    options.mss = 1460;
    options.sack_permitted = true;
    options.md5 = digest;
    OptionBytes const first = encode(options, OptionLayout::linux_order);
    CHECK(first.size() == 20 + 4 + 4);
    CHECK(first.bytes()[2] == 19);
    CHECK(first.bytes()[3] == 18);
    CHECK(first.bytes()[4] == 1);
    CHECK(first.bytes()[19] == 16);
    CHECK(decode(first) == options);
    OptionBytes const last = encode(options, OptionLayout::bsd_order);
    CHECK(last.bytes()[8 + 2] == 19);
    CHECK(decode(last) == options);
    for (std::uint8_t const length : {std::uint8_t{17}, std::uint8_t{19}}) {
        std::array<std::uint8_t, 20> wrong{19, length};
        OptionBytes bytes;
        REQUIRE(bytes.append(wrong));
        CHECK_FALSE(decode(bytes).md5.has_value());
    }
}

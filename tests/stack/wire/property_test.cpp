// What holds for every frame, and for every string of bytes.
#include "stack/wire/bytes.hpp"
#include "stack/wire/notation.hpp"
#include "tests/stack/wire/generators.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::wire;

namespace {

using Bytes = std::vector<std::uint8_t>;

}  // namespace

TEST_CASE("every frame: parse(emit(x)) == x, and emit makes wire_size(x) bytes") {
    CHECK(rc::check("round trip", [] {
        Frame const frame = generators::frame();
        Bytes const bytes = emit(frame);
        RC_ASSERT(bytes.size() == wire_size(frame));
        auto const back = parse_frame(bytes);
        RC_ASSERT(std::holds_alternative<Frame>(back));
        RC_ASSERT(std::get<Frame>(back) == frame);
    }));
}

TEST_CASE("every frame: cut short anywhere, it is refused or what is missing was no part of it") {
    CHECK(rc::check("truncation", [] {
        Frame const frame = generators::frame();
        Bytes const bytes = emit(frame);
        bool const has_length = !std::holds_alternative<RawPayload>(frame.body);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            // A copy, so that a read past the end is a read past an allocation.
            Bytes const cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            auto const parsed = parse_frame(cut);
            if (has_length || size < 14) {
                RC_ASSERT(std::holds_alternative<ParseError>(parsed));
                RC_ASSERT(std::get<ParseError>(parsed) == ParseError::truncated);
            } else {
                RC_ASSERT(wire_size(std::get<Frame>(parsed)) == size);
            }
        }
    }));
}

TEST_CASE("every TCP packet [MUST-3]: one flipped bit anywhere in it is noticed") {
    CHECK(rc::check("bit flips", [] {
        Ipv4Packet const packet = generators::tcp_packet();
        Bytes bytes = emit(packet);
        for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
            auto const mask = static_cast<std::uint8_t>(1U << bit % 8);
            bytes[bit / 8] ^= mask;
            RC_ASSERT(std::holds_alternative<ParseError>(parse_ipv4_packet(bytes)));
            bytes[bit / 8] ^= mask;
        }
        RC_ASSERT(std::get<Ipv4Packet>(parse_ipv4_packet(bytes)) == packet);
    }));
}

TEST_CASE("every string of bytes: parsed or refused; what parses survives another round") {
    CHECK(rc::check("frames", [] {
        Bytes bytes = generators::bytes(120);
        if (bytes.size() >= 15 && *rc::gen::arbitrary<bool>()) {  // otherwise almost none is IPv4
            bytes[12] = 8;
            bytes[13] = *rc::gen::element<std::uint8_t>(0, 6);
            bytes[14] = *rc::gen::inRange<std::uint8_t>(0x44, 0x50);
        }
        auto const parsed = parse_frame(bytes);
        if (auto const* frame = std::get_if<Frame>(&parsed)) {
            RC_ASSERT(std::get<Frame>(parse_frame(emit(*frame))) == *frame);
        }
    }));
}

TEST_CASE("every option area: decoding ends, and what was decoded survives encoding") {
    CHECK(rc::check("options", [] {
        OptionBytes area;
        RC_ASSERT(area.append(generators::words(10)));
        Options const options = decode(area);
        for (OptionLayout const layout : {OptionLayout::linux_order, OptionLayout::bsd_order}) {
            Options const back = decode(encode(options, layout));
            RC_ASSERT(back.mss == options.mss);
            RC_ASSERT(back.window_scale == options.window_scale);
            RC_ASSERT(back.sack_permitted == options.sack_permitted);
            RC_ASSERT(back.timestamps == options.timestamps);
            RC_ASSERT(std::equal(back.sack.begin(), back.sack.end(), options.sack.begin()));
        }
    }));
}

TEST_CASE("every frame: its line names what it carries") {
    CHECK(rc::check("notation", [] {
        Frame const frame = generators::frame();
        std::string const text = notation(frame, {});
        RC_ASSERT(!text.empty());
        RC_ASSERT(text.find('\n') == std::string::npos);
        if (TcpSegment const* segment = tcp_of(frame)) {
            RC_ASSERT(text == notation(*segment, {}));
            RC_ASSERT(text.starts_with(flags_text(segment->flags) + " "));
            RC_ASSERT(text.find("(" + std::to_string(segment->payload.size()) + ")") != std::string::npos);
        }
    }));
}

TEST_CASE("RFC 1071 §2: a checksum does not depend on how the bytes are parted at even places") {
    CHECK(rc::check("parts", [] {
        Bytes const bytes = generators::bytes(200);
        auto const middle = 2 * *rc::gen::inRange<std::size_t>(0, bytes.size() / 2 + 1);
        auto const first = static_cast<std::uint16_t>(~internet_checksum(std::span{bytes}.first(middle)));
        RC_ASSERT(internet_checksum(std::span{bytes}.subspan(middle), first) == internet_checksum(bytes));
    }));
}

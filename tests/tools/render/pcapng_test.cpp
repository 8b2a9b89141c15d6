#include "tools/render/pcapng.hpp"

#include "tests/tools/render/by_hand.hpp"
#include "tools/render/capture.hpp"

#include <doctest/doctest.h>

#include <map>
#include <sstream>

namespace tcpsim::render {
namespace {

using namespace by_hand;

std::uint32_t word(std::string const& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes.at(at + i))) << (8 * i);
    }
    return value;
}

struct Block {
    std::uint32_t type{0};
    std::string body{};
    std::multimap<std::uint16_t, std::string> options{};
};

/// draft-ietf-opsawg-pcapng §3.5: code, length, value padded to four bytes.
std::multimap<std::uint16_t, std::string> options_of(std::string const& body, std::size_t at) {
    std::multimap<std::uint16_t, std::string> options;
    while (at + 4 <= body.size()) {
        auto const code = static_cast<std::uint16_t>(word(body, at) & 0xffffU);
        std::size_t const length = word(body, at) >> 16U;
        if (code == 0) {
            CHECK(at + 4 == body.size());  // opt_endofopt is the last
            return options;
        }
        options.emplace(code, body.substr(at + 4, length));
        at += 4 + (length + 3) / 4 * 4;
    }
    FAIL("the options have no end");
    return options;
}

/// Every block, its length stated alike at both ends.
std::vector<Block> blocks_of(std::string const& file) {
    std::vector<Block> blocks;
    for (std::size_t at = 0; at < file.size();) {
        std::size_t const length = word(file, at + 4);
        REQUIRE(length % 4 == 0);
        REQUIRE(length >= 12);
        REQUIRE(at + length <= file.size());
        CHECK(word(file, at + length - 4) == length);
        Block block{word(file, at), file.substr(at + 8, length - 12), {}};
        std::size_t options_at = 16;  // section header
        if (block.type == 1) {
            options_at = 8;
        } else if (block.type == 5) {
            options_at = 12;
        } else if (block.type == 6) {
            options_at = 20 + (word(block.body, 12) + 3) / 4 * 4;
        }
        block.options = options_of(block.body, options_at);
        blocks.push_back(std::move(block));
        at += length;
    }
    return blocks;
}

std::string option(Block const& block, std::uint16_t code) {
    auto const found = block.options.find(code);
    return found == block.options.end() ? "(none)" : found->second;
}

TEST_CASE("pcapng §4.1, §4.2: a section and an interface say who they are") {
    std::ostringstream out;
    PcapngWriter writer{out, {"machine", "system", "program", "remark"}};
    writer.add_interface({"eth0", "eth0 of client", wire::Ipv4Prefix{{0x0a010002}, 24}, "system"});
    auto const blocks = blocks_of(out.str());
    REQUIRE(blocks.size() == 2);
    CHECK(blocks[0].type == 0x0A0D0D0A);
    CHECK(word(blocks[0].body, 0) == 0x1A2B3C4D);
    CHECK(option(blocks[0], 1) == "remark");
    CHECK(option(blocks[0], 2) == "machine");
    CHECK(option(blocks[0], 3) == "system");
    CHECK(option(blocks[0], 4) == "program");
    CHECK(blocks[1].type == 1);
    CHECK(option(blocks[1], 2) == "eth0");
    CHECK(option(blocks[1], 3) == "eth0 of client");
    CHECK(option(blocks[1], 4) == std::string("\x0a\x01\x00\x02\xff\xff\xff\x00", 8));
    CHECK(option(blocks[1], 9) == "\x09");
}

TEST_CASE("pcapng §4.3: a packet of any length keeps its bytes, direction and comments") {
    for (std::size_t length : {0U, 1U, 2U, 3U, 4U, 60U, 1514U}) {
        std::ostringstream out;
        PcapngWriter writer{out, {}};
        PcapngWriter::Packet packet;
        packet.at = 0x0123'4567'89ab'cdefU;
        packet.direction = PcapngWriter::Direction::outbound;
        packet.bytes.assign(length, 0xa5);
        packet.comments = {"first", "second one"};
        writer.packet(packet);
        auto const blocks = blocks_of(out.str());
        REQUIRE(blocks.size() == 2);
        CHECK(word(blocks[1].body, 4) == 0x0123'4567U);
        CHECK(word(blocks[1].body, 8) == 0x89ab'cdefU);
        CHECK(word(blocks[1].body, 12) == length);
        CHECK(blocks[1].body.substr(20, length) == std::string(length, '\xa5'));
        CHECK(option(blocks[1], 2) == std::string("\x02\0\0\0", 4));
        CHECK(blocks[1].options.count(1) == 2);
    }
}

/// The comments of each packet block, joined.
std::vector<std::string> comments(std::string const& file) {
    std::vector<std::string> all;
    for (Block const& block : blocks_of(file)) {
        if (block.type != 6 && block.type != 5) {
            continue;
        }
        std::string joined;
        for (auto [at, end] = block.options.equal_range(1); at != end; ++at) {
            joined += (joined.empty() ? "" : " | ") + at->second;
        }
        all.push_back(joined);
    }
    return all;
}

TEST_CASE("capture: only its own interface, with the reason and the fate of each packet") {
    Naming const naming{names()};
    std::ostringstream out;
    Capture capture{out, naming, {client, 0}, {}};
    Trace trace{capture};
    auto const syn = trace.sent(at_ms(0), client, wire::Flags::syn, 0, 0, 0, {tcp::Why::connect});
    trace.passes(at_ms(10), router, 0, false, syn);
    trace.passes(at_ms(10), router, 1, true, syn);
    trace.add(at_ms(15), Trace::step(0), happened(trace::Happening::power_loss, server, 1));
    trace.lost(at_ms(20), syn, trace::DropReason::no_power, server);
    trace.sent(at_ms(1000), client, wire::Flags::syn, 0, 0, 0,
               {tcp::Why::retransmission_timeout, 1, std::chrono::seconds{1}});
    trace.add(at_ms(1001), Trace::step(1), happened(trace::Happening::boot, server, 2));
    capture.finish(at_ms(1005));
    CHECK(comments(out.str()) == std::vector<std::string>{
                                     "client#1: a program called connect() | lost: server has no power",
                                     "before this, at 0.015000 s: server loses power | "
                                     "client#2: retransmission 1 after 1 s | still on its way at the end",
                                     "before this, at 1.001000 s: server boots again: boot 2",
                                 });
}

TEST_CASE("capture: what was lost on its way here stands on the next packet") {
    Naming const naming{names()};
    std::ostringstream out;
    Capture capture{out, naming, {client, 0}, {}};
    Trace trace{capture};
    auto const lost =
        trace.sent(at_ms(0), server, wire::Flags::syn | wire::Flags::ack, 0, 1, 0, {tcp::Why::syn_received});
    trace.lost(at_ms(1), lost, trace::DropReason::queue_full, trace::no_node);
    auto const again = trace.sent(at_ms(1000), server, wire::Flags::syn | wire::Flags::ack, 0, 1, 0,
                                  {tcp::Why::retransmission_timeout, 1, std::chrono::seconds{1}});
    trace.arrives(at_ms(1010), client, again);
    capture.finish(at_ms(1010));
    auto const all = comments(out.str());
    REQUIRE(all.size() == 2);
    CHECK(all[0] ==
          "before this, at 0.001000 s: server#1 (S.) got lost: the queue of client-router is full | "
          "server#2: retransmission 1 after 1 s");
}

}  // namespace
}  // namespace tcpsim::render

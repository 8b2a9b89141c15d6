// What received text costs, against what was measured on Linux 6.18: `ss -tm` of a socket that nobody reads, its packets
// coming from a TAP device.
#include "stack/tcp/packet_buffers.hpp"

#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <array>
#include <utility>

using namespace tcpsim;
using namespace tcpsim::test;
using tcp::PacketBuffer;
using tcp::PacketBuffers;

namespace {

constexpr std::uint32_t headers = 14 + 20 + 32;  // Ethernet, IPv4, TCP with timestamps

/// Text of so many bytes at a time, from the sequence number 0 on.
class Stream {
  public:
    explicit Stream(PacketBuffers& into) : into_{into} {}
    /// How much more memory is in use then.
    std::uint32_t append(std::uint32_t length) {
        std::uint32_t const before = into_.used();
        into_.append(tcp::packet_buffer(profile_, headers, next_, length), profile_);
        next_ += length;
        return into_.used() - before;
    }
    [[nodiscard]] profile::Profile const& profile() const { return profile_; }

  private:
    PacketBuffers& into_;
    profile::Profile profile_{profile_of("linux")};
    SeqNum next_{};
};

PacketBuffer at(std::uint32_t begin, std::uint32_t length) {
    return tcp::packet_buffer(profile_of("linux"), headers, SeqNum{begin}, length);
}

}  // namespace

TEST_CASE("Linux SKB_TRUESIZE: what a packet costs, measured") {
    constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 12> measured{{{1, 768},
                                                                                {62, 768},
                                                                                {63, 832},
                                                                                {126, 832},
                                                                                {127, 896},
                                                                                {200, 960},
                                                                                {500, 1216},
                                                                                {536, 1280},
                                                                                {1000, 1728},
                                                                                {1406, 2112},
                                                                                {1407, 2176},
                                                                                {1448, 2176}}};
    for (auto const& each : measured) {
        CAPTURE(each.first);
        PacketBuffers buffers;
        CHECK(Stream{buffers}.append(each.first) == each.second);
    }
}

TEST_CASE("Linux skb_try_coalesce: 17 packets hang on to the first, the next is a buffer of its own, measured") {
    PacketBuffers buffers;
    Stream stream{buffers};
    CHECK(stream.append(1448) == 2176);
    for (int i = 0; i < 17; ++i) {
        CHECK(stream.append(1448) == 1920);
    }
    CHECK(stream.append(1448) == 2176);
    CHECK(stream.append(1448) == 1920);
}

TEST_CASE("Linux skb_try_coalesce: what fits behind the text costs nothing, until something hangs on, measured") {
    PacketBuffers buffers;
    Stream stream{buffers};
    CHECK(stream.append(5) == 768);
    for (int i = 0; i < 11; ++i) {
        CHECK(stream.append(5) == 0);
    }
    CHECK(stream.append(5) == 512);
    CHECK(stream.append(1) == 512);  // although there is room for one byte behind the first
    constexpr std::uint32_t room = 192 - 64 - headers - 5;
    for (std::uint32_t const length : {room, room + 1}) {
        PacketBuffers other;
        Stream next{other};
        next.append(5);
        CHECK(next.append(length) == (length > room ? 512 : 0));
    }
}

TEST_CASE("Linux tcp_recvmsg: a buffer's memory is free when all of its text is read, what hangs on to it included") {
    PacketBuffers buffers;
    Stream stream{buffers};
    for (int i = 0; i < 19; ++i) {
        stream.append(1448);
    }
    CHECK(buffers.front_end() == SeqNum{18 * 1448});
    buffers.release(SeqNum{18 * 1448 - 1}, profile_of("linux"));
    CHECK(buffers.used() == 2 * 2176 + 17 * 1920);
    buffers.release(SeqNum{18 * 1448}, profile_of("linux"));
    CHECK(buffers.used() == 2176);
    buffers.release(SeqNum{19 * 1448}, profile_of("linux"));
    CHECK(buffers.used() == 0);
    CHECK(buffers.nothing_in_order());
}

TEST_CASE("Linux tcp_data_queue_ofo: text beyond holes is merged with what it follows, and never kept twice") {
    profile::Profile const profile = profile_of("linux");
    PacketBuffers buffers;
    buffers.insert(at(3000, 1000), profile);
    CHECK(buffers.used() == 1728);
    buffers.insert(at(3000, 1000), profile);
    buffers.insert(at(3100, 900), profile);
    CHECK(buffers.used() == 1728);
    buffers.insert(at(4000, 1000), profile);  // follows
    CHECK(buffers.used() == 1728 + 1472);
    buffers.insert(at(6000, 1000), profile);  // another hole
    CHECK(buffers.used() == 2 * 1728 + 1472);
    buffers.insert(at(2000, 1448), profile);  // ends within the first
    CHECK(buffers.used() == 2 * 1728 + 1472 + 2176);
    buffers.insert(at(6000, 1001), profile);  // takes the place of the shorter
    CHECK(buffers.used() == 2 * 1728 + 1472 + 2176);
    buffers.insert(at(5900, 1448), profile);  // covers it
    CHECK(buffers.used() == 1728 + 1472 + 2 * 2176);
}

TEST_CASE("Linux tcp_ofo_queue: when the hole is filled its buffers are merged, and what is all old goes") {
    profile::Profile const profile = profile_of("linux");
    PacketBuffers buffers;
    buffers.insert(at(1000, 1000), profile);
    buffers.insert(at(3000, 1000), profile);
    buffers.append(at(0, 1000), profile);
    buffers.advance(SeqNum{2000}, profile);
    CHECK(buffers.used() == 1728 + 1472 + 1728);
    CHECK(buffers.front_end() == SeqNum{2000});
    buffers.append(at(2000, 2100), profile);  // covers the rest
    std::uint32_t const with_covered = buffers.used();
    buffers.advance(SeqNum{4100}, profile);
    CHECK(buffers.used() == with_covered - 1728);
    buffers.release(SeqNum{4100}, profile_of("linux"));
    CHECK(buffers.used() == 0);
}

TEST_CASE("Linux tcp_collapse: 70 packets of 100 bytes take two pages, measured: 8704 bytes") {
    PacketBuffers buffers;
    Stream stream{buffers};
    for (int i = 0; i < 70; ++i) {
        stream.append(100);
    }
    CHECK(buffers.used() == 3 * 832 + 51 * 576 + 832 + 15 * 576);
    buffers.collapse(SeqNum{0}, 128, stream.profile());
    CHECK(buffers.used() == 2 * (4096 + 256));
    CHECK(buffers.front_end() == SeqNum{4096 - 320});
    // 552 bytes are left in the second: five packets fit, the sixth hangs on.
    for (int i = 0; i < 5; ++i) {
        CHECK(stream.append(100) == 0);
    }
    CHECK(stream.append(100) == 576);
}

TEST_CASE("Linux tcp_collapse: what was read goes, what is worth its memory stays") {
    PacketBuffers read;
    Stream some{read};
    for (int i = 0; i < 10; ++i) {
        some.append(100);
    }
    read.collapse(SeqNum{950}, 128, some.profile());
    CHECK(read.used() == 640 + 256);  // 50 bytes in the smallest buffer there is
    CHECK(read.front_end() == SeqNum{1000});

    PacketBuffers full;
    Stream stream{full};
    stream.append(1448);
    stream.append(1448);
    full.collapse(SeqNum{0}, 170, stream.profile());  // 1448 * 256 / 2176: (2176 + 1920) * 170 / 256 is less than 2896
    CHECK(full.used() == 2176 + 1920);
    full.collapse(SeqNum{0}, 182, stream.profile());
    CHECK(full.used() == 4096 + 256);
}

TEST_CASE("Linux tcp_prune_ofo_queue: the last go first, an eighth at least, none before the packet that comes") {
    profile::Profile const profile = profile_of("linux");
    auto const filled = [&] {
        PacketBuffers buffers;
        for (std::uint32_t i = 1; i <= 4; ++i) {
            buffers.insert(at(2000 * i, 1000), profile);
        }
        return buffers;
    };
    PacketBuffers one = filled();
    CHECK(one.prune(SeqNum{0}, 1728, 3 * 1728, profile) == std::optional{SeqNum{8000}});
    CHECK(one.used() == 3 * 1728);
    PacketBuffers two = filled();
    CHECK(two.prune(SeqNum{0}, 1729, 4 * 1728, profile) == std::optional{SeqNum{6000}});
    CHECK(two.used() == 2 * 1728);
    PacketBuffers limited = filled();
    CHECK(limited.prune(SeqNum{0}, 1, 1728, profile) == std::optional{SeqNum{4000}});
    PacketBuffers all = filled();
    CHECK(all.prune(SeqNum{0}, 1, 0, profile) == std::optional{SeqNum{2000}});
    CHECK(all.used() == 0);
    PacketBuffers kept = filled();
    CHECK(kept.prune(SeqNum{8001}, 1, 0, profile) == std::nullopt);
    CHECK(kept.prune(SeqNum{8000}, 1, 0, profile) == std::optional{SeqNum{8000}});
    CHECK(kept.used() == 3 * 1728);
}

TEST_CASE("Linux sk_rmem_schedule: memory is set aside in pages, and goes back in pages") {
    profile::Profile const profile = profile_of("linux");
    PacketBuffers buffers;
    CHECK(buffers.has_set_aside(0));
    CHECK_FALSE(buffers.has_set_aside(1));
    buffers.set_aside(4096, profile);
    CHECK(buffers.has_set_aside(4096));
    CHECK_FALSE(buffers.has_set_aside(4097));
    buffers.set_aside(4096, profile);  // is there already
    CHECK_FALSE(buffers.has_set_aside(4097));
    buffers.append(at(0, 1000), profile);
    CHECK(buffers.has_set_aside(4096 - 1728));
    CHECK_FALSE(buffers.has_set_aside(4096 - 1728 + 1));
    buffers.set_aside(4096 - 1728 + 1, profile);
    CHECK(buffers.has_set_aside(2 * 4096 - 1728));
    buffers.release(SeqNum{1000}, profile);
    CHECK(buffers.has_set_aside(0));
    CHECK_FALSE(buffers.has_set_aside(1));
}

#include "sim/trace/digest.hpp"

#include "tests/sim/trace/records.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <set>
#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::trace;
using namespace tcpsim::trace::testing;

namespace {

std::uint64_t digest_of(std::vector<Record> const& records) {
    Digest digest;
    for (Record const& record : records) {
        digest.record(record);
    }
    return digest.value();
}

/// The digest of one frame that passed.
std::uint64_t digest_of(wire::Frame const& frame) {
    return digest_of({record_of(FramePassed{.node = NodeId{1}, .outwards = true, .frame = &frame})});
}

/// How many different digests `changes` make, one change at a time, with the unchanged record among them.
template <class T>
std::size_t different_digests(T const& original, std::vector<std::function<void(T&)>> const& changes) {
    std::set<std::uint64_t> digests{digest_of({record_of(original)})};
    for (auto const& change : changes) {
        T changed = original;
        change(changed);
        digests.insert(digest_of({record_of(changed)}));
    }
    return digests.size();
}

}  // namespace

TEST_CASE("digest: equal records give equal digests, wherever their frames are stored") {
    wire::Frame const here = tcp_frame(Payload::text("hello"));
    wire::Frame const there = tcp_frame(Payload::text("hello"));
    CHECK(digest_of(here) == digest_of(there));
}

TEST_CASE("digest: every header field of a frame counts") {
    using Change = std::function<void(wire::Frame&)>;
    std::array<std::uint8_t, 4> const nops{1, 1, 1, 1};
    std::array<std::uint8_t, 4> const ends{0, 0, 0, 0};
    std::vector<Change> const changes{
        [](auto& f) { f.destination.bytes[5] = 9; },
        [](auto& f) { f.source.bytes[0] = 9; },
        [](auto& f) { f.ether_type = 0x86dd; },
        [](auto& f) { packet_in(f).header.source.value ^= 1; },
        [](auto& f) { packet_in(f).header.destination.value ^= 1U << 31U; },
        [](auto& f) { packet_in(f).header.tos = 1; },
        [](auto& f) { packet_in(f).header.identification = 8; },
        [](auto& f) { packet_in(f).header.dont_fragment = false; },
        [](auto& f) { packet_in(f).header.more_fragments = true; },
        [](auto& f) { packet_in(f).header.fragment_offset = 1; },
        [](auto& f) { packet_in(f).header.ttl = 63; },
        [](auto& f) { packet_in(f).header.protocol = 7; },
        [](auto& f) {
            packet_in(f).header.options = {1, 1, 1, 1};
        },
        [](auto& f) { segment_in(f).source_port = 1; },
        [](auto& f) { segment_in(f).destination_port = 1; },
        [](auto& f) { segment_in(f).seq += 1; },
        [](auto& f) { segment_in(f).ack += 1; },
        [](auto& f) { segment_in(f).flags.bits |= wire::Flags::fin; },
        [](auto& f) { segment_in(f).window = 1; },
        [](auto& f) { segment_in(f).urgent = 1; },
        [&](auto& f) { segment_in(f).options.append(nops); },
        [&](auto& f) { segment_in(f).options.append(ends); },
        [](auto& f) { segment_in(f).payload = Payload::text("hellp"); },
        [](auto& f) {
            segment_in(f).payload = Payload::text({"hello\0", 6});
        },
        [](auto& f) { segment_in(f).payload.clear(); },
        [](auto& f) {
            packet_in(f).body = wire::UdpDatagram{40000, 9998, Payload::text("hello")};
        },
        [](auto& f) {
            packet_in(f).body = wire::IcmpMessage{3, 1, 0, Payload::text("hello")};
        },
        [](auto& f) {
            packet_in(f).body = wire::IcmpMessage{3, 1, 1, Payload::text("hello")};
        },
        [](auto& f) { f.body = wire::ArpPacket{}; },
        [](auto& f) { f.body = wire::RawPayload{Payload::text("hello")}; },
    };
    wire::Frame const original = tcp_frame(Payload::text("hello"));
    std::set<std::uint64_t> digests{digest_of(original)};
    for (std::size_t i = 0; i < changes.size(); ++i) {
        CAPTURE(i);
        wire::Frame changed = original;
        changes[i](changed);
        CHECK(digests.insert(digest_of(changed)).second);
    }
}

TEST_CASE("digest: payload counts by content, not by the blocks that hold it") {
    Payload pieces = Payload::text("hel");
    pieces.append(Slice::copy_of("lo"));
    REQUIRE(pieces.slices().size() == 2);
    CHECK(digest_of(tcp_frame(pieces)) == digest_of(tcp_frame(Payload::text("hello"))));
    CHECK(digest_of(tcp_frame(pieces)) != digest_of(tcp_frame(Payload::text("hel lo"))));
}

TEST_CASE("digest: a pattern counts by stream, offset and length") {
    std::set<std::uint64_t> const digests{
        digest_of(tcp_frame(Payload::pattern(1, 0, 100))), digest_of(tcp_frame(Payload::pattern(2, 0, 100))),
        digest_of(tcp_frame(Payload::pattern(1, 1, 100))), digest_of(tcp_frame(Payload::pattern(1, 0, 101)))};
    CHECK(digests.size() == 4);

    Payload joined = Payload::pattern(1, 0, 60);
    joined.append(Slice::pattern(1, 60, 40));
    CHECK(digest_of(tcp_frame(joined)) == digest_of(tcp_frame(Payload::pattern(1, 0, 100))));
}

TEST_CASE("digest: every field of a record and of its reason counts") {
    auto const original = record_of(Happened{.what = Happening::boot, .node = NodeId{1}, .boot = 2});
    std::vector<std::function<void(Record&)>> const changes{
        [](auto& r) { r.at += Duration{1}; },
        [](auto& r) { r.serial = 2; },
        [](auto& r) { r.because.kind = Because::Kind::timer; },
        [](auto& r) { r.because.step = 1; },
        [](auto& r) { r.because.packet.origin = NodeId{4}; },
        [](auto& r) { r.because.packet.number = 10; },
        [](auto& r) { r.because.connection.slot = 1; },
        [](auto& r) { r.because.connection.generation = 1; },
        [](auto& r) { r.because.process.machine = NodeId{1}; },
        [](auto& r) { r.because.process.boot = 1; },
        [](auto& r) { r.because.process.process = 1; },
    };
    std::set<std::uint64_t> digests{digest_of({original})};
    for (auto const& change : changes) {
        Record changed = original;
        change(changed);
        digests.insert(digest_of({changed}));
    }
    CHECK(digests.size() == changes.size() + 1);
}

TEST_CASE("digest: every field of a drop, a call and a happening counts") {
    CHECK(different_digests<FrameDropped>({}, {[](auto& e) { e.link = LinkId{1}; }, [](auto& e) { e.node = NodeId{1}; },
                                               [](auto& e) { e.reason = DropReason::queue_full; },
                                               [](auto& e) { e.rule = 1; }, [](auto& e) { e.packet.number = 1; }}) ==
          6);
    CHECK(different_digests<FrameDelayed>(
              {}, {[](auto& e) { e.link = LinkId{1}; }, [](auto& e) { e.rule = 1; },
                   [](auto& e) { e.packet.number = 1; }, [](auto& e) { e.by = Duration{1}; }}) == 5);
    CHECK(different_digests<CallReturned>(
              {}, {[](auto& e) { e.process.process = 1; }, [](auto& e) { e.number = 1; },
                   [](auto& e) { e.call = Call::read; }, [](auto& e) { e.descriptor = 3; },
                   [](auto& e) { e.value = -1; }, [](auto& e) { e.error = Errno::econnreset; },
                   [](auto& e) { e.end_of_stream = true; }, [](auto& e) { e.blocked = true; },
                   [](auto& e) { e.because.step = 1; }, [](auto& e) { e.connection.local.port = 1; },
                   [](auto& e) { e.restarts = true; }, [](auto& e) { e.address.port = 1; }, [](auto& e) { e.told = 1; },
                   [](auto& e) { e.data = Payload::text("a"); },
                   [](auto& e) {
                       e.ready = {{3, 1}};
                   },
                   [](auto& e) {
                       e.ready = {{3, 4}};
                   },
                   [](auto& e) {
                       e.ready = {{4, 1}};
                   }}) == 18);
    CHECK(different_digests<CallMade>(
              {}, {[](auto& e) { e.process.process = 1; }, [](auto& e) { e.number = 1; },
                   [](auto& e) { e.call = Call::read; }, [](auto& e) { e.descriptor = 3; },
                   [](auto& e) { e.bytes = 1; }, [](auto& e) { e.address.port = 1; }, [](auto& e) { e.flags = 1; },
                   [](auto& e) { e.other = 3; }, [](auto& e) { e.argument = 1; }, [](auto& e) { e.option = "a"; },
                   [](auto& e) { e.data = Payload::text("a"); },
                   [](auto& e) {
                       e.watched = {{3, 1}};
                   }}) == 13);
    CHECK(different_digests<Happened>(
              {}, {[](auto& e) { e.what = Happening::boot; }, [](auto& e) { e.node = NodeId{1}; },
                   [](auto& e) { e.link = LinkId{1}; }, [](auto& e) { e.boot = 1; }, [](auto& e) { e.process = 1; },
                   [](auto& e) { e.status = -1; }, [](auto& e) { e.rule = 1; }, [](auto& e) { e.name = "a"; }}) == 9);
}

TEST_CASE("digest: every kind of TCP note and its figures count") {
    using std::chrono::milliseconds;
    auto const note = [](tcp::Note what) {
        return digest_of({record_of(TcpNote{.machine = NodeId{1}, .boot = 1, .what = std::move(what)})});
    };
    std::set<std::uint64_t> const digests{
        note(tcp::StateChanged{}),
        note(tcp::StateChanged{.to = tcp::State::established}),
        note(tcp::RttMeasured{}),
        note(tcp::RttMeasured{.sample = milliseconds{1}}),
        note(tcp::RttMeasured{.srtt = milliseconds{1}}),
        note(tcp::RttMeasured{.rttvar = milliseconds{1}}),
        note(tcp::RttMeasured{.rto = milliseconds{1}}),
        note(tcp::TimerExpired{}),
        note(tcp::TimerExpired{.timer = tcp::Timer::time_wait}),
        note(tcp::TimerExpired{.count = 1}),
        note(tcp::TimerExpired{.waited = milliseconds{1}}),
        note(tcp::SegmentRefused{}),
        note(tcp::SegmentRefused{.rule = tcp::Refusal::paws}),
        note(tcp::Ended{}),
        note(tcp::Ended{.error = Errno::etimedout}),
        note(tcp::Ended{.retransmissions = 15}),
        note(tcp::SoftError{}),
        note(tcp::SoftError{.error = Errno::ehostunreach}),
        note(tcp::DeliveryDoubted{}),
        note(tcp::DeliveryDoubted{.retransmissions = 3}),
        note(tcp::DeliveryDoubted{.elapsed = milliseconds{1}}),
        note(tcp::PathMtuFell{}),
        note(tcp::PathMtuFell{.mtu = 1000}),
        note(tcp::PathMtuFell{.mss = 948}),
    };
    CHECK(digests.size() == 24);
}

TEST_CASE("digest: the order of records counts") {
    auto const a = record_of(Happened{.name = "a"});
    auto const b = record_of(Happened{.name = "b"});
    CHECK(digest_of({a, b}) != digest_of({b, a}));
    CHECK(digest_of({a}) != digest_of({a, a}));
}

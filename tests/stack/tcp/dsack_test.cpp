// What a receiver tells of holes and of text that came twice: RFC 2883, RFC 2018, Linux's shared ACKs.
#include "stack/tcp/duplicate.hpp"
#include "stack/tcp/receive_queue.hpp"
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;
using tcp::Why;

namespace {

/// Every segment beyond a hole has its ACK.
Dialogue uncompressed() {
    profile::Profile profile = profile_of("linux");
    profile.selective_ack.compressed_most.value = 0;
    return Dialogue::established(profile);
}

/// In a conversation no ACK goes at once for another reason.
Dialogue conversing() {
    Dialogue d = Dialogue::established(profile_of("linux"));
    d.peer(text(5));
    d.expect(ACK.ack(5));
    d.write(5);
    d.expect(text(5));
    d.after(20ms);
    d.peer(ACK);
    d.drain();
    REQUIRE(d.connection().tcb().delayed_ack.pingpong);
    return d;
}

}  // namespace

TEST_CASE("RFC 2883 §4: text that was received before is reported first, once, and up to the ACK at most") {
    Dialogue d = uncompressed();
    d.peer(text(500));
    d.expect(ACK.ack(500));
    d.peer(text(200).seq(100));
    d.expect(ACK.ack(500).sack({{100, 300}}), Why::acknowledge_repetition);
    d.peer(text(100).seq(600));
    d.expect(ACK.ack(500).sack({{600, 700}}));  // the report is not repeated
    d.peer(text(150).seq(450));                 // partly new: the old part is reported
    d.expect(ACK.ack(700).sack({{450, 500}}), Why::acknowledge_filled_hole);
}

TEST_CASE(
    "Linux tcp_send_dupack: text that PAWS refuses is told by D-SACK if it came before, and ends a conversation") {
    for (std::int64_t const seq : {std::int64_t{0}, std::int64_t{100}}) {
        CAPTURE(seq);
        Dialogue d = Dialogue::established(profile_of("linux"), 20ms, Dialogue::with_timestamps());
        d.peer(text(100));
        d.expect(ACK.ack(100));
        d.set_quick_ack(0);
        REQUIRE(d.connection().tcb().delayed_ack.pingpong > 0);
        d.peer(text(150).seq(seq).ts(d.connection().tcb().timestamps.recent - 10, 0));
        bool const repeated = seq == 0;
        if (repeated) {
            d.expect(ACK.ack(100).sack({{0, 100}}), Why::acknowledge_repetition);
        } else {
            d.expect(ACK.ack(100).sack({}), Why::acknowledge_unacceptable);
        }
        CHECK((d.connection().tcb().delayed_ack.pingpong == 0) == repeated);
    }
}

TEST_CASE("RFC 2883 §4.1.2: a duplicate within a block beyond a hole: the report first, then the block that holds it") {
    Dialogue d = uncompressed();
    d.peer(text(300).seq(100));
    d.expect(ACK.ack(0).sack({{100, 400}}));
    d.peer(text(100).seq(600));
    d.expect(ACK.ack(0).sack({{600, 700}, {100, 400}}));
    d.peer(text(100).seq(200));
    d.expect(ACK.ack(0).sack({{200, 300}, {100, 400}, {600, 700}}));
    d.peer(text(300).seq(350));  // over the end of one block and the whole gap, into the next: the first piece
    d.expect(ACK.ack(0).sack({{350, 400}, {100, 700}}));
}

TEST_CASE("RFC 2883: nothing is reported with tcp_dsack off or without SACK") {
    profile::Profile off = profile_of("linux");
    off.selective_ack.duplicates.value = false;
    wire::Options without_sack = Dialogue::usual_options();
    without_sack.sack_permitted = false;
    Dialogue dialogues[] = {Dialogue::established(off), Dialogue::established(profile_of("linux"), 20ms, without_sack)};
    for (Dialogue& d : dialogues) {
        d.peer(text(100));
        d.expect(ACK.ack(100));
        d.peer(text(100).seq(0));
        d.expect(ACK.ack(100).sack({}), Why::acknowledge_repetition);
    }
}

TEST_CASE("Linux tcp_dsack_extend: a report that waits grows by what touches it, on either side") {
    profile::Profile const profile = profile_of("linux");
    tcp::Tcb tcb;
    tcb.sack_permitted = true;
    tcp::Actions out;
    tcp::Turn turn{tcb, profile, Instant{}, out};
    auto const report = [&](std::uint32_t left, std::uint32_t right) {
        tcp::report_duplicate(turn, {SeqNum{left}, SeqNum{right}});
        return *tcb.receiving_state->duplicate;
    };
    CHECK(report(100, 200) == wire::SackBlock{SeqNum{100}, SeqNum{200}});
    CHECK(report(201, 300) == wire::SackBlock{SeqNum{100}, SeqNum{200}});
    CHECK(report(200, 300) == wire::SackBlock{SeqNum{100}, SeqNum{300}});
    CHECK(report(50, 99) == wire::SackBlock{SeqNum{100}, SeqNum{300}});
    CHECK(report(50, 100) == wire::SackBlock{SeqNum{50}, SeqNum{300}});
}

TEST_CASE("Linux tcp_enter_quickack_mode: a repetition ends a conversation's delays (duplicate_data)") {
    Dialogue d = conversing();
    d.peer(text(5).seq(0));
    d.expect(ACK.ack(5).sack({{0, 5}}), Why::acknowledge_repetition);
    for (std::int64_t end = 105; end < 500; end += 100) {
        d.peer(text(100));
        d.expect(ACK.ack(end).len(0), Why::acknowledge_at_once);
    }
}

TEST_CASE("Linux tcp_comp_sack_nr: three ACKs for a hole at once, then one for all that follow (loss_first_of_10)") {
    Dialogue d = conversing();
    constexpr std::int64_t begin = 5 + 1448;
    for (int i = 0; i < 9; ++i) {
        d.peer(text(1448).seq(begin + i * 1448));
        if (i < 3) {
            d.expect(ACK.ack(5).sack({{begin, begin + (i + 1) * 1448}}), Why::acknowledge_out_of_order);
        }
    }
    // Without a round trip measured by the receiver only the timer's slack is left: 0.1 ms, as recorded.
    Duration const slack = d.profile().selective_ack.compressed_slack.value;
    CHECK(slack == 100us);
    d.expect_silence_for(slack - 1ns);
    d.after(1ns);
    d.expect(ACK.ack(5).sack({{begin, begin + 9 * 1448}}), Why::compressed_ack_timer);
    d.peer(text(1448).seq(5));
    d.expect(ACK.ack(begin + 9 * 1448), Why::acknowledge_filled_hole);
    d.expect_silence_for(10ms);
}

TEST_CASE("Linux tcp_comp_sack_nr: so many segments wait, the next does not") {
    Dialogue d = conversing();
    int const most = d.profile().selective_ack.compressed_most.value;
    CHECK(most == 44);
    for (int i = 0; i < 3 + most; ++i) {
        d.peer(text(10).seq(100 + i * 10));
    }
    CHECK(d.pending() == 3);
    d.peer(text(10).seq(100 + (3 + most) * 10));
    CHECK(d.pending() == 4);
    while (d.pending() > 0) {
        d.expect(ACK.ack(5), Why::acknowledge_out_of_order);
    }
    d.expect_silence_for(10ms);
}

TEST_CASE("RFC 5681 §4.2: a hole before a FIN that was held stays one when another is filled") {
    Dialogue d = conversing();
    d.peer(FIN_ACK.seq(300));
    d.expect(ACK.ack(5).sack({{300, 301}}), Why::acknowledge_out_of_order);
    d.peer(text(95).seq(5));
    d.expect(ACK.ack(100).sack({{300, 301}}), Why::acknowledge_filled_hole);
    d.peer(text(200).seq(100));
    d.expect(ACK.ack(301));
    CHECK(d.state() == State::close_wait);
}

TEST_CASE("RFC 2018 §3: a block that ends in the FIN has its number, too") {
    Dialogue d = uncompressed();
    d.peer(FIN_ACK.seq(100).len(50));
    d.expect(ACK.ack(0).sack({{100, 151}}));
}

TEST_CASE(
    "Linux tcp_data_queue_ofo: where two have a byte, whose segment began earlier; of two that begin together the "
    "longer") {
    using tcp::ReceiveQueue;
    SeqNum const nxt{0};
    auto const fill = [&](ReceiveQueue& queue) {
        queue.insert(nxt, nxt, Payload::text("0"), false);
        return queue.take(100).to_string();
    };
    SUBCASE("the earlier beginning has it, whichever came first") {
        ReceiveQueue old_first;
        old_first.insert(nxt, SeqNum{1}, Payload::text("aaa"), false);
        old_first.insert(nxt, SeqNum{2}, Payload::text("bbb"), false);
        CHECK(fill(old_first) == "0aaab");
        ReceiveQueue new_first;
        new_first.insert(nxt, SeqNum{2}, Payload::text("aaa"), false);
        new_first.insert(nxt, SeqNum{1}, Payload::text("bbb"), false);
        CHECK(fill(new_first) == "0bbba");
    }
    SUBCASE("together: the longer, of equals the first") {
        ReceiveQueue longer;
        longer.insert(nxt, SeqNum{1}, Payload::text("aa"), false);
        longer.insert(nxt, SeqNum{1}, Payload::text("bbb"), false);
        CHECK(fill(longer) == "0bbb");
        ReceiveQueue equal;
        equal.insert(nxt, SeqNum{1}, Payload::text("aaa"), false);
        equal.insert(nxt, SeqNum{1}, Payload::text("bbb"), false);
        CHECK(fill(equal) == "0aaa");
    }
    SUBCASE("contained") {
        ReceiveQueue queue;
        queue.insert(nxt, SeqNum{1}, Payload::text("aaaa"), false);
        queue.insert(nxt, SeqNum{2}, Payload::text("bb"), false);
        CHECK(fill(queue) == "0aaaa");
    }
}

namespace {

/// RFC 2018 §7 counts from 5000, the dialogue from 0.
constexpr std::int64_t at(std::int64_t seq) { return seq - 5000; }

SegmentPattern of_500(std::int64_t seq) { return text(500).seq(at(seq)); }

SegmentPattern answer(std::int64_t ack, SackBlocks blocks) {
    for (auto& block : blocks) {
        block = {at(block.first), at(block.second)};
    }
    return ACK.ack(at(ack)).sack(std::move(blocks));
}

}  // namespace

TEST_CASE("RFC 2018 §7, case 1: the last four of eight segments are lost: an ACK of 7000 without blocks") {
    Dialogue d = uncompressed();
    for (std::int64_t const seq : {5000, 5500, 6000, 6500}) {
        d.peer(of_500(seq));
        d.expect(answer(seq + 500, {}));
    }
    d.expect_silence();
}

TEST_CASE("RFC 2018 §7, case 2: the first of eight is lost: one block that grows") {
    Dialogue d = uncompressed();
    for (std::int64_t const seq : {5500, 6000, 6500, 7000, 7500, 8000, 8500}) {
        d.peer(of_500(seq));
        d.expect(answer(5000, {{5500, seq + 500}}));
    }
    d.expect_silence();
}

TEST_CASE("RFC 2018 §7, case 3: the 2nd, 4th, 6th and 8th are lost; then the 4th comes, then the 2nd") {
    Dialogue d = uncompressed();
    d.peer(of_500(5000));
    d.expect(answer(5500, {}));
    d.peer(of_500(6000));
    d.expect(answer(5500, {{6000, 6500}}));
    d.peer(of_500(7000));
    d.expect(answer(5500, {{7000, 7500}, {6000, 6500}}));
    d.peer(of_500(8000));
    d.expect(answer(5500, {{8000, 8500}, {7000, 7500}, {6000, 6500}}));
    d.peer(of_500(6500));
    d.expect(answer(5500, {{6000, 7500}, {8000, 8500}}));
    d.peer(of_500(5500));
    d.expect(answer(7500, {{8000, 8500}}));
    d.expect_silence();
}

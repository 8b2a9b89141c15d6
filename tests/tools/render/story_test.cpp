#include "tests/tools/render/by_hand.hpp"
#include "tools/render/timeline.hpp"
#include "tools/render/why.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace tcpsim::render {
namespace {

using namespace by_hand;
using tcp::Why;
using trace::Call;
using trace::Happening;
using wire::Flags;

constexpr trace::ProcessRef program{client, 1, 1};

struct Told {
    Naming naming{names()};
    Storyteller teller;
    Trace trace{teller};
    explicit Told(Keep keep = {}) : teller{naming, keep} {}

    trace::PacketId handshake() {
        trace.add({}, {}, happened(Happening::boot, client, 1));
        trace.add({}, {}, happened(Happening::boot, server, 1));
        trace.add({}, {}, happened(Happening::process_started, client, 1, "talker"));
        auto const syn = trace.sent({}, client, Flags::syn, 0, 0, 0, {Why::connect});
        trace.arrives(at_ms(10), server, syn);
        auto const syn_ack = trace.sent(at_ms(10), server, Flags::syn | Flags::ack, 0, 1, 0, {Why::syn_received});
        trace.arrives(at_ms(20), client, syn_ack);
        return syn_ack;
    }
    /// A data segment that nobody receives, because the server is off.
    void unanswered(std::int64_t ms, tcp::Cause cause) {
        auto const data = trace.sent(at_ms(ms), client, Flags::psh | Flags::ack, 1, 1, 5, cause);
        trace.lost(at_ms(ms + 10), data, trace::DropReason::no_power, server);
    }
    trace::CallReturned result(std::uint32_t number, Call call) const {
        trace::CallReturned returned;
        returned.process = program;
        returned.number = number;
        returned.call = call;
        return returned;
    }
    trace::CallReturned failure(std::uint32_t number, Call call, Errno error) const {
        trace::CallReturned returned = result(number, call);
        returned.error = error;
        return returned;
    }
    void note(std::int64_t ms, trace::Because const& because, tcp::Note what) {
        trace.add(at_ms(ms), because, trace::TcpNote{client, 1, {client_end, server_end}, what});
    }
    Story finish() { return teller.finish(at_ms(5000), false); }
};

std::string why_of_last(Story const& story, Naming const& naming) {
    REQUIRE(story.programs.size() == 1);
    REQUIRE(!story.programs[0].first.empty());
    return why_returned(story.programs[0].first.back(), naming);
}

TEST_CASE("why: connect() is answered by the SYN,ACK") {
    Told told;
    told.trace.calls({}, program, 1, Call::connect);
    auto const syn_ack = told.handshake();
    told.trace.returns(at_ms(20), told.result(1, Call::connect), Trace::of(syn_ack));
    CHECK(why_of_last(told.finish(), told.naming) == "server's SYN,ACK arrived");
}

TEST_CASE("why: a reset names its reason at the sender, and the sender's boot") {
    Told told;
    told.handshake();
    told.trace.add(at_ms(1200), {}, happened(Happening::boot, server, 2));
    told.trace.calls(at_ms(1500), program, 1, Call::read, 1024);
    auto const reset = told.trace.sent(at_ms(1510), server, Flags::rst, 1, 0, 0, {Why::no_connection});
    told.trace.arrives(at_ms(1520), client, reset);
    told.trace.returns(at_ms(1520), told.failure(1, Call::read, Errno::econnreset), Trace::of(reset));
    CHECK(why_of_last(told.finish(), told.naming) ==
          "server's RST arrived: nobody there has this connection; server booted again at 1.200000 s (boot 2)");
}

TEST_CASE("why: the same reset from a first boot says nothing of booting") {
    Told told;
    told.handshake();
    told.trace.calls(at_ms(1500), program, 1, Call::read, 1024);
    auto const reset = told.trace.sent(at_ms(1510), server, Flags::rst, 1, 0, 0, {Why::no_connection});
    told.trace.arrives(at_ms(1520), client, reset);
    told.trace.returns(at_ms(1520), told.failure(1, Call::read, Errno::econnreset), Trace::of(reset));
    CHECK(why_of_last(told.finish(), told.naming) == "server's RST arrived: nobody there has this connection");
}

TEST_CASE("why: giving up is told with the timer's figures and what became of the segments") {
    Told told;
    told.handshake();
    told.trace.calls(at_ms(1000), program, 1, Call::read, 1024);
    told.unanswered(1000, {Why::data_written});
    told.unanswered(1224, {Why::retransmission_timeout, 1, std::chrono::milliseconds{224}});
    told.unanswered(1672, {Why::retransmission_timeout, 2, std::chrono::milliseconds{448}});
    tcp::Ended ended;
    ended.reason = tcp::EndReason::gave_up;
    ended.error = Errno::etimedout;
    ended.retransmissions = 2;
    ended.elapsed = std::chrono::milliseconds{1344};
    ended.limit = std::chrono::milliseconds{1000};
    told.note(2568, Trace::timer(), ended);
    told.trace.returns(at_ms(2568), told.failure(1, Call::read, Errno::etimedout), Trace::timer());
    CHECK(why_of_last(told.finish(), told.naming) ==
          "gave up: 2 retransmissions in 1.344 s brought no answer (limit 1 s); "
          "the last 3 segments got lost: server has no power");
}

TEST_CASE("why: a call after the end tells when and how the connection ended") {
    Told told;
    told.handshake();
    auto const reset = told.trace.sent(at_ms(1510), server, Flags::rst, 1, 0, 0, {Why::aborted});
    told.trace.arrives(at_ms(1520), client, reset);
    tcp::Ended ended;
    ended.reason = tcp::EndReason::reset_by_peer;
    ended.error = Errno::econnreset;
    told.note(1520, Trace::of(reset), ended);
    told.trace.calls(at_ms(1600), program, 1, Call::write, 5);
    told.trace.returns(at_ms(1600), told.failure(1, Call::write, Errno::epipe));
    CHECK(why_of_last(told.finish(), told.naming) == "the connection was gone since 1.520000 s: it was reset");
}

TEST_CASE("why: the first call after the end is told the whole of it") {
    Told told;
    told.handshake();
    auto const reset = told.trace.sent(at_ms(1510), server, Flags::rst, 1, 0, 0, {Why::aborted});
    told.trace.arrives(at_ms(1520), client, reset);
    tcp::Ended ended;
    ended.reason = tcp::EndReason::reset_by_peer;
    ended.error = Errno::econnreset;
    told.note(1520, Trace::of(reset), ended);
    told.trace.calls(at_ms(1600), program, 1, Call::write, 5);
    told.trace.returns(at_ms(1600), told.failure(1, Call::write, Errno::econnreset));
    CHECK(why_of_last(told.finish(), told.naming) ==
          "the connection was gone since 1.520000 s: server's RST arrived: "
          "its program closed with unread data, or aborted");
}

TEST_CASE("why: the end of the stream is the peer's FIN") {
    Told told;
    told.handshake();
    auto const fin = told.trace.sent(at_ms(100), server, Flags::fin | Flags::ack, 1, 1, 0, {Why::closed});
    told.trace.arrives(at_ms(110), client, fin);
    told.trace.calls(at_ms(200), program, 1, Call::read, 1024);
    trace::CallReturned end = told.result(1, Call::read);
    end.end_of_stream = true;
    told.trace.returns(at_ms(200), end);
    CHECK(why_of_last(told.finish(), told.naming) == "at 0.110000 s server's FIN arrived: its program closed");
}

TEST_CASE("why: of several packets at one instant, the FIN explains the end of the stream") {
    Told told;
    told.handshake();
    told.trace.calls(at_ms(50), program, 1, Call::read, 1024);
    auto const ack = told.trace.sent(at_ms(100), server, Flags::ack, 1, 1, 0, {Why::acknowledge_fin});
    told.trace.arrives(at_ms(110), client, ack);
    auto const fin = told.trace.sent(at_ms(100), server, Flags::fin | Flags::ack, 1, 1, 0, {Why::closed});
    told.trace.arrives(at_ms(110), client, fin);
    trace::CallReturned end = told.result(1, Call::read);
    end.end_of_stream = true;
    told.trace.returns(at_ms(110), end, Trace::of(ack));
    CHECK(why_of_last(told.finish(), told.naming) == "server's FIN arrived: its program closed");
}

TEST_CASE("why: a call that never returned names what took its program away") {
    Told told;
    told.handshake();
    told.trace.calls(at_ms(100), program, 1, Call::read, 1024);
    told.trace.add(at_ms(200), Trace::step(0), happened(Happening::power_loss, client, 1));
    CHECK(why_of_last(told.finish(), told.naming) == "client lost power at 0.200000 s, and its programs with it");
}

TEST_CASE("why: a call that never returned because the run ended") {
    Told told;
    told.handshake();
    told.trace.calls(at_ms(100), program, 1, Call::read, 1024);
    CHECK(why_of_last(told.finish(), told.naming) == "still waiting when the run ended");
}

TEST_CASE("why: a call that never returned because nothing was left to happen") {
    Told told;
    told.handshake();
    told.trace.calls(at_ms(100), program, 1, Call::read, 1024);
    CHECK(why_of_last(told.teller.finish(at_ms(100), true), told.naming) ==
          "waits for ever: nothing is left that could end it");
}

TEST_CASE("why: data that was retransmitted says so") {
    Told told;
    told.handshake();
    told.trace.calls(at_ms(100), program, 1, Call::read, 1024);
    auto const data = told.trace.sent(at_ms(324), server, Flags::psh | Flags::ack, 1, 1, 5,
                                      {Why::retransmission_timeout, 1, std::chrono::milliseconds{224}});
    told.trace.arrives(at_ms(334), client, data);
    trace::CallReturned got = told.result(1, Call::read);
    got.value = 5;
    told.trace.returns(at_ms(334), got, Trace::of(data));
    CHECK(why_of_last(told.finish(), told.naming) == "server sent 5 bytes: retransmission 1 after 224 ms");
}

TEST_CASE("why: a call whose own time is over says which") {
    struct Case {
        Call call{};
        Errno error{Errno::none};
        std::string why{};
    };
    for (Case const& c : {Case{Call::recv, Errno::eagain, "SO_RCVTIMEO was over"},
                          Case{Call::recvmsg, Errno::none, "SO_RCVTIMEO was over"},
                          Case{Call::accept, Errno::eagain, "SO_RCVTIMEO was over"},
                          Case{Call::send, Errno::eagain, "SO_SNDTIMEO was over"},
                          Case{Call::connect, Errno::einprogress, "SO_SNDTIMEO was over; the handshake goes on"},
                          Case{Call::poll, Errno::none, "its time was over"},
                          Case{Call::close, Errno::none, "SO_LINGER's time was over; what is left is sent without it"},
                          Case{Call::sleep, Errno::none, ""}}) {
        Told t;
        t.handshake();
        t.trace.add(at_ms(30), {}, trace::CallMade{.process = program, .number = 1, .call = c.call, .descriptor = 3});
        trace::CallReturned returned = t.failure(1, c.call, c.error);
        returned.blocked = true;
        returned.because = {.kind = trace::Because::Kind::program, .process = program};
        t.trace.add(at_ms(1030), {}, returned);
        CHECK(why_of_last(t.finish(), t.naming) == c.why);
    }
}

TEST_CASE("why: a call that a signal interrupted says so, and whether it is made again") {
    for (bool const restarts : {false, true}) {
        Told t;
        t.handshake();
        t.trace.add(at_ms(30), {},
                    trace::CallMade{.process = program, .number = 1, .call = Call::read, .descriptor = 3});
        trace::CallReturned returned = t.failure(1, Call::read, Errno::eintr);
        returned.blocked = true;
        returned.restarts = restarts;
        t.trace.add(at_ms(1030), {}, returned);
        CHECK(why_of_last(t.finish(), t.naming) == (restarts
                                                        ? "a signal came; its handler runs, then the call is made again"
                                                        : "a signal came, and its handler ran"));
    }
}

TEST_CASE("why: what a call sent at once is found between its start and its return") {
    Told told;
    told.handshake();
    told.trace.calls(at_ms(100), program, 1, Call::write, 5);
    told.trace.sent(at_ms(100), client, Flags::psh | Flags::ack, 1, 1, 5, {Why::data_written}, Trace::of(program));
    trace::CallReturned wrote = told.result(1, Call::write);
    wrote.value = 5;
    told.trace.returns(at_ms(100), wrote);
    told.trace.sent(at_ms(300), client, Flags::ack, 6, 1, 0, {Why::delayed_ack_timer}, Trace::timer());
    Story const story = told.finish();
    CHECK(story.programs[0].first.back().sent_count == 1);
    CHECK(why_of_last(story, told.naming) == "sent at once, in 1 segment");
}

// --- the timeline

TEST_CASE("timeline: one line per packet with its fate and, for a timer's, its reason") {
    Told told;
    told.handshake();
    told.trace.add(at_ms(200), Trace::step(0), happened(Happening::power_loss, server, 1));
    told.unanswered(1000, {Why::tail_loss_probe, 1, std::chrono::milliseconds{224}});
    Story const story = told.teller.finish(at_ms(1010), true);
    std::string const text = timeline(story, told.naming, {}, false);
    CHECK(text.substr(text.find('\n') + 1) ==
          "  0.000000  0.010000  client > server  S 0:0(0) win 512\n"
          "  0.010000  0.020000  server > client  S. 0:0(0) ack 1 win 512\n"
          "  0.200000  ✗ server loses power (power-cut)\n"
          "  1.000000      lost  client > server  P. 1:6(5) ack 1 win 512  "
          "tail loss probe after 224 ms, lost: server has no power\n");
}

TEST_CASE("timeline: a packet that a rule held back says by how much, and which rule") {
    Told told;
    trace::Happened armed;
    armed.what = Happening::rule_armed;
    told.trace.add({}, Trace::step(1), armed);
    auto const syn = told.trace.sent({}, client, Flags::syn, 0, 0, 0, {Why::connect});
    told.trace.add({}, {}, trace::FrameDelayed{{}, 0, syn, std::chrono::milliseconds{50}, nullptr});
    told.trace.arrives(at_ms(60), server, syn);
    std::string const text = timeline(told.finish(), told.naming, {}, false);
    CHECK(text.find("  0.000000  0.060000  client > server  S 0:0(0) win 512  slowed by 50 ms (power-back)\n") !=
          std::string::npos);
}

TEST_CASE("timeline: first boots and program starts are told only when everything is asked for") {
    Told told{{Keep::everything, Keep::everything, true, true}};
    told.handshake();
    Story const story = told.finish();
    CHECK(timeline(story, told.naming, {}, false).find("boots") == std::string::npos);
    CHECK(timeline(story, told.naming, {}, true).find("· client boots") != std::string::npos);
}

TEST_CASE("timeline: a reset's number is counted from the connection it answers") {
    Told told;
    told.handshake();
    auto const reset = told.trace.sent(at_ms(1510), server, Flags::rst, 6, 0, 0, {Why::no_connection});
    told.trace.arrives(at_ms(1520), client, reset);
    CHECK(timeline(told.finish(), told.naming, {}, false).find("R 6:6(0) win 512") != std::string::npos);
}

TEST_CASE("timeline: a long run keeps both ends and counts the middle") {
    constexpr std::uint64_t kept = 10, packets = 1000, bytes = 100;
    Told told{{kept, Keep::everything, false, false}};
    for (std::uint32_t i = 0; i < packets; ++i) {
        tcp::Cause const cause = i == 500 ? tcp::Cause{Why::fast_retransmit} : tcp::Cause{Why::data_written};
        auto const id = told.trace.sent(at_ms(i), client, Flags::ack, i * bytes, 1, bytes, cause);
        if (i == 600) {
            told.trace.lost(at_ms(i), id, trace::DropReason::queue_full, trace::no_node);
        } else {
            told.trace.arrives(at_ms(i), server, id);
        }
    }
    Story const story = told.finish();
    CHECK(story.packets == packets);
    auto const journeys = std::count_if(story.moments.begin(), story.moments.end(),
                                        [](Moment const& each) { return std::holds_alternative<Journey>(each); });
    CHECK(journeys == 2 * kept);
    REQUIRE(story.moments.size() == 2 * kept + 1);
    auto const* fold = std::get_if<Folded>(&story.moments[kept]);
    REQUIRE(fold != nullptr);
    CHECK(fold->packets == packets - 2 * kept);
    CHECK(fold->bytes == (packets - 2 * kept) * bytes);
    CHECK(fold->lost == 1);
    CHECK(fold->repeated == 1);
    CHECK(timeline(story, told.naming, {}, false)
              .find("980 packets from 0.010000 to 0.989000 s not shown (98,000 bytes, 1 lost, 1 retransmission)") !=
          std::string::npos);
}

TEST_CASE("timeline: what happens between folded packets is still told, in its place") {
    constexpr std::uint64_t kept = 5;
    Told told{{kept, Keep::everything, false, false}};
    for (std::uint32_t i = 0; i < 100; ++i) {
        if (i == 50) {
            told.trace.add(at_ms(i), Trace::step(0), happened(Happening::power_loss, server, 1));
        }
        told.trace.arrives(at_ms(i), server,
                           told.trace.sent(at_ms(i), client, Flags::ack, i, 1, 1, {Why::data_written}));
    }
    Story const story = told.finish();
    auto const position = [&](auto predicate) {
        return std::find_if(story.moments.begin(), story.moments.end(), predicate) - story.moments.begin();
    };
    auto const incident = position([](Moment const& each) { return std::holds_alternative<Incident>(each); });
    auto const fold = position([](Moment const& each) { return std::holds_alternative<Folded>(each); });
    REQUIRE(incident == fold + 1);
    CHECK(std::get<Folded>(story.moments[static_cast<std::size_t>(fold)]).packets == 50 - kept);
    CHECK(std::get<Folded>(story.moments[static_cast<std::size_t>(incident + 1)]).packets == 50 - kept);
}

}  // namespace
}  // namespace tcpsim::render

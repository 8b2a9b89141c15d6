// Every recorded case on loss, reordering, delay and the like, replayed. What does not match yet stands in a list that
// can only shrink: a case in it that begins to match fails, too.
#include "sim/replay/compare.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <variant>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::replay;

namespace {

std::filesystem::path const cases{"tests/reference/linux-6.18/loss"};
constexpr std::size_t all_cases = 53;

/// Case and why it does not match yet.
std::map<std::string, std::string> const not_yet{
    {"bulk_2mb_rtt50", "the receive buffer is not autotuned: the window limits round 3"},
    {"bulk_2mb_rtt50_loss200_reno", "the receive buffer is not autotuned; no TCP_CONGESTION"},
    {"bulk_2mb_rtt50_wide_loss400", "326 segments leave in the round of the loss, Linux sends 331"},
    {"delack_every_10ms_after_echo_noread", "the delayed-ACK timer does not cover as many segments as Linux's"},
    {"delack_every_10ms_noread", "the delayed-ACK timer does not cover as many segments as Linux's"},
    {"duplicate_acks", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"duplicate_data", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"ecn_ce", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"idle_3s_then_burst", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"loss_all_acks_700ms", "no D-SACK for a repeated segment"},
    {"loss_last_of_10", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"loss_last_ten_of_20", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"loss_middle_more_data",
     "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"loss_middle_of_10_reno",
     "the receiver's window does not grow with what arrives, so that ACKs wait for the reader; no TCP_CONGESTION"},
    {"loss_one_ack", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"nosack_double_loss", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"nowscale_loss", "no SACK compression"},
    {"pmtu_blackhole_1000", "no RFC 4821 probing (tcp_mtu_probing)"},
    {"pmtu_router_1000", "ICMP 3/4 does not lower the MSS"},
    {"quickack_off", "no TCP_QUICKACK"},
    {"rcvbuf_16k", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"reorder_by_1", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"reorder_by_6", "no SACK compression"},
    {"rtt_100ms", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"rtt_1ms", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"rtt_600ms", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"rtt_jump_20_to_200", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"slow_reader_16k", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"spurious_rto_2s_nots", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"spurious_rto_500ms", "the receiver's window does not grow with what arrives, so that ACKs wait for the reader"},
    {"tfo_cookie_then_data", "no Fast Open yet"},
};

std::vector<std::filesystem::path> files() {
    std::vector<std::filesystem::path> found;
    for (auto const& entry : std::filesystem::directory_iterator{cases}) {
        found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

Recording load(std::filesystem::path const& file) {
    std::ifstream stream{file};
    std::string const text{std::istreambuf_iterator<char>{stream}, {}};
    auto read = read_recording(text);
    REQUIRE_MESSAGE(std::holds_alternative<Recording>(read), file);
    return std::get<Recording>(std::move(read));
}

/// Where the recorded runs disagree among themselves, being like one of them is enough.
std::vector<Difference> least_differences(Recording const& recording) {
    std::vector<Difference> first;
    for (RecordedRun const& run : recording.runs) {
        auto const found = differences(recording, run, replay::replay(recording, run));
        if (found.empty()) {
            return found;
        }
        first = first.empty() ? found : first;
    }
    return first;
}

std::string words(std::vector<Difference> const& differences) {
    std::string text;
    for (Difference const& each : differences) {
        text += each.point + " packet " + std::to_string(each.packet) + ": " + each.what + "; ";
    }
    return text;
}

}  // namespace

TEST_CASE("Linux 6.18 under loss: every recorded case is replayed to the packet, or stands in the list") {
    auto const all = files();
    REQUIRE(all.size() == all_cases);
    for (auto const& file : all) {
        Recording const recording = load(file);
        REQUIRE(recording.name == file.stem().string());
        auto const found = least_differences(recording);
        auto const listed = not_yet.find(recording.name);
        if (listed == not_yet.end()) {
            CHECK_MESSAGE(found.empty(), recording.name, " differs: ", words(found));
        } else {
            CHECK_MESSAGE(!found.empty(), recording.name, " matches now: take it off the list (", listed->second, ")");
        }
    }
}

TEST_CASE("Linux 6.18 under loss: the list names only cases that are there") {
    for (auto const& listed : not_yet) {
        INFO(listed.first);
        CHECK(std::filesystem::exists(cases / (listed.first + ".json")));
        CHECK(!listed.second.empty());
    }
}

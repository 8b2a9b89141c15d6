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
    {"bulk_2mb_rtt50", "at client, packet 4: PSH on every second segment and more"},
    {"bulk_2mb_rtt50_loss200_reno", "at client, packet 4: PSH on every second segment and more"},
    {"bulk_2mb_rtt50_wide", "at client, packet 4: PSH on every second segment and more"},
    {"bulk_2mb_rtt50_wide_loss400", "at client, packet 4: PSH on every second segment and more"},
    {"delack_every_10ms_after_echo_noread", "at client, packet 13: PSH on every second segment and more"},
    {"delack_every_10ms_noread", "at client, packet 41: PSH on every second segment and more"},
    {"duplicate_acks", "at client, packet 8: PSH on every second segment and more"},
    {"duplicate_data", "at client, packet 8: PSH on every second segment and more"},
    {"ecn_ce", "lacking: setting tcp_ecn=1"},
    {"hs_late_synack", "at client, packet 2: PSH on every second segment and more"},
    {"hs_syn_duplicated", "at client, packet 3: PSH on every second segment and more"},
    {"hs_synack_lost", "at client, packet 2: PSH on every second segment and more"},
    {"idle_3s_then_burst", "at client, packet 8: PSH on every second segment and more"},
    {"loss_all_acks_700ms", "at client, packet 8: PSH on every second segment and more"},
    {"loss_every_second_of_10", "at client, packet 8: PSH on every second segment and more"},
    {"loss_first_of_10", "at client, packet 8: PSH on every second segment and more"},
    {"loss_first_of_10_nosackcomp", "lacking: setting tcp_comp_sack_nr=0"},
    {"loss_last_of_10", "at client, packet 8: PSH on every second segment and more"},
    {"loss_last_ten_of_20", "at client, packet 8: PSH on every second segment and more"},
    {"loss_middle_more_data", "at client, packet 8: PSH on every second segment and more"},
    {"loss_middle_of_10_reno", "at client, packet 8: PSH on every second segment and more"},
    {"loss_of_retransmission", "at client, packet 8: PSH on every second segment and more"},
    {"loss_one_ack", "at client, packet 8: PSH on every second segment and more"},
    {"loss_whole_window", "at client, packet 8: PSH on every second segment and more"},
    {"loss_whole_window_rtt_fell", "at client, packet 8: PSH on every second segment and more"},
    {"nosack_double_loss", "at client, packet 8: PSH on every second segment and more"},
    {"nowscale_loss", "at client, packet 8: PSH on every second segment and more"},
    {"pmtu_blackhole_1000", "lacking: setting tcp_mtu_probing=1"},
    {"pmtu_blackhole_1200_noprobing", "at client, packet 8: PSH on every second segment and more"},
    {"pmtu_router_1000", "at client, packet 8: PSH on every second segment and more"},
    {"quickack_off", "at client, packet 4: PSH on every second segment and more"},
    {"rcvbuf_16k", "at client, packet 4: PSH on every second segment and more"},
    {"reorder_by_1", "at client, packet 8: PSH on every second segment and more"},
    {"reorder_by_6", "at client, packet 8: PSH on every second segment and more"},
    {"reorder_delay_10ms", "at client, packet 8: PSH on every second segment and more"},
    {"rst_lost", "at client, packet 7: PSH on every second segment and more"},
    {"rtt_100ms", "at client, packet 14: PSH on every second segment and more"},
    {"rtt_1ms", "at client, packet 17: PSH on every second segment and more"},
    {"rtt_600ms", "at client, packet 14: PSH on every second segment and more"},
    {"rtt_jump_20_to_200", "at client, packet 29: PSH on every second segment and more"},
    {"slow_reader_16k", "at client, packet 4: PSH on every second segment and more"},
    {"spurious_rto_2s_nots", "at client, packet 8: PSH on every second segment and more"},
    {"spurious_rto_500ms", "at client, packet 8: PSH on every second segment and more"},
    {"tcp_cork", "at client, packet 7: PSH on every second segment and more"},
    {"tfo_cookie_then_data", "lacking: setting tcp_fastopen=3"},
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
    for (auto const& [name, reason] : not_yet) {
        CHECK_MESSAGE(std::filesystem::exists(cases / (name + ".json")), name);
        CHECK_MESSAGE(!reason.empty(), name);
    }
}

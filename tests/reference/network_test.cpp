// Recorded cases about cables, interfaces, ARP and ICMP, replayed. What does not match yet stands in a list that can only
// shrink.
#include "sim/replay/compare.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

using namespace tcpsim;
using namespace tcpsim::replay;

namespace {

std::filesystem::path const folder{"tests/reference/linux-6.18/network"};

/// Case and why it does not match yet.
std::map<std::string, std::string> const open_cases{
    {"connect_icmp_host_unreachable", "the replay does not read the error queue yet"},
    {"connect_icmp_port_unreachable", "the replay does not read the error queue yet"},
    {"crash_lan_arp_ages", "we send a packet fewer, and the last call does not return in time: not yet examined"},
};

/// What differs from the run that we are most like; empty: nothing.
std::string difference(std::filesystem::path const& file) {
    std::ifstream stream{file};
    std::string const text{std::istreambuf_iterator<char>{stream}, {}};
    auto const read = read_recording(text);
    REQUIRE_MESSAGE(std::holds_alternative<Recording>(read), file);
    Recording const& recording = std::get<Recording>(read);
    std::string first;
    for (RecordedRun const& run : recording.runs) {
        std::string words;
        for (Difference const& each : differences(recording, run, replay::replay(recording, run))) {
            words += each.point + " packet " + std::to_string(each.packet) + ": " + each.what + "; ";
        }
        if (words.empty()) {
            return words;
        }
        first = first.empty() ? words : first;
    }
    return first;
}

}  // namespace

TEST_CASE("Linux 6.18 and its networks: every recorded case is replayed to the packet, or stands in the list") {
    std::size_t cases = 0;
    for (auto const& entry : std::filesystem::directory_iterator{folder}) {
        ++cases;
        std::string const name = entry.path().stem().string();
        std::string const found = difference(entry.path());
        auto const listed = open_cases.find(name);
        if (listed == open_cases.end()) {
            CHECK_MESSAGE(found.empty(), name, " differs: ", found);
        } else {
            CHECK_MESSAGE(!found.empty(), name, " matches now: take it off the list (", listed->second, ")");
        }
    }
    CHECK(cases == 35);
}

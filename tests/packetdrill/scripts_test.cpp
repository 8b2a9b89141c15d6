// Every script of this folder, played against the profile that it was recorded to be true of.
#include "sim/packet_script/play.hpp"
#include "stack/profile/profile.hpp"
#include "tests/support/files.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

using namespace tcpsim;
using namespace tcpsim::packet_script;

namespace {

std::filesystem::path const folder{"tests/packetdrill"};

std::vector<std::filesystem::path> scripts() { return test::files_below(folder, ".pkt"); }

/// Empty if it passes.
std::string verdict_on(std::string const& text) {
    auto const parsed = parse(text);
    if (auto const* mistake = std::get_if<Mistake>(&parsed)) {
        return std::to_string(mistake->place.line) + ": mistake: " + mistake->message;
    }
    Conditions conditions;
    conditions.profile = *profile::find("linux");
    Outcome const outcome = play(std::get<Script>(parsed), conditions);
    if (outcome.verdict == Outcome::Verdict::pass) {
        return {};
    }
    return std::to_string(outcome.place.line) + ": " + outcome.message + ": expected " + outcome.expected + ", seen " +
           outcome.seen;
}

}  // namespace

TEST_CASE("Every packet script of ours, true of Linux 6.18, passes with the linux profile") {
    auto const files = scripts();
    CHECK(files.size() >= 150);
    std::set<std::string> topics;
    for (auto const& file : files) {
        std::string const verdict = verdict_on(test::text_of(file));
        CHECK_MESSAGE(verdict.empty(), file.string(), ":", verdict);
        topics.insert(file.parent_path().filename().string());
    }
    for (char const* topic :
         {"handshake", "options", "receive", "send", "rto", "recovery", "keepalive", "reset", "close", "time-wait",
          "icmp", "ecn", "fast-open", "urgent", "blocking", "ready", "info"}) {
        CAPTURE(topic);
        CHECK(topics.contains(topic));
    }
}

TEST_CASE("Every packet script of ours opens with the rule that it shows") {
    for (auto const& file : scripts()) {
        CAPTURE(file.string());
        CHECK(test::text_of(file).starts_with("// "));
    }
}

// scenarios/crash.yaml and reboot.yaml against the recorded kernel.
#include "sim/scenario/load.hpp"
#include "sim/scenario/run.hpp"
#include "tests/reference/recording.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

using namespace tcpsim;
using namespace tcpsim::reference;
using namespace std::chrono_literals;

namespace {

std::string file_text(std::string const& path) {
    std::ifstream file{path};
    REQUIRE_MESSAGE(file.good(), path, " is there");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// What the client's interface and the client's program saw.
class ClientView final : public trace::Sink {
  public:
    explicit ClientView(trace::NodeId client) : client_{client} {}

    void record(trace::Record const& record) override {
        if (auto const* passed = std::get_if<trace::FramePassed>(&record.what); passed != nullptr) {
            take_packet(record.at, *passed);
        } else if (auto const* returned = std::get_if<trace::CallReturned>(&record.what); returned != nullptr) {
            take_call(record.at, *returned);
        }
    }

    std::vector<RecordedPacket> packets{};
    std::vector<Instant> second_write_at{};  ///< every transmission of the five bytes at relative 6
    std::vector<RecordedCall> calls{};
    Instant timed_out_at{};

  private:
    void take_packet(Instant at, trace::FramePassed const& passed) {
        wire::TcpSegment const* segment = wire::tcp_of(*passed.frame);
        if (passed.node != client_ || segment == nullptr) {
            return;
        }
        char const from = passed.outwards ? 'c' : 's';
        if (segment->flags.has(wire::Flags::syn)) {
            first_[from] = segment->seq;
        }
        RecordedPacket packet{from,
                              letters(segment->flags),
                              segment->seq - first_[from],
                              0,
                              static_cast<std::int64_t>(segment->payload.size()),
                              segment->window};
        if (segment->flags.has(wire::Flags::ack)) {
            packet.ack = segment->ack - first_[from == 'c' ? 's' : 'c'];
        }
        if (from == 'c' && packet.seq == 6 && packet.length == 5) {
            second_write_at.push_back(at);
        }
        packets.push_back(packet);
    }

    void take_call(Instant at, trace::CallReturned const& returned) {
        if (returned.process.machine != client_) {
            return;
        }
        static std::map<trace::Call, std::string> const names{
            {trace::Call::connect, "connect"}, {trace::Call::write, "send"}, {trace::Call::read, "recv"}};
        auto const named = names.find(returned.call);
        if (named != names.end()) {
            bool const failed = returned.error != Errno::none;
            calls.push_back({named->second, failed ? -1 : returned.value,
                             failed ? std::string{name(returned.error)} : std::string{}});
        }
        if (returned.error == Errno::etimedout) {
            timed_out_at = at;
        }
    }

    static std::string letters(wire::Flags flags) {
        std::string text;
        for (auto const& [bit, letter] :
             {std::pair{wire::Flags::syn, 'S'}, std::pair{wire::Flags::fin, 'F'}, std::pair{wire::Flags::rst, 'R'},
              std::pair{wire::Flags::psh, 'P'}, std::pair{wire::Flags::ack, 'A'}}) {
            if (flags.has(bit)) {
                text += letter;
            }
        }
        return text;
    }

    trace::NodeId client_;
    std::map<char, SeqNum> first_{};
};

ClientView run_scenario(std::string const& path, std::vector<scenario::Override> const& overrides) {
    scenario::Loaded const loaded = scenario::load(path, file_text(path), overrides, [](std::string const& include) {
        return scenario::Included{file_text(include), {}};
    });
    REQUIRE(loaded.ok());
    scenario::Run run{std::get<scenario::Scenario>(loaded.content), {}};
    auto const& nodes = run.names().nodes;
    auto const client = std::find(nodes.begin(), nodes.end(), "client");
    REQUIRE(client != nodes.end());
    ClientView view{static_cast<trace::NodeId>(client - nodes.begin())};
    run.attach(view);
    run.run();
    return view;
}

void compare_schedules(std::string const& recording_name, std::vector<scenario::Override> const& settings) {
    Recording const recording = read_recording(recording_name);
    REQUIRE(recording.runs.size() >= 2);
    for (std::size_t i = 0; i < recording.runs.size(); ++i) {
        RecordedRun const& recorded = recording.runs[i];
        CAPTURE(recording_name);
        CAPTURE(i);
        // The run's own round trip, so that our RTO is the run's own.
        std::vector<scenario::Override> overrides{settings};
        overrides.push_back({"topology.rtt", std::to_string(recorded.srtt / 1us) + "us"});
        ClientView const ours = run_scenario("scenarios/crash.yaml", overrides);

        REQUIRE(ours.second_write_at.size() == recorded.gaps.size() + 1);
        // The probe would wait for 2*SRTT + 200 ms, which is longer than the RTO at this round trip.
        CHECK(ours.second_write_at[1] - ours.second_write_at[0] == recorded.rto);
        for (std::size_t gap = 0; gap < recorded.gaps.size(); ++gap) {
            CAPTURE(gap);
            Duration const ideal = ours.second_write_at[gap + 1] - ours.second_write_at[gap];
            CHECK_MESSAGE(within_wheel(ideal, recorded.gaps[gap]), "ideal ", ideal.count(), " ns, recorded ",
                          recorded.gaps[gap].count(), " ns");
        }
        Duration const ideal_last = ours.timed_out_at - ours.second_write_at.back();
        CHECK_MESSAGE(within_wheel(ideal_last, recorded.last_gap), "ideal ", ideal_last.count(), " ns, recorded ",
                      recorded.last_gap.count(), " ns");
    }
}

}  // namespace

TEST_CASE("Linux 6.18 crash_etimedout_default: transmissions and every gap, with the tail loss probe") {
    compare_schedules("crash_etimedout_default", {});
}

TEST_CASE("Linux 6.18 crash_etimedout_default_notlp: transmissions and every gap, without it") {
    compare_schedules("crash_etimedout_default_notlp", {{"hosts.client.tcp_early_retrans", "0"}});
}

TEST_CASE("Linux 6.18 crash_etimedout_r5: tcp_retries2=5") {
    compare_schedules("crash_etimedout_r5", {{"hosts.client.tcp_retries2", "5"}});
}

TEST_CASE("Linux 6.18 crash_etimedout_r3_notlp: tcp_retries2=3, without the probe") {
    compare_schedules("crash_etimedout_r3_notlp",
                      {{"hosts.client.tcp_retries2", "3"}, {"hosts.client.tcp_early_retrans", "0"}});
}

TEST_CASE("Linux 6.18 crash_etimedout_default: the same packets up to their windows") {
    Recording const recording = read_recording("crash_etimedout_default");
    REQUIRE(recording.packets_same);
    CHECK(run_scenario("scenarios/crash.yaml", {}).packets == recording.packets);
}

TEST_CASE("Linux 6.18 reboot_then_write: the same packets up to their windows, the same results of calls") {
    Recording const recording = read_recording("reboot_then_write");
    REQUIRE(recording.packets_same);
    ClientView const ours = run_scenario("scenarios/reboot.yaml", {});
    REQUIRE(ours.packets.size() >= recording.packets.size());
    CHECK(ours.packets == recording.packets);
    // The recording goes on to send once more; the scenario ends with the end of the stream.
    std::vector<RecordedCall> const& theirs = recording.runs.front().calls;
    REQUIRE(ours.calls.size() <= theirs.size());
    CHECK(std::equal(ours.calls.begin(), ours.calls.end(), theirs.begin()));
    CHECK(ours.calls.size() >= 6);
}

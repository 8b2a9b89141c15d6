// What a run leaves behind for its expectations: typed values, kept only as far as somebody asks for them.
#pragma once

#include "sim/scenario/scenario.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tcpsim::scenario {

/// A call, or a whole step of a program, which may take several calls.
struct SeenCall {
    Instant made{};
    std::optional<Instant> returned{};
    std::int64_t value{0};
    Errno error{Errno::none};
    bool end_of_stream{false};
    bool ended{false};                  ///< splice, sendfile: there is no more to move, which they tell by 0
    Payload data{};                     ///< steps that read
    std::uint32_t ready{0};             ///< poll: the bits of <poll.h>
    std::optional<machine::End> end{};  ///< waitpid: how the child ended
    std::string told{};                 ///< names, events, reports … in the words of step_words.hpp
};

/// What the steps of programs came to, in the order in which they began. Programs write it, since what they read is
/// in no record.
class StepLog {
  public:
    struct Entry {
        std::size_t program{0};  ///< index into the scenario's programs
        std::size_t step{0};
        SeenCall seen{};
    };
    /// A step begins or has returned; told at once.
    using Listener = std::function<void(Entry const& entry, bool returned)>;

    void listen(Listener listener) { listener_ = std::move(listener); }
    std::size_t begin(std::size_t program, std::size_t step, Instant now);
    void end(std::size_t entry, SeenCall seen, Instant now);
    [[nodiscard]] std::vector<Entry> const& entries() const { return entries_; }

  private:
    std::vector<Entry> entries_{};
    Listener listener_{};
};

/// Which node has which addresses.
class Directory {
  public:
    void add(std::string name, std::vector<wire::Ipv4Address> addresses);
    [[nodiscard]] trace::NodeId node(std::string const& name) const;  ///< of a host that exists
    [[nodiscard]] wire::Ipv4Address address(std::string const& name) const;
    [[nodiscard]] bool is_at(std::string const& name, wire::Ipv4Address address) const;

  private:
    struct Entry {
        std::string name{};
        std::vector<wire::Ipv4Address> addresses{};
    };
    [[nodiscard]] Entry const& find(std::string const& name) const;
    std::vector<Entry> nodes_{};  ///< by NodeId
};

/// TCP segments that one expectation counts.
struct SeenPackets {
    std::uint64_t count{0};
    std::optional<Instant> first{};
    Instant last{};
    std::vector<Instant> times{};  ///< only for gaps
};

/// The connections that one expectation looks at, at its time.
struct SeenStates {
    std::vector<tcp::State> states{};
};

/// Listens to a run for the expectations of a scenario. Both must outlive it.
class Observer final : public trace::Sink {
  public:
    Observer(Scenario const& scenario, Directory const& directory);
    void record(trace::Record const& record) override;
    /// States that nobody asked for earlier are those at the end.
    void finish();

    /// What expectation `index` asked for; empty if it is of another kind.
    [[nodiscard]] SeenPackets const& packets(std::size_t index) const { return packets_[index]; }
    [[nodiscard]] SeenStates const& states(std::size_t index) const { return states_[index]; }
    /// Calls of a built-in program; calls of steps are in the StepLog.
    [[nodiscard]] std::vector<SeenCall> const& calls(std::size_t index) const { return calls_[index]; }

  private:
    struct ConnectionKey {
        trace::NodeId node{};
        wire::FourTuple tuple{};
        auto operator<=>(ConnectionKey const&) const = default;
    };
    void frame_passed(trace::FramePassed const& passed, Instant at);
    [[nodiscard]] bool wanted(ExpectPackets const& packets, trace::FramePassed const& passed,
                              wire::TcpSegment const& segment, std::optional<std::uint32_t> seq) const;
    std::optional<std::uint32_t> relative_seq(wire::Ipv4Header const& header, wire::TcpSegment const& segment);
    void note(trace::TcpNote const& note);
    void happened(trace::Happened const& happened);
    void call_made(trace::CallMade const& made, Instant at);
    void call_returned(trace::CallReturned const& returned, Instant at);
    void look_at_states(std::size_t index);

    Scenario const& scenario_;
    Directory const& directory_;
    std::vector<SeenPackets> packets_;
    std::vector<SeenStates> states_;
    std::vector<bool> looked_;
    std::vector<std::vector<SeenCall>> calls_;
    std::map<wire::FourTuple, SeqNum> initial_{};
    std::map<ConnectionKey, tcp::State> connections_{};
    std::map<trace::ProcessRef, std::string> processes_{};
    /// Where a call that has not returned stands: expectation and index.
    struct Waiting {
        std::size_t expectation{0};
        std::size_t call{0};
    };
    std::multimap<std::pair<trace::ProcessRef, std::uint32_t>, Waiting> waiting_{};
};

}  // namespace tcpsim::scenario

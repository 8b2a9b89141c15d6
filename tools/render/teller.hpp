// The sink that gathers a Story while the run goes on. Memory stays bounded when a limit is set.
#pragma once

#include "tools/render/names.hpp"
#include "tools/render/numbering.hpp"
#include "tools/render/story.hpp"

#include <limits>
#include <map>
#include <utility>

namespace tcpsim::render {

struct Keep {
    static constexpr std::size_t everything = std::numeric_limits<std::size_t>::max();
    std::size_t packets{everything};  ///< so many at the beginning and as many at the end
    std::size_t calls{everything};    ///< the same, per program
    bool details{false};              ///< notes of the kernels, router hops
    bool every_option{false};         ///< timestamps in the notation too
};

class Storyteller final : public trace::Sink {
  public:
    /// `naming` must outlive the teller.
    Storyteller(Naming const& naming, Keep keep) : naming_{&naming}, keep_{keep} {}
    void record(trace::Record const& record) override;
    /// Hands the story over; nothing may be recorded afterwards. `nothing_left`: the run ended by itself.
    Story finish(Instant ended, bool nothing_left);

  private:
    using Side = std::pair<trace::NodeId, wire::FourTuple>;
    struct Boot {
        std::uint32_t number{0};
        Instant at{};
    };
    /// The call that a program is making at this moment.
    struct Running {
        trace::ProcessRef process{};
        trace::Because because{};
        Instant at{};
    };

    void happens(trace::Record const& record, trace::FramePassed const& passed);
    void happens(trace::Record const& record, trace::FrameDropped const& dropped);
    void happens(trace::Record const& record, trace::FrameDelayed const& delayed);
    void happens(trace::Record const& record, trace::CallMade const& made);
    void happens(trace::Record const& record, trace::CallReturned const& returned);
    void happens(trace::Record const& record, trace::TcpNote const& note);
    void happens(trace::Record const& record, trace::Happened const& happened);

    void departs(trace::Record const& record, trace::FramePassed const& passed);
    void arrives(Instant at, Journey& journey);
    void explain(CallStory& call);
    void stops(trace::NodeId machine, CutOff const& cut_off);
    void forget_kernel(trace::NodeId machine);
    [[nodiscard]] std::string notation_of(wire::Frame const& frame, wire::RelativeTo const& base) const;
    [[nodiscard]] std::optional<Arrival> arrival_of(trace::Because const& because) const;

    Moment& push(Moment moment);
    void retire_one();
    ProgramStory& program(trace::ProcessRef process);
    void push_call(ProgramStory& program, CallStory call);
    static CallStory* open_call(ProgramStory& program);

    Naming const* naming_;
    Keep keep_;
    Numbering numbering_{};
    Story story_{};
    std::deque<Moment> recent_{};  ///< packets that may still have to be folded, and what stands between them
    std::size_t recent_packets_{0};
    std::map<trace::PacketId, Journey*> journeys_{};
    std::map<trace::NodeId, Boot> boots_{};
    std::map<std::pair<trace::LinkId, std::uint32_t>, std::uint32_t> steps_of_rules_{};
    std::map<trace::ProcessRef, std::size_t> programs_{};
    std::optional<Running> running_{};
    std::map<Side, Silence> silences_{};
    std::map<Side, Arrival> fins_{};
    std::map<Side, Ending> endings_{};
};

}  // namespace tcpsim::render

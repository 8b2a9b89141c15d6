#include "sim/scenario/triggers.hpp"

#include "stack/wire/notation.hpp"

#include <algorithm>

namespace tcpsim::scenario {

Triggers::Triggers(Scenario const& scenario, Directory const& directory, world::World& world)
    : scenario_{scenario},
      directory_{directory},
      world_{world},
      counts_(scenario.timeline.size(), 0),
      scheduled_(scenario.timeline.size(), false) {}

void Triggers::record(trace::Record const& record) {
    if (auto const* what = std::get_if<trace::Happened>(&record.what)) {
        happened(record, *what);
    }
    for (std::size_t i = 0; i < scenario_.timeline.size(); ++i) {
        auto const& when = scenario_.timeline[i].when;
        if (when && !scheduled_[i] && fulfils(*when, record.what)) {
            count(i, record.at);
        }
    }
}

void Triggers::step_of_program(StepLog::Entry const& entry, bool returned) {
    auto const& program = scenario_.programs[entry.program];
    auto const call = std::get<StepsProgram>(program.what).steps[entry.step].call;
    auto const kind = returned ? Predicate::Kind::call_returned : Predicate::Kind::call_made;
    for (std::size_t i = 0; i < scenario_.timeline.size(); ++i) {
        auto const& when = scenario_.timeline[i].when;
        if (when && !scheduled_[i] && when->kind == kind && when->program == program.name && when->call == call) {
            count(i, returned ? *entry.seen.returned : entry.seen.made);
        }
    }
}

void Triggers::step_applied(std::uint32_t applied, Instant at) {
    for (std::size_t i = 0; i < scenario_.timeline.size(); ++i) {
        auto const& step = scenario_.timeline[i];
        if (step.after && *step.after == scenario_.timeline[applied].name && !scheduled_[i]) {
            schedule(i, at + step.delay);
        }
    }
}

std::optional<Triggers::ArmedAt> Triggers::armed(std::uint32_t step) const {
    auto const found = armed_.find(step);
    return found == armed_.end() ? std::nullopt : std::optional{found->second};
}

void Triggers::happened(trace::Record const& record, trace::Happened const& what) {
    if (what.what == trace::Happening::process_started) {
        processes_[{what.node, what.boot, what.process}] = what.name;
    }
    if (what.what == trace::Happening::rule_armed && record.because.kind == trace::Because::Kind::timeline_step) {
        armed_[record.because.step] = {what.link, what.rule, record.at};
    }
}

bool Triggers::fulfils(Predicate const& condition, trace::Event const& event) const {
    switch (condition.kind) {
        case Predicate::Kind::call_made:
            if (auto const* made = std::get_if<trace::CallMade>(&event)) {
                return call_fulfils(condition, made->process, made->call);
            }
            return false;
        case Predicate::Kind::call_returned:
            if (auto const* returned = std::get_if<trace::CallReturned>(&event)) {
                return call_fulfils(condition, returned->process, returned->call);
            }
            return false;
        case Predicate::Kind::packet_sent:
        case Predicate::Kind::packet_received:
            if (auto const* passed = std::get_if<trace::FramePassed>(&event)) {
                return frame_fulfils(condition, *passed);
            }
            return false;
        case Predicate::Kind::state:
            if (auto const* note = std::get_if<trace::TcpNote>(&event)) {
                auto const* changed = std::get_if<tcp::StateChanged>(&note->what);
                return changed != nullptr && note->machine == directory_.node(condition.host) &&
                       changed->to == condition.state;
            }
            return false;
        case Predicate::Kind::happened:
            if (auto const* what = std::get_if<trace::Happened>(&event)) {
                return happening_fulfils(condition, *what);
            }
            return false;
    }
    return false;
}

bool Triggers::frame_fulfils(Predicate const& condition, trace::FramePassed const& passed) const {
    bool const outwards = condition.kind == Predicate::Kind::packet_sent;
    auto const* segment = passed.frame == nullptr ? nullptr : wire::tcp_of(*passed.frame);
    return segment != nullptr && passed.outwards == outwards && passed.node == directory_.node(condition.host) &&
           (!condition.data || segment->payload.empty() != *condition.data) &&
           (!condition.flags || *condition.flags == wire::flags_text(segment->flags));
}

bool Triggers::happening_fulfils(Predicate const& condition, trace::Happened const& what) const {
    bool const on_host =
        condition.host.empty() || (what.node != trace::no_node && what.node == directory_.node(condition.host));
    bool const on_link = condition.link.empty() ||
                         (what.node == trace::no_node && world_.link(what.link).settings().name == condition.link);
    return what.what == condition.happening && on_host && on_link;
}

/// Built-in programs only; the others are told by step_of_program().
bool Triggers::call_fulfils(Predicate const& condition, trace::ProcessRef process, trace::Call call) const {
    auto const name = processes_.find(process);
    if (name == processes_.end() || name->second != condition.program || condition.call != call) {
        return false;
    }
    auto const& programs = scenario_.programs;
    return std::any_of(programs.begin(), programs.end(), [&](ProgramSpec const& program) {
        return program.name == condition.program && !std::holds_alternative<StepsProgram>(program.what);
    });
}

void Triggers::count(std::size_t step, Instant now) {
    auto const& timeline_step = scenario_.timeline[step];
    if (++counts_[step] == timeline_step.when->nth) {
        schedule(step, now + timeline_step.delay);
    }
}

void Triggers::schedule(std::size_t step, Instant at) {
    scheduled_[step] = true;
    world_.schedule(static_cast<std::uint32_t>(step), at);
}

}  // namespace tcpsim::scenario

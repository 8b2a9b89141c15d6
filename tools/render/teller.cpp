#include "tools/render/teller.hpp"

#include <fmt/format.h>

#include <iterator>

namespace tcpsim::render {
namespace {

constexpr std::size_t sent_kept = 4;  // of the segments that one call sends; the rest is counted

wire::FourTuple seen_from_the_other_side(wire::FourTuple const& tuple) { return {tuple.remote, tuple.local}; }

SegmentFacts facts_of(wire::Ipv4Header const& header, wire::TcpSegment const& segment, wire::RelativeTo const& base) {
    SegmentFacts facts;
    facts.tuple = {{header.source, segment.source_port}, {header.destination, segment.destination_port}};
    facts.flags = segment.flags;
    facts.seq = (segment.seq - base.seq.raw()).raw();
    facts.ack = segment.flags.has(wire::Flags::ack) ? (segment.ack - base.ack.raw()).raw() : 0;
    facts.length = segment.payload.size();
    facts.window = segment.window;
    return facts;
}

template <class Side, class Value>
void erase_side(std::map<Side, Value>& sides, trace::NodeId machine) {
    std::erase_if(sides, [machine](auto const& entry) { return entry.first.first == machine; });
}

}  // namespace

bool repeats(tcp::Cause const& cause) {
    return cause.why == tcp::Why::retransmission_timeout || cause.why == tcp::Why::lost_with_the_first ||
           cause.why == tcp::Why::tail_loss_probe || cause.why == tcp::Why::fast_retransmit;
}

void Storyteller::record(trace::Record const& record) {
    if (running_ && (running_->at != record.at || running_->because != record.because)) {
        running_.reset();  // it blocked, and something else goes on
    }
    std::visit([&](auto const& what) { happens(record, what); }, record.what);
}

Story Storyteller::finish(Instant ended, bool nothing_left) {
    for (ProgramStory& each : story_.programs) {
        if (CallStory* call = open_call(each)) {
            call->for_good = nothing_left;
        }
    }
    std::move(recent_.begin(), recent_.end(), std::back_inserter(story_.moments));
    recent_.clear();
    journeys_.clear();
    story_.ended = ended;
    return std::move(story_);
}

// --- packets

void Storyteller::happens(trace::Record const& record, trace::FramePassed const& passed) {
    auto const known = journeys_.find(passed.packet);
    if (known == journeys_.end()) {
        if (passed.outwards && passed.node == passed.packet.origin) {
            departs(record, passed);
        }
        return;
    }
    Journey& journey = *known->second;
    if (!passed.outwards && (passed.node == journey.to || journey.to == trace::no_node)) {
        arrives(record.at, journey);
    } else if (keep_.details) {
        push(Hop{record.at, passed.node, passed.interface, passed.outwards, passed.packet});
    }
}

std::string Storyteller::notation_of(wire::Frame const& frame, wire::RelativeTo const& base) const {
    wire::TcpSegment const* segment = wire::tcp_of(frame);
    if (segment == nullptr || keep_.every_option) {
        return wire::notation(frame, base);
    }
    if (segment->flags.has(wire::Flags::syn) || !wire::decode(segment->options).sack.empty()) {
        return wire::notation(*segment, base);
    }
    wire::TcpSegment plain = *segment;
    plain.options.clear();
    return wire::notation(plain, base);
}

void Storyteller::departs(trace::Record const& record, trace::FramePassed const& passed) {
    Journey journey;
    journey.id = passed.packet;
    journey.sent = record.at;
    journey.boot = boots_[passed.node].number;
    journey.because = record.because;
    journey.cause = passed.cause;
    wire::RelativeTo base;
    if (auto const* packet = std::get_if<wire::Ipv4Packet>(&passed.frame->body)) {
        journey.to = naming_->owner(packet->header.destination);
        if (auto const* segment = std::get_if<wire::TcpSegment>(&packet->body)) {
            base = numbering_.see(packet->header, *segment);
            journey.tcp = facts_of(packet->header, *segment, base);
        }
    }
    journey.text = notation_of(*passed.frame, base);
    if (running_ && running_->process.machine == passed.node) {
        CallStory* call = open_call(program(running_->process));
        if (call != nullptr && call->sent_count++ < sent_kept) {
            call->sent.push_back({journey.cause, journey.tcp ? journey.tcp->flags : wire::Flags{},
                                  journey.tcp ? journey.tcp->length : 0});
        }
    }
    ++story_.packets;
    Journey& kept = std::get<Journey>(push(std::move(journey)));
    journeys_.emplace(kept.id, &kept);
    while (recent_packets_ > keep_.packets) {
        retire_one();
    }
}

void Storyteller::arrives(Instant at, Journey& journey) {
    journey.fate = Journey::Fate::arrived;
    journey.ended = at;
    if (!journey.tcp) {
        return;
    }
    Side const side{journey.to, seen_from_the_other_side(journey.tcp->tuple)};
    silences_.erase(side);
    if (journey.tcp->flags.has(wire::Flags::fin)) {
        fins_[side] = Arrival{at, journey.id, journey.cause, journey.tcp, journey.boot, boots_[journey.id.origin].at};
    }
}

void Storyteller::happens(trace::Record const& record, trace::FrameDropped const& dropped) {
    Loss loss{dropped.reason, dropped.node, dropped.link, {}};
    if (dropped.reason == trace::DropReason::rule) {
        auto const rule = steps_of_rules_.find({dropped.link, dropped.rule});
        if (rule != steps_of_rules_.end()) {
            loss.step = rule->second;
        }
    }
    auto const known = journeys_.find(dropped.packet);
    if (known == journeys_.end()) {
        return;
    }
    Journey& journey = *known->second;
    journey.loss = loss;
    if (journey.fate == Journey::Fate::arrived) {
        return;  // its destination looked at it and threw it away
    }
    journey.fate = Journey::Fate::lost;
    journey.ended = record.at;
    if (journey.tcp) {
        Silence& silence = silences_[{journey.id.origin, journey.tcp->tuple}];
        ++silence.lost;
        silence.last = loss;
    }
}

void Storyteller::happens(trace::Record const& /*record*/, trace::FrameDelayed const& delayed) {
    auto const known = journeys_.find(delayed.packet);
    if (known == journeys_.end()) {
        return;
    }
    Journey& journey = *known->second;
    journey.slowed = journey.slowed.value_or(Slowed{});
    journey.slowed->by += delayed.by;
    if (auto const rule = steps_of_rules_.find({delayed.link, delayed.rule}); rule != steps_of_rules_.end()) {
        journey.slowed->step = rule->second;
    }
}

std::optional<Arrival> Storyteller::arrival_of(trace::Because const& because) const {
    if (because.kind != trace::Because::Kind::packet) {
        return {};
    }
    auto const known = journeys_.find(because.packet);
    if (known == journeys_.end()) {
        return {};
    }
    Journey const& journey = *known->second;
    auto const boot = boots_.find(journey.id.origin);
    return Arrival{journey.ended, journey.id,   journey.cause,
                   journey.tcp,   journey.boot, boot == boots_.end() ? Instant{} : boot->second.at};
}

// --- moments and folding

Moment& Storyteller::push(Moment moment) {
    bool const packet = std::holds_alternative<Journey>(moment);
    if (story_.packets <= keep_.packets) {
        return story_.moments.emplace_back(std::move(moment));
    }
    recent_packets_ += packet ? 1 : 0;
    return recent_.emplace_back(std::move(moment));
}

void Storyteller::retire_one() {
    Moment oldest = std::move(recent_.front());
    recent_.pop_front();
    auto const* journey = std::get_if<Journey>(&oldest);
    if (journey == nullptr) {
        story_.moments.push_back(std::move(oldest));
        return;
    }
    --recent_packets_;
    journeys_.erase(journey->id);
    if (story_.moments.empty() || !std::holds_alternative<Folded>(story_.moments.back())) {
        story_.moments.emplace_back(Folded{journey->sent, journey->sent, 0, 0, 0, 0});
    }
    auto& fold = std::get<Folded>(story_.moments.back());
    fold.to = journey->sent;
    ++fold.packets;
    fold.bytes += journey->tcp ? journey->tcp->length : 0;
    fold.lost += journey->fate == Journey::Fate::lost ? 1 : 0;
    fold.repeated += repeats(journey->cause) ? 1 : 0;
}

// --- programs

ProgramStory& Storyteller::program(trace::ProcessRef process) {
    auto const [at, fresh] = programs_.try_emplace(process, story_.programs.size());
    if (fresh) {
        ProgramStory story;
        story.process = process;
        story.name = fmt::format("process {}", process.process);
        story_.programs.push_back(std::move(story));
    }
    return story_.programs[at->second];
}

void Storyteller::push_call(ProgramStory& program, CallStory call) {
    if (program.first.size() < keep_.calls) {
        program.first.push_back(std::move(call));
        return;
    }
    program.last.push_back(std::move(call));
    if (program.last.size() > keep_.calls) {
        program.last.pop_front();
        ++program.folded;
    }
}

CallStory* Storyteller::open_call(ProgramStory& program) {
    std::deque<CallStory>& calls = program.last.empty() ? program.first : program.last;
    if (calls.empty() || calls.back().returned || calls.back().cut_off) {
        return nullptr;
    }
    return &calls.back();
}

void Storyteller::happens(trace::Record const& record, trace::CallMade const& made) {
    CallStory call;
    call.made = made;
    call.at = record.at;
    if (made.call == trace::Call::exit) {
        call.returned = record.at;  // it never does; but nobody waits for it either
    }
    push_call(program(made.process), std::move(call));
    running_ = Running{made.process, record.because, record.at};
}

void Storyteller::happens(trace::Record const& record, trace::CallReturned const& returned) {
    running_.reset();
    CallStory* call = open_call(program(returned.process));
    if (call == nullptr || call->made.number != returned.number) {
        return;
    }
    call->returned = record.at;
    call->result = returned;
    explain(*call);
    if (returned.error != Errno::none) {
        push(CallFailed{record.at, returned.process, returned.call, returned.error});
    }
}

void Storyteller::explain(CallStory& call) {
    trace::CallReturned const& result = call.result;
    if (result.blocked) {
        call.arrival = arrival_of(result.because);
    }
    Side const side{result.process.machine, result.connection};
    if (auto const ending = endings_.find(side); ending != endings_.end()) {
        call.ending = ending->second;
    }
    if (auto const fin = fins_.find(side); result.end_of_stream && fin != fins_.end()) {
        call.fin = fin->second;
    }
}

// --- kernels and machines

void Storyteller::happens(trace::Record const& record, trace::TcpNote const& note) {
    Side const side{note.machine, note.tuple};
    if (auto const* ended = std::get_if<tcp::Ended>(&note.what)) {
        auto const silence = silences_.find(side);
        endings_[side] = Ending{record.at, *ended, arrival_of(record.because),
                                silence == silences_.end() ? Silence{} : silence->second};
    } else if (auto const* change = std::get_if<tcp::StateChanged>(&note.what);
               change != nullptr && change->from == tcp::State::closed) {
        endings_.erase(side);  // a new incarnation
        fins_.erase(side);
        silences_.erase(side);
    }
    if (keep_.details) {
        push(Noted{record.at, note});
    }
}

void Storyteller::happens(trace::Record const& record, trace::Happened const& happened) {
    using trace::Happening;
    switch (happened.what) {
        case Happening::boot:
            boots_[happened.node] = {happened.boot, record.at};
            forget_kernel(happened.node);
            break;
        case Happening::power_loss:
        case Happening::powered_off:
        case Happening::crash:
            stops(happened.node, {record.at, happened.what});
            break;
        case Happening::process_started:
            program({happened.node, happened.boot, happened.process}).name = happened.name;
            break;
        case Happening::process_killed:
            if (CallStory* call = open_call(program({happened.node, happened.boot, happened.process}))) {
                call->cut_off = CutOff{record.at, happened.what};
            }
            break;
        case Happening::rule_armed:
            if (record.because.kind == trace::Because::Kind::timeline_step) {
                steps_of_rules_[{happened.link, happened.rule}] = record.because.step;
            }
            break;
        case Happening::process_exited:
        case Happening::signal_handled:
        case Happening::process_stopped:
        case Happening::process_continued:
        case Happening::shutdown_begun:
        case Happening::link_cut:
        case Happening::link_restored:
        case Happening::rule_removed:
        case Happening::delay_changed:
        case Happening::mtu_changed:
        case Happening::carrier_lost:
        case Happening::carrier_found:
        case Happening::nic_down:
        case Happening::nic_up:
        case Happening::address_removed:
        case Happening::address_added:
        case Happening::suspended:
        case Happening::resumed:
        case Happening::clock_jumped:
        case Happening::link_blackholed:
        case Happening::link_changed:
        case Happening::routes_changed:
        case Happening::mappings_changed:
        case Happening::neighbours_forgotten:
            break;
    }
    push(Incident{record.at, record.because, happened});
}

void Storyteller::stops(trace::NodeId machine, CutOff const& cut_off) {
    for (ProgramStory& each : story_.programs) {
        CallStory* call = each.process.machine == machine ? open_call(each) : nullptr;
        if (call != nullptr) {
            call->cut_off = cut_off;
        }
    }
}

void Storyteller::forget_kernel(trace::NodeId machine) {
    erase_side(silences_, machine);
    erase_side(fins_, machine);
    erase_side(endings_, machine);
}

}  // namespace tcpsim::render

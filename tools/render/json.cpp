#include "tools/render/json.hpp"

#include "stack/wire/notation.hpp"
#include "tools/render/json_parts.hpp"
#include "tools/render/why.hpp"

#include <fmt/format.h>

namespace tcpsim::render {
namespace {

Json json_of_loss(Loss const& loss, Naming const& naming) {
    Json json;
    json["reason"] = identifier(loss.reason);
    if (loss.node != trace::no_node) {
        json["node"] = naming.node(loss.node);
    } else {
        json["link"] = naming.link(loss.link);
    }
    if (loss.step) {
        json["step"] = naming.step(*loss.step);
    }
    json["words"] = why_lost(loss, naming);
    return json;
}

Json json_of_segment(SegmentFacts const& segment) {
    return {{"source", wire::to_string(segment.tuple.local)},
            {"destination", wire::to_string(segment.tuple.remote)},
            {"flags", wire::flags_text(segment.flags)},
            {"seq", segment.seq},
            {"ack", segment.ack},
            {"length", segment.length},
            {"window", segment.window}};
}

Json json_of_packet(Journey const& journey, Naming const& naming) {
    bool const arrived = journey.fate == Journey::Fate::arrived;
    bool const lost = journey.fate == Journey::Fate::lost;
    Json json{{"packet", packet_name(journey.id, naming)},
              {"from", naming.node(journey.id.origin)},
              {"to", journey.to == trace::no_node ? Json{} : Json(naming.node(journey.to))},
              {"sent_ns", nanoseconds(journey.sent)},
              {"fate", arrived ? "arrived"
                       : lost  ? "lost"
                               : "flying"},
              {"ended_ns", arrived || lost ? Json(nanoseconds(journey.ended)) : Json{}},
              {"loss", journey.loss ? json_of_loss(*journey.loss, naming) : Json{}},
              {"notation", journey.text},
              {"tcp", journey.tcp ? json_of_segment(*journey.tcp) : Json{}}};
    json["cause"] = json_of(journey.cause);
    json["because"] = json_of(journey.because, naming);
    return json;
}

Json json_of_call(CallStory const& call, ProgramStory const& program, Naming const& naming) {
    bool const returned = call.returned.has_value();
    bool const failed = returned && call.result.error != Errno::none;
    Json json;
    json["program"] = program.name;
    json.update(json_of(program.process, naming));
    json["number"] = call.made.number;
    json["call"] = identifier(call.made.call);
    json["descriptor"] = call.made.descriptor;
    json["bytes"] = call.made.bytes;
    json["address"] = call.made.address == wire::Endpoint{} ? Json{} : Json(wire::to_string(call.made.address));
    json["start_ns"] = nanoseconds(call.at);
    json["end_ns"] = returned ? Json(nanoseconds(*call.returned)) : Json{};
    json["blocked"] = !returned || call.result.blocked;
    json["value"] = returned && !failed ? Json(call.result.value) : Json{};
    json["error"] = failed ? Json(name(call.result.error)) : Json{};
    json["end_of_stream"] = returned && call.result.end_of_stream;
    json["because"] = returned ? json_of(call.result.because, naming) : Json{};
    json["ended"] = call.ending ? json_of(call.ending->what) : Json{};
    json["why"] = why_returned(call, naming);
    return json;
}

Json json_of_fault(scenario::FaultReport const& fault) {
    return {{"name", fault.name},
            {"came", fault.came},
            {"fired", fault.fired},
            {"times", fault.times},
            {"first_ns", fault.first ? Json(nanoseconds(*fault.first)) : Json{}},
            {"may_never_fire", fault.may_never_fire}};
}

Json json_of_verdict(scenario::Verdict const& verdict) {
    return {{"name", verdict.name},          {"holds", verdict.holds},     {"expected", verdict.expected},
            {"seen", verdict.seen},          {"file", verdict.place.file}, {"line", verdict.place.line},
            {"column", verdict.place.column}};
}

template <class Items, class Convert>
Json array_of(Items const& items, Convert convert) {
    Json array = Json::array();
    for (auto const& item : items) {
        array.push_back(convert(item));
    }
    return array;
}

Json calls_of(Story const& story, Naming const& naming) {
    Json array = Json::array();
    for (ProgramStory const& program : story.programs) {
        for (auto const* calls : {&program.first, &program.last}) {
            for (CallStory const& call : *calls) {
                array.push_back(json_of_call(call, program, naming));
            }
        }
    }
    return array;
}

}  // namespace

std::string json_document(scenario::Report const& report, Story const& story, Naming const& naming, Duration wall,
                          std::string_view program_version) {
    Json json{{"format", "tcpsim run"}, {"version", json_version}, {"tcpsim", program_version}};
    json["scenario"] = report.scenario;
    json["seed"] = report.seed;
    json["digest"] = report.digest ? Json(fmt::format("{:016x}", *report.digest)) : Json{};
    json["passed"] = report.passed();
    Json packets = Json::array();
    Json happenings = Json::array();
    for (Moment const& moment : story.moments) {
        if (auto const* journey = std::get_if<Journey>(&moment)) {
            packets.push_back(json_of_packet(*journey, naming));
        } else if (auto const* incident = std::get_if<Incident>(&moment)) {
            Json happening;
            happening["at_ns"] = nanoseconds(incident->at);
            happening.update(json_of(incident->what, naming));
            happening["because"] = json_of(incident->because, naming);
            happenings.push_back(std::move(happening));
        }
    }
    json["packets"] = std::move(packets);
    json["calls"] = calls_of(story, naming);
    json["happenings"] = std::move(happenings);
    json["faults"] = array_of(report.faults, json_of_fault);
    json["expectations"] = array_of(report.verdicts, json_of_verdict);
    json["timings"] = {{"simulated_ns", nanoseconds(report.ended)},
                       {"wall_ns", wall.count()},
                       {"events", report.events},
                       {"packets", story.packets}};
    return dump(json, 2) + "\n";
}

}  // namespace tcpsim::render

// The only door to JSON in sim/. Numbers with a point are read from their text, since nothing here is floating.
#include "sim/replay/recording.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <limits>

namespace tcpsim::replay {
namespace {

using Json = nlohmann::json;

constexpr int nano_digits = 9;

/// A string as it is, anything else as JSON writes it, null as nothing.
std::string text_of(Json const& value) {
    if (value.is_null()) {
        return {};
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string text_at(Json const& object, char const* key) {
    auto const found = object.find(key);
    return found == object.end() ? std::string{} : text_of(*found);
}

Duration seconds_of(Json const& value) { return Duration{nano(value.dump()).value_or(0)}; }
Duration seconds_at(Json const& object, char const* key) {
    auto const found = object.find(key);
    return found == object.end() ? Duration{0} : seconds_of(*found);
}
Duration milliseconds_of(Json const& value) { return seconds_of(value) / 1000; }

std::map<std::string, std::string> texts_of(Json const& object) {
    std::map<std::string, std::string> texts;
    for (auto const& [key, value] : object.items()) {
        texts[key] = text_of(value);
    }
    return texts;
}

Call read_call(Json const& json) {
    Call call{.who = json.at("who"),
              .thread = text_at(json, "thread"),
              .op = json.at("op"),
              .at = seconds_at(json, "t"),
              .took = seconds_at(json, "dur"),
              .result = text_at(json, "ret"),
              .error = text_at(json, "err")};
    for (Json const& argument : json.at("args")) {
        call.args.push_back(text_of(argument));
    }
    call.more = texts_of(json.value("more", Json::object()));
    if (json.contains("note")) {
        call.result.clear();
    }
    return call;
}

void read_count(Json const& value, Fault& fault) {
    if (value.is_array()) {
        fault.nth = value.get<std::vector<std::uint32_t>>();
    } else {
        fault.nth = {value.get<std::uint32_t>()};
    }
}

void read_field(std::string const& key, Json const& value, Fault& fault) {
    if (key == "verb") {
        fault.verb = value;
    } else if (key == "direction") {
        fault.direction = value;
    } else if (key.starts_with("nth_")) {
        fault.counts = key.substr(4);
        read_count(value, fault);
    } else if (key.starts_with("release_after_")) {
        fault.release_after = value;
    } else if (key == "times") {
        fault.times = value.is_string() ? 0 : value.get<std::uint32_t>();
    } else if (key == "for_ms") {
        fault.within = milliseconds_of(value);
    } else if (key == "extra_ms" || key == "after_ms" || key == "ms") {
        fault.by = milliseconds_of(value);
    } else if (key == "copies") {
        fault.copies = value;
    } else {
        fault.more[key] = text_of(value);
    }
}

Fault read_fault(Json const& json) {
    Fault fault{.at = seconds_at(json, "t"), .what = text_at(json, "what")};
    Json const instruction = json.value("do", Json::object());
    for (auto const& [key, value] : instruction.items()) {
        read_field(key, value, fault);
    }
    return fault;
}

/// What is not TCP, in words that both sides can form.
std::string other_of(Json const& json) {
    if (json.contains("arp")) {
        return "arp " + text_at(json, "arp");
    }
    if (json.contains("udp")) {
        return "udp " + text_at(json, "udp");
    }
    std::string words = "icmp " + text_of(json.at("icmp").at(0)) + "/" + text_of(json.at("icmp").at(1));
    if (json.contains("mtu")) {
        words += " mtu " + text_at(json, "mtu");
    }
    if (json.contains("about")) {
        words += " about " + text_at(json, "about");
    }
    return words;
}

Packet read_packet(Json const& json) {
    Packet packet{.at = seconds_at(json, "t"), .from = json.at("d"), .connection = json.value("conn", std::int64_t{0})};
    if (!json.contains("f")) {
        packet.other = other_of(json);
        return packet;
    }
    packet.flags = json.at("f");
    packet.seq = text_at(json, "seq");
    packet.ack = text_at(json, "ack");
    packet.length = json.at("len");
    packet.window = json.at("win");
    packet.options = text_at(json, "opt");
    packet.ecn = text_at(json, "ecn");
    return packet;
}

RecordedRun read_run(Json const& json) {
    RecordedRun run;
    for (Json const& call : json.at("calls")) {
        run.calls.push_back(read_call(call));
    }
    for (Json const& fault : json.at("faults")) {
        run.faults.push_back(read_fault(fault));
    }
    Json const all = json.value("packets", Json{});
    Json const packets = all.is_object() ? all : Json::object();  // else in words: as in another run
    for (auto const& [point, captured] : packets.items()) {
        if (captured.is_array()) {
            std::vector<Packet>& at_point = run.packets[point];
            for (Json const& packet : captured) {
                at_point.push_back(read_packet(packet));
            }
        }
    }
    run.only_first_packets = json.contains("packets_total");
    return run;
}

Recording read(Json const& json) {
    Json const& topology = json.at("topology");
    Recording recording{.name = json.at("case"),
                        .title = text_at(json, "title"),
                        .kernel = text_at(json, "kernel"),
                        .topology = topology.at("kind"),
                        .neighbours = text_at(topology, "neighbours"),
                        .rtt = milliseconds_of(topology.at("rtt_ms"))};
    for (auto const& [host, settings] : json.at("sysctl_not_default").items()) {
        recording.settings[host] = texts_of(settings);
    }
    for (Json const& run : json.at("runs")) {
        recording.runs.push_back(read_run(run));
    }
    Json const& agreement = json.at("agreement");
    for (Json const& round : agreement.value("rounds", Json::array())) {
        Json const& fresh = round.at("new");
        Json const& repeated = round.at("rtx");
        recording.rounds.push_back({fresh.at(0), fresh.at(1), repeated.at(0), repeated.at(1)});
    }
    recording.calls_same = agreement.at("calls_same");
    recording.packets_same = agreement.value("packets_same", std::map<std::string, bool>{});
    recording.windows_same = agreement.value("packet_win_same", std::map<std::string, bool>{});
    return recording;
}

}  // namespace

std::optional<std::int64_t> nano(std::string_view decimal) {
    bool const negative = decimal.starts_with('-');
    decimal.remove_prefix(negative ? 1 : 0);
    std::int64_t value = 0;
    int scale = nano_digits;
    std::size_t const exponent_at = decimal.find_first_of("eE");
    if (exponent_at != std::string_view::npos) {
        int exponent = 0;
        std::string_view text = decimal.substr(exponent_at + 1);
        text.remove_prefix(text.starts_with('+') ? 1 : 0);
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
        if (error != std::errc{} || end != text.data() + text.size()) {
            return std::nullopt;
        }
        scale += exponent;
        decimal = decimal.substr(0, exponent_at);
    }
    bool behind_point = false;
    bool any = false;
    for (char const c : decimal) {
        if (c == '.' && !behind_point) {
            behind_point = true;
            continue;
        }
        if (c < '0' || c > '9' || value > std::numeric_limits<std::int64_t>::max() / 100) {
            return std::nullopt;
        }
        any = true;
        value = value * 10 + (c - '0');
        scale -= behind_point ? 1 : 0;
    }
    for (; scale < 0; ++scale) {
        value /= 10;
    }
    for (; scale > 0; --scale) {
        if (value > std::numeric_limits<std::int64_t>::max() / 10) {
            return std::nullopt;
        }
        value *= 10;
    }
    return any ? std::optional{negative ? -value : value} : std::nullopt;
}

std::variant<Recording, std::string> read_recording(std::string_view json) {
    try {
        return read(Json::parse(json));
    } catch (Json::exception const& wrong) {
        return std::string{wrong.what()};
    }
}

}  // namespace tcpsim::replay

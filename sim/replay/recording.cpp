// With json_member the only door to JSON in sim/. Numbers with a point are read from their text, since nothing here is floating.
#include "sim/replay/recording.hpp"

#include "sim/replay/json_member.hpp"
#include "stack/wire/address.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>

namespace tcpsim::replay {
namespace {

using Json = nlohmann::json;

constexpr int nano_digits = 9;

constexpr int deepest = 64;  ///< whoever prints what is nested recurses into it
constexpr std::int64_t most_of_32_bits = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t any_least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t any_most = std::numeric_limits<std::int64_t>::max();

std::string words_at(JsonMember const& object, char const* key) {
    auto const found = object.find(key);
    return found ? found->words() : std::string{};
}

Duration seconds_at(JsonMember const& object, char const* key) {
    auto const found = object.find(key);
    return found && !found->is_null() ? found->seconds() : Duration{0};
}

std::map<std::string, std::string> words_of(JsonMember const& object) {
    std::map<std::string, std::string> texts;
    for (auto const& [key, value] : object.members()) {
        texts[key] = value.words();
    }
    return texts;
}

std::uint32_t count_of(JsonMember const& value, std::int64_t most = most_of_32_bits) {
    return static_cast<std::uint32_t>(value.integer(0, most));
}

/// What an argument of a call must be.
enum class Argument : std::uint8_t { word, number, amount, positive, seconds, address, port };
struct Signature {
    std::string_view op{};
    std::vector<Argument> arguments{};
    std::size_t optional{0};  ///< the last so many
};

std::vector<Signature> const& signatures() {
    using enum Argument;
    static std::vector<Signature> const known{
        {"socket", {word}},
        {"bind", {word, address, port}},
        {"listen", {word, number}},
        {"connect", {word, address, port}},
        {"accept", {word, word}},
        {"setsockopt", {word, word, word}},
        {"getsockopt", {word, word}},
        {"congestion", {word, word}},
        {"send", {word, amount}},
        {"send_all", {word, amount}},
        {"send_until_error", {word, positive}, 1},
        {"fill", {word, positive}, 1},
        {"sendto", {word, amount, address, port}},
        {"recv", {word, amount}},
        {"recv_n", {word, amount}},
        {"recv_until_end", {word, amount}, 1},
        {"recv_errqueue", {word}},
        {"raw_syn", {address, address, port, port, number}},
        {"raw_rst", {address, address, port, port, number}},
        {"sendto_fastopen", {word, amount, address, port}},
        {"disconnect", {word}},
        {"send_every", {word, amount, seconds, amount}},
        {"drain_every", {word, amount, seconds, amount}},
        {"fork_echo", {word}},
        {"close", {word}},
        {"shutdown", {word, word}},
        {"nonblock", {word}},
        {"poll", {word}},
        {"poll_rd", {word}},
        {"epoll", {word}},
        {"select", {word}},
        {"inq", {word}},
        {"outq", {word}},
        {"getpeername", {word}},
        {"tcp_info", {word}},
    };
    return known;
}

void check_argument(JsonMember const& value, Argument what) {
    constexpr std::int64_t most_bytes = 1 << 30;
    switch (what) {
        case Argument::word:
            return;
        case Argument::number:
            (void)value.integer(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max());
            return;
        case Argument::amount:
            (void)value.integer(0, most_bytes);
            return;
        case Argument::positive:
            (void)value.integer(1, most_bytes);
            return;
        case Argument::seconds:
            if (value.seconds() < Duration{0}) {
                value.refuse("expected no negative number");
            }
            return;
        case Argument::address:
            if (!wire::parse_ipv4(value.text())) {
                value.refuse("expected an address such as 10.1.0.2");
            }
            return;
        case Argument::port:
            (void)value.integer(0, std::numeric_limits<std::uint16_t>::max());
            return;
    }
}

/// Of a call that the replay can make; of others nothing is known.
void check_arguments(std::string const& op, JsonMember const& arguments) {
    auto const& known = signatures();
    auto const signature = std::find_if(known.begin(), known.end(), [&](auto const& each) { return each.op == op; });
    if (signature == known.end()) {
        return;
    }
    auto const given = arguments.items();
    std::size_t const required = signature->arguments.size() - signature->optional;
    if (given.size() < required) {
        arguments.refuse(fmt::format("'{}' takes at least {} arguments", op, required));
    }
    for (std::size_t i = 0; i < std::min(given.size(), signature->arguments.size()); ++i) {
        check_argument(given[i], signature->arguments[i]);
    }
}

Call read_call(JsonMember const& json) {
    Call call{.who = json.at("who").text(),
              .thread = words_at(json, "thread"),
              .op = json.at("op").text(),
              .at = seconds_at(json, "t"),
              .took = seconds_at(json, "dur"),
              .result = words_at(json, "ret"),
              .error = words_at(json, "err")};
    if (!call.who.starts_with("client") && !call.who.starts_with("server")) {
        json.at("who").refuse("expected a program of 'client' or 'server'");
    }
    JsonMember const arguments = json.at("args");
    check_arguments(call.op, arguments);
    for (JsonMember const& argument : arguments.items()) {
        call.args.push_back(argument.words());
    }
    if (auto const more = json.find("more"); more && !more->is_null()) {
        call.more = words_of(*more);
    }
    if (json.find("note")) {
        call.result.clear();
    }
    return call;
}

void read_count(JsonMember const& value, Fault& fault) {
    if (!value.is_list()) {
        fault.nth = {count_of(value)};
        return;
    }
    for (JsonMember const& each : value.items()) {
        fault.nth.push_back(count_of(each));
    }
}

void read_field(std::string const& key, JsonMember const& value, Fault& fault) {
    constexpr std::int64_t most_copies = 1000;
    if (key == "verb") {
        fault.verb = value.text();
    } else if (key == "direction") {
        fault.direction = value.text();
    } else if (key.starts_with("nth_")) {
        fault.counts = key.substr(4);
        read_count(value, fault);
    } else if (key.starts_with("release_after_")) {
        fault.release_after = count_of(value);
    } else if (key == "times") {
        fault.times = value.is_text() ? 0 : count_of(value);
    } else if (key == "for_ms") {
        fault.within = value.milliseconds();
    } else if (key == "extra_ms" || key == "after_ms" || key == "ms") {
        fault.by = value.milliseconds();
    } else if (key == "copies") {
        fault.copies = count_of(value, most_copies);
    } else {
        fault.more[key] = value.words();
    }
}

Fault read_fault(JsonMember const& json) {
    Fault fault{.at = seconds_at(json, "t"), .what = words_at(json, "what")};
    if (fault.at < earliest_fault) {
        json.at("t").refuse("expected at most ten seconds before the first packet");
    }
    if (auto const instruction = json.find("do"); instruction && !instruction->is_null()) {
        for (auto const& [key, value] : instruction->members()) {
            read_field(key, value, fault);
        }
    }
    return fault;
}

/// What is not TCP, in words that both sides can form.
std::string other_of(JsonMember const& json) {
    if (auto const arp = json.find("arp")) {
        return "arp " + arp->words();
    }
    if (auto const udp = json.find("udp")) {
        return "udp " + udp->words();
    }
    JsonMember const icmp = json.at("icmp");
    auto const type_and_code = icmp.items();
    if (type_and_code.size() != 2) {
        icmp.refuse("expected a type and a code");
    }
    std::string words = "icmp " + type_and_code[0].words() + "/" + type_and_code[1].words();
    if (auto const mtu = json.find("mtu")) {
        words += " mtu " + mtu->words();
    }
    if (auto const about = json.find("about")) {
        words += " about " + about->words();
    }
    return words;
}

Packet read_packet(JsonMember const& json) {
    Packet packet{.at = seconds_at(json, "t"), .from = json.at("d").text()};
    if (auto const connection = json.find("conn")) {
        packet.connection = connection->integer(any_least, any_most);
    }
    auto const flags = json.find("f");
    if (!flags) {
        packet.other = other_of(json);
        return packet;
    }
    packet.flags = flags->text();
    packet.seq = words_at(json, "seq");
    packet.ack = words_at(json, "ack");
    packet.length = json.at("len").integer(0, most_of_32_bits);
    packet.window = json.at("win").integer(0, most_of_32_bits);
    packet.options = words_at(json, "opt");
    packet.ecn = words_at(json, "ecn");
    return packet;
}

/// Packets, and a note where some were left out.
void read_point(std::string const& point, JsonMember const& captured, RecordedRun& run) {
    std::vector<Packet>& packets = run.packets[point];
    for (JsonMember const& packet : captured.items()) {
        if (auto const omitted = packet.find("omitted")) {
            run.holes[point] = {packets.size(), count_of(*omitted)};
        } else {
            packets.push_back(read_packet(packet));
        }
    }
}

void read_packets(JsonMember const& packets, RecordedRun& run) {
    if (!packets.is_object()) {
        run.packets_kept = packets.words().starts_with("same") ? PacketsKept::in_first_run : PacketsKept::nowhere;
        return;
    }
    for (auto const& [point, captured] : packets.members()) {
        if (captured.is_list()) {  // else in words: too many
            read_point(point, captured, run);
        }
    }
}

Schedule read_schedule(JsonMember const& json) {
    Schedule schedule{.kind = json.at("kind").text(),
                      .from = json.at("d").text(),
                      .seq = json.at("seq").words(),
                      .length = json.at("len").integer(0, most_of_32_bits)};
    if (auto const connection = json.find("conn")) {
        schedule.connection = connection->integer(any_least, any_most);
    }
    for (JsonMember const& gap : json.at("gaps").items()) {
        schedule.gaps.push_back(gap.seconds());
    }
    return schedule;
}

RecordedRun read_run(JsonMember const& json) {
    RecordedRun run;
    for (JsonMember const& call : json.at("calls").items()) {
        run.calls.push_back(read_call(call));
    }
    for (JsonMember const& fault : json.at("faults").items()) {
        run.faults.push_back(read_fault(fault));
    }
    if (auto const packets = json.find("packets")) {
        read_packets(*packets, run);
    }
    if (auto const schedules = json.find("schedules")) {
        for (auto const& [point, repeated] : schedules->members()) {
            for (JsonMember const& schedule : repeated.items()) {
                run.schedules[point].push_back(read_schedule(schedule));
            }
        }
    }
    run.only_first_packets = json.find("packets_total").has_value();
    return run;
}

std::string one_of(JsonMember const& member, std::initializer_list<std::string_view> words) {
    std::string const word = member.words();
    if (std::find(words.begin(), words.end(), word) == words.end()) {
        member.refuse(fmt::format("expected one of {}", fmt::join(words, ", ")));
    }
    return word;
}

std::map<std::string, bool> answers_at(JsonMember const& object, char const* key) {
    std::map<std::string, bool> answers;
    if (auto const found = object.find(key)) {
        for (auto const& [name, value] : found->members()) {
            answers[name] = value.boolean();
        }
    }
    return answers;
}

std::pair<std::int64_t, std::int64_t> range_of(JsonMember const& json) {
    auto const both = json.items();
    if (both.size() != 2) {
        json.refuse("expected the least and the most");
    }
    return {both[0].integer(any_least, any_most), both[1].integer(any_least, any_most)};
}

void read_agreement(JsonMember const& agreement, Recording& recording) {
    if (auto const rounds = agreement.find("rounds")) {
        for (JsonMember const& round : rounds->items()) {
            auto const fresh = range_of(round.at("new"));
            auto const repeated = range_of(round.at("rtx"));
            recording.rounds.push_back({fresh.first, fresh.second, repeated.first, repeated.second});
        }
    }
    recording.calls_same = agreement.at("calls_same").boolean();
    if (auto const differ = agreement.find("calls_differ_at")) {
        for (JsonMember const& index : differ->items()) {
            recording.calls_differ_at.push_back(count_of(index));
        }
    }
    recording.packets_same = answers_at(agreement, "packets_same");
    recording.windows_same = answers_at(agreement, "packet_win_same");
}

Recording read(JsonMember const& json) {
    JsonMember const topology = json.at("topology");
    Recording recording{.name = json.at("case").text(),
                        .title = words_at(json, "title"),
                        .kernel = words_at(json, "kernel"),
                        .topology = one_of(topology.at("kind"), {"routed", "lan"}),
                        .rtt = topology.at("rtt_ms").milliseconds()};
    if (auto const neighbours = topology.find("neighbours")) {
        recording.neighbours = one_of(*neighbours, {"static", "arp"});
    }
    if (auto const notes = json.find("notes"); notes && notes->is_object()) {
        recording.router = words_at(*notes, "router");
    }
    for (auto const& [host, settings] : json.at("sysctl_not_default").members()) {
        recording.settings[host] = words_of(settings);
    }
    JsonMember const runs = json.at("runs");
    for (JsonMember const& run : runs.items()) {
        recording.runs.push_back(read_run(run));
    }
    if (recording.runs.empty() || recording.runs.front().packets_kept == PacketsKept::in_first_run) {
        runs.refuse("expected at least one run, with its own packets");
    }
    read_agreement(json.at("agreement"), recording);
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
    auto const shallow = [](int depth, Json::parse_event_t /*event*/, Json& /*parsed*/) {
        if (depth > deepest) {
            throw Misread{fmt::format("nested more than {} deep", deepest)};
        }
        return true;
    };
    try {
        Json const document = Json::parse(json, shallow);
        return read(JsonMember{document, ""});
    } catch (Misread const& wrong) {
        return wrong.text;
    } catch (Json::exception const& wrong) {
        std::string_view const what = wrong.what();  // "[json.exception…] parse error at line 1, …"
        std::size_t const words = what.find("] ");
        return std::string{words == std::string_view::npos ? what : what.substr(words + 2)};
    }
}

}  // namespace tcpsim::replay

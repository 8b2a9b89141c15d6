#include "sim/replay/replay.hpp"

#include "sim/replay/faults.hpp"
#include "sim/replay/raw.hpp"
#include "sim/topology/topology.hpp"
#include "stack/base/check.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <utility>

namespace tcpsim::replay {
namespace {

using namespace std::chrono_literals;

/// The recording's time 0: programs listen before it.
constexpr Instant zero{-earliest_fault};
/// Of our own packets, so late may be one that belongs to the recording's last moment.
constexpr Duration afterwards = 20ms;
constexpr std::uint64_t seed = 1;
/// So long before the first packet neighbours meet, and then the captures begin.
constexpr Duration greeting_before = 200ms;
constexpr Duration captures_before = 100ms;

/// In this order: programs in the world refer to scripts and results.
struct Run {
    std::vector<Made> made{};
    std::deque<Script> scripts{};
    std::vector<profile::Profile> profiles{};
    std::deque<std::pair<std::string, Capture>> captures{};
    world::World world{seed};
    Stage stage{};
    std::vector<std::string> lacking{};
};

/// A program's host: "client2" runs on the client.
std::string host_of(std::string const& who) { return who.starts_with("client") ? "client" : "server"; }

/// A program's TCP_CONGESTION, which is the same for all sockets of a recorded host.
void choose_congestion_control(profile::Profile& profile, std::string const& host, RecordedRun const& recorded,
                               std::vector<std::string>& lacking) {
    for (Call const& call : recorded.calls) {
        if (call.op == "congestion" && host_of(call.who) == host &&
            profile::set(profile, "tcp_congestion_control", call.args.at(1))) {
            lacking.push_back("TCP_CONGESTION " + call.args.at(1));
        }
    }
}

/// The recorded kernel's timers, whose wheel turned like this.
void put_on_the_wheel(profile::Profile& profile, std::string const& host, Phases const& phases) {
    auto const phase = phases.find(host);
    profile.timers.precision = {profile::TimerPrecision::linux_wheel, "recorded", profile::Grade::chosen};
    profile.timers.phase = {zero.time_since_epoch() + (phase == phases.end() ? Duration{0} : phase->second), "recorded",
                            profile::Grade::chosen};
}

profile::Profile profile_for(std::string const& host, Recording const& recording, RecordedRun const& recorded,
                             std::vector<std::string>& lacking) {
    profile::Profile profile = *profile::find("linux");
    choose_congestion_control(profile, host, recorded, lacking);
    auto const settings = recording.settings.find(host);
    if (settings == recording.settings.end()) {
        return profile;
    }
    for (auto const& [name, value] : settings->second) {
        if (auto const error = profile::set(profile, name, value)) {
            lacking.push_back("setting " + name + "=" + value);
        }
    }
    return profile;
}

/// From the client's first text to the segment that acknowledges it.
std::optional<Duration> answer_time(std::vector<Packet> const& at_client) {
    auto const is_text = [](Packet const& packet) { return packet.from == "c>s" && packet.length > 0; };
    auto const text = std::find_if(at_client.begin(), at_client.end(), is_text);
    auto const answer = std::find_if(text, at_client.end(), [&](Packet const& packet) {
        return packet.from == "s>c" && packet.ack == std::to_string(std::atoll(text->seq.c_str()) + text->length);
    });
    return answer == at_client.end() ? std::nullopt : std::optional{answer->at - text->at};
}

/// What the recorder's wire and hosts took beyond the path's RTT: from the run's own handshake, unless it had trouble.
Duration overhead(Recording const& recording, RecordedRun const& recorded) {
    constexpr Duration usual = 400us;
    constexpr Duration most = 2ms;
    constexpr Duration most_when_busy = 8ms;
    auto const client = recorded.packets.find("client");
    if (client == recorded.packets.end() || client->second.size() < 2 || client->second[1].flags != "SA") {
        return usual;
    }
    Duration const measured = client->second[1].at - client->second[0].at - recording.rtt;
    if (measured < Duration{0}) {
        return usual;
    }
    if (measured < most) {
        return measured;
    }
    // Some runs were recorded while the machine was busy, and their RTO is longer: if the next segments took as long.
    auto const first_answer = answer_time(client->second);
    Duration const again = first_answer.value_or(Duration{0}) - recording.rtt;
    Duration const least = std::min(measured, again);
    return least >= most && least < most_when_busy ? least : usual;
}

bool removes_route_beforehand(Fault const& fault, RecordedRun const& recorded) {
    return fault.verb == "route_removed" && std::all_of(recorded.calls.begin(), recorded.calls.end(),
                                                        [&](Call const& call) { return fault.at <= call.at; });
}

/// What was done before the first packet: `ip route del default`.
void remove_routes(RecordedRun const& recorded, host::Configuration& configuration) {
    for (Fault const& fault : recorded.faults) {
        if (removes_route_beforehand(fault, recorded) && concerns(fault, configuration.name)) {
            std::erase_if(configuration.routes, [](host::Route const& route) { return route.destination.length == 0; });
        }
    }
}

/// "nft masquerade towards the server; nf_conntrack_tcp_timeout_established=3, nf_conntrack_tcp_loose=1"
std::optional<topology::MiddleboxSpec> nat_of(std::string const& router) {
    if (router.find("masquerade") == std::string::npos) {
        return std::nullopt;
    }
    bool const strict = router.find("nf_conntrack_tcp_loose=0") != std::string::npos;
    auto const* const preset = net::preset_named(strict ? "linux-conntrack-strict" : "linux-conntrack");
    check(preset != nullptr, "Linux's presets are there");
    topology::MiddleboxSpec nat{.kind = topology::MiddleboxSpec::Kind::nat,
                                .timeouts = preset->timeouts,
                                .unknown = preset->unknown,
                                .outside = "server"};
    constexpr std::string_view established = "nf_conntrack_tcp_timeout_established=";
    if (auto const at = router.find(established); at != std::string::npos) {
        std::uint32_t seconds = 0;
        char const* const digits = router.data() + at + established.size();
        std::from_chars(digits, router.data() + router.size(), seconds);
        nat.timeouts.established = std::chrono::seconds{seconds};
    }
    return nat;
}

/// Whether the recorder listened for ARP, too.
bool shows_arp(Recording const& recording) {
    auto const is_arp = [](Packet const& packet) { return packet.other.starts_with("arp"); };
    for (RecordedRun const& run : recording.runs) {
        for (auto const& [point, packets] : run.packets) {
            if (std::any_of(packets.begin(), packets.end(), is_arp)) {
                return true;
            }
        }
    }
    return false;
}

void build(Recording const& recording, RecordedRun const& recorded, Phases const* phases, Run& run) {
    bool const routed = recording.topology == "routed";
    Duration const beyond = overhead(recording, recorded);
    topology::Graph graph = routed ? topology::routed(recording.rtt + beyond) : topology::pair(recording.rtt + beyond);
    if (auto nat = nat_of(recording.router); routed && nat) {
        graph[1].middleboxes.push_back(*std::move(nat));
    }
    topology::assign_addresses(graph);
    std::vector<topology::Plugged> plugged = topology::configure(graph);
    for (topology::Plugged& node : plugged) {
        node.configuration.arp = recording.neighbours == "arp";
        remove_routes(recorded, node.configuration);
    }
    std::map<wire::Ipv4Address, std::string> names;
    for (std::size_t node = 0; node < plugged.size(); ++node) {
        std::string const& name = plugged[node].configuration.name;
        run.profiles.push_back(name == "router" ? profile::Profile{}
                                                : profile_for(name, recording, recorded, run.lacking));
        if (phases != nullptr) {
            put_on_the_wheel(run.profiles.back(), name, *phases);
        }
        for (auto const& interface : plugged[node].configuration.interfaces) {
            names[interface.address.address] = name.substr(0, 1);
        }
    }
    topology::populate(run.world, graph, plugged, run.profiles);
    run.stage = {.client = trace::NodeId{0},
                 .server = trace::NodeId{routed ? 2U : 1U},
                 .link = trace::LinkId{0},
                 .server_link = trace::LinkId{routed ? 1U : 0U},
                 .server_address = plugged[routed ? 2U : 1U].configuration.interfaces.at(0).address.address,
                 .beyond_rtt = beyond,
                 .client_address = plugged[0].configuration.interfaces.at(0).address.address};
    bool const with_arp = shows_arp(recording);
    run.captures.emplace_back("client", Capture{{run.stage.client, 0}, names, zero - captures_before, with_arp});
    if (routed) {
        run.stage.router = trace::NodeId{1};
        run.captures.emplace_back("router", Capture{{*run.stage.router, 1}, names, zero - captures_before, with_arp});
    }
    for (auto& [point, capture] : run.captures) {
        run.world.attach(capture);
    }
}

/// A host's last boot before `at` that the recording knows of; none: it ran all the time.
std::optional<Duration> boot_before(RecordedRun const& recorded, std::string const& host, Duration at) {
    std::optional<Duration> last;
    for (Fault const& fault : recorded.faults) {
        if (fault.verb == "boot" && concerns(fault, host) && fault.at <= at) {
            last = fault.at;
        }
    }
    return last;
}

bool ends_by(Fault const& fault, std::string const& signal) {
    auto const found = fault.more.find("signal");
    return fault.verb == "kill" && found != fault.more.end() && found->second == signal;
}

/// What the recording only shows by what came of it: who lives on after SIGTERM ignores it; whose send() never returned
/// did not ignore SIGPIPE.
void read_fates(RecordedRun const& recorded, std::string const& who, Script& script) {
    bool terminated = false;
    for (Fault const& fault : recorded.faults) {
        if (fault.verb == "observe" && host_of(who) == "client") {
            script.looks_for_errors.push_back(fault.at);
        }
        if (!concerns(fault, who)) {
            continue;
        }
        if (fault.verb == "exit") {
            script.exits_at = fault.at;
        } else if (fault.verb == "kill") {
            script.child_killed_at = fault.at;  // if it forks one
            script.ignores_sigterm = script.ignores_sigterm || (terminated && ends_by(fault, "SIGKILL"));
            terminated = terminated || ends_by(fault, "SIGTERM");
        }
    }
    for (Call const& call : recorded.calls) {
        bool const ended = call.result.empty() && call.op == "send" && call.who == who;
        script.dies_of_sigpipe = script.dies_of_sigpipe || ended;
    }
}

Script& new_script(std::string const& who, Call const& first, RecordedRun const& recorded, Run& run) {
    std::string const host = host_of(who);
    trace::NodeId const node = host == "client" ? run.stage.client : run.stage.server;
    Script& script = run.scripts.emplace_back(Script{.calls = &recorded.calls,
                                                     .zero = zero,
                                                     .profile = &run.profiles.at(static_cast<std::size_t>(node)),
                                                     .made = &run.made});
    read_fates(recorded, who, script);
    bool const starts_at_boot = boot_before(recorded, host, first.at).has_value();
    run.world.install(
        node,
        {who, app::coroutine_program([script = &script](app::Process& process) { return perform(process, script); }),
         starts_at_boot ? machine::Restart::always : machine::Restart::never});
    return script;
}

void install_programs(RecordedRun const& recorded, Run& run) {
    run.made.resize(recorded.calls.size());
    std::map<std::string, Script*> by_name;
    std::map<std::pair<std::string, std::string>, std::size_t> threads;
    for (std::size_t index = 0; index < recorded.calls.size(); ++index) {
        Call const& call = recorded.calls[index];
        Script*& script = by_name[call.who];
        if (script == nullptr) {
            script = &new_script(call.who, call, recorded, run);
        }
        if (call.thread.empty()) {
            script->mine.push_back(index);
            continue;
        }
        auto const [place, is_new] = threads.try_emplace({call.who, call.thread}, script->others.size());
        if (is_new) {
            script->others.emplace_back();
        }
        script->others[place->second].push_back(index);
    }
}

void schedule_faults(RecordedRun const& recorded, Run& run) {
    for (Fault const& fault : recorded.faults) {
        if (removes_route_beforehand(fault, recorded)) {
            continue;  // remove_routes() did
        }
        auto const verbs = verbs_of(fault, run.stage);
        if (!verbs) {
            run.lacking.push_back("fault " + fault.verb);
            continue;
        }
        for (TimedVerb const& timed : *verbs) {
            run.world.schedule(run.world.add_step(timed.verb), zero + timed.at);
        }
    }
}

/// The recorder pings the server before a case with ARP begins, so that neighbours are known: a datagram that is refused
/// does the same.
app::Task<> greet(app::Process& process, wire::Ipv4Address server, Instant at) {
    (void)co_await process.sleep_until(at);
    Result<std::int32_t> const fd = co_await process.socket(socket::SocketType::datagram);
    if (fd.ok()) {
        constexpr std::uint16_t discard = 9;
        wire::Endpoint const to{server, discard};
        Payload const nothing = Payload::pattern(0, 0, 1);
        (void)co_await process.sendto(fd.value(), nothing, {}, to);
    }
    co_await process.exit(0);
}

void install_greeting(Run& run) {
    wire::Ipv4Address const server = run.stage.server_address;
    run.world.install(run.stage.client, {"ping", app::coroutine_program([server](app::Process& process) {
                                             return greet(process, server, zero - greeting_before);
                                         }),
                                         machine::Restart::never});
}

Duration end_of(RecordedRun const& recorded) {
    Duration end{0};
    for (Call const& call : recorded.calls) {
        end = std::max(end, call.at + call.took);
    }
    for (auto const& [point, packets] : recorded.packets) {
        for (Packet const& packet : packets) {
            end = std::max(end, packet.at);
        }
    }
    return end;
}

}  // namespace

Replayed replay(Recording const& recording, RecordedRun const& recorded, Phases const* phases) {
    check(end_of(recorded) >= Duration{0}, "a recording goes on after its first packet");
    Run run;
    build(recording, recorded, phases, run);
    install_programs(recorded, run);
    if (recording.neighbours == "arp") {
        install_greeting(run);
    }
    schedule_faults(recorded, run);
    for (RawSend const& raw : raw_sends(recorded, run.lacking)) {
        run.world.run(zero + raw.at);
        if (!send_raw(raw, run.stage, run.world)) {
            run.lacking.push_back("a connection for the packet made by hand");
        }
    }
    run.world.run(zero + end_of(recorded) + afterwards);
    Replayed replayed{.calls = std::move(run.made),
                      .lacking = std::move(run.lacking),
                      .beyond_rtt = run.stage.beyond_rtt,
                      .on_the_wheel = phases != nullptr,
                      .phases = phases != nullptr ? *phases : Phases{}};
    for (Made& made : replayed.calls) {
        made.at -= zero.time_since_epoch();
        made.until -= zero.time_since_epoch();
    }
    Instant const began = run.captures.front().second.began().value_or(zero);
    for (auto const& [point, capture] : run.captures) {
        replayed.packets[point] = capture.packets(began);
    }
    return replayed;
}

}  // namespace tcpsim::replay

// A case recorded from a real kernel, as plain values. Times count from the first SYN that the client sent.
#pragma once

#include "stack/base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tcpsim::replay {

/// One call of a program, or one of the recorder's composite operations ("recv_n", "send_every").
struct Call {
    std::string who{};     ///< "client"
    std::string thread{};  ///< empty: the program's main one
    std::string op{};
    std::vector<std::string> args{};  ///< the socket's name first
    Duration at{0};
    Duration took{0};
    std::string result{};  ///< a number, or an event mask; empty: it did not return
    std::string error{};   ///< an errno's name; empty: none
    std::map<std::string, std::string> more{};
};

/// What was done to the network or to a machine, and when.
struct Fault {
    Duration at{0};
    std::string what{};
    std::string verb{};       ///< empty: only words
    std::string direction{};  ///< "c>s", "s>c"
    std::string counts{};     ///< the class of packets: "data", "retrans", "ack", …
    std::vector<std::uint32_t> nth{};
    std::uint32_t times{1};  ///< 0: without end
    std::optional<Duration> within{};
    std::uint32_t release_after{0};
    Duration by{0};  ///< delay, stall, duplicate
    std::uint32_t copies{1};
    std::map<std::string, std::string> more{};  ///< every other field: "target", "ip_len", "mtu", …
};

/// A packet at a capture point.
struct Packet {
    Duration at{0};
    std::string from{};  ///< "c>s"; for ICMP and ARP their names
    std::string flags{};
    std::string seq{};  ///< counted from the initial one; "abs0" is the number zero where no SYN was seen
    std::string ack{};
    std::int64_t length{0};
    std::int64_t window{0};
    std::string options{};  ///< "ts,sack=1454-2902"
    std::string ecn{};      ///< "ect0", "ce"
    std::string other{};    ///< ICMP, ARP, UDP
    std::int64_t connection{0};
};

/// What was transmitted more than once, as the recorder counts: the same octets, or the same probe left of snd_nxt.
struct Schedule {
    std::string kind{};  ///< "syn", "syn-ack", "data", "fin", "probe"
    std::string from{};
    std::string seq{};
    std::int64_t connection{0};
    std::int64_t length{0};
    std::vector<Duration> gaps{};  ///< between one and the next

    [[nodiscard]] bool is_about(Schedule const& other) const {
        return kind == other.kind && from == other.from && seq == other.seq && connection == other.connection;
    }
};

/// Of a capture too long to keep, the recorder left some packets out.
struct Hole {
    std::size_t before{0};  ///< so many of the list are in front of it
    std::size_t count{0};
};

/// Where a run's packets are.
enum class PacketsKept : std::uint8_t {
    here,
    in_first_run,  ///< the same, up to their times
    nowhere,       ///< too many
};

/// One round trip of a bulk transfer: how many segments the client sent in it. In agreement, the range over all runs.
struct Round {
    std::int64_t fresh_min{0}, fresh_max{0};
    std::int64_t repeated_min{0}, repeated_max{0};
};

struct RecordedRun {
    std::vector<Call> calls{};
    std::vector<Fault> faults{};
    PacketsKept packets_kept{PacketsKept::here};
    std::map<std::string, std::vector<Packet>> packets{};  ///< by capture point
    std::map<std::string, Hole> holes{};
    std::map<std::string, std::vector<Schedule>> schedules{};
    bool only_first_packets{false};  ///< of a bulk transfer the recorder kept only these
};

/// The replay's world begins so long before the first packet.
inline constexpr Duration earliest_fault = -std::chrono::seconds{10};

struct Recording {
    std::string name{};
    std::string title{};
    std::string kernel{};
    std::string topology{};    ///< "routed", "lan"
    std::string neighbours{};  ///< "static", "arp"
    std::string router{};      ///< in words, what it is besides
    Duration rtt{0};
    std::map<std::string, std::map<std::string, std::string>> settings{};  ///< by host: what is not the default
    std::vector<RecordedRun> runs{};
    std::vector<Round> rounds{};                 ///< of a bulk transfer
    bool calls_same{false};                      ///< the runs agree on every call's result
    std::vector<std::size_t> calls_differ_at{};  ///< else not on these
    std::map<std::string, bool> packets_same{};  ///< by capture point
    std::map<std::string, bool> windows_same{};
};

/// Or what is wrong with the text, and where: "runs[0].calls[3].t: …".
std::variant<Recording, std::string> read_recording(std::string_view json);

/// "0.0204" in units of 10^-9: 20'400'000. Nothing if it is no decimal number or too large.
std::optional<std::int64_t> nano(std::string_view decimal);

}  // namespace tcpsim::replay

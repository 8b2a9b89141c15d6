// A packet script as plain data: what a .pkt file says, and where it says it. Nothing here knows what a name means: calls,
// options and symbols are words until somebody plays the script. The grammar is in docs/packetdrill.md.
#pragma once

#include "stack/base/time.hpp"
#include "stack/wire/address.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tcpsim::packet_script {

/// Line and column from 1.
struct Place {
    int line{0};
    int column{0};
};

/// `--tolerance_usecs=10000`; a flag has no value.
struct ScriptOption {
    std::string name{};
    std::string value{};
    Place place{};
};

/// When an event is to happen, or was expected.
struct When {
    enum class Kind : std::uint8_t {
        absolute,  ///< since the script's start
        relative,  ///< "+": since the event before
        any,       ///< "*"
    } kind{Kind::absolute};
    Duration from{0};
    std::optional<Duration> until{};    ///< "a~b": anywhere between
    std::optional<Duration> returns{};  ///< "a...b": a call that blocks until then
};

/// An argument of a call. Structures keep their members' names; nobody checks here that they make sense.
struct Expression {
    enum class Kind : std::uint8_t {
        ellipsis,   ///< ...
        integer,    ///< `value`
        word,       ///< a symbol: O_RDWR
        string,     ///< "text"
        either,     ///< a|b|c: `items`
        list,       ///< [a, b]: `items`
        structure,  ///< {a, b} or {name=a, other(1)=b}: `items`, with their `names` or empty ones
        function,   ///< htons(8080): `text` and `items`
    } kind{Kind::ellipsis};
    std::int64_t value{0};
    std::string text{};
    std::vector<Expression> items{};
    std::vector<std::string> names{};
    Place place{};
};

/// `setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0`
struct Call {
    std::string name{};
    std::vector<Expression> arguments{};
    Expression result{};
    std::string error{};  ///< "EPIPE"; empty: none named
};

enum class Direction : std::uint8_t {
    inbound,   ///< "<": the script sends it to the stack
    outbound,  ///< ">": the stack is expected to send it
};

/// One TCP option as written. What is not written is not there: order and padding are part of the packet.
struct MssOption {
    std::uint16_t mss{0};
};
struct WindowScaleOption {
    std::uint8_t shift{0};
};
struct TimestampOption {
    std::uint32_t value{0};
    std::uint32_t echo{0};
};
struct SackOption {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> blocks{};  ///< relative, like all numbers
};
struct FastOpenOption {
    std::vector<std::uint8_t> cookie{};
    bool experimental{false};  ///< FOEXP: kind 254 with a magic number
};
struct Md5Option {
    std::optional<std::vector<std::uint8_t>> digest{};  ///< nothing: "valid", as the key says
};
struct AccEcnOption {
    std::vector<std::pair<std::string, std::uint32_t>> counters{};  ///< e0b, ceb, e1b in the order of writing
};
struct PlainOption {
    enum class Kind : std::uint8_t { nop, end, sack_permitted } kind{Kind::nop};
};
struct UnknownOption {
    std::uint8_t kind{0};
    std::vector<std::uint8_t> data{};
};
using TcpOption = std::variant<PlainOption, MssOption, WindowScaleOption, TimestampOption, SackOption, FastOpenOption,
                               Md5Option, AccEcnOption, UnknownOption>;

/// Sequence numbers count from each side's initial one, unless marked.
struct SequenceRange {
    std::uint32_t first{0};
    std::uint32_t last{0};
    std::uint32_t length{0};
    bool absolute{false};  ///< "!": as on the wire
    bool any{false};       ///< "...(n)": whatever it is
};

struct TcpPattern {
    wire::Flags flags{};
    std::optional<std::uint8_t> accurate_ecn{};  ///< RFC 9768: ACE as a digit: "S.5"
    SequenceRange range{};
    std::optional<std::uint32_t> ack{};
    std::optional<std::uint16_t> window{};
    std::uint16_t urgent{0};
    std::vector<TcpOption> options{};
    bool any_options{false};  ///< "<...>"
    std::optional<std::pair<std::uint16_t, std::uint16_t>> ports{};
    std::optional<std::pair<std::uint16_t, std::uint16_t>> udp_tunnel{};  ///< RFC 6951's kind: "/udp(a > b)"
};
struct UdpPattern {
    std::uint32_t length{0};
    std::optional<std::pair<std::uint16_t, std::uint16_t>> ports{};
};
struct IcmpPattern {
    std::string type{};  ///< "unreachable"
    std::string code{};  ///< "frag_needed"
    std::optional<std::uint32_t> mtu{};
    std::optional<std::uint32_t> id{};
    std::variant<std::monostate, SequenceRange, UdpPattern> about{};  ///< what it quotes
    std::optional<std::pair<std::uint16_t, std::uint16_t>> udp_tunnel{};
};

/// What is written of the IP header.
struct IpPattern {
    std::optional<std::uint8_t> ecn{};  ///< the two bits
    bool any_ect{false};                ///< ect01
    std::optional<std::uint8_t> tos{};
    std::optional<std::uint8_t> ttl{};
};

struct Packet {
    Direction direction{Direction::inbound};
    IpPattern ip{};
    std::string encapsulation{};  ///< "gre", "mpls", "ipv4", "psp": named, so that it can be refused by name
    std::variant<TcpPattern, UdpPattern, IcmpPattern> body{};
};

/// `shell command`
struct Command {
    std::string text{};
};
/// %{ assertions }%
struct Code {
    std::string text{};
};

struct Event {
    When when{};
    std::variant<Packet, Call, Command, Code> what{};
    Place place{};
    std::string line{};  ///< as written, without comments, in one line
};

struct Script {
    std::vector<ScriptOption> options{};
    std::vector<Event> events{};  ///< a command before the first time stands in `setup`
    std::optional<Command> setup{};
    std::optional<Command> cleanup{};
};

/// What a reader of the file could not understand.
struct Mistake {
    Place place{};
    std::string message{};
    std::string line{};  ///< the offending line
};

/// Symbols that stand for something else (`-D SYM=value` of the original): a number, a word, "text" or `command`; what
/// #ifdef asks for.
struct Definition {
    std::string name{};
    std::string value{};
};

std::variant<Script, Mistake> parse(std::string const& text, std::vector<Definition> const& definitions = {});

}  // namespace tcpsim::packet_script

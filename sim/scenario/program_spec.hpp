// The programs of a scenario as plain data: built-in ones with their figures, and calls written out.
#pragma once

#include "sim/app/calls_epoll.hpp"
#include "sim/app/message_flags.hpp"
#include "sim/machine/machine.hpp"
#include "sim/machine/process.hpp"
#include "sim/trace/record.hpp"
#include "stack/base/payload.hpp"
#include "stack/socket/sockets.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tcpsim::scenario {

/// Where something stands in the user's file; line and column from 1, 0 when it has none (--set).
struct Place {
    std::string file{};
    int line{0};
    int column{0};
};

/// What select() calls the terminal of its process.
inline constexpr std::string_view terminal_name = "terminal";

/// Whom a step's kill() means.
enum class KillTarget : std::uint8_t { child, parent, self };

/// What waitpid() should tell.
struct ExpectedEnd {
    std::optional<std::int32_t> status{};
    std::optional<machine::Signal> killed_by{};
};

/// A time or duration with what may differ. `within` zero means exactly.
struct Around {
    Duration value{0};
    Duration within{0};
};

/// A descriptor's name and bits of <poll.h> or epoll: what is waited for.
struct NamedEvents {
    std::string name{};
    std::uint32_t events{0};
};

/// What a call should return; nothing set: success is expected only if the step says `must`.
struct Outcome {
    std::optional<std::int64_t> returns{};
    std::optional<Payload> returns_data{};
    std::optional<Errno> fails{};
    bool end_of_stream{false};
    std::optional<std::uint32_t> ready{};  ///< poll: the bits that it found
    ExpectedEnd end{};                     ///< waitpid
    std::optional<std::string> told{};     ///< what else a step tells, in words: see SeenCall
    std::optional<Around> takes{};         ///< how long it waits
};

/// One call of a program and what it should return, or a block of steps. connect, bind and listen make their socket if
/// there is none of that name; listen binds it too if `port` is set.
struct CallStep {
    enum class Block : std::uint8_t { none, repeat, fork, handler };
    Block block{Block::none};
    trace::Call call{};
    std::string socket{};                ///< the name of the socket it works on
    std::string accepted_as{};           ///< accept, dup, pipe …: the name of the new descriptor
    std::string other{};                 ///< a second descriptor: sendfile, splice, epoll_ctl, pipe
    std::string host{};                  ///< connect, sendto: to whom; names that should be told; bind: whose address
    std::uint16_t port{0};               ///< connect, sendto, listen, bind
    std::string text{};                  ///< open: a path; options whose values are no numbers
    std::string wanted_name{};           ///< "host:port" as it should be told
    bool datagrams{false};               ///< socket
    std::uint32_t bits{0};               ///< flags of calls that move no messages
    std::vector<NamedEvents> watched{};  ///< select, epoll_ctl
    std::optional<std::uint64_t> offset{};  ///< sendfile
    bool links{false};                      ///< recvmsg: of what netlink tells
    bool wants_report{false};               ///< recvmsg: what `told` tells of
    bool wants_truncated{false};
    bool asks{false};      ///< fcntl: F_GETFL
    std::string member{};  ///< getsockopt: of TCP_INFO
    app::EpollControl control{app::EpollControl::add};
    int backlog{128};
    Payload data{};             ///< write, send, print
    bool what_was_read{false};  ///< write: what the last read, recv or read_line gave
    std::uint64_t bytes{0};     ///< read: at most
    bool exactly{false};        ///< read: go on until `bytes` have come, the end, or an error
    bool terminal{false};       ///< read_line, print
    app::MessageFlags flags{};  ///< send, recv
    socket::ShutdownHow how{socket::ShutdownHow::write};
    socket::Option option{socket::Option::tcp_nodelay};
    socket::Inquiry inquiry{socket::Inquiry::fionread};
    std::int64_t value{1};                                       ///< setsockopt, exit, nonblocking
    Duration duration{0};                                        ///< sleep, alarm; poll: the timeout, negative for ever
    std::uint32_t events{0};                                     ///< poll
    bool no_hang{false};                                         ///< waitpid
    KillTarget target{};                                         ///< kill
    machine::Signal signal{machine::Signal::sigterm};            ///< kill, signal
    machine::OnSignal on_signal{machine::OnSignal::by_default};  ///< signal
    bool restart{false};                                         ///< signal: SA_RESTART
    std::vector<std::size_t> body{};                             ///< of a block: indexes into the program's steps
    std::optional<std::uint64_t> times{};                        ///< repeat
    bool until_end{false};        ///< repeat: until a step in it meets the end of the stream or an error
    std::optional<Instant> at{};  ///< not before
    Outcome expected{};
    bool must{false};  ///< a wrong result ends the program
    Place place{};
};
/// All steps, those of blocks included; `main` are the outermost, in order.
struct StepsProgram {
    std::vector<CallStep> steps{};
    std::vector<std::size_t> main{};
};
struct EchoProgram {
    /// A child for each connection, or one process that waits for all.
    enum class Waiting : std::uint8_t { forks, poll, epoll };
    std::uint16_t port{7};
    Waiting waiting{Waiting::forks};
};
/// Sends what is typed, and shows what comes back.
struct EchoClientProgram {
    std::string host{};
    std::uint16_t port{7};
    bool select{false};  ///< waits for the terminal and the socket at once
};
/// Sends `bytes` of a pattern to host:port, closes, and reads to the end.
struct BulkProgram {
    std::string host{};
    std::uint16_t port{9};
    std::uint64_t bytes{0};
};
/// Accepts, reads to the end, checks the pattern; waits between reads if it is slow.
struct SinkProgram {
    std::uint16_t port{9};
    std::uint64_t piece{65536};
    Duration pause{0};
};
/// Connects and asks for an echo every so often; gives up when none comes in time.
struct HeartbeatProgram {
    std::string host{};
    std::uint16_t port{7};
    Duration every{0};
    Duration timeout{0};
};
/// Connects, reads to the end or an error, and connects again after a pause that doubles with every failure.
struct ReconnectProgram {
    std::string host{};
    std::uint16_t port{7};
    Duration first{0};
    Duration most{0};
};
/// Connects and says nothing.
struct IdleProgram {
    std::string host{};
    std::uint16_t port{7};
    bool keepalive{false};
};
struct ProgramSpec {
    std::string name{};
    std::string host{};
    machine::Restart restart{machine::Restart::always};
    std::vector<machine::TypedLine> typed{};               ///< at its terminal
    std::vector<std::pair<std::string, Payload>> files{};  ///< on its host's disk
    std::variant<StepsProgram, EchoProgram, EchoClientProgram, BulkProgram, SinkProgram, HeartbeatProgram,
                 ReconnectProgram, IdleProgram>
        what{};
    Place place{};
};

}  // namespace tcpsim::scenario

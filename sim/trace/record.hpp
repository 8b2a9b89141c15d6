// The one record type that every reader consumes: terminal, pcapng, JSON, expectations, digest. Text is a view.
#pragma once

#include "stack/base/errno.hpp"
#include "stack/base/payload.hpp"
#include "stack/base/time.hpp"
#include "stack/host/output.hpp"
#include "stack/tcp/cause.hpp"
#include "stack/wire/packet.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tcpsim::trace {

/// Index of a node (machine or router) or link in the world, in order of creation.
enum class NodeId : std::uint32_t {};
enum class LinkId : std::uint32_t {};
inline constexpr NodeId no_node{0xffff'ffff};

/// Names one journey of a packet: who first sent it and its number there. A router's copy keeps the name.
struct PacketId {
    NodeId origin{no_node};
    std::uint64_t number{0};
    auto operator<=>(PacketId const&) const = default;
};

/// A process of a boot of a machine.
struct ProcessRef {
    NodeId machine{no_node};
    std::uint32_t boot{0};
    std::uint32_t process{0};
    auto operator<=>(ProcessRef const&) const = default;
};

/// What set things in motion: the event during which a record was made.
struct Because {
    enum class Kind : std::uint8_t { start, timeline_step, packet, timer, program } kind{Kind::start};
    std::uint32_t step{0};            ///< timeline_step: its index
    PacketId packet{};                ///< packet: the one that arrived
    host::ConnectionId connection{};  ///< timer: whose
    ProcessRef process{};             ///< program: which
    bool operator==(Because const&) const = default;
};

/// A frame passed a network interface outwards (`sent`) or inwards (`received`). Valid during record() only.
struct FramePassed {
    NodeId node{no_node};
    std::uint32_t interface { 0 };
    bool outwards{false};
    PacketId packet{};
    tcp::Cause cause{};
    wire::Frame const* frame{nullptr};
};

enum class DropReason : std::uint8_t {
    rule,      ///< a fault rule said so
    link_cut,  ///< the link was cut or black-holed
    queue_full,
    no_power,        ///< the receiving machine is off
    kernel_stopped,  ///< the receiving machine has crashed
    interface_down,
    ttl_expired,
    no_route,
    no_neighbour,
    not_for_us,
    checksum,  ///< corrupted on the way and caught
    no_listener,
    accept_queue_full,
    unknown_protocol,
    too_big,  ///< larger than the MTU of the interface it would leave by
    syn_queue_full,
    receive_buffer_full,
    invalid_source,  ///< no host has this address
    bad_signature,   ///< RFC 2385: missing, wrong or unexpected
    no_carrier,      ///< the sending interface has no carrier
    black_hole,      ///< the link swallows it, and shows a carrier
    suspended,       ///< the receiving machine sleeps and does not listen
    link_loss,       ///< the link's own random loss
    early_drop,      ///< RED or CoDel, before the queue was full
    prohibited,      ///< a route, or a filter, forbids it
    no_mapping,      ///< a NAT or load balancer knows no such flow
    no_flow,         ///< a stateful firewall knows no such flow
};
struct FrameDropped {
    LinkId link{};         ///< where, if on a link
    NodeId node{no_node};  ///< where, if at a node
    DropReason reason{};
    std::uint32_t rule{0};  ///< which fault rule
    PacketId packet{};
    wire::Frame const* frame{nullptr};
};

/// A fault rule holds a packet back; others may overtake it. It may still be lost later.
struct FrameDelayed {
    LinkId link{};
    std::uint32_t rule{0};
    PacketId packet{};
    Duration by{0};  ///< in addition to the link's own delay
    wire::Frame const* frame{nullptr};
};

/// The calls a program can make, in POSIX's names.
enum class Call : std::uint8_t {
    socket,
    bind,
    listen,
    connect,
    accept,
    read,
    write,
    shutdown,
    close,
    setsockopt,
    getsockopt,
    poll,
    sleep,
    fork,
    exit,
    waitpid,
    kill,
    sigaction,
    alarm,
    pause,
    recv,
    recvfrom,
    recvmsg,
    readv,
    send,
    sendto,
    sendmsg,
    writev,
    sendfile,
    splice,
    select,
    epoll_create,
    epoll_ctl,
    epoll_wait,
    dup,
    dup2,
    fcntl,
    ioctl,
    getsockname,
    getpeername,
    pipe,
    open,
};

/// A descriptor in poll(), select() or epoll, and what is asked of it or found: bits as in <poll.h> on Linux.
struct Watched {
    std::int32_t descriptor{-1};
    std::uint32_t events{0};
    bool operator==(Watched const&) const = default;
};

struct CallMade {
    ProcessRef process{};
    std::uint32_t number{0};  ///< the process's n-th call, from 1
    Call call{};
    std::int32_t descriptor{-1};
    std::uint64_t bytes{0};    ///< read: at most; write: offered
    wire::Endpoint address{};  ///< bind, connect, sendto
    // What else a call takes; for logs of calls.
    std::uint32_t flags{0};  ///< MSG_…, SOCK_…, O_…, SPLICE_F_…, EPOLL_CTL_…, SHUT_…, WNOHANG: Linux's numbers
    std::int32_t other{-1};  ///< a second descriptor (dup2, splice, sendfile, epoll_ctl), or a process (kill, waitpid)
    std::int64_t argument{
        0};  ///< an option's value, a backlog, a signal, epoll_ctl's data, sendfile's offset (-1: none); a time in nanoseconds, negative: for ever
    std::string_view option{};  ///< of setsockopt and getsockopt, or the request of ioctl; a constant
    Payload data{};             ///< what is written; open: the path
    std::vector<Watched> watched{};
};
struct CallReturned {
    ProcessRef process{};
    std::uint32_t number{0};
    Call call{};
    std::int32_t descriptor{-1};
    std::int64_t value{0};  ///< bytes, a descriptor, or 0
    Errno error{Errno::none};
    bool end_of_stream{false};
    bool restarts{false};  ///< a signal interrupted it; it is made again after the handler (SA_RESTART)
    bool blocked{false};   ///< it waited; `because` is what ended the wait
    Because because{};
    wire::FourTuple connection{};  ///< behind the descriptor (accept: the new one); all zero if there is none
    // What else a call tells; for logs of calls.
    wire::Endpoint address{};  ///< recvfrom: of the sender; accept, getsockname, getpeername
    std::int64_t told{0};      ///< a wait status, an ioctl's answer
    Payload data{};            ///< what was read
    std::vector<Watched> ready{};  ///< pipe: its two descriptors, without events
};

/// A TCP note of a machine's kernel.
struct TcpNote {
    NodeId machine{no_node};
    std::uint32_t boot{0};
    wire::FourTuple tuple{};
    tcp::Note what{};
};

/// What happened to a machine, a process or a link, by the timeline or by itself.
enum class Happening : std::uint8_t {
    power_loss,
    crash,
    boot,
    process_started,
    process_exited,
    process_killed,
    link_cut,
    link_restored,
    rule_armed,
    rule_removed,
    delay_changed,  ///< a link's
    mtu_changed,    ///< a router's interface
    carrier_lost,   ///< seen by the node, at the interface `name`; so are the next five
    carrier_found,
    nic_down,
    nic_up,
    address_removed,
    address_added,
    suspended,
    resumed,
    clock_jumped,  ///< or runs at another rate from now on
    link_blackholed,
    link_changed,
    routes_changed,    ///< a router's
    mappings_changed,  ///< a NAT's or load balancer's
    neighbours_forgotten,
    signal_handled,   ///< a process begins to run its handler
    shutdown_begun,   ///< SIGTERM to all processes of a machine
    powered_off,      ///< the end of a shutdown
    process_stopped,  ///< by SIGSTOP or one of its kind
    process_continued,
};
struct Happened {
    Happening what{};
    NodeId node{no_node};   ///< the machine or router, for what happens there
    LinkId link{};          ///< for link happenings and rules
    std::uint32_t boot{0};  ///< the boot number after the happening
    std::uint32_t process{0};
    std::int32_t status{0};  ///< exit status, or the signal
    std::uint32_t rule{0};
    std::string name{};  ///< the process's, the link's or the rule's name
};

using Event = std::variant<FramePassed, FrameDropped, FrameDelayed, CallMade, CallReturned, TcpNote, Happened>;

struct Record {
    Instant at{};
    std::uint64_t serial{0};  ///< from 1, without gaps
    Because because{};
    Event what{};
};

/// A reader. It may schedule timeline steps that were added before the run, which come after the current event, and
/// change nothing else of the world.
class Sink {
  public:
    virtual ~Sink() = default;
    virtual void record(Record const& record) = 0;
};

}  // namespace tcpsim::trace

// A computer: power, NICs, one kernel per boot, processes. A crash destroys the kernel and every process;
// a boot constructs new ones. What survives is what stands outside `running_`: configuration, profile, units,
// disk.
#pragma once

#include "sim/core/random.hpp"
#include "sim/machine/clock.hpp"
#include "sim/machine/files.hpp"
#include "sim/machine/process.hpp"
#include "sim/machine/suspension.hpp"
#include "sim/machine/waiters.hpp"
#include "sim/net/router.hpp"
#include "stack/host/host.hpp"
#include "stack/socket/sockets.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::machine {

/// Stands for the first process of every system: the parent of whoever has none, and who carries out a shutdown.
inline constexpr std::uint32_t init = 0;

enum class Power : std::uint8_t { off, running, crashed };

/// Which later boots start a unit's program again; the first one starts it anyhow.
enum class Restart : std::uint8_t {
    always,
    on_failure,  ///< unless it had come to a good end: see ended_well()
    never,
};

/// systemd.service(5), SuccessExitStatus: status 0, or a signal that asks a service politely to end.
bool ended_well(End const& end);

/// A program that the machine runs.
struct Unit {
    std::string name{};
    ProgramFactory factory{};
    Restart restart{Restart::always};
    std::vector<TypedLine> typed{};  ///< at its terminal
};

/// A process that has ended and that its parent has not waited for.
struct Zombie {
    std::uint32_t parent{0};
    End end{};
};

/// How a machine is to be shut down.
struct ShutdownPlan {
    /// Between SIGTERM and SIGKILL. Default: as init and most service managers are set up to wait at most; classic
    /// systems wait 5 to 20 s, systemd by default 90 s.
    Duration grace{std::chrono::seconds{10}};
    std::optional<Duration> boots_after{};  ///< a reboot: how long the power is off
};

/// Everything a boot creates and a crash destroys.
struct Running {
    Running(host::Configuration const& configuration, profile::Profile const& profile, SipKey secret)
        : host{configuration, profile, secret}, sockets{host} {}
    host::Host host;
    socket::Sockets sockets;
    Clock clock{};
    std::unique_ptr<Asleep> asleep{};  ///< null: awake
    /// The one live queue entry of each connection: an entry of the queue that says otherwise is stale.
    std::map<host::ConnectionId, Instant> live_deadlines{};
    Waiters waiters{};
    std::set<std::uint32_t> lingering{};  ///< processes whose close() waits
    std::set<std::uint32_t> watching{};   ///< processes that wait for a change of links
    std::uint64_t link_changes{0};
    OpenFiles files{};  ///< that are no sockets
    bool drops_input{false};
    std::uint32_t last_process{0};
    std::map<std::uint32_t, std::size_t> unit_of{};  ///< of processes that a boot has started
    std::uint32_t executing{0};                      ///< the process whose program runs at this moment; 0: none
    std::map<std::uint32_t, Zombie> zombies{};
    std::optional<ShutdownPlan> shutdown{};  ///< while it is under way
    Instant shutdown_goes_on{never};
    /// Declared last: frames of coroutines are destroyed before what they refer to.
    std::map<std::uint32_t, std::unique_ptr<Process>> processes{};
};

class Machine {
  public:
    Machine(trace::NodeId id, host::Configuration configuration, profile::Profile profile, std::uint64_t seed);
    void plug(std::uint32_t interface, net::Cable cable);
    void install(Unit unit);

    // --- verbs; each records what happened. A verb that cannot apply (boot of a running machine) returns false.
    /// A new kernel, boot number and secret, and a process for each unit, whose program starts when its turn comes at
    /// this instant: after steps, frames and deadlines.
    bool boot(net::Context& context);
    /// No power, no kernel: nothing is sent, and what arrives is lost.
    bool power_loss(net::Context& context);
    /// The kernel stops, the power stays on.
    bool crash(net::Context& context);
    /// A signal to every process of that name, forked children included. One that it ends has its files closed by the
    /// kernel as if it had called close(). False if there is no such process.
    bool kill(std::string_view process, Signal signal, net::Context& context);
    /// Every process of that name calls exit(), wherever it is. False if there is no such process.
    bool exit(std::string_view process, std::int32_t status, net::Context& context);
    /// SIGTERM to every process; SIGKILL to those that are left when the grace is over; then the power goes off.
    bool shutdown(ShutdownPlan const& plan, net::Context& context);
    // Verbs of a kernel that runs (hardware.cpp) and is awake. What they change is gone with the next boot.
    bool suspend(Suspension how, net::Context& context);
    bool resume(net::Context& context);
    bool skew_clock(Duration by, std::optional<std::int32_t> parts_per_million, net::Context& context);
    bool set_nic(std::uint32_t interface, bool up, net::Context& context);
    bool remove_address(std::uint32_t interface, net::Context& context);
    bool add_address(std::uint32_t interface, wire::Ipv4Prefix address, net::Context& context);
    bool forget_neighbours(net::Context& context);
    /// A packet filter in front of the kernel drops whatever arrives: a capture sees it, TCP does not.
    bool drop_input(bool drops, net::Context& context);
    /// Its way is that of every packet, but ARP is not asked: false without a known neighbour.
    bool send_raw(wire::Ipv4Packet packet, net::Context& context);

    // --- doors for the hardware
    /// Whether the NIC drives its cable: what a peer on a direct cable sees as its carrier.
    [[nodiscard]] bool drives_cable(std::uint32_t interface) const;
    void carrier_changed(std::uint32_t interface, bool carrier, net::Context& context);

    // --- doors for the world
    void frame_arrives(std::uint32_t interface, net::FramePtr frame, net::Context& context);
    /// Whether an entry of the queue still means something. The entry of a deadline that has moved later is stale and
    /// is replaced by one at the right time.
    bool is_live(core::Event const& event, core::EventQueue& queue);
    /// Of a live entry.
    void deadline_reached(core::Event const& event, net::Context& context);
    /// Of a live entry.
    void program_resumes(core::Event const& event, net::Context& context);

    // --- for its processes
    void resume(Process& process, net::Context& context);
    /// What its kernel believes the time is. Call only while it runs; so with the next.
    [[nodiscard]] Instant kernel_time(net::Context const& context) const { return running_->clock.kernel(context.now); }
    [[nodiscard]] Running& running();
    /// Carries out what the stack said: notes to the trace, frames to the NICs, deadlines to the queue, wake-ups to
    /// waiters.
    void walk(host::Output& out, net::Context& context);
    /// The pipe's ends are ready for what its content says; the ends in question wake whom that concerns.
    void pipe_changed(socket::FileId end, net::Context& context);
    /// A descriptor less; the last one of a pipe's end is the end of it.
    void descriptor_closed(socket::FileId file, net::Context& context);
    Disk& disk() { return disk_; }
    /// Empty, and lent until walk().
    host::Output& lent_output();
    /// A process without a program, recorded as started. Parent 0 is init, which waits for whoever ends.
    Process& new_process(std::string name, std::uint32_t parent, net::Context& context);
    /// Carries out what the process has chosen for `signal`.
    void raise(Process& process, Signal signal, net::Context& context);
    /// The interfaces as they are now.
    [[nodiscard]] std::vector<LinkState> links() const;
    /// See Process::kill() and Process::waitpid().
    Result<Done> signal_process(std::int32_t process, std::optional<Signal> signal, net::Context& context);
    Result<std::optional<Reaped>> reap(std::uint32_t parent, std::int32_t process);

    [[nodiscard]] trace::NodeId id() const { return id_; }
    [[nodiscard]] std::string const& name() const { return configuration_.name; }
    [[nodiscard]] Power power() const { return power_; }
    [[nodiscard]] std::uint32_t boot_number() const { return boot_; }
    [[nodiscard]] std::uint64_t packets_sent() const { return packets_; }  ///< in all its boots
    [[nodiscard]] host::Configuration const& configuration() const { return configuration_; }
    [[nodiscard]] profile::Profile const& profile() const { return profile_; }
    /// By number; none while no kernel runs.
    [[nodiscard]] std::map<std::uint32_t, std::unique_ptr<Process>> const& processes() const {
        static std::map<std::uint32_t, std::unique_ptr<Process>> const none;
        return running_ ? running_->processes : none;
    }
    /// The kernel's view of its network, or null while none runs.
    [[nodiscard]] host::Host const* host() const { return running_ ? &running_->host : nullptr; }
    [[nodiscard]] socket::Sockets const* sockets() const { return running_ ? &running_->sockets : nullptr; }

  private:
    void stop(Power power, trace::Happening what, net::Context& context);
    void start(std::size_t unit, net::Context& context);
    [[nodiscard]] bool starts(std::size_t unit) const;
    [[nodiscard]] std::vector<std::uint32_t> named(std::string_view process) const;
    /// Destroys the program first, then lets the kernel close what it left open and tell the parent.
    void bury(std::uint32_t process, End end, net::Context& context);
    void tell_parent(std::uint32_t process, std::uint32_t parent, End end, net::Context& context);
    void signal_all(Signal signal, net::Context& context);
    void go_on(Process& process, net::Context& context);
    void happened_to(Process const& process, trace::Happening what, net::Context& context);
    /// Init's turn: the last act of a shutdown, or the end of a reboot.
    void shutdown_goes_on(net::Context& context);
    void schedule_init(Instant at, net::Context& context);
    void happened(trace::Happening what, net::Context& context, std::string name = {});
    bool process_is_live(core::Event const& event, core::EventQueue& queue);
    void receive(std::uint32_t interface, net::FramePtr frame, net::Context& context);
    void doze(std::uint32_t interface, net::FramePtr frame, net::Context& context);
    void lose(trace::DropReason reason, net::FlyingFrame const& frame, net::Context& context) const;
    void transmit(host::Outgoing& outgoing, net::Context& context);
    void record_discards(host::Output const& out, net::FlyingFrame const& frame, net::Context& context);
    void arm(host::ConnectionId connection, Instant kernel_at, core::EventQueue& queue);
    void arm_all(net::Context& context);
    void expire(host::ConnectionId id, net::Context& context);
    void catch_up(net::Context& context);
    void notice_carrier(std::uint32_t interface, net::Context& context);
    [[nodiscard]] bool is_awake() const { return running_ && !running_->asleep; }
    bool deadline_is_live(core::Event const& event, core::EventQueue& queue);
    void wake_waiters(host::Output const& out, net::Context& context);
    void wake(std::vector<socket::Wakeup> const& wakeups, net::Context& context);
    void tell_end(socket::FileId end, socket::Readiness ready, net::Context& context);
    void wake_lingering(net::Context& context);
    void links_changed(net::Context& context);

    trace::NodeId id_;
    host::Configuration configuration_;
    profile::Profile profile_;
    std::uint64_t seed_;
    std::vector<net::Cable> cables_{};
    std::vector<bool> carriers_{};  ///< by interface
    std::vector<Unit> units_{};
    Disk disk_{};
    std::vector<bool> units_ended_well_{};  ///< what an init writes to its disk: the last run of each
    Power power_{Power::off};
    std::uint32_t boot_{0};
    std::uint64_t packets_{0};
    std::unique_ptr<Running> running_{};
    host::Output output_{};
    Instant boots_at_{never};  ///< the end of a reboot
};

}  // namespace tcpsim::machine

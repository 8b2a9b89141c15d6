// A computer: power, NICs, one kernel per boot, processes. A crash destroys the kernel and every process;
// a boot constructs new ones. What survives is what stands here outside `running_`: name, configuration, profile, units.
#pragma once

#include "sim/core/random.hpp"
#include "sim/machine/process.hpp"
#include "sim/net/router.hpp"
#include "stack/host/host.hpp"
#include "stack/socket/sockets.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tcpsim::machine {

enum class Power : std::uint8_t { off, running, crashed };

/// Makes a program for a new process. Hosts reboot, so it may be called many times.
using ProgramFactory = std::function<std::unique_ptr<Program>(Process&)>;
/// A program that the machine runs: started at the first boot, and again at later ones if `restart_at_boot`.
struct Unit {
    std::string name{};
    ProgramFactory factory{};
    bool restart_at_boot{true};
};

/// Everything a boot creates and a crash destroys.
struct Running {
    Running(host::Configuration const& configuration, profile::Profile const& profile, SipKey secret)
        : host{configuration, profile, secret}, sockets{host} {}
    host::Host host;
    socket::Sockets sockets;
    /// The one live queue entry of each connection: an entry of the queue that says otherwise is stale.
    std::map<host::ConnectionId, Instant> live_deadlines{};
    /// Declared last: frames of coroutines are destroyed before what they refer to.
    std::map<std::uint32_t, std::unique_ptr<Process>> processes{};
};

class Machine {
  public:
    Machine(trace::NodeId id, host::Configuration configuration, profile::Profile profile, std::uint64_t seed);
    void plug(std::uint32_t interface, net::Cable cable);
    void install(Unit unit);

    // --- verbs; each records what happened. A verb that cannot apply (boot of a running machine) returns false.
    bool boot(net::Context& context);
    bool power_loss(net::Context& context);
    bool crash(net::Context& context);
    /// SIGKILL: the kernel closes the process's files as if it had called close().
    bool kill(std::string_view process, net::Context& context);

    // --- doors for the world
    void frame_arrives(std::uint32_t interface, net::FramePtr frame, net::Context& context);
    void deadline_reached(core::Event const& event, net::Context& context);
    void program_resumes(core::Event const& event, net::Context& context);

    // --- for its processes
    [[nodiscard]] Running& running();
    /// Carries out what the stack said: frames to the NICs, deadlines to the queue, wake-ups to waiters, notes to the trace.
    void walk(host::Output& out, net::Context& context);
    host::Output& lent_output();
    void process_ended(Process& process, std::int32_t status, net::Context& context);

    [[nodiscard]] trace::NodeId id() const { return id_; }
    [[nodiscard]] std::string const& name() const { return configuration_.name; }
    [[nodiscard]] Power power() const { return power_; }
    [[nodiscard]] std::uint32_t boot_number() const { return boot_; }
    [[nodiscard]] host::Configuration const& configuration() const { return configuration_; }
    [[nodiscard]] profile::Profile const& profile() const { return profile_; }

  private:
    void stop(Power power, net::Context& context);
    void start(Unit const& unit, net::Context& context);

    trace::NodeId id_;
    host::Configuration configuration_;
    profile::Profile profile_;
    std::uint64_t seed_;
    std::vector<net::Cable> cables_{};
    std::vector<Unit> units_{};
    Power power_{Power::off};
    std::uint32_t boot_{0};
    std::uint64_t packets_{0};
    std::unique_ptr<Running> running_{};
    host::Output output_{};
};

}  // namespace tcpsim::machine

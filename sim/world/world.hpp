// Composes machines, routers and links, owns time, dispatches events, applies the timeline. Nothing else moves it.
#pragma once

#include "sim/app/process.hpp"
#include "sim/machine/machine.hpp"
#include "sim/net/link.hpp"
#include "sim/net/router.hpp"
#include "sim/net/switch.hpp"
#include "sim/world/verbs.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tcpsim::world {

/// A step and what became of it.
struct Step {
    Verb verb{};
    bool scheduled{false};
    Instant at{never};
    bool applied{false};    ///< its event came
    bool effective{false};  ///< and the verb could do something (a boot of a running machine cannot)
};

/// The owner of the queue's entries that let routers find other ways: no step has this number.
inline constexpr std::uint32_t reconvergence = 0xffff'ffff;

class World {
  public:
    explicit World(std::uint64_t seed);
    ~World();
    World(World const&) = delete;
    World& operator=(World const&) = delete;

    // --- building; everything before the first run()
    trace::NodeId add_machine(host::Configuration configuration, profile::Profile profile);
    trace::NodeId add_router(host::Configuration configuration, net::Middleboxes middleboxes = {});
    trace::NodeId add_switch(host::Configuration configuration);
    /// Routers find other ways: `after` a carrier came or went, `ways` says which routes each node has, by NodeId, given
    /// which links are down. Without it routes are static.
    using Ways = std::function<std::vector<std::vector<host::Route>>(std::vector<bool> const& down)>;
    void reconverge(Duration after, Ways ways);
    trace::LinkId add_link(net::LinkSettings settings, trace::NodeId a, std::uint32_t interface_a, trace::NodeId b,
                           std::uint32_t interface_b);
    void install(trace::NodeId machine, machine::Unit unit);
    /// What lies on its disk before the first boot.
    void store(trace::NodeId machine, std::string const& path, Payload content);
    void attach(trace::Sink& sink) { tracer_.attach(sink); }
    /// Hears of every step once it has been applied, effective or not: a verb that could do nothing leaves no record.
    /// Like a sink, it may schedule steps and nothing else. One listener.
    using StepListener = std::function<void(std::uint32_t step, Instant at)>;
    void when_applied(StepListener listener) { step_listener_ = std::move(listener); }
    /// Adds a step without a time; its index is its name.
    std::uint32_t add_step(Verb verb);

    // --- running
    /// Lets a step happen at `at`, which is not in the past; once. May be called by a sink while an event is
    /// dispatched: the step then comes after that event.
    void schedule(std::uint32_t step, Instant at);
    /// Boots every machine that is off, at time 0, in order of creation. Called by the first run if it was not.
    void start();
    /// Dispatches everything up to and including `until`. True if anything is left: the time is then `until`, otherwise
    /// that of the last event.
    bool run(Instant until);

    // --- views
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] std::uint64_t events() const { return events_; }  ///< dispatched; stale entries do not count
    [[nodiscard]] std::uint64_t seed() const { return seed_; }
    [[nodiscard]] machine::Machine const* machine(trace::NodeId id) const;  ///< null for a router
    [[nodiscard]] net::Link const& link(trace::LinkId id) const;
    [[nodiscard]] std::vector<Step> const& steps() const { return steps_; }
    [[nodiscard]] std::size_t nodes() const { return nodes_.size(); }
    [[nodiscard]] std::size_t links() const { return links_.size(); }
    [[nodiscard]] std::string_view node_name(trace::NodeId id) const;
    [[nodiscard]] host::Configuration const& configuration(trace::NodeId id) const;

  private:
    using Node =
        std::variant<std::unique_ptr<machine::Machine>, std::unique_ptr<net::Router>, std::unique_ptr<net::Switch>>;
    struct Cabling {
        trace::NodeId a{}, b{};
        std::uint32_t interface_a{0}, interface_b{0};
        bool carrier_a{true}, carrier_b{true};  ///< as its node was told
    };
    bool is_live(core::Event const& event);
    void dispatch(core::Event const& event);
    void apply(core::Event const& event);
    bool carry_out(std::uint32_t step, std::uint64_t turn, net::Context& lent);
    bool flap(std::uint32_t step, Flap const& verb, std::uint64_t turn, net::Context& lent);
    void settle_carriers(net::Context& lent);
    void find_ways();
    bool is_live_deadline(core::Event const& event);
    void deadline_reached(core::Event const& event);
    void deliver(core::Event const& event);
    net::Context context(trace::Because because) { return {now_, because, queue_, tracer_, frames_}; }
    machine::Machine& machine_at(trace::NodeId id);
    net::Router& router_at(trace::NodeId id);
    net::Link& link_at(trace::LinkId id);
    void plug(trace::NodeId node, std::uint32_t interface, net::Cable cable);

    std::uint64_t seed_;
    Instant now_{};
    std::uint64_t events_{0};
    bool started_{false};
    core::EventQueue queue_{};
    trace::Tracer tracer_{};
    net::FramePool frames_{};
    std::vector<Step> steps_{};
    StepListener step_listener_{};
    Duration reconverges_after_{0};
    Ways ways_{};
    std::uint64_t reconvergences_{0};  ///< the last of them is the one that counts
    std::vector<Cabling> cabling_{};
    std::vector<std::unique_ptr<net::Link>> links_{};
    std::vector<Node> nodes_{};
};

}  // namespace tcpsim::world

// One script being played: its time, its connection, the call that blocks.
#pragma once

#include "sim/packet_script/assertion.hpp"
#include "sim/packet_script/flow.hpp"
#include "sim/packet_script/options.hpp"
#include "sim/packet_script/play.hpp"
#include "sim/packet_script/shell.hpp"

#include <optional>

namespace tcpsim::packet_script {

class Player {
  public:
    Player(Script const& script, Conditions const& conditions);

    Outcome play();

  private:
    /// A call that has not returned yet.
    struct Blocked {
        Event const* event{nullptr};
        Instant returns{};  ///< as the script says
    };

    void set_up();
    void play_event(Event const& event);
    void play_inbound(Packet const& packet, Instant at);
    void play_outbound(Event const& event, Packet const& packet, Instant from, Instant until);
    void play_call(Event const& event, Instant at, Instant returns);
    void play_shell(std::string const& command);
    void play_code(Code const& code);
    void carry_out(ShellAction const& action);

    /// Time goes on to `limit`, deadlines there included, unless `enough` ends it before.
    template <class Enough>
    void advance(Instant limit, Enough enough);
    /// Everything before `at`; what is due at that instant comes after the packet that arrives then.
    void advance_to_arrival(Instant at);
    void advance_by(Duration time);
    [[nodiscard]] Instant next_event() const;
    void retry_blocked();
    void await_blocked();
    void check_returned(Event const& event, Returned const& returned);
    void check_time(std::string const& what, Instant at, Instant from, Instant until, Duration tolerance) const;
    [[nodiscard]] Duration tolerance(Instant expected) const;

    /// The next packet of the connection under test; others are thrown away. Null if none has been sent.
    Sent const* next_sent();
    wire::Ipv4Packet take_joined(Packet const& packet, Instant limit, Instant& at);
    void learn(Packet const& packet, wire::Ipv4Packet const& sent);
    void begin_passive(Packet const& packet);

    [[nodiscard]] tcp::Connection const* connection() const;
    [[nodiscard]] Outcome stopped(Event const* event, Stop const& stop) const;
    [[nodiscard]] std::optional<std::int64_t> info(std::string const& name) const;

    Script const& script_;
    bool exact_;
    profile::Profile profile_;
    PlayOptions options_{};
    bool offload_{true};
    std::optional<Stage> stage_{};
    std::optional<Program> program_{};
    std::optional<Flow> flow_{};
    std::uint16_t next_remote_port_;
    Instant last_event_{};
    std::optional<Blocked> blocked_{};
    Event const* playing_{nullptr};
    Variables variables_{};
    tcp::Cause last_cause_{};
};

}  // namespace tcpsim::packet_script

// What a script asks the machine besides packets and calls, and how a stop is told.
#include "sim/packet_script/cursor.hpp"
#include "sim/packet_script/player.hpp"
#include "sim/packet_script/settings.hpp"
#include "sim/packet_script/symbols.hpp"
#include "stack/socket/tcp_info_members.hpp"

#include <algorithm>
#include <string_view>

namespace tcpsim::packet_script {

namespace {

/// sockstat's and the RFC's words; empty for a word that is neither.
std::optional<tcp::State> state_named(std::string_view name) {
    using tcp::State;
    constexpr std::pair<std::string_view, State> states[]{
        {"CLOSED", State::closed},           {"SYN_SENT", State::syn_sent},     {"SYN_RCVD", State::syn_received},
        {"ESTABLISHED", State::established}, {"FIN_WAIT_1", State::fin_wait_1}, {"FIN_WAIT_2", State::fin_wait_2},
        {"CLOSE_WAIT", State::close_wait},   {"CLOSING", State::closing},       {"LAST_ACK", State::last_ack},
        {"TIME_WAIT", State::time_wait}};
    for (auto const& [word, state] : states) {
        if (word == name) {
            return state;
        }
    }
    return std::nullopt;
}

/// tcp_fastopen_key: four groups of 32 bits, which Linux reads as two little-endian words of 64.
SipKey fast_open_key(std::string const& text) {
    std::uint64_t words[4]{};
    std::size_t begin = 0;
    for (std::uint64_t& word : words) {
        std::size_t const end = std::min(text.find('-', begin), text.size());
        auto const value = integer_of("0x" + text.substr(begin, end - begin));
        if (!value) {
            fail("tcp_fastopen_key needs four groups of hexadecimal digits, not '" + text + "'");
        }
        word = static_cast<std::uint64_t>(*value);
        begin = std::min(end + 1, text.size());
    }
    return {words[0] | words[1] << 32U, words[2] | words[3] << 32U};
}

struct Doer {
    Stage& stage;
    profile::Profile& profile;
    bool& offload;

    void operator()(SetSetting const& setting) const {
        if (setting.name == "tcp_fastopen_key") {
            stage.host().set_fast_open_key(fast_open_key(setting.value));
        } else {
            apply(setting, profile);
        }
    }
    void operator()(CountSockets const& wanted) const {
        auto const state = state_named(wanted.state);
        if (!state) {
            unsupported("counting sockets in state " + wanted.state);
        }
        auto const all = stage.host().connections();
        auto const count = std::count_if(all.begin(), all.end(), [&](host::ConnectionId id) {
            tcp::Connection const* connection = stage.host().find(id);
            return connection != nullptr && connection->state() == *state;
        });
        if (wanted.at_least ? count < wanted.count : count != wanted.count) {
            fail("another number of sockets in state " + wanted.state, std::to_string(wanted.count),
                 std::to_string(count));
        }
    }
    void operator()(DropSockets const& drop) const {
        auto const state = state_named(drop.state);
        if (!state) {
            unsupported("dropping sockets in state " + drop.state);
        }
        for (host::ConnectionId const id : stage.host().connections()) {
            tcp::Connection const* connection = stage.host().find(id);
            if (connection != nullptr && connection->state() == *state) {
                stage.call([&](auto& /*sockets*/, Instant now, host::Output& out) {
                    stage.host().abort(id, {tcp::Why::aborted}, now, out);
                    return Done{};
                });
            }
        }
    }
    void operator()(ResetCounters const& /*reset*/) const { stage.reset_counters(); }
    void operator()(CheckCounter const& counter) const {
        if (counter.name != "TcpExtOutOfWindowIcmps") {
            unsupported("the counter " + counter.name);
        }
        if (stage.icmp_out_of_window() == 0) {
            fail("the counter " + counter.name + " stands still");
        }
        stage.reset_counters();
    }
    void operator()(SetOffload const& set) const { offload = set.on; }
    void operator()(MakeFile const& file) const { unsupported("the file " + file.name); }
    void operator()(Sleep const& /*sleep*/) const { unsupported("sleep"); }
    void operator()(FlushMetrics const& /*flush*/) const { stage.host().forget_peers(); }
};

}  // namespace

void Player::carry_out(ShellAction const& action) {
    if (auto const* sleep = std::get_if<Sleep>(&action)) {
        advance_by(sleep->time);
        return;
    }
    std::visit(Doer{*stage_, profile_, offload_}, action);
}

void Player::play_shell(std::string const& command) {
    for (ShellAction const& action : read_shell(command)) {
        carry_out(action);
    }
}

void Player::play_code(Code const& code) {
    auto const problem = run_code(code.text, variables_, [&](std::string const& name) {
        auto const constant = symbol(name);
        return constant ? constant : info(name);
    });
    if (problem && problem->not_understood) {
        unsupported("code: " + problem->message);
    }
    if (problem) {
        fail("the assertion does not hold", {}, problem->message);
    }
}

tcp::Connection const* Player::connection() const {
    if (!flow_ || !stage_) {
        return nullptr;
    }
    for (host::ConnectionId const id : stage_->host().connections()) {
        tcp::Connection const* connection = stage_->host().find(id);
        if (connection != nullptr && connection->tuple() == flow_->tuple) {
            return connection;
        }
    }
    return nullptr;
}

/// What getsockopt(TCP_INFO) says of the connection under test: of its file, or of the listener that has not given it yet.
std::optional<std::int64_t> Player::info(std::string const& name) const {
    for (auto const& [descriptor, file] : program_->files()) {
        if (flow_ && stage_->sockets().tuple(file) == flow_->tuple) {
            Result<socket::TcpInfo> const found = stage_->sockets().tcp_info(file, stage_->now());
            return found.ok() ? socket::info_member(found.value(), name) : std::nullopt;
        }
    }
    return std::nullopt;
}

Outcome Player::stopped(Event const* event, Stop const& stop) const {
    Outcome outcome{.verdict = stop.verdict,
                    .message = stop.message,
                    .expected = stop.expected,
                    .seen = stop.seen,
                    .cause = stop.cause};
    if (event != nullptr) {
        outcome.place = event->place;
        outcome.line = event->line;
    }
    outcome.at = stage_ ? stage_->now().time_since_epoch() : Duration{0};
    if (tcp::Connection const* found = connection()) {
        tcp::Tcb const& tcb = found->tcb();
        std::uint32_t const iss = tcb.snd.iss.raw();
        outcome.connection = std::string{tcp::name(found->state())} + ", snd.una " +
                             std::to_string(tcb.snd.una.raw() - iss) + ", snd.nxt " +
                             std::to_string(tcb.snd.nxt.raw() - iss) + ", snd.wnd " + std::to_string(tcb.snd.wnd) +
                             ", rcv.nxt " + std::to_string(tcb.rcv.nxt.raw() - tcb.rcv.irs.raw()) + ", rcv.wnd " +
                             std::to_string(tcb.rcv.wnd) + ", cwnd " + std::to_string(tcb.congestion.cwnd());
    }
    return outcome;
}

Outcome play(Script const& script, Conditions const& conditions) { return Player{script, conditions}.play(); }

}  // namespace tcpsim::packet_script

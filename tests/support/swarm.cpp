#include "tests/support/swarm.hpp"

#include "tests/support/choices.hpp"
#include "tests/support/pair.hpp"

#include <algorithm>
#include <array>
#include <ostream>

namespace tcpsim::test {
namespace {

using namespace std::chrono_literals;
using Kind = SwarmStep::Kind;
using tcp::EndReason;
using tcp::State;

constexpr std::array<std::uint32_t, 5> buffers{0, 3000, 8192, 500, 1U << 20U};
constexpr std::array<std::uint32_t, 5> link_sizes{1460, 536, 8960, 88, 1448};
constexpr std::array<Duration, 4> delays{Duration{0}, 10ms, 300ms, 1ms};

/// RFC 9293 §3.10.7.4, second: from which states a RST is told to nobody: a passive open that comes to nothing is not yet
/// anybody's, and in the last states all has been said.
bool nobody_asks(State left) {
    return left == State::syn_received || left == State::closing || left == State::last_ack || left == State::time_wait;
}

/// What a program did to its end, and what may therefore be lost.
struct Deeds {
    bool shut_down{false};
    bool closed{false};
    bool aborted{false};
    bool keepalive{false};
    bool user_timeout{false};
};

class Swarm {
  public:
    explicit Swarm(SwarmPlan const& plan);
    std::string live(SwarmPlan const& plan);

  private:
    void open(bool faulty);
    void take(SwarmStep const& step);
    void set_option(End& end, Deeds& deeds, SwarmStep const& step);
    /// Until nothing happens any more: both read all there is.
    void settle();
    void finish();
    [[nodiscard]] std::string wrong_at_the_end();
    [[nodiscard]] std::string wrong_end(End& end, Deeds const& deeds, End& peer);
    [[nodiscard]] bool innocent() const;
    static bool callable(End const& end, Deeds const& deeds) {
        return end.exists() && !end.crashed() && !deeds.closed && !deeds.aborted;
    }

    Pair pair_;
    Deeds client_{};
    Deeds server_{};
    bool cut_{false};      ///< now
    bool was_cut_{false};  ///< ever
    bool crashed_{false};
    bool endless_{false};  ///< healed, and still so many segments
    bool gave_up_{false};  ///< an end, before the network healed, or it may yet give up its opening or a shut window
    std::vector<SwarmFate> fates_;
    std::size_t next_fate_{0};
};

Pair::Settings settings_of(SwarmPlan const& plan) {
    Pair::Settings settings;
    settings.client_receive_buffer = buffers[plan.client_buffer % buffers.size()];
    settings.server_receive_buffer = buffers[plan.server_buffer % buffers.size()];
    settings.link_mss = link_sizes[plan.link_mss % link_sizes.size()];
    settings.one_way = delays[plan.one_way % delays.size()];
    return settings;
}

Swarm::Swarm(SwarmPlan const& plan)
    : pair_{chosen(plan.client), chosen(plan.server), settings_of(plan)}, fates_{plan.fates} {}

void Swarm::open(bool faulty) {
    auto const decide = [this] {
        std::vector<Duration> copies;
        if (cut_) {
            return copies;
        }
        if (fates_.empty()) {
            return std::vector<Duration>{Duration{0}};
        }
        for (std::uint16_t const later : fates_[next_fate_++ % fates_.size()]) {
            copies.push_back(std::chrono::milliseconds{later});
        }
        return copies;
    };
    if (!faulty) {
        pair_.connect();
    }
    pair_.to_server().decide_by(decide);
    pair_.to_client().decide_by(decide);
    if (faulty) {
        pair_.open();
    }
}

void Swarm::set_option(End& end, Deeds& deeds, SwarmStep const& step) {
    tcp::UserOptions options = end.connection().options();
    switch (step.kind) {
        case Kind::keepalive:
            deeds.keepalive = true;
            options.keepalive = true;
            options.keepalive_idle = tcp::Seconds{1 + step.amount % 100};
            options.keepalive_interval = tcp::Seconds{1 + step.amount % 7};
            break;
        case Kind::user_timeout:
            deeds.user_timeout = true;
            options.user_timeout = tcp::Milliseconds{1 + step.amount};
            break;
        case Kind::cork:
            options.cork = !options.cork;
            break;
        default:
            options.no_delay = !options.no_delay;
            break;
    }
    end.set_options(options);
}

void Swarm::take(SwarmStep const& step) {
    End& end = step.server ? pair_.server() : pair_.client();
    Deeds& deeds = step.server ? server_ : client_;
    switch (step.kind) {
        case Kind::time_passes:
            return pair_.run(std::chrono::milliseconds{step.amount});
        case Kind::cut:
            cut_ = was_cut_ = true;
            return;
        case Kind::restore:
            cut_ = false;
            return;
        case Kind::crash:
            crashed_ = crashed_ || end.exists();
            return end.crash();
        case Kind::boot:
            return end.boot();
        default:
            break;
    }
    if (!callable(end, deeds)) {
        return;
    }
    switch (step.kind) {
        case Kind::write:
            end.write(step.amount);
            return;
        case Kind::read:
            end.read(step.amount);
            return;
        case Kind::shutdown:
            // RFC 9293 §3.10.4: in SYN-SENT nothing is left to finish.
            deeds.aborted = deeds.aborted || end.state() == State::syn_sent;
            deeds.shut_down = true;
            return end.shutdown();
        case Kind::close:
            deeds.closed = true;
            return end.close();
        case Kind::abort:
            deeds.aborted = true;
            return end.abort();
        default:
            return set_option(end, deeds, step);
    }
}

void Swarm::settle() {
    constexpr Duration long_enough = 4h;  // longer than every series of repetitions and probes of any variation
    constexpr int endless = 200'000;      // events: keepalive every second for four hours, both ways, is far less
    Instant const limit = pair_.now() + long_enough;
    int events = 0;
    do {
        for (auto const& [end, deeds] : {std::pair{&pair_.client(), &client_}, {&pair_.server(), &server_}}) {
            while (callable(*end, *deeds) && end->connection().unread() > 0 && end->read(1U << 20U) > 0) {
            }
        }
        endless_ = endless_ || ++events > endless;
    } while (!endless_ && pair_.advance(limit));
}

void Swarm::finish() {
    settle();
    for (auto const& [end, deeds] : {std::pair{&pair_.client(), &client_}, {&pair_.server(), &server_}}) {
        if (callable(*end, *deeds) && pair_.violation().empty()) {
            deeds->shut_down = true;
            end->shutdown();
        }
    }
    settle();
}

/// Nothing happened for which TCP may lose what was written, or end with an error.
bool Swarm::innocent() const {
    auto const harmless = [](Deeds const& d) { return !d.closed && !d.aborted && !d.user_timeout && !d.keepalive; };
    return harmless(client_) && harmless(server_) && !crashed_ && !was_cut_ && !gave_up_;
}

std::string Swarm::wrong_end(End& end, Deeds const& deeds, End& peer) {
    if (!end.exists() || end.crashed()) {
        return {};
    }
    tcp::Connection const& c = end.connection();
    if (c.state() == State::closed) {
        bool const orphan = deeds.closed && end.left() == State::fin_wait_2;
        bool const told =
            nobody_asks(end.left()) || orphan ||
            (end.ended() && (end.ended()->reason == EndReason::finished || end.ended()->reason == EndReason::aborted ||
                             end.ended()->error != Errno::none));
        return told ? std::string{} : "a connection ended and nobody was told why";
    }
    // 4.4BSD asks a shut window for ever (RFC 9293 §3.8.6.1 wants that while the peer answers).
    bool const shut = c.tcb().timers.running(tcp::Timer::persist) || c.tcb().snd.wnd == 0;
    if (shut && c.next_deadline() != never && end.profile().persist.give_up.value == profile::PersistGiveUp::never) {
        return {};
    }
    if (c.unacknowledged() > 0) {
        return "text is left over, and neither delivered nor given up";
    }
    bool const fin_waits =
        c.state() == State::fin_wait_1 || c.state() == State::closing || c.state() == State::last_ack;
    if (fin_waits || c.state() == State::syn_sent || c.state() == State::syn_received) {
        return "a SYN or FIN is left over, and neither acknowledged nor given up";
    }
    bool const peer_is_gone = peer.crashed() || !peer.exists() || peer.state() == State::closed;
    if (deeds.keepalive && !deeds.closed && peer_is_gone && c.state() != State::fin_wait_2) {
        return "keepalive did not notice that nobody is there";
    }
    return {};
}

std::string Swarm::wrong_at_the_end() {
    if (!pair_.violation().empty() || endless_) {
        return endless_ ? "they never come to rest" : pair_.violation();
    }
    End& client = pair_.client();
    End& server = pair_.server();
    std::string const of_client = wrong_end(client, client_, server);
    std::string const of_server = wrong_end(server, server_, client);
    if (!of_client.empty() || !of_server.empty()) {
        return of_client.empty() ? "server: " + of_server : "client: " + of_client;
    }
    if (!innocent() || !server.exists()) {
        return {};
    }
    if (client.was_read() != server.written() || server.was_read() != client.written()) {
        return "what was written was not read";
    }
    for (End const* end : {&client, &server}) {
        if (end->state() != State::closed || !end->ended() || end->ended()->error != Errno::none) {
            return "both finished, and an end did not end well";
        }
    }
    return {};
}

std::string Swarm::live(SwarmPlan const& plan) {
    open(plan.faulty_opening);
    for (SwarmStep const& step : plan.steps) {
        take(step);
        if (!pair_.violation().empty()) {
            return pair_.violation();
        }
    }
    for (End const* end : {&pair_.client(), &pair_.server()}) {
        // An opening has its own limits, which faults may have used up.
        bool const opening = end->state() == State::syn_sent || end->state() == State::syn_received;
        // Linux tcp_rtx_probe0_timed_out: of text repeated into a shut window the silence so far counts, and the next
        // expiry may find that it lasted too long.
        tcp::Tcb const* tcb = end->exists() ? &end->connection().tcb() : nullptr;
        bool const into_shut_window = tcb != nullptr && tcb->snd.wnd == 0 && !tcb->send_queue.sent().empty();
        gave_up_ = gave_up_ || opening || into_shut_window || (end->ended() && end->ended()->error != Errno::none);
    }
    pair_.heal();
    finish();
    return wrong_at_the_end();
}

}  // namespace

std::string violated(SwarmPlan const& plan) { return Swarm{plan}.live(plan); }

SwarmPlan swarm_plan(std::span<std::uint8_t const> bytes) {
    ChoiceReader in{bytes};
    SwarmPlan plan;
    plan.client = {in.u8(), in.u8()};
    plan.server = {in.u8(), in.u8()};
    plan.client_buffer = in.u8();
    plan.server_buffer = in.u8();
    plan.link_mss = in.u8();
    plan.one_way = in.u8();
    plan.faulty_opening = in.flag();
    for (std::size_t fates = in.u8() % 64U; fates > 0; --fates) {
        SwarmFate fate;
        // Two copies at most: 4.4BSD answers every old one, so that a wire that triples them feeds a war of ACKs.
        for (std::size_t copies = in.u8() % 3U; copies > 0; --copies) {
            fate.push_back(in.u16() % 1024U);
        }
        plan.fates.push_back(std::move(fate));
    }
    constexpr std::size_t enough = 200;
    while (!in.empty() && plan.steps.size() < enough) {
        SwarmStep step;
        std::uint8_t const choice = in.u8();
        step.kind = static_cast<Kind>((choice >> 1U) % SwarmStep::kinds);
        step.server = (choice & 1U) != 0;
        step.amount = in.u16();
        plan.steps.push_back(step);
    }
    return plan;
}

std::vector<std::uint8_t> bytes_of(SwarmPlan const& plan) {
    ChoiceWriter out;
    for (SystemChoice const system : {plan.client, plan.server}) {
        out.u8(system.system);
        out.u8(system.setting);
    }
    for (std::uint8_t const choice : {plan.client_buffer, plan.server_buffer, plan.link_mss, plan.one_way}) {
        out.u8(choice);
    }
    out.flag(plan.faulty_opening);
    out.u8(static_cast<std::uint8_t>(plan.fates.size()));
    for (SwarmFate const& fate : plan.fates) {
        out.u8(static_cast<std::uint8_t>(fate.size()));
        for (std::uint16_t const later : fate) {
            out.u16(later);
        }
    }
    for (SwarmStep const& step : plan.steps) {
        out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(step.kind) << 1U | (step.server ? 1U : 0U)));
        out.u16(step.amount);
    }
    return out.bytes();
}

void showValue(SwarmStep const& step, std::ostream& out) {
    constexpr std::array<char const*, SwarmStep::kinds> names{
        "writes", "reads", "ms",      "shuts down", "closes",       "aborts", "crashes",
        "boots",  "cut",   "restore", "keepalive",  "user timeout", "cork",   "nodelay"};
    out << (step.server ? "server " : "client ") << names[static_cast<std::size_t>(step.kind)] << ' ' << step.amount;
}

void showValue(SwarmPlan const& plan, std::ostream& out) {
    out << "client " << int{plan.client.system} << '/' << int{plan.client.setting} << " server "
        << int{plan.server.system} << '/' << int{plan.server.setting} << " buffers " << int{plan.client_buffer} << ' '
        << int{plan.server_buffer} << " mss " << int{plan.link_mss} << " delay " << int{plan.one_way}
        << (plan.faulty_opening ? " faulty opening" : "") << " fates";
    for (SwarmFate const& fate : plan.fates) {
        out << " (";
        for (std::uint16_t const later : fate) {
            out << ' ' << later;
        }
        out << " )";
    }
    for (SwarmStep const& step : plan.steps) {
        out << "\n  ";
        showValue(step, out);
    }
}

}  // namespace tcpsim::test

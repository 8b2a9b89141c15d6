// Settings at the ends of their ranges, and pairs that cross: whatever a file may say, no arithmetic breaks.
#include "stack/tcp/give_up.hpp"
#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tcpsim;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;
using tcp::State;

namespace {

/// A handshake, text both ways, then silence: until the connection ends or has fired many timers.
void live_through(profile::Profile const& profile) {
    Dialogue d = Dialogue::established(profile, Duration{0});  // a SYN whose timeout is a millisecond is not repeated
    d.peer(text(1000));
    (void)d.read();
    (void)d.try_write(3000);
    for (int timers = 0; timers < 300 && d.connection().next_deadline() != never; ++timers) {
        d.after(d.connection().next_deadline() - d.now());
        REQUIRE(d.now() >= Instant{});
    }
    CHECK(d.connection().tcb().snd.una.at_or_before(d.connection().tcb().snd.nxt));
}

}  // namespace

TEST_CASE("every setting at each end of its range leaves a connection that works or gives up") {
    int accepted = 0;
    for (profile::Profile const* profile : profile::all()) {
        for (profile::Setting const& setting : profile::settings_of(*profile)) {
            for (std::string const value : {"0", "1", "2", "255", "65535", "120000", "2147483647", "1 1 1", "1 65535",
                                            "2147483647 2147483647 2147483647"}) {
                profile::Profile changed = *profile;
                if (profile::set(changed, setting.name, value) || profile::inconsistency(changed)) {
                    continue;
                }
                CAPTURE(setting.name);
                CAPTURE(value);
                ++accepted;
                live_through(changed);
            }
        }
    }
    CHECK(accepted > 50);
}

TEST_CASE("values that cross are named, in whatever order they were set") {
    profile::Profile bsd = profile_of("bsd44");
    CHECK_FALSE(profile::inconsistency(bsd));
    REQUIRE_FALSE(profile::set(bsd, "IPPORT_RESERVED", "6000"));
    REQUIRE_FALSE(profile::set(bsd, "IPPORT_USERRESERVED", "5000"));
    auto const problem = profile::inconsistency(bsd);
    REQUIRE(problem);
    CHECK(problem->what == "the range of ephemeral ports is empty");
    CHECK(problem->expected == "IPPORT_RESERVED at most IPPORT_USERRESERVED");
}

TEST_CASE("Linux: the first timeout too is at most tcp_rto_max_ms, and the model never doubles less than nothing") {
    profile::Profile p = profile_of("linux");
    REQUIRE_FALSE(profile::set(p, "tcp_rto_max_ms", "1000"));
    REQUIRE_FALSE(profile::set(p, "TCP_TIMEOUT_INIT", "120000"));
    Dialogue d = Dialogue::syn_sent(p);
    d.expect(SYN);
    d.expect_silence_for(1s - 1ns);
    d.after(1ns);
    d.expect(SYN, tcp::Why::retransmission_timeout);
    // A base above the maximum: one wait of the base, then the maximum for every other.
    CHECK(tcp::modelled_timeout(3, 120s, 1s) == 120s + 3 * 1s);
}

TEST_CASE("an idle connection is its control block and nothing else: at most 750 bytes") {
    CHECK(sizeof(tcp::Connection) <= 750);
    Dialogue d = Dialogue::established(profile_of("linux"));
    CHECK(d.connection().tcb().send_queue.size() == 0);
    CHECK(d.connection().tcb().receive_queue.unread() == 0);
}

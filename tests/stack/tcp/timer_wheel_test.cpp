// Linux kernel/time/timer.c at HZ=250: never early, and late by the slot of the wheel.
#include "stack/tcp/timer_wheel.hpp"

#include "tests/support/dialogue.hpp"

#include <doctest/doctest.h>

using namespace tcpsim;
using namespace tcpsim::tcp;
using namespace tcpsim::test;
using namespace tcpsim::test::words;
using namespace std::chrono_literals;

namespace {

constexpr Duration jiffy = 4ms;

Instant at(Duration since_start) { return Instant{since_start}; }

}  // namespace

TEST_CASE("timer wheel: the window probes of a minute, as recorded (zero_window_probes_alive)") {
    // The last one tells the phase of the clock, down to 2.048 s; the others agree with it.
    constexpr Duration phase = 1837600us;
    struct Probe {
        Duration set, waits, recorded;
    };
    for (Probe const& each : {Probe{237800us, 228ms, 469600us}, Probe{489900us, 456ms, 973600us},
                              Probe{993900us, 912ms, 1933600us}, Probe{1953900us, 1824ms, 3789600us},
                              Probe{3809900us, 3648ms, 7469600us}, Probe{7489900us, 7296ms, 14893600us},
                              Probe{14913900us, 14592ms, 29741600us}, Probe{29761900us, 29184ms, 59181600us}}) {
        CHECK(wheel_slot(at(each.set), at(each.set + each.waits), jiffy, phase) == at(each.recorded));
    }
}

TEST_CASE("timer wheel: never early; late by a slot at most, and the jiffy in which it was set") {
    struct Level {
        std::int64_t least, most;  // jiffies away
        Duration slot;
    };
    for (Level const& level : {Level{1, 62, 4ms}, Level{63, 503, 32ms}, Level{504, 4031, 256ms},
                               Level{4032, 32'255, 2048ms}, Level{32'256, 258'047, 16'384ms}}) {
        for (std::int64_t const distance : {level.least, (level.least + level.most) / 2, level.most}) {
            Duration longest{0};
            for (Duration const phase : {0us, 1us, 3999us, 777'777us}) {
                for (Duration set = 0ms; set < 2 * level.slot; set += level.slot / 7 + 1us) {
                    Instant const due = at(set + distance * jiffy);
                    Duration const late = wheel_slot(at(set), due, jiffy, phase) - due;
                    REQUIRE(late >= Duration{0});
                    REQUIRE(late <= level.slot);
                    longest = std::max(longest, late);
                }
            }
            CHECK(longest > level.slot / 2);
        }
    }
}

TEST_CASE("timer wheel: `timers: wheel` lets a retransmission come in its slot, `ideal` at its time") {
    for (bool const wheel : {false, true}) {
        profile::Profile profile = profile_of("linux");
        profile.tail_loss_probe.policy.value = profile::TailLossProbe::none;
        profile.timers.phase.value = 1ms;
        profile.timers.precision.value = wheel ? profile::TimerPrecision::linux_wheel : profile::TimerPrecision::ideal;
        Dialogue d = Dialogue::established(profile);
        d.write(100);
        d.expect(text(100));
        Instant const sent = d.now();
        Instant const due = sent + d.connection().tcb().timers.waited(Timer::retransmit);
        Instant const first = d.connection().next_deadline();
        CHECK(first == (wheel ? wheel_slot(sent, due, jiffy, 1ms) : due));
        CHECK((first > due) == wheel);
        d.expect_silence_for(first - sent - 1ns);
        d.after(1ns);
        d.expect(text(100), Why::retransmission_timeout);
    }
}

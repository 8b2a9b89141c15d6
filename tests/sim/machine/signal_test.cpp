// sim/machine/signal.hpp: what a process chooses and what becomes of it (POSIX.1-2017 §2.4).
#include "sim/machine/signal.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tcpsim::machine;

TEST_CASE("signal(7), default actions: four do nothing, four stop the process, all others end it") {
    Signals const signals;
    std::string nothing, stop;
    for (Signal const signal : all_signals) {
        SignalEffect const effect = signals.effect(signal);
        (effect == SignalEffect::nothing ? nothing : stop) +=
            effect == SignalEffect::death ? std::string{} : " " + std::string{name(signal)};
    }
    CHECK(nothing == " SIGCHLD SIGCONT SIGURG SIGWINCH");
    CHECK(stop == " SIGSTOP SIGTSTP SIGTTIN SIGTTOU");
    CHECK(all_signals.size() == 31);
}

TEST_CASE("signal(7), numbers: as on x86, and by name") {
    CHECK(static_cast<int>(Signal::sighup) == 1);
    CHECK(static_cast<int>(Signal::sigkill) == 9);
    CHECK(static_cast<int>(Signal::sigpipe) == 13);
    CHECK(static_cast<int>(Signal::sigterm) == 15);
    CHECK(static_cast<int>(Signal::sigchld) == 17);
    for (Signal const signal : all_signals) {
        CHECK(signal_named(name(signal)) == signal);
        CHECK(signal_numbered(static_cast<std::int32_t>(signal)) == signal);
    }
    CHECK_FALSE(signal_named("SIGNONE").has_value());
    CHECK_FALSE(signal_numbered(0).has_value());
}

TEST_CASE("sigaction(2): SIGKILL and SIGSTOP can be neither caught nor ignored") {
    Signals signals;
    CHECK_FALSE(signals.set_action(Signal::sigstop, {OnSignal::ignore}));
    CHECK_FALSE(signals.set_action(Signal::sigstop, {OnSignal::handle}));
    CHECK_FALSE(signals.set_action(Signal::sigkill, {OnSignal::ignore}));
    CHECK_FALSE(signals.set_action(Signal::sigkill, {OnSignal::handle}));
    CHECK(signals.effect(Signal::sigkill) == SignalEffect::death);
    CHECK(signals.set_action(Signal::sigterm, {OnSignal::ignore}));
    CHECK(signals.effect(Signal::sigterm) == SignalEffect::nothing);
}

TEST_CASE("§2.4.1: a signal is pending once, and blocked while its handler runs") {
    Signals signals;
    signals.set_action(Signal::sigterm, {OnSignal::handle});
    CHECK_FALSE(signals.next().has_value());
    signals.post(Signal::sigterm);
    signals.post(Signal::sigterm);
    CHECK(signals.next() == Signal::sigterm);
    signals.begin_handling(Signal::sigterm);
    CHECK_FALSE(signals.next().has_value());
    signals.post(Signal::sigterm);
    CHECK_FALSE(signals.next().has_value());
    signals.handled(Signal::sigterm);
    CHECK(signals.next() == Signal::sigterm);
}

TEST_CASE("§2.4.1: of several the lowest number comes first") {
    Signals signals;
    signals.post(Signal::sigterm);
    signals.post(Signal::sigint);
    CHECK(signals.next() == Signal::sigint);
}

TEST_CASE("§2.4.3: ignoring a signal discards it where it is pending; handling it does not") {
    Signals signals;
    signals.post(Signal::sigterm);
    signals.set_action(Signal::sigterm, {OnSignal::handle});
    CHECK(signals.next() == Signal::sigterm);
    signals.set_action(Signal::sigterm, {OnSignal::ignore});
    CHECK_FALSE(signals.next().has_value());
    signals.post(Signal::sigchld);
    signals.set_action(Signal::sigchld, {OnSignal::by_default});
    CHECK_FALSE(signals.next().has_value());
}

TEST_CASE("fork(2): a child keeps the actions and has nothing pending") {
    Signals parent;
    parent.set_action(Signal::sigterm, {OnSignal::handle, true});
    parent.post(Signal::sigterm);
    Signals const child = parent.of_child();
    CHECK(child.action(Signal::sigterm) == SignalAction{OnSignal::handle, true});
    CHECK_FALSE(child.next().has_value());
}

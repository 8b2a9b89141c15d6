// What a person may change of Linux's loss recovery and congestion control: sysctls, and the parameters of the modules.
#include "stack/profile/settings.hpp"

#include <limits>

namespace tcpsim::profile {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Rows = std::vector<SettingRow>;

constexpr std::int64_t int_max = std::numeric_limits<int>::max();

void set_idle_restart(Profile& p, ChosenNumbers const& chosen) {
    chosen.assign(p.recovery.idle_restart, chosen.numbers[0] == 0 ? IdleRestart::none : IdleRestart::halved_each_rto);
}

void set_recovery(Profile& p, ChosenNumbers const& chosen) {
    chosen.assign(p.recovery.detection, chosen.numbers[0] == 0 ? LossDetection::duplicate_acks : LossDetection::rack);
}

constexpr std::array<std::string_view, 3> congestion_words{"reno", "cubic", "dctcp"};

void set_congestion_control(Profile& p, ChosenNumbers const& chosen) {
    constexpr std::array algorithms{CongestionAlgorithm::newreno, CongestionAlgorithm::cubic,
                                    CongestionAlgorithm::dctcp};
    chosen.assign(p.congestion.algorithm, algorithms[static_cast<std::size_t>(chosen.numbers[0])]);
}

void set_hystart_detect(Profile& p, ChosenNumbers const& chosen) {
    constexpr std::array signs{HyStartDetect::none, HyStartDetect::ack_train, HyStartDetect::delay,
                               HyStartDetect::both};
    chosen.assign(p.cubic.hystart_detect, signs[static_cast<std::size_t>(chosen.numbers[0])]);
}

constexpr std::array<std::string_view, 2> timer_words{"ideal", "wheel"};

}  // namespace

Rows linux_recovery_settings() {
    return {
        {.setting = {"timers", "word", "when TCP's timers go off: ideal, or late as in the slots of the kernel's wheel",
                     timer_words},
         .apply =
             [](Profile& p, ChosenNumbers const& c) {
                 c.assign(p.timers.precision, c.numbers[0] == 0 ? TimerPrecision::ideal : TimerPrecision::linux_wheel);
             }},
        {{"timer_phase", "us", "when the wheel's jiffy 0 began, after the start of the world"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<std::chrono::microseconds>(p.timers.phase); }},
        {.setting = {"tcp_congestion_control", "word", "how the congestion window moves: reno, cubic or dctcp",
                     congestion_words},
         .apply = set_congestion_control},
        {{"tcp_recovery", "mode", "1: losses are told by time (RACK, RFC 8985); 0: by duplicate ACKs (RFC 6675)"},
         1,
         0,
         1,
         set_recovery},
        {{"tcp_frto", "mode", "spurious timeouts are recognised (F-RTO, RFC 5682): 0 never"},
         1,
         0,
         2,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.recovery.frto); }},
        {{"tcp_retrans_collapse", "boolean", "a repetition takes in the small segments behind it"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.recovery.collapse); }},
        {{"tcp_reordering", "segments", "how late a segment may be before it counts as lost, to begin with"},
         1,
         1,
         300,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.recovery.reordering); }},
        {{"tcp_max_reordering", "segments", "to which that may grow"},
         1,
         1,
         65'535,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.recovery.max_reordering); }},
        {{"tcp_slow_start_after_idle", "boolean", "a congestion window that was not used for an RTO decays"},
         1,
         0,
         1,
         set_idle_restart},
        {{"tcp_min_rtt_wlen", "s", "over which the shortest round trip is remembered"},
         1,
         0,
         86'400,
         [](Profile& p, ChosenNumbers const& c) { c.time<seconds>(p.recovery.min_rtt_window); }},
        {{"TCP_INIT_CWND", "segments", "initial congestion window"},
         1,
         1,
         1000,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.congestion.initial_window); }},
    };
}

/// Under the names of the modules' parameters, as in /sys/module/tcp_cubic/parameters.
Rows linux_congestion_settings() {
    return {
        {{"beta", "1/1024", "CUBIC: what a reduction leaves of the window"},
         1,
         0,
         1023,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.cubic.beta); }},
        {{"bic_scale", "10/1024", "CUBIC: C, how steep the growth is"},
         1,
         1,
         1024,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.cubic.scale); }},
        {{"fast_convergence", "boolean", "CUBIC: losing twice in a row leaves room for others"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.cubic.fast_convergence); }},
        {{"tcp_friendliness", "boolean", "CUBIC: never slower than Reno"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.cubic.tcp_friendliness); }},
        {{"hystart", "boolean", "CUBIC: slow start ends when a queue builds"},
         1,
         0,
         1,
         [](Profile& p, ChosenNumbers const& c) { c.flag(p.cubic.hystart); }},
        {{"hystart_detect", "mode", "signs of a queue: 1 trains of ACKs, 2 growing delay, 3 both, 0 none"},
         1,
         0,
         3,
         set_hystart_detect},
        {{"hystart_low_window", "segments", "HyStart does not watch a smaller window"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.cubic.hystart_low_window); }},
        {{"hystart_ack_delta_us", "us", "HyStart: ACKs further apart are no train"},
         1,
         0,
         int_max,
         [](Profile& p, ChosenNumbers const& c) { c.time<microseconds>(p.cubic.hystart_ack_spacing); }},
        {{"dctcp_shift_g", "bits", "DCTCP: the newest window weighs 2^-dctcp_shift_g"},
         1,
         0,
         10,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.dctcp.shift_g); }},
        {{"dctcp_alpha_on_init", "1/1024", "DCTCP: the share of marks assumed at first"},
         1,
         0,
         1024,
         [](Profile& p, ChosenNumbers const& c) { c.count(p.dctcp.alpha_on_init); }},
    };
}

}  // namespace tcpsim::profile

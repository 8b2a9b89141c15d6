// Timeline steps that can never come: cycles of waits, and conditions that nothing brings about.
#include "sim/scenario/loading.hpp"
#include "sim/scenario/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tcpsim::scenario {

namespace {

/// What a verb leaves in the trace at once.
std::optional<trace::Happening> happening_of(VerbKind verb) {
    using trace::Happening;
    constexpr std::array<std::optional<Happening>, static_cast<std::size_t>(VerbKind::ss) + 1> happenings{
        Happening::power_loss,
        Happening::crash,
        Happening::boot,
        Happening::process_killed,
        Happening::process_exited,
        Happening::shutdown_begun,
        Happening::shutdown_begun,
        Happening::suspended,
        Happening::resumed,
        Happening::clock_jumped,
        Happening::nic_down,
        Happening::nic_up,
        Happening::address_removed,
        Happening::address_added,
        Happening::neighbours_forgotten,
        Happening::link_cut,
        Happening::link_restored,
        Happening::link_blackholed,
        Happening::link_cut,
        Happening::link_changed,
        Happening::routes_changed,
        Happening::routes_changed,
        Happening::mtu_changed,
        Happening::mappings_changed,
        Happening::mappings_changed,
        Happening::mappings_changed,
        Happening::mappings_changed,
        Happening::rule_armed,
        Happening::rule_armed,
        Happening::rule_armed,
        Happening::rule_armed,
        Happening::rule_armed,
        Happening::rule_armed,
        Happening::rule_armed,
        Happening::rule_armed,
        Happening::rule_removed,
        std::nullopt};
    return happenings[static_cast<std::size_t>(verb)];
}

bool leads_to(VerbKind verb, trace::Happening happening) {
    bool const ends_all = verb == VerbKind::shutdown || verb == VerbKind::reboot;
    return happening_of(verb) == happening || (ends_all && happening == trace::Happening::powered_off) ||
           (verb == VerbKind::reboot && happening == trace::Happening::boot);
}

class Waits {
  public:
    explicit Waits(Scenario const& scenario) : scenario_{scenario}, can_come_(scenario.timeline.size(), false) {
        bool more = true;
        while (more) {
            more = false;
            for (std::size_t i = 0; i < can_come_.size(); ++i) {
                if (!can_come_[i] && ready(i)) {
                    can_come_[i] = more = true;
                }
            }
        }
    }

    void report(Problems& problems) const {
        std::vector<bool> told(can_come_.size(), false);
        for (std::size_t i = 0; i < can_come_.size(); ++i) {
            if (can_come_[i] || told[i]) {
                continue;
            }
            std::vector<std::size_t> path;
            std::optional<std::size_t> at = i;
            while (at && !told[*at]) {
                told[*at] = true;
                path.push_back(*at);
                at = waits_for(*at);
            }
            if (!at) {
                report_impossible(path.back(), problems);
            } else if (auto const first = std::find(path.begin(), path.end(), *at); first != path.end()) {
                report_cycle({first, path.end()}, problems);
            }
        }
    }

  private:
    [[nodiscard]] std::optional<std::size_t> index_of(std::string const& name) const {
        auto const& steps = scenario_.timeline;
        auto const found = std::find_if(steps.begin(), steps.end(), [&](auto const& s) { return s.name == name; });
        return found == steps.end() ? std::nullopt : std::optional{static_cast<std::size_t>(found - steps.begin())};
    }

    [[nodiscard]] bool brings_about(TimelineVerb const& verb, Predicate const& condition) const {
        std::string host = verb.host;
        for (auto const& program : scenario_.programs) {
            bool const of_process = verb.kind == VerbKind::kill || verb.kind == VerbKind::exit;
            host = of_process && program.name == verb.program ? program.host : host;
        }
        return leads_to(verb.kind, *condition.happening) && (condition.host.empty() || condition.host == host) &&
               (condition.link.empty() || verb.link.empty() || condition.link == verb.link);
    }

    /// How often it happens without the timeline; empty: nobody can say, so assume that it does.
    [[nodiscard]] std::optional<std::size_t> by_itself(Predicate const& condition) const {
        switch (*condition.happening) {
            case trace::Happening::process_started:
            case trace::Happening::process_exited:
            case trace::Happening::process_killed:
            case trace::Happening::signal_handled:
            case trace::Happening::process_stopped:
            case trace::Happening::process_continued:
            case trace::Happening::carrier_lost:
            case trace::Happening::carrier_found:
            case trace::Happening::routes_changed:
                return std::nullopt;
            case trace::Happening::boot:
                return condition.host.empty() ? scenario_.hosts.size() : 1;
            default:
                return 0;
        }
    }

    [[nodiscard]] bool ready(std::size_t i) const {
        auto const& step = scenario_.timeline[i];
        if (step.after) {
            auto const target = index_of(*step.after);
            return !target || can_come_[*target];  // an unknown name has been reported
        }
        if (!step.when || !step.when->happening) {
            return true;
        }
        auto count = by_itself(*step.when);
        if (!count) {
            return true;
        }
        for (std::size_t other = 0; other < can_come_.size(); ++other) {
            *count += can_come_[other] && brings_about(scenario_.timeline[other].verb, *step.when) ? 1 : 0;
        }
        return *count >= step.when->nth;
    }

    /// A step that cannot come either and that step `i` would need.
    [[nodiscard]] std::optional<std::size_t> waits_for(std::size_t i) const {
        auto const& step = scenario_.timeline[i];
        if (step.after) {
            return index_of(*step.after);
        }
        for (std::size_t other = 0; other < can_come_.size(); ++other) {
            if (!can_come_[other] && brings_about(scenario_.timeline[other].verb, *step.when)) {
                return other;
            }
        }
        return std::nullopt;
    }

    void report_cycle(std::vector<std::size_t> const& cycle, Problems& problems) const {
        std::string names;
        for (auto const i : cycle) {
            names += scenario_.timeline[i].name + " → ";
        }
        auto const& first = scenario_.timeline[cycle.front()];
        problems.add(first.place, fmt::format("a cycle of waits: {}{}", names, first.name),
                     "expected one of them to have 'at', or to wait for something else");
    }

    void report_impossible(std::size_t i, Problems& problems) const {
        auto const& step = scenario_.timeline[i];
        problems.add(step.place,
                     fmt::format("'{}' waits for {} number {}, which nothing brings about", step.name,
                                 word_for(*step.when->happening), step.when->nth),
                     "expected a timeline step that does");
    }

    Scenario const& scenario_;
    std::vector<bool> can_come_;
};

}  // namespace

void check_waits(Scenario const& scenario, Problems& problems) { Waits{scenario}.report(problems); }

}  // namespace tcpsim::scenario

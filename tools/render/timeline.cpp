#include "tools/render/timeline.hpp"

#include "tools/render/why.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tcpsim::render {
namespace {

constexpr std::size_t widest_aligned_text = 44;  // longer notations push their reason to the right

/// Column widths, from the story itself.
struct Columns {
    std::size_t time{0};
    std::size_t hosts{0};
    std::size_t text{0};
};

std::string hosts_of(Journey const& journey, Naming const& naming) {
    std::string const from = naming.node(journey.id.origin);
    return journey.to == trace::no_node ? from : fmt::format("{} > {}", from, naming.node(journey.to));
}

/// "retransmission 3 after 896 ms", "lost: server has no power", or both; empty for the daily round.
std::string reason_of(Journey const& journey, Naming const& naming, Look const& look) {
    std::string text;
    if (remarkable(journey.cause)) {
        text = paint(look, Tone::strong, why_sent(journey.cause));
    }
    if (journey.slowed) {
        std::string const by = journey.slowed->step ? naming.step(*journey.slowed->step) : "a fault rule";
        text += (text.empty() ? "" : ", ") +
                paint(look, Tone::bad, fmt::format("slowed by {} ({})", duration_text(journey.slowed->by), by));
    }
    if (journey.loss) {
        bool const lost = journey.fate == Journey::Fate::lost;
        std::string const words = (lost ? "lost: " : "thrown away: ") + why_lost(*journey.loss, naming);
        text += (text.empty() ? "" : ", ") + paint(look, Tone::bad, words);
    } else if (journey.fate == Journey::Fate::flying) {
        text += (text.empty() ? "" : ", ") + paint(look, Tone::faint, "still on its way at the end");
    }
    return text;
}

bool is_bad(trace::Happening what) {
    using trace::Happening;
    return what == Happening::power_loss || what == Happening::crash || what == Happening::link_cut ||
           what == Happening::process_killed || what == Happening::link_blackholed || what == Happening::carrier_lost ||
           what == Happening::nic_down;
}

/// One line per moment; knows the columns and the programs' names.
class Writer {
  public:
    Writer(Story const& story, Naming const& naming, Look const& look, bool details)
        : naming_{&naming}, look_{look}, details_{details} {
        for (ProgramStory const& each : story.programs) {
            programs_.emplace(each.process, each.name);
        }
        columns_.time = clock_text(story.ended).size();
        for (Moment const& moment : story.moments) {
            measure(moment);
        }
    }

    std::string header() const {
        return paint(
            look_, Tone::faint,
            fmt::format("  {}  {}  {}  first:last(bytes) ack, counted from each side's initial sequence number\n",
                        left("sent", columns_.time), left("arrives", columns_.time), left("", columns_.hosts)));
    }

    std::string operator()(Journey const& journey) const {
        bool const arrived = journey.fate == Journey::Fate::arrived;
        bool const lost = journey.fate == Journey::Fate::lost;
        std::string const fate = right(arrived ? clock_text(journey.ended) : lost ? "lost" : "…", columns_.time);
        std::string const reason = reason_of(journey, *naming_, look_);
        std::string const text = reason.empty() ? journey.text : left(journey.text, columns_.text);
        return fmt::format("  {}  {}  {}  {}{}{}\n", time(journey.sent),
                           paint(look_, lost ? Tone::bad : Tone::faint, fate),
                           left(hosts_of(journey, *naming_), columns_.hosts), text, reason.empty() ? "" : "  ", reason);
    }
    std::string operator()(Hop const& hop) const {
        return aside(hop.at,
                     fmt::format("{} {} {} {}", naming_->node(hop.node), naming_->interface(hop.node, hop.interface),
                                 hop.outwards ? "→" : "←", packet_name(hop.packet, *naming_)));
    }
    std::string operator()(Incident const& incident) const {
        if (!remarkable(incident.what)) {
            return details_ ? aside(incident.at, what_happened(incident.what, *naming_)) : "";
        }
        std::string words = what_happened(incident.what, *naming_);
        if (incident.because.kind == trace::Because::Kind::timeline_step) {
            words += fmt::format(" ({})", naming_->step(incident.because.step));
        }
        bool const bad = is_bad(incident.what.what);
        return mark(incident.at, bad ? Tone::bad : Tone::event, bad ? "✗" : "•", words);
    }
    std::string operator()(Noted const& noted) const {
        return aside(noted.at,
                     fmt::format("{} {}-{}: {}", naming_->node(noted.what.machine), noted.what.tuple.local.port,
                                 naming_->endpoint(noted.what.tuple.remote), what_noted(noted.what.what)));
    }
    std::string operator()(CallFailed const& failed) const {
        return mark(
            failed.at, Tone::strong, "•",
            fmt::format("{}: {} fails with {}", program(failed.process), identifier(failed.call), name(failed.error)));
    }
    std::string operator()(Folded const& folded) const {
        return paint(look_, Tone::faint,
                     fmt::format("  …  {} from {} to {} s not shown ({}, {} lost, {}); --trace all shows them\n",
                                 counted(folded.packets, "packet"), clock_text(folded.from), clock_text(folded.to),
                                 counted(folded.bytes, "byte"), grouped(folded.lost),
                                 counted(folded.repeated, "retransmission")));
    }

  private:
    void measure(Moment const& moment) {
        auto const* journey = std::get_if<Journey>(&moment);
        if (journey == nullptr) {
            return;
        }
        columns_.hosts = std::max(columns_.hosts, columns(hosts_of(*journey, *naming_)));
        if (journey->loss || journey->slowed || remarkable(journey->cause) || journey->fate == Journey::Fate::flying) {
            columns_.text = std::max(columns_.text, std::min(columns(journey->text), widest_aligned_text));
        }
    }
    [[nodiscard]] std::string time(Instant at) const { return right(clock_text(at), columns_.time); }
    [[nodiscard]] std::string mark(Instant at, Tone tone, std::string_view sign, std::string_view words) const {
        return fmt::format("  {}  {}\n", time(at), paint(look_, tone, fmt::format("{} {}", sign, words)));
    }
    [[nodiscard]] std::string aside(Instant at, std::string_view words) const {
        return paint(look_, Tone::faint, fmt::format("  {}    · {}\n", time(at), words));
    }
    [[nodiscard]] std::string program(trace::ProcessRef process) const {
        auto const found = programs_.find(process);
        return found == programs_.end() ? "a program" : found->second;
    }

    Naming const* naming_;
    Look look_;
    bool details_;
    Columns columns_{};
    std::map<trace::ProcessRef, std::string> programs_{};
};

}  // namespace

std::string timeline(Story const& story, Naming const& naming, Look const& look, bool details) {
    Writer const writer{story, naming, look, details};
    std::string out = writer.header();
    for (Moment const& moment : story.moments) {
        out += std::visit(writer, moment);
    }
    return out;
}

}  // namespace tcpsim::render

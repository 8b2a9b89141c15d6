// Why a call returned what it returned: sentences built from the facts of the trace.
#include "stack/wire/notation.hpp"
#include "tools/render/text.hpp"
#include "tools/render/why.hpp"

#include <fmt/format.h>

#include <iterator>
#include <optional>

namespace tcpsim::render {
namespace {

using trace::Call;
using wire::Flags;

bool receives(Call call) {
    return call == Call::read || call == Call::readv || call == Call::recv || call == Call::recvfrom ||
           call == Call::recvmsg;
}
bool sends(Call call) {
    return call == Call::write || call == Call::writev || call == Call::send || call == Call::sendto ||
           call == Call::sendmsg;
}

std::string kind_of(SegmentFacts const& segment) {
    if (segment.flags.has(Flags::rst)) {
        return "RST";
    }
    if (segment.flags.has(Flags::syn)) {
        return segment.flags.has(Flags::ack) ? "SYN,ACK" : "SYN";
    }
    if (segment.flags.has(Flags::fin)) {
        return "FIN";
    }
    return segment.length > 0 ? "data" : "ACK";
}

/// Whether the packet's own reason adds something to its kind.
bool telling(Arrival const& arrival) { return remarkable(arrival.cause) || arrival.cause.why == tcp::Why::closed; }

/// "server's RST arrived: nobody there has this connection – server booted at 1.2 s (boot 2)".
std::string clause_of(Arrival const& arrival, Naming const& naming) {
    std::string const sender = naming.node(arrival.id.origin);
    std::string text = fmt::format("{}'s {} arrived", sender, arrival.tcp ? kind_of(*arrival.tcp) : "packet");
    if (telling(arrival)) {
        text += ": " + why_sent(arrival.cause);
    }
    if (arrival.cause.why == tcp::Why::no_connection && arrival.boot > 1) {
        text += fmt::format("; {} booted again at {} s (boot {})", sender, clock_text(arrival.booted), arrival.boot);
    }
    return text;
}

std::string gave_up(Ending const& ending, Naming const& naming) {
    tcp::Ended const& what = ending.what;
    std::string text = fmt::format("gave up: {} in {} brought no answer",
                                   counted(what.retransmissions, "retransmission"), seconds_text(what.elapsed));
    if (what.limit > Duration{0}) {
        text += fmt::format(" (limit {})", seconds_text(what.limit));
    }
    if (ending.silence.lost > 0) {
        text += fmt::format("; the last {} got lost: {}", counted(ending.silence.lost, "segment"),
                            why_lost(ending.silence.last, naming));
    }
    return text;
}

std::string sent_text(Sent const& sent) {
    if (sent.length > 0 && !sent.flags.has(Flags::fin)) {
        return counted(sent.length, "byte");
    }
    return wire::flags_text(sent.flags);
}

/// What the call sent before it returned: "sent F.: its program closed".
std::string what_it_sent(CallStory const& call) {
    if (call.sent_count == 0) {
        return "";
    }
    if (sends(call.made.call)) {
        return fmt::format("sent at once, in {}", counted(call.sent_count, "segment"));
    }
    Sent const& first = call.sent.front();
    std::string text = "sent " + sent_text(first);
    if (remarkable(first.cause)) {
        text += ": " + why_sent(first.cause);
    }
    return text;
}

std::string cut_off_text(CallStory const& call, Naming const& naming) {
    if (!call.cut_off) {
        return call.for_good ? "waits for ever: nothing is left that could end it" : "still waiting when the run ended";
    }
    std::string const machine = naming.node(call.made.process.machine);
    std::string const at = clock_text(call.cut_off->at);
    switch (call.cut_off->what) {
        case trace::Happening::power_loss:
            return fmt::format("{} lost power at {} s, and its programs with it", machine, at);
        case trace::Happening::powered_off:
            return fmt::format("{} was shut down at {} s", machine, at);
        case trace::Happening::crash:
            return fmt::format("{} crashed at {} s, and its programs with it", machine, at);
        default:
            return fmt::format("its process was killed at {} s", at);
    }
}

/// An ending that another call has already been told in full.
std::string_view briefly(tcp::EndReason reason) {
    switch (reason) {
        case tcp::EndReason::finished:
            return "both sides had finished";
        case tcp::EndReason::reset_by_peer:
            return "it was reset";
        case tcp::EndReason::refused:
            return "it was refused";
        case tcp::EndReason::gave_up:
            return "it was given up";
        case tcp::EndReason::aborted:
            return "it was aborted";
        case tcp::EndReason::unreachable:
            return "an ICMP error ended it";
    }
    return "";
}

/// What ended a wait for which nothing came: a signal, or a time that the program had set itself.
std::optional<std::string> given_up_waiting(CallStory const& call) {
    if (call.result.error == Errno::eintr) {
        return call.result.restarts ? "a signal came; its handler runs, then the call is made again"
                                    : "a signal came, and its handler ran";
    }
    trace::Because const& because = call.result.because;
    if (because.kind != trace::Because::Kind::program || because.process != call.made.process) {
        return std::nullopt;
    }
    switch (call.made.call) {
        case Call::connect:
            return "SO_SNDTIMEO was over; the handshake goes on";
        case Call::poll:
        case Call::select:
        case Call::epoll_wait:
            return "its time was over";
        case Call::close:
            return "SO_LINGER's time was over; what is left is sent without it";
        case Call::accept:
            return "SO_RCVTIMEO was over";
        default:
            break;
    }
    constexpr std::int32_t standard_error = 2;  // up to it may stand for a terminal, on which a line was typed
    if (call.made.descriptor <= standard_error || !(receives(call.made.call) || sends(call.made.call))) {
        return "";
    }
    return receives(call.made.call) ? "SO_RCVTIMEO was over" : "SO_SNDTIMEO was over";
}

/// A call that had waited.
std::string after_waiting(CallStory const& call, Naming const& naming) {
    // Several frames may have come at the instant that ended the wait: the one that decided the result counts.
    if (call.result.error != Errno::none && call.ending && call.ending->what.error == call.result.error) {
        return why_ended(*call.ending, naming);
    }
    if (call.result.end_of_stream && call.fin) {
        return clause_of(*call.fin, naming);
    }
    if (auto const text = given_up_waiting(call)) {
        return *text;
    }
    if (!call.arrival) {
        return call.made.call == Call::sleep ? "" : what_moved(call.result.because, naming) + " ended the wait";
    }
    std::string const sender = naming.node(call.arrival->id.origin);
    if (call.arrival->cause.why == tcp::Why::handshake_completed) {
        return fmt::format("{}'s ACK completed the handshake", sender);
    }
    if (receives(call.made.call) && call.result.value > 0) {
        std::string const reason = remarkable(call.arrival->cause) ? ": " + why_sent(call.arrival->cause) : "";
        return fmt::format("{} sent {}{}", sender, counted(static_cast<std::uint64_t>(call.result.value), "byte"),
                           reason);
    }
    if (sends(call.made.call) && call.result.error == Errno::none) {
        return fmt::format("{}'s ACKs made room in the send buffer", sender);
    }
    return clause_of(*call.arrival, naming);
}

/// A call that was answered on the spot.
std::string at_once(CallStory const& call, Naming const& naming) {
    bool const failed = call.result.error != Errno::none;
    if ((failed || call.result.end_of_stream) && call.ending && call.ending->what.error != Errno::none) {
        bool const news = call.result.error == call.ending->what.error;
        return fmt::format("the connection was gone since {} s: {}", clock_text(call.ending->at),
                           news ? why_ended(*call.ending, naming) : std::string{briefly(call.ending->what.reason)});
    }
    if (call.result.end_of_stream && call.fin) {
        return fmt::format("at {} s {}", clock_text(call.fin->at), clause_of(*call.fin, naming));
    }
    if (failed) {
        return "";  // a mistake of the program's own, such as EBADF: the errno says it all
    }
    if (receives(call.made.call) && call.result.value > 0) {
        return "the data was there already";
    }
    if (call.made.call == Call::accept) {
        return "a finished handshake was waiting";
    }
    if (sends(call.made.call) && call.sent_count == 0) {
        return "kept in the send buffer";
    }
    if (call.made.call == Call::close && call.ending && call.sent_count == 0) {
        return "nothing to send: the connection was gone";
    }
    return what_it_sent(call);
}

}  // namespace

std::string why_ended(Ending const& ending, Naming const& naming) {
    switch (ending.what.reason) {
        case tcp::EndReason::gave_up:
            return gave_up(ending, naming);
        case tcp::EndReason::reset_by_peer:
        case tcp::EndReason::refused:
            return ending.by ? clause_of(*ending.by, naming) : "the peer reset it";
        case tcp::EndReason::finished:
            return "both sides had finished";
        case tcp::EndReason::aborted:
            return "it was aborted here";
        case tcp::EndReason::unreachable:
            return "an ICMP error said that the peer cannot be reached";
    }
    return "";
}

std::string why_returned(CallStory const& call, Naming const& naming) {
    if (!call.returned) {
        return cut_off_text(call, naming);
    }
    return call.result.blocked ? after_waiting(call, naming) : at_once(call, naming);
}

}  // namespace tcpsim::render

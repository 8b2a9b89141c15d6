#include "tools/render/strace.hpp"

#include "sim/machine/signal.hpp"
#include "tools/render/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tcpsim::render {

namespace {

std::string signal_text(std::int32_t number) {
    auto const signal = machine::signal_numbered(number);
    return signal ? std::string{machine::name(*signal)} : fmt::format("SIG{}", number);
}

}  // namespace

void Strace::record(trace::Record const& record) {
    if (auto const* what = std::get_if<trace::Happened>(&record.what)) {
        happened(record, *what);
    } else if (auto const* made = std::get_if<trace::CallMade>(&record.what)) {
        if (std::find(processes_.begin(), processes_.end(), made->process) != processes_.end()) {
            pending_[made->process] = {record.at, *made};
        }
    } else if (auto const* back = std::get_if<trace::CallReturned>(&record.what)) {
        returned(record, *back);
    }
}

void Strace::happened(trace::Record const& record, trace::Happened const& what) {
    using trace::Happening;
    trace::ProcessRef const process{what.node, what.boot, what.process};
    if (what.what == Happening::process_started && what.name == program_) {
        processes_.push_back(process);
    }
    if (std::find(processes_.begin(), processes_.end(), process) == processes_.end()) {
        return;
    }
    switch (what.what) {
        case Happening::signal_handled:
            add(process, record.at, fmt::format("--- {0} {{si_signo={0}}} ---", signal_text(what.status)));
            break;
        case Happening::process_killed:
            if (auto const call = pending_.find(process); call != pending_.end()) {
                if (!call->second.told) {
                    add(process, call->second.at, opening_of(call->second.made) + " <unfinished ...>");
                }
                pending_.erase(call);
            }
            add(process, record.at, fmt::format("+++ killed by {} +++", signal_text(what.status)));
            break;
        case Happening::process_exited:
            if (auto const call = pending_.find(process); call != pending_.end()) {
                add(process, call->second.at, fmt::format("exit_group({}) = ?", what.status));
                pending_.erase(call);
            }
            add(process, record.at, fmt::format("+++ exited with {} +++", what.status));
            break;
        default:
            break;
    }
}

void Strace::returned(trace::Record const& record, trace::CallReturned const& back) {
    auto const found = pending_.find(back.process);
    if (found == pending_.end()) {
        return;
    }
    Pending const call = found->second;
    pending_.erase(found);
    CallText const text = call_text(call.made, back);
    std::string const took = fmt::format("<{}>", clock_text(Instant{record.at - call.at}));
    if (call.told) {
        add(back.process, record.at,
            fmt::format("<... {} resumed>{} {} {}", text.name, text.closing, text.result, took));
    } else {
        add(back.process, call.at, fmt::format("{}{} {} {}", text.opening, text.closing, text.result, took));
    }
}

void Strace::tell_unfinished_but(trace::ProcessRef process) {
    for (auto& [other, call] : pending_) {
        if (other != process && !call.told) {
            call.told = true;
            lines_.push_back(fmt::format("[pid {:>3}] {} {} <unfinished ...>", other.process, clock_text(call.at),
                                         opening_of(call.made)));
        }
    }
}

void Strace::add(trace::ProcessRef process, Instant at, std::string_view what) {
    tell_unfinished_but(process);
    lines_.push_back(fmt::format("[pid {:>3}] {} {}", process.process, clock_text(at), what));
}

std::string Strace::text() const {
    std::string text;
    for (std::string const& line : lines_) {
        text += line + "\n";
    }
    for (auto const& [process, call] : pending_) {
        if (!call.told) {
            text += fmt::format("[pid {:>3}] {} {} <unfinished ...>\n", process.process, clock_text(call.at),
                                opening_of(call.made));
        }
    }
    return text;
}

}  // namespace tcpsim::render

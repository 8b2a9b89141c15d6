#include "stack/host/notices.hpp"

#include <algorithm>
#include <utility>

namespace tcpsim::host {
namespace {

// include/uapi/linux/errqueue.h
constexpr std::uint32_t scm_sent = 0, scm_scheduled = 1, scm_acknowledged = 2;
constexpr std::uint8_t code_copied = 1;  // SO_EE_CODE_ZEROCOPY_COPIED

/// Linux skb_zerocopy_notify_extend: what follows on the last report lengthens it.
bool lengthens(ErrorReport const& report, std::uint32_t first, std::uint8_t code) {
    return report.origin == ReportOrigin::zerocopy && report.code == code && report.data + 1 == first;
}

}  // namespace

void Notices::set_timestamping(std::uint32_t bits, SeqNum origin) {
    bool const numbers_anew = (bits & ~timestamping_ & timestamping::numbered) != 0;
    origin_ = numbers_anew ? origin : origin_;
    timestamping_ = bits;
}

void Notices::written(Written const& write) {
    if (std::uint32_t const bits = timestamping_ & timestamping::any_sending; bits != 0) {
        // Linux tcp_tx_timestamp: a packet remembers one stamp, the last.
        while (write.joined && !stamps_.empty() && stamps_.back().last.at_or_after(*write.joined)) {
            stamps_.pop_back();
        }
        stamps_.push_back({write.end - 1, bits});
    }
    if (!write.zero_copy) {
        return;
    }
    // Linux msg_zerocopy_realloc: buffers that share a packet are free together.
    std::uint32_t const number = zero_copies_++;
    bool const joins = write.joined && !buffers_.empty() && buffers_.back().end.after(*write.joined);
    if (joins) {
        buffers_.back().end = write.end;
        buffers_.back().last = number;
    } else {
        buffers_.push_back({write.end, number, number});
    }
}

ErrorReport Notices::report_of(Stamp const& stamp, std::uint32_t what, Instant now) const {
    ErrorReport report;
    report.error = Errno::enomsg;
    report.origin = ReportOrigin::timestamping;
    report.info = what;
    bool const numbered = (timestamping_ & timestamping::numbered) != 0;
    report.data = numbered ? static_cast<std::uint32_t>(stamp.last - origin_) : 0;
    report.quoted = (timestamping_ & timestamping::without_text) != 0 ? Payload{} : stamp.text;
    report.at = (timestamping_ & timestamping::software) != 0 ? std::optional{now} : std::nullopt;
    return report;
}

void Notices::sent(wire::TcpSegment const& segment, Instant now, std::vector<ErrorReport>& reports) {
    SeqNum const end = segment.seq + static_cast<std::uint32_t>(segment.payload.size());
    for (Stamp& stamp : stamps_) {
        if (stamp.last.before(segment.seq) || stamp.last.at_or_after(end)) {
            continue;
        }
        stamp.text = segment.payload;
        for (auto const& [bit, what] : {std::pair{timestamping::send_scheduled, scm_scheduled},
                                        std::pair{timestamping::send_software, scm_sent}}) {
            if ((stamp.bits & bit) != 0) {
                reports.push_back(report_of(stamp, what, now));
            }
        }
    }
}

void Notices::acknowledged(SeqNum una, Instant now, std::vector<ErrorReport>& reports) {
    while (!stamps_.empty() && stamps_.front().last.before(una)) {
        if ((stamps_.front().bits & timestamping::send_acknowledged) != 0) {
            reports.push_back(report_of(stamps_.front(), scm_acknowledged, now));
        }
        stamps_.pop_front();
    }
}

void Notices::released(SeqNum una, bool ended, bool copied, std::vector<ErrorReport>& reports) {
    while (!buffers_.empty() && (ended || buffers_.front().end.at_or_before(una))) {
        Buffers const free = buffers_.front();
        buffers_.pop_front();
        std::uint8_t const code = copied ? code_copied : std::uint8_t{0};
        if (!reports.empty() && lengthens(reports.back(), free.first, code)) {
            reports.back().data = free.last;
            continue;
        }
        ErrorReport report;
        report.origin = ReportOrigin::zerocopy;
        report.code = code;
        report.info = free.first;
        report.data = free.last;
        reports.push_back(std::move(report));
    }
}

void Notices::arrived(SeqNum end, Instant now) {
    if ((timestamping_ & timestamping::receive_software) != 0) {
        arrivals_.push_back({end, now});
    }
}

std::optional<Instant> Notices::arrival(SeqNum unread, std::uint32_t ahead) {
    while (!arrivals_.empty() && arrivals_.front().end.before(unread)) {
        arrivals_.pop_front();
    }
    auto const brought = [&](Arrival const& arrival) { return arrival.end.at_or_after(unread + ahead); };
    auto const found = std::find_if(arrivals_.begin(), arrivals_.end(), brought);
    bool const told = found != arrivals_.end() && (timestamping_ & timestamping::software) != 0;
    return told ? std::optional{found->at} : std::nullopt;
}

}  // namespace tcpsim::host

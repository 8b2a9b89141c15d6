#include "stack/tcp/scoreboard.hpp"

#include "stack/base/check.hpp"

#include <algorithm>

namespace tcpsim::tcp {

std::size_t Scoreboard::first_ending_after(SeqNum seq) const {
    std::size_t low = 0;
    std::size_t high = size();
    while (low < high) {
        std::size_t const middle = (low + high) / 2;
        if (segments_[middle].end().after(seq)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

std::size_t Scoreboard::next_lost() {
    while (hint_ < size() && !(segments_[hint_].lost && !segments_[hint_].repeated)) {
        ++hint_;
    }
    return hint_;
}

void Scoreboard::push(SentSegment const& segment) {
    segments_.push_back(segment);
    segments_.back().delivered = delivered_;
    packets_ += segment.begins_packet ? 1U : 0U;
}

SentSegment Scoreboard::pop_front() {
    SentSegment const segment = segments_.front();
    sacked_ -= segment.sacked ? 1U : 0U;
    lost_ -= segment.lost ? 1U : 0U;
    repeated_ -= segment.repeated ? 1U : 0U;
    segments_.pop_front();
    if (!empty() && !segments_.front().begins_packet) {
        segments_.front().begins_packet = true;  // what is left of the packet
    } else {
        --packets_;
    }
    hint_ -= hint_ > 0 ? 1U : 0U;
    return segment;
}

void Scoreboard::mark_sacked(std::size_t i) {
    SentSegment& segment = segments_[i];
    check(!segment.sacked, "a segment is selectively acknowledged once");
    lost_ -= segment.lost ? 1U : 0U;
    // Linux tcp_sacktag_one: a repetition that was not of a lost segment (a probe) stays in flight until its D-SACK.
    bool const hole_filled = segment.repeated && segment.lost;
    repeated_ -= hole_filled ? 1U : 0U;
    segment.repeated = segment.repeated && !hole_filled;
    segment.lost = false;
    segment.sacked = true;
    if (sacked_ == 0 || segment.end().after(highest_sacked_)) {
        highest_sacked_ = segment.end();
    }
    ++sacked_;
    ++delivered_;
}

void Scoreboard::mark_lost(std::size_t i) {
    SentSegment& segment = segments_[i];
    if (segment.sacked) {
        return;
    }
    if (!segment.lost) {
        segment.lost = true;
        ++lost_;
    } else if (segment.repeated) {
        segment.repeated = false;
        --repeated_;
    }
    hint_ = std::min(hint_, static_cast<std::uint32_t>(i));
}

void Scoreboard::mark_repeated(std::size_t i, Instant now, bool counts) {
    SentSegment& segment = segments_[i];
    segment.transmissions = static_cast<std::uint8_t>(std::min(segment.transmissions + 1, 255));
    segment.sent_at = now;
    segment.delivered = delivered_;
    if (counts && !segment.repeated) {
        segment.repeated = true;
        ++repeated_;
    }
}

void Scoreboard::repetition_arrived(std::size_t i) {
    SentSegment& segment = segments_[i];
    if (segment.repeated) {
        segment.repeated = false;
        --repeated_;
    }
}

void Scoreboard::forget_losses() {
    for (std::size_t i = 0; i < size(); ++i) {
        segments_[i].lost = false;
    }
    lost_ = 0;
}

void Scoreboard::renege() {
    for (std::size_t i = 0; i < size(); ++i) {
        segments_[i].sacked = false;
    }
    sacked_ = 0;
}

bool Scoreboard::assume_arrived(std::uint32_t count) {
    auto const all = static_cast<std::uint32_t>(size());
    std::uint32_t const holes = std::min(std::max(lost_, 1U), all);
    assumed_ += count;
    if (assumed_ + holes <= all) {
        delivered_ += count;
        return true;
    }
    std::uint32_t const excess = assumed_ + holes - all;
    assumed_ -= excess;
    delivered_ += count - std::min(count, excess);
    return false;
}

void Scoreboard::assumed_left(std::uint32_t acknowledged) {
    delivered_ += std::max(acknowledged - std::min(acknowledged, assumed_), 1U);
    assumed_ -= std::min(assumed_, acknowledged - 1);
    limit_assumed();  // what is left cannot all have arrived
}

void Scoreboard::limit_assumed() {
    auto const all = static_cast<std::uint32_t>(size());
    std::uint32_t const holes = std::min(std::max(lost_, 1U), all);
    assumed_ = std::min(assumed_, all - holes);
}

void Scoreboard::split(std::size_t i, std::uint32_t length) {
    check(length > 0 && length < segments_[i].length, "a segment is cut inside");
    SentSegment rest = segments_[i];
    rest.seq += length;
    rest.length -= length;
    segments_[i].length = length;
    rest.begins_packet = false;
    segments_[i].control = 0;  // FIN and PSH stay with the last byte
    sacked_ += rest.sacked ? 1U : 0U;
    lost_ += rest.lost ? 1U : 0U;
    repeated_ += rest.repeated ? 1U : 0U;
    segments_.push_back(rest);
    for (std::size_t k = size() - 1; k > i + 1; --k) {
        std::swap(segments_[k], segments_[k - 1]);
    }
}

namespace {

/// The same packet of several segments holds both.
bool goes_on(SentSegment const& first, SentSegment const& later) { return !later.begins_packet && later.alike(first); }

}  // namespace

bool Scoreboard::first_packet_goes_on() const { return size() > 1 && goes_on(segments_[0], segments_[1]); }

std::optional<SentSegment> Scoreboard::cut_first_packet(SeqNum una) {
    std::size_t count = 1;
    while (count < size() && goes_on(segments_[0], segments_[count])) {
        ++count;
    }
    SentSegment packet = segments_[0];
    SentSegment const last = segments_[count - 1];
    packet.length = static_cast<std::uint32_t>(last.end() - packet.seq);
    std::uint32_t const mss = segments_[0].length;
    std::uint32_t const text = static_cast<std::uint32_t>(last.end() - una) - (last.length - last.text());
    bool const fewer = count > 1 && text <= (count - 1) * mss;
    if (fewer) {
        segments_[count - 2].control = last.control;
        sacked_ -= last.sacked ? 1U : 0U;
        lost_ -= last.lost ? 1U : 0U;
        repeated_ -= last.repeated ? 1U : 0U;
        for (std::size_t k = count - 1; k + 1 < size(); ++k) {
            segments_[k] = segments_[k + 1];
        }
        segments_.pop_back();
        hint_ -= hint_ >= count ? 1U : 0U;
        --count;
    }
    for (std::size_t k = 0; k < count; ++k) {
        SentSegment& segment = segments_[k];
        segment.seq = una + static_cast<std::uint32_t>(k) * mss;
        segment.length = k + 1 < count ? mss : static_cast<std::uint32_t>(last.end() - segment.seq);
    }
    return fewer ? std::optional{packet} : std::nullopt;
}

void Scoreboard::begin_packet(std::size_t i) {
    packets_ += segments_[i].begins_packet ? 0U : 1U;
    segments_[i].begins_packet = true;
}

void Scoreboard::merge(std::size_t i) {
    check(i + 1 < size() && !segments_[i + 1].sacked, "what is merged is outstanding");
    SentSegment& segment = segments_[i];
    SentSegment const& next = segments_[i + 1];
    segment.length += next.length;
    segment.control |= next.control;
    segment.transmissions = std::max(segment.transmissions, next.transmissions);
    lost_ -= next.lost ? 1U : 0U;
    repeated_ -= next.repeated ? 1U : 0U;
    packets_ -= next.begins_packet ? 1U : 0U;
    assumed_ -= std::min(assumed_, 1U);  // Linux tcp_adjust_pcount
    for (std::size_t k = i + 1; k + 1 < size(); ++k) {
        segments_[k] = segments_[k + 1];
    }
    segments_.pop_back();
    hint_ -= hint_ > i ? 1U : 0U;
}

void Scoreboard::clear() { *this = Scoreboard{}; }

}  // namespace tcpsim::tcp

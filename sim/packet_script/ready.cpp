// Calls that ask which files are ready: poll, epoll.
#include "sim/packet_script/members.hpp"
#include "sim/packet_script/program.hpp"
#include "sim/packet_script/symbols.hpp"

#include <algorithm>

namespace tcpsim::packet_script {

namespace {

// include/uapi: asm-generic/poll.h, linux/eventpoll.h: the bits that both share.
constexpr std::int64_t in_bit = 0x1, pri_bit = 0x2, out_bit = 0x4, err_bit = 0x8, hup_bit = 0x10, rdhup_bit = 0x2000;
constexpr std::int64_t normal_in_bit = 0x40, normal_out_bit = 0x100;
constexpr std::int64_t exclusive_bit = 0x10000000, one_shot_bit = 0x40000000, edge_bit = 0x80000000;

socket::Readiness readiness_of(std::int64_t bits) {
    return {.in = (bits & (in_bit | normal_in_bit)) != 0,
            .out = (bits & (out_bit | normal_out_bit)) != 0,
            .rdhup = (bits & rdhup_bit) != 0,
            .err = true,
            .hup = true,
            .pri = (bits & pri_bit) != 0};
}

std::int64_t bits_of(socket::Readiness const& ready, std::int64_t asked) {
    std::int64_t const normal_in = ready.in ? asked & normal_in_bit : 0;
    std::int64_t const normal_out = ready.out ? asked & normal_out_bit : 0;
    std::int64_t const in = ready.in ? asked & in_bit : 0;
    std::int64_t const out = ready.out ? asked & out_bit : 0;
    return in | out | normal_in | normal_out | (ready.pri ? pri_bit : 0) | (ready.err ? err_bit : 0) |
           (ready.hup ? hup_bit : 0) | (ready.rdhup ? rdhup_bit : 0);
}

void expect_bits(std::string const& what, Expression const& expected, std::int64_t seen) {
    if (expected.kind == Expression::Kind::ellipsis) {
        return;
    }
    std::int64_t const wanted = number_of(expected);
    if (wanted != seen) {
        fail(what + " are others", std::to_string(wanted), std::to_string(seen));
    }
}

constexpr Returned bad_descriptor{-1, Errno::ebadf};

}  // namespace

bool Program::times_out(std::int64_t milliseconds, bool retried) {
    if (!retried) {
        gives_up_ = milliseconds < 0 ? never : stage_->now() + std::chrono::milliseconds{milliseconds};
    }
    return stage_->now() >= gives_up_;
}

std::optional<Returned> Program::call_poll(Call const& call, bool retried) {
    std::vector<std::int64_t> seen;
    std::int64_t ready = 0;
    for (Expression const& entry : argument(call, 0).items) {
        std::int64_t const asked = number_of(needed_member(entry, "events"));
        auto const polled = file(number_of(needed_member(entry, "fd")));
        constexpr std::int64_t invalid = 0x20;  // POLLNVAL
        seen.push_back(polled ? bits_of(stage_->sockets().poll(*polled) & readiness_of(asked), asked) : invalid);
        ready += seen.back() != 0 ? 1 : 0;
    }
    if (ready == 0 && !times_out(number_argument(call, 2), retried)) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
        expect_bits("the events of poll()", needed_member(argument(call, 0).items[i], "revents"), seen[i]);
    }
    return Returned{ready};
}

std::optional<Returned> Program::call_epoll_create(Call const& call, bool /*retried*/) {
    return install(call, stage_->sockets().epoll_create());
}

std::optional<Returned> Program::call_epoll_ctl(Call const& call, bool /*retried*/) {
    auto const epoll = file_of(call);
    std::int64_t const descriptor = number_argument(call, 2);
    auto const watched = file(descriptor);
    if (!epoll || !watched) {
        return bad_descriptor;
    }
    socket::Watched const what{*watched, static_cast<std::int32_t>(descriptor)};
    std::string const& operation = argument(call, 1).text;
    Result<Done> done = Done{};
    if (operation == "EPOLL_CTL_DEL") {
        done = stage_->sockets().epoll_remove(*epoll, what);
    } else {
        Expression const& event = argument(call, 3);
        std::int64_t const bits = number_of(needed_member(event, "events"));
        socket::EpollInterest const interest{.events = readiness_of(bits),
                                             .edge_triggered = (bits & edge_bit) != 0,
                                             .one_shot = (bits & one_shot_bit) != 0,
                                             .exclusive = (bits & exclusive_bit) != 0,
                                             .data = static_cast<std::uint64_t>(number_of(event.items.back()))};
        done = operation == "EPOLL_CTL_MOD" ? stage_->sockets().epoll_modify(*epoll, what, interest)
                                            : stage_->sockets().epoll_add(*epoll, what, interest);
    }
    return done.ok() ? Returned{} : Returned{-1, done.error()};
}

std::optional<Returned> Program::call_epoll_wait(Call const& call, bool retried) {
    auto const epoll = file_of(call);
    if (!epoll) {
        return bad_descriptor;
    }
    auto const most = static_cast<std::size_t>(number_argument(call, 2));
    auto const ready = stage_->sockets().epoll_ready(*epoll, most);
    if (!ready.ok()) {
        return Returned{-1, ready.error()};
    }
    if (ready.value().empty() && !times_out(number_argument(call, 3), retried)) {
        return std::nullopt;
    }
    // One event, or a list of them.
    Expression const& given = argument(call, 1);
    std::vector<Expression> const expected =
        given.kind == Expression::Kind::list ? given.items : std::vector<Expression>{given};
    for (std::size_t i = 0; i < expected.size() && expected[i].kind == Expression::Kind::structure; ++i) {
        constexpr std::int64_t every_bit = in_bit | out_bit | normal_in_bit | normal_out_bit;
        std::int64_t const asked = number_of(needed_member(expected[i], "events"));
        std::int64_t const normal = asked & (normal_in_bit | normal_out_bit);
        std::int64_t const seen =
            i < ready.value().size()
                ? bits_of(ready.value()[i].events, (every_bit & ~(normal_in_bit | normal_out_bit)) | normal)
                : 0;
        expect_bits("the events of epoll_wait()", needed_member(expected[i], "events"), seen);
    }
    return Returned{static_cast<std::int64_t>(ready.value().size())};
}

}  // namespace tcpsim::packet_script

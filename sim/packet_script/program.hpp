// The program of a script: its descriptors and the calls it makes. A call that would block is tried again until it returns.
#pragma once

#include "sim/packet_script/stage.hpp"
#include "sim/packet_script/verdict.hpp"

#include <map>
#include <optional>
#include <string>

namespace tcpsim::packet_script {

/// The script's side of the world: where things are that `...` stands for.
struct Addresses {
    wire::Endpoint local{};   ///< what bind() takes
    wire::Endpoint remote{};  ///< whom connect() calls
};

/// What a call gave.
struct Returned {
    std::int64_t value{0};
    Errno error{Errno::none};
};

class Program {
  public:
    /// Times that calls tell may differ by `tolerance`.
    Program(Stage& stage, Addresses addresses, Duration tolerance)
        : stage_{&stage}, addresses_{addresses}, tolerance_{tolerance} {}

    /// Makes the call, or tries again; nothing if it would block. What the call tells through its arguments is compared
    /// with what the script says. `retried`: it has blocked before.
    std::optional<Returned> attempt(Call const& call, bool retried);

    /// What the last call did to the connection under test.
    struct Effect {
        std::optional<wire::FourTuple> connecting{};
        bool listening{false};
    };
    Effect take_effect() { return std::exchange(effect_, {}); }
    /// When the call that blocks returns in any case; `never` if it does not.
    [[nodiscard]] Instant gives_up() const { return gives_up_; }
    /// Whether there is something to try the blocked call again for: a writer sleeps until a good part of its buffer is free
    /// (Linux sk_stream_write_space).
    [[nodiscard]] bool woken(Call const& call) const;
    /// Whether the call may wait: its descriptor does not have O_NONBLOCK, and no flag says otherwise.
    [[nodiscard]] bool may_block(Call const& call) const;

    [[nodiscard]] std::optional<socket::FileId> file(std::int64_t descriptor) const;
    [[nodiscard]] std::map<std::int64_t, socket::FileId> const& files() const { return files_; }

  private:
    using Handler = std::optional<Returned> (Program::*)(Call const&, bool);
    static Handler handler_of(std::string_view name);

    // opening.cpp
    std::optional<Returned> call_socket(Call const& call, bool retried);
    std::optional<Returned> call_bind(Call const& call, bool retried);
    std::optional<Returned> call_listen(Call const& call, bool retried);
    std::optional<Returned> call_accept(Call const& call, bool retried);
    std::optional<Returned> call_connect(Call const& call, bool retried);
    std::optional<Returned> call_shutdown(Call const& call, bool retried);
    std::optional<Returned> call_close(Call const& call, bool retried);
    // transfer.cpp
    std::optional<Returned> call_read(Call const& call, bool retried);
    std::optional<Returned> call_recv(Call const& call, bool retried);
    std::optional<Returned> call_write(Call const& call, bool retried);
    std::optional<Returned> call_send(Call const& call, bool retried);
    std::optional<Returned> call_recvmsg(Call const& call, bool retried);
    std::optional<Returned> call_sendmsg(Call const& call, bool retried);
    std::optional<Returned> call_readv(Call const& call, bool retried);
    std::optional<Returned> call_writev(Call const& call, bool retried);
    // ready.cpp
    std::optional<Returned> call_poll(Call const& call, bool retried);
    std::optional<Returned> call_epoll_create(Call const& call, bool retried);
    std::optional<Returned> call_epoll_ctl(Call const& call, bool retried);
    std::optional<Returned> call_epoll_wait(Call const& call, bool retried);
    // control.cpp
    std::optional<Returned> call_fcntl(Call const& call, bool retried);
    std::optional<Returned> call_ioctl(Call const& call, bool retried);
    std::optional<Returned> call_setsockopt(Call const& call, bool retried);
    std::optional<Returned> call_getsockopt(Call const& call, bool retried);

    std::optional<Returned> receive(Call const& call, std::uint64_t at_most, std::int64_t flags);
    /// Where a call sends to, how much, and how.
    struct Sending {
        std::uint64_t length{0};
        std::int64_t flags{0};
        Expression const* to{nullptr};
    };
    std::optional<Returned> send(Call const& call, Sending const& sending, bool retried);
    std::optional<Returned> sent_so_far(Call const& call, Result<std::uint64_t> const& taken, std::uint64_t length,
                                        bool retried);
    /// What the call says of waiting: MSG_DONTWAIT is missing.
    [[nodiscard]] static bool may_wait(Call const& call);
    /// Whether a call with a timeout in milliseconds (-1: none) that has nothing yet returns now.
    bool times_out(std::int64_t milliseconds, bool retried);
    /// The descriptor that the call works on; a call on one that is not open has EBADF.
    [[nodiscard]] std::optional<socket::FileId> file_of(Call const& call) const;
    /// The script says which descriptor a call gives: that is its number, and what had it before is forgotten.
    Returned install(Call const& call, socket::FileId file);
    [[nodiscard]] static wire::Endpoint endpoint(Expression const& given, wire::Endpoint otherwise);

    Stage* stage_;
    Addresses addresses_;
    Duration tolerance_;
    std::map<std::int64_t, socket::FileId> files_{};
    std::map<std::int64_t, std::uint64_t> written_{};  ///< bytes, by descriptor: which part of the pattern comes next
    std::uint64_t partly_sent_{0};                     ///< by the call that blocks
    bool connects_{false};                             ///< the call that blocks waits for a handshake that it began
    Instant gives_up_{never};                          ///< the call that blocks
    Effect effect_{};
};

/// The n-th argument; fails if there are fewer.
Expression const& argument(Call const& call, std::size_t n);
/// As a number.
std::int64_t number_argument(Call const& call, std::size_t n);

inline constexpr std::uint64_t programs_stream = 1;  ///< of the pattern that the program writes

}  // namespace tcpsim::packet_script

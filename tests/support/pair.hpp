// Two connections and the wire between them:
//   Pair p{profile_of("linux"), profile_of("bsd44")};
//   p.connect();
//   p.to_server().drop(nth(2).data());
//   p.client().write(5000);
//   p.run(1s);
//   CHECK(p.server().read(5000) == 5000);
#pragma once

#include "stack/profile/profile.hpp"
#include "stack/tcp/connection.hpp"
#include "tests/support/dialogue.hpp"
#include "tests/support/invariants.hpp"
#include "tests/support/wire.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace tcpsim::test {

class Pair;

/// One of the two. What it writes is a pattern, so that a wrong, lost or doubled byte is found at the other end.
class End {
  public:
    /// How much of it was taken.
    std::uint64_t write(std::uint64_t bytes);
    /// Up to so many bytes; how many there were. Bytes that the other end did not write are a violation.
    std::uint64_t read(std::uint64_t at_most);
    void shutdown();
    void close();
    void abort();
    void set_options(tcp::UserOptions const& options);
    /// Loses power: its connection is gone, and it is silent.
    void crash();
    /// Again: it knows nothing and answers with RST.
    void boot();
    [[nodiscard]] profile::Profile const& profile() const { return *profile_; }
    [[nodiscard]] bool crashed() const { return power_ != Power::on; }
    [[nodiscard]] tcp::Connection const& connection() const { return *connection_; }
    [[nodiscard]] bool exists() const { return connection_.has_value(); }
    [[nodiscard]] tcp::State state() const { return exists() ? connection_->state() : tcp::State::closed; }
    [[nodiscard]] std::uint64_t written() const { return written_; }
    [[nodiscard]] std::uint64_t was_read() const { return read_; }
    [[nodiscard]] bool saw_end() const { return saw_end_; }  ///< a read gave the end of the stream
    [[nodiscard]] std::optional<tcp::Ended> const& ended() const { return ended_; }
    /// The state before this one.
    [[nodiscard]] tcp::State left() const { return left_; }
    [[nodiscard]] std::size_t sent(tcp::Why why) const;  ///< segments sent for that reason

  private:
    friend class Pair;
    End(Pair& pair, profile::Profile profile, std::uint64_t stream, std::uint64_t peers_stream);
    void after_call();

    Pair* pair_;
    std::unique_ptr<profile::Profile> profile_;
    std::uint64_t stream_;
    std::uint64_t peers_stream_;
    std::uint64_t written_{0};
    std::uint64_t read_{0};
    bool saw_end_{false};
    enum class Power : std::uint8_t { on, off, on_again } power_{Power::on};
    std::optional<tcp::Connection> connection_{};
    std::optional<tcp::Ended> ended_{};
    tcp::State left_{tcp::State::closed};
    std::map<tcp::Why, std::size_t> causes_{};
    tcp::Actions actions_{};
    Invariants invariants_{};
};

class Pair {
  public:
    struct Settings {
        std::uint32_t client_receive_buffer{0};  ///< 0: the profile's
        std::uint32_t server_receive_buffer{0};
        std::uint32_t link_mss{1460};
        Duration one_way{std::chrono::milliseconds{10}};
    };
    Pair(profile::Profile client, profile::Profile server, Settings settings);
    Pair(profile::Profile client, profile::Profile server) : Pair{std::move(client), std::move(server), Settings{}} {}
    Pair(Pair const&) = delete;
    Pair& operator=(Pair const&) = delete;

    /// The client's SYN is on its way.
    void open();
    /// The server opens actively, too: call it after open() for a simultaneous open.
    void open_from_server();
    /// open() and the handshake.
    void connect();
    void run(Duration duration);
    /// Until neither a segment is on its way nor a deadline is set, but not longer.
    void run_until_quiet(Duration at_most);

    /// Takes the next event, unless it is later than `limit` or something is wrong.
    bool advance(Instant limit);

    End& client() { return client_; }
    End& server() { return server_; }
    Wire& to_server() { return to_server_; }
    Wire& to_client() { return to_client_; }
    void heal();
    [[nodiscard]] Instant now() const { return now_; }
    /// The first thing that did not hold; empty if all did.
    [[nodiscard]] std::string const& violation() const { return violation_; }

  private:
    friend class End;
    [[nodiscard]] Instant next_event() const;
    void step(Instant at);
    void deliver(End& end, wire::TcpSegment const& segment);
    void expire(End& end);
    void walk(End& end);
    Wire& wire_from(End const& end) { return &end == &client_ ? to_server_ : to_client_; }
    tcp::OpenWith opening(End const& end) const;

    Settings settings_;
    Instant now_{std::chrono::seconds{1000}};
    Wire to_server_;
    Wire to_client_;
    End client_;
    End server_;
    std::uint32_t events_at_once_{0};
    std::string violation_{};
};

}  // namespace tcpsim::test

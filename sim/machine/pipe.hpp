// A pipe: pipe(7), and its limits as Linux has them.
#pragma once

#include "stack/base/payload.hpp"
#include "stack/socket/readiness.hpp"

#include <cstdint>
#include <deque>

namespace tcpsim::machine {

/// What one process writes and another reads. It holds 16 pages of 4096 bytes: who writes little at a time shares the last
/// one, if the bytes that do not fill a page still fit there; so less than 65536 bytes may be all (Linux pipe_write).
class Pipe {
  public:
    static constexpr std::uint64_t page = 4096;
    static constexpr std::size_t most_pages = 16;

    /// How much was taken: all, a part, or nothing when it is full.
    std::uint64_t write(Payload const& data);
    /// What splice() and sendfile() bring has pages of its own, which nothing is added to.
    std::uint64_t splice(Payload const& data);
    /// How much splice() would take (Linux do_splice_read).
    [[nodiscard]] std::uint64_t room() const { return (most_pages - pages_.size()) * page; }
    /// The oldest bytes, which stay.
    [[nodiscard]] Payload peek(std::uint64_t at_most) const;
    void consume(std::uint64_t bytes);
    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] bool empty() const { return pages_.empty(); }
    [[nodiscard]] bool full() const { return pages_.size() == most_pages; }

    bool has_readers{true};
    bool has_writers{true};

    /// Linux pipe_poll.
    [[nodiscard]] socket::Readiness reader_ready() const { return {.in = !empty(), .hup = !has_writers}; }
    [[nodiscard]] socket::Readiness writer_ready() const { return {.out = !full(), .err = !has_readers}; }

  private:
    struct Page {
        Payload data{};
        std::uint64_t begun{
            0};  ///< where in the page the data begins: what was read does not come free before the rest
        bool may_grow{false};
    };
    std::uint64_t fill(Payload const& data, std::uint64_t from, bool may_grow);
    std::deque<Page> pages_{};
};

}  // namespace tcpsim::machine

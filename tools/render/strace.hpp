// The calls of a program's processes, as strace -f -ttt -T would print them.
#pragma once

#include "sim/trace/record.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::render {

/// What strace prints of a call before the kernel is asked, and what when it has answered.
struct CallText {
    std::string name{};     ///< "read"
    std::string opening{};  ///< "read(3, "
    std::string closing{};  ///< "\"hello\", 1024)"
    std::string result{};   ///< "= 5"
};
std::string opening_of(trace::CallMade const& made);
/// Of a call that has returned.
CallText call_text(trace::CallMade const& made, trace::CallReturned const& returned);

/// Listens to a run and keeps the log of every process of one name.
class Strace final : public trace::Sink {
  public:
    explicit Strace(std::string program) : program_{std::move(program)} {}
    void record(trace::Record const& record) override;
    /// One line per call, signal and end; calls that never returned are last.
    [[nodiscard]] std::string text() const;

  private:
    struct Pending {
        Instant at{};
        trace::CallMade made{};
        bool told{false};  ///< as unfinished, because another process had something to say
    };
    void happened(trace::Record const& record, trace::Happened const& what);
    void returned(trace::Record const& record, trace::CallReturned const& what);
    void tell_unfinished_but(trace::ProcessRef process);
    void add(trace::ProcessRef process, Instant at, std::string_view what);

    std::string program_;
    std::vector<trace::ProcessRef> processes_{};
    std::map<trace::ProcessRef, Pending> pending_{};
    std::vector<std::string> lines_{};
};

}  // namespace tcpsim::render

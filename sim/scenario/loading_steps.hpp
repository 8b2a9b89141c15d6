// What the loaders of steps share: which descriptors there are so far, and where patterns stand.
#pragma once

#include "sim/scenario/loading.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tcpsim::scenario {

/// Which sockets the steps so far have made: resolves the names that steps leave out.
class Sockets {
  public:
    std::string const& made(std::string name) {
        if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
            names_.push_back(name);
        }
        last_ = std::move(name);
        return last_;
    }
    /// One that is no socket: no step means it without its name.
    std::string named(std::string const& name) {
        if (!has(name)) {
            names_.push_back(name);
        }
        return name;
    }
    std::string const& connected(std::string name) { return connection_ = made(std::move(name)); }
    std::string const& listening(std::string name) { return listener_ = made(std::move(name)); }
    [[nodiscard]] std::string const& connection() const { return connection_.empty() ? last_ : connection_; }
    [[nodiscard]] std::string const& listener() const { return listener_; }
    [[nodiscard]] std::vector<std::string> const& names() const { return names_; }
    [[nodiscard]] bool has(std::string const& name) const {
        return std::find(names_.begin(), names_.end(), name) != names_.end();
    }

  private:
    std::vector<std::string> names_{};
    std::string last_{};
    std::string connection_{};
    std::string listener_{};
};

/// Where the patterns of one program's sockets stand.
struct Offsets {
    std::map<std::string, std::uint64_t> written{};
    std::map<std::string, std::uint64_t> read{};
};

struct Loading {
    Problems& problems;
    std::vector<CallStep>& steps;  ///< of the whole program
    Sockets sockets{};
    Offsets offsets{};
    Instant latest{};
};

/// One row per step: its key, the call that it is, and how the rest is read.
struct StepKind {
    std::string_view key{};
    trace::Call call{};
    void (*load)(Reader const&, CallStep&, Loading&){nullptr};
};
/// Of the steps in shapes_calls.hpp; null if it is none of them.
StepKind const* further_step(std::string_view key);
/// Whether `returns` of this call means something of its own, which its loader has read.
bool reads_its_returns(trace::Call call);

/// The socket that a step works on but does not make.
std::string existing_socket(Reader const& step, std::string const& otherwise, Loading& loading);
/// A descriptor that the step names under `key`, which must have been made.
std::string named_descriptor(Reader const& step, std::string_view key, std::string const& otherwise, Loading& loading);
/// What `write`, `send` or `print` is to write.
void load_data(Reader const& reader, std::string_view key, CallStep& step, Loading& loading);
/// MSG_….
void load_flags(Reader const& reader, CallStep& step);
/// The bits of a list of events.
std::uint32_t events_of(Reader const& reader, std::string_view key);

}  // namespace tcpsim::scenario

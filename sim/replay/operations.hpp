// What a recorded operation is with us: one call, or several where the recorder's name says so ("recv_n", "fill").
#pragma once

#include "sim/app/process.hpp"
#include "sim/replay/recording.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace tcpsim::replay {

/// What became of a call with us, in the recording's words.
struct Made {
    bool begun{false};
    bool returned{false};
    Instant at{};
    Instant until{};
    std::string result{};  ///< "-1" with an error
    std::string error{};
    std::map<std::string, std::string> more{};
    std::map<std::string, std::string> told{};  ///< of `more`, what must be the same
    std::string lacking{};                      ///< what we cannot do yet; the call was left out
};

Made failed(Errno error);
Made succeeded(std::int64_t value);
Made lacking(std::string what);

/// The program's sockets by their names in the recording, and what it has sent.
struct Sockets {
    std::map<std::string, std::int32_t> descriptors{};
    std::uint64_t sent{0};

    [[nodiscard]] std::int32_t of(Call const& call) const;
    /// The next so many bytes of its stream.
    Payload next(std::uint64_t length);
};

/// An argument as a number; zero if it is none or missing.
std::int64_t number(Call const& call, std::size_t argument);
/// An argument in seconds.
Duration seconds(Call const& call, std::size_t argument);
/// Two arguments: an address and a port.
wire::Endpoint endpoint(Call const& call, std::size_t argument);

using Operation = app::Task<Made> (*)(app::Process&, Call const&, Sockets&);
struct NamedOperation {
    std::string_view name{};
    Operation operation{nullptr};
};
/// Null if there is none of that name.
Operation operation_among(std::span<NamedOperation const> known, std::string_view op);
Operation operation_named(std::string_view op);
// Its three parts.
Operation transfer_named(std::string_view op);
Operation inquiry_named(std::string_view op);

}  // namespace tcpsim::replay

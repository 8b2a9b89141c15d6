// What stands between %{ and }%: assertions about a connection, in the small part of Python that scripts use: assert,
// assignment, print (which does nothing here), comparisons, arithmetic and bits of whole numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tcpsim::packet_script {

/// Variables live as long as the script.
using Variables = std::map<std::string, std::int64_t>;
/// The value of a name that is no variable: tcpi_snd_cwnd, TCP_CA_Open.
using Names = std::function<std::optional<std::int64_t>(std::string const&)>;

/// What went wrong: an assertion with its values, or something that is not understood.
struct CodeProblem {
    std::string message{};
    bool not_understood{false};
};
/// Runs it; nothing if every assertion holds.
std::optional<CodeProblem> run_code(std::string const& code, Variables& variables, Names const& names);

}  // namespace tcpsim::packet_script

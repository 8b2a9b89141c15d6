// Starts programs as a person would, without a shell, and keeps what they say.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tcpsim::testing {

struct Outcome {
    int status{-1};  ///< exit status; -1: killed by a signal or not started
    std::string out{};
    std::string err{};
};

/// Looked up in PATH. `environment` replaces variables of ours; stdin is empty.
Outcome run_program(std::vector<std::string> const& words, std::map<std::string, std::string> const& environment = {});
/// The tcpsim that was built with this test.
Outcome tcpsim(std::vector<std::string> words, std::map<std::string, std::string> const& environment = {});

/// The real main() over commands with a bug: tests/tools/broken_command.
Outcome broken_command(std::vector<std::string> words);

/// A new directory that goes away with its owner.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(TemporaryDirectory const&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
    [[nodiscard]] std::string file(std::string const& name) const { return (path_ / name).string(); }
    /// Writes a file and returns its path.
    [[nodiscard]] std::string with(std::string const& name, std::string const& text) const;

  private:
    std::filesystem::path path_;
};

std::string read_file(std::string const& path);
std::vector<std::string> lines_of(std::string const& text);
bool contains(std::string const& text, std::string const& part);

}  // namespace tcpsim::testing

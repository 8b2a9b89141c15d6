// Files are opened here and nowhere else.
#pragma once

#include "sim/scenario/load.hpp"

#include <fstream>
#include <string>
#include <vector>

namespace tcpsim::tool {

/// The whole text of a file. `error` says why not: missing, a directory, larger than 8 MiB.
scenario::Included read_text(std::string const& path);

/// Includes are looked for beside the scenario, in the directories above it, and in the current one.
scenario::Resolver resolver_for(std::string const& scenario_file);

/// A file to be written. Failures are kept until asked for, so that a run is not disturbed.
class OutputFile {
  public:
    explicit OutputFile(std::string path);
    [[nodiscard]] std::ostream& stream() { return stream_; }
    /// Flushes and closes; empty, or why something could not be written.
    std::string close();
    /// Empty, or why it could not be opened.
    [[nodiscard]] std::string const& error() const { return error_; }

  private:
    std::string path_;
    std::ofstream stream_;
    std::string error_{};
};

/// The files with that extension in a directory and below it, in order of their names; a file is itself.
std::vector<std::string> files_at(std::string const& path, std::string const& extension);

/// Empty, or why there is no such directory and none could be made.
std::string make_directory(std::string const& path);

}  // namespace tcpsim::tool

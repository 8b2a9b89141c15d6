// Machine-readable output, described in docs/json.md. Times are integer nanoseconds named *_ns, zero the world's start.
#pragma once

#include "sim/scenario/run.hpp"
#include "tools/render/names.hpp"
#include "tools/render/story.hpp"

#include <ostream>
#include <string>

namespace tcpsim::render {

/// The version of both formats: a reader's program may rely on every member that docs/json.md names.
inline constexpr int json_version = 1;

/// One document about a whole run, ending in a newline.
std::string json_document(scenario::Report const& report, Story const& story, Naming const& naming, Duration wall,
                          std::string_view program_version);

/// Every trace record on a line of its own, after a line that names the format.
class JsonLines final : public trace::Sink {
  public:
    /// Both must outlive this object.
    JsonLines(std::ostream& out, Naming const& naming, std::string_view scenario, std::uint64_t seed,
              std::string_view program_version);
    void record(trace::Record const& record) override;

  private:
    std::ostream* out_;
    Naming const* naming_;
};

}  // namespace tcpsim::render

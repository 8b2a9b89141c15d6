// The files that a test is about.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::test {

/// Below `folder`, in the order of their paths. `extension`: ".json".
inline std::vector<std::filesystem::path> files_below(std::filesystem::path const& folder, std::string_view extension) {
    std::vector<std::filesystem::path> found;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (entry.path().extension() == extension) {
            found.push_back(entry.path());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

inline std::string text_of(std::filesystem::path const& file) {
    std::ifstream stream{file};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

}  // namespace tcpsim::test

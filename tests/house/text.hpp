// Source text as the rules read it: lines, and code with its comments and literals blanked out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tcpsim::house {

/// A file of the tree; its path is relative to the repository and written with '/'.
struct File {
    std::string path{};
    std::string text{};
};

struct Finding {
    std::string path{};
    int line{0};  ///< from 1; 0: the file as a whole
    std::string what{};
    bool operator==(Finding const&) const = default;
};
std::string to_string(Finding const& finding);

/// All of them, one a line: what a failed check prints.
std::string to_string(std::vector<Finding> const& findings);

std::vector<std::string_view> lines_of(std::string_view text);
std::vector<std::string_view> lines_of(std::string&& text) = delete;  ///< the lines would outlive the text
int line_at(std::string_view text, std::size_t offset);

/// C++ text of the same length in which comments and the insides of string and character literals are spaces.
/// Includes keep their quoted path.
std::string code_of(std::string_view text);

/// Every text file of the repository that the working directory holds, in order of path; what .gitignore names at
/// the top, and .git, are left out.
std::vector<File> read_tree();

/// The names at the top of the tree, without the ignored ones.
std::vector<std::string> top_level_names();

}  // namespace tcpsim::house

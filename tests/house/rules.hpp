// The rules, each a function from text to what is wrong with it.
#pragma once

#include "tests/house/text.hpp"

#include <string>
#include <vector>

namespace tcpsim::house {

// --- layering.cpp: the arrows of the layers
/// Includes of a layer that its arrows do not reach, and libraries that it may not use.
std::vector<Finding> includes_against_the_arrows(File const& file);
/// The link graph in a CMakeLists.txt says something else than the arrows.
std::vector<Finding> links_against_the_arrows(File const& cmake);
/// yaml-cpp has one door: all files but the first that include it.
std::vector<Finding> second_doors_to_yaml(std::vector<File> const& files);

// --- size.cpp: what fits on a screen
inline constexpr int file_lines = 500;
inline constexpr int test_file_lines = 800;
inline constexpr int function_lines = 75;
std::vector<Finding> long_files(File const& file);
/// Counts from the line of the opening brace to that of the closing one; a static table in it does not count.
std::vector<Finding> long_functions(File const& file);

// --- repeatable.cpp: the same run everywhere
/// In stack/ and sim/: chance, clocks, files, threads, floating point, and orders that differ between runs.
std::vector<Finding> unrepeatable(File const& file);

// --- named.cpp: what programs may use is tested under its name
/// Calls of the trace that no test case names as a manual page is cited, "recv(2)"; options, requests of ioctl() and flags of
/// messages that none names.
std::vector<Finding> calls_and_options_without_case(std::vector<File> const& files);

// --- tidy.cpp: the tree as a person finds it
/// Paths of somebody's machine.
std::vector<Finding> machine_paths(File const& file);
/// Keys that are booleans to a YAML 1.1 reader.
std::vector<Finding> boolean_keys(File const& file);
/// Folders in which something lives and no README.md says what. For a folder of data in tests/, the one above may.
std::vector<Finding> folders_without_readme(std::vector<File> const& files);
/// Where a README has a table of files and their concerns, it names each source beside it, a header by its own name or its
/// .cpp's.
std::vector<Finding> files_not_in_table(std::vector<File> const& files);
std::vector<Finding> strangers_at_the_top(std::vector<std::string> const& names);

}  // namespace tcpsim::house

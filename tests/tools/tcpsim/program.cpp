#include "tests/tools/tcpsim/program.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace tcpsim::testing {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> all;
    for (std::string& word : words) {
        all.push_back(word.data());
    }
    all.push_back(nullptr);
    return all;
}

std::vector<std::string> environment_with(std::map<std::string, std::string> const& changes) {
    std::vector<std::string> all;
    for (char** each = environ; *each != nullptr; ++each) {
        std::string const variable{*each};
        if (changes.count(variable.substr(0, variable.find('='))) == 0) {
            all.push_back(variable);
        }
    }
    for (auto const& [name, value] : changes) {
        all.push_back(name + "=" + value);
    }
    return all;
}

std::string binary(char const* variable) {
    char const* const path = std::getenv(variable);
    REQUIRE_MESSAGE(path != nullptr, "CTest sets " << variable << " to a binary under test");
    return path;
}

}  // namespace

Outcome run_program(std::vector<std::string> const& words, std::map<std::string, std::string> const& environment) {
    TemporaryDirectory const directory;
    std::string const out = directory.with("out", "");
    std::string const err = directory.with("err", "");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY, 0);
    std::vector<std::string> arguments = words;
    std::vector<std::string> variables = environment_with(environment);
    pid_t child = 0;
    int const failed = posix_spawnp(&child, words[0].c_str(), &actions, nullptr, pointers(arguments).data(),
                                    pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        return {};
    }
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
}

Outcome tcpsim(std::vector<std::string> words, std::map<std::string, std::string> const& environment) {
    words.insert(words.begin(), binary("TCPSIM"));
    return run_program(words, environment);
}

Outcome broken_command(std::vector<std::string> words) {
    words.insert(words.begin(), binary("BROKEN_COMMAND"));
    return run_program(words);
}

TemporaryDirectory::TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "tcpsim-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
}
TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::with(std::string const& name, std::string const& text) const {
    std::ofstream{path_ / name, std::ios::binary} << text;
    return file(name);
}

std::string read_file(std::string const& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<std::string> lines_of(std::string const& text) {
    std::vector<std::string> lines;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

bool contains(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

}  // namespace tcpsim::testing

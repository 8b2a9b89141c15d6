#include "tools/tcpsim/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tcpsim::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_text = std::size_t{8} << 20U;

std::string last_error() { return std::strerror(errno); }

}  // namespace

scenario::Included read_text(std::string const& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
        return {{}, "it is a directory"};
    }
    errno = 0;
    std::ifstream in{path, std::ios::binary};
    if (!in) {
        return {{}, last_error()};
    }
    std::string text;
    std::array<char, 65536> chunk{};
    while (in.read(chunk.data(), chunk.size()) || in.gcount() > 0) {
        text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
        if (text.size() > largest_text) {  // an endless device ends here too
            return {{}, fmt::format("it is larger than {} MiB", largest_text >> 20U)};
        }
    }
    if (in.bad()) {
        return {{}, last_error()};
    }
    return {std::move(text), {}};
}

scenario::Resolver resolver_for(std::string const& scenario_file) {
    std::error_code ignored;
    return [from = fs::absolute(scenario_file, ignored).parent_path()](std::string const& path) {
        std::error_code none;
        for (fs::path directory = from;; directory = directory.parent_path()) {
            if (fs::exists(directory / path, none)) {
                return read_text((directory / path).string());
            }
            if (directory == directory.parent_path()) {
                return read_text(path);
            }
        }
    };
}

OutputFile::OutputFile(std::string path) : path_{std::move(path)} {
    errno = 0;
    stream_.open(path_, std::ios::binary | std::ios::trunc);
    if (!stream_) {
        error_ = fmt::format("{}: cannot be written: {}", path_, last_error());
    }
}

std::string OutputFile::close() {
    errno = 0;
    stream_.close();
    if (error_.empty() && !stream_) {
        error_ = fmt::format("{}: could not be written to its end: {}", path_, last_error());
    }
    return error_;
}

std::vector<std::string> files_at(std::string const& path, std::string const& extension) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        return {path};
    }
    std::vector<std::string> files;
    for (auto const& entry : fs::recursive_directory_iterator{path, error}) {
        if (entry.path().extension() == extension) {
            files.push_back(entry.path().string());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string make_directory(std::string const& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error && !fs::is_directory(path)) {
        return fmt::format("{}: cannot be made a directory: {}", path, error.message());
    }
    return fs::is_directory(path) ? "" : path + ": is no directory";
}

}  // namespace tcpsim::tool

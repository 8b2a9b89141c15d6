#include "tests/house/rules.hpp"

#include <algorithm>
#include <optional>
#include <regex>
#include <sstream>
#include <string_view>

namespace tcpsim::house {
namespace {

struct Layer {
    std::string_view folder{};
    std::vector<std::string_view> sees{};       ///< its arrows; what those see is seen too
    std::vector<std::string_view> libraries{};  ///< beyond the standard's, as includes begin
};

std::vector<Layer> const layers{
    {"stack/base", {}, {}},
    {"stack/wire", {"stack/base"}, {}},
    {"stack/profile", {"stack/base"}, {}},
    {"stack/tcp", {"stack/wire", "stack/profile"}, {}},
    {"stack/host", {"stack/tcp"}, {}},
    {"stack/socket", {"stack/host"}, {}},
    {"sim/trace", {"stack/socket"}, {}},
    {"sim/core", {"sim/trace"}, {}},
    {"sim/net", {"sim/core"}, {}},
    {"sim/machine", {"sim/net"}, {}},
    {"sim/app", {"sim/machine"}, {}},
    {"sim/world", {"sim/app"}, {}},
    {"sim/topology", {"sim/world"}, {"boost/", "fmt/"}},
    {"sim/scenario", {"sim/topology"}, {"yaml-cpp/", "fmt/", "boost/"}},
    {"sim/replay", {"sim/topology"}, {"nlohmann/", "fmt/", "boost/"}},
    {"sim/packet_script", {"stack/socket"}, {}},
    {"tools/render", {"sim/scenario", "sim/replay", "sim/packet_script"}, {"fmt/", "nlohmann/"}},
    {"tools/tcpsim", {"tools/render"}, {"fmt/", "nlohmann/", "CLI/"}},
};

std::string folder_of(std::string_view path) { return std::string{path.substr(0, path.rfind('/'))}; }

Layer const* layer_at(std::string_view folder) {
    auto const found = std::find_if(layers.begin(), layers.end(), [&](Layer const& l) { return l.folder == folder; });
    return found == layers.end() ? nullptr : &*found;
}

bool reaches(Layer const& from, std::string_view folder) {
    return from.folder == folder || std::any_of(from.sees.begin(), from.sees.end(), [&](std::string_view next) {
               return reaches(*layer_at(next), folder);
           });
}

bool is_layered(std::string_view path) {
    return path.starts_with("stack/") || path.starts_with("sim/") || path.starts_with("tools/");
}

bool is_cpp(std::string_view path) { return path.ends_with(".hpp") || path.ends_with(".cpp"); }

/// A header of the standard library has neither a folder nor a suffix.
bool is_standard(std::string_view header) { return header.find_first_of("/.") == std::string_view::npos; }

/// What is wrong with an include of ours, or nothing.
std::optional<std::string> wrong_own(Layer const& layer, std::string const& header) {
    auto const folder = folder_of(header);
    if (layer_at(folder) == nullptr)
        return "includes \"" + header + "\", which is no layer's";
    if (reaches(layer, folder))
        return std::nullopt;
    return "includes \"" + header + "\" against the arrows: " + std::string{layer.folder} + " does not see " + folder;
}

/// POSIX headers are for what a person touches: tools/.
std::optional<std::string> wrong_foreign(Layer const& layer, std::string const& header) {
    if (is_standard(header))
        return std::nullopt;
    bool const posix = header.ends_with(".h") && layer.folder.starts_with("tools/");
    bool const listed = std::any_of(layer.libraries.begin(), layer.libraries.end(),
                                    [&](std::string_view library) { return header.starts_with(library); });
    if (posix || listed)
        return std::nullopt;
    return "includes <" + header + ">, which " + std::string{layer.folder} + " may not use";
}

std::string underscored(std::string_view folder) {
    std::string name{folder};
    std::replace(name.begin(), name.end(), '/', '_');
    return name;
}

std::vector<std::string> sorted_words(std::string const& text) {
    std::istringstream in{text};
    std::vector<std::string> words;
    for (std::string word; in >> word;)
        words.push_back(word);
    std::sort(words.begin(), words.end());
    return words;
}

}  // namespace

std::vector<Finding> includes_against_the_arrows(File const& file) {
    if (!is_layered(file.path) || !is_cpp(file.path))
        return {};
    auto const* layer = layer_at(folder_of(file.path));
    if (layer == nullptr)
        return {{file.path, 0, "lies in no layer that tests/house/layering.cpp knows"}};

    static std::regex const include{R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re"};
    std::vector<Finding> findings;
    auto const code = code_of(file.text);
    int line = 0;
    for (auto const text : lines_of(code)) {
        ++line;
        std::match_results<std::string_view::const_iterator> match;
        if (!std::regex_search(text.begin(), text.end(), match, include))
            continue;
        auto const wrong = match[1] == "<" ? wrong_foreign(*layer, match[2]) : wrong_own(*layer, match[2]);
        if (wrong)
            findings.push_back({file.path, line, *wrong});
    }
    return findings;
}

std::vector<Finding> links_against_the_arrows(File const& cmake) {
    static std::regex const declaration{
        R"(\ntcpsim_layer\(\s*(\w+)\s+([\w/]+)(?:\s+DEPENDS([\w\s]*?))?(?:\s+LIBRARIES[^)]*)?\))"};
    std::vector<Finding> findings;
    auto const text = "\n" + cmake.text;
    for (std::sregex_iterator it{text.begin(), text.end(), declaration}, end; it != end; ++it) {
        auto const* layer = layer_at((*it)[2].str());
        auto const line = line_at(text, static_cast<std::size_t>(it->position()));
        if (layer == nullptr) {
            findings.push_back(
                {cmake.path, line, (*it)[2].str() + " is in no layer that tests/house/layering.cpp knows"});
            continue;
        }
        std::string arrows;
        for (auto const folder : layer->sees)
            arrows += underscored(folder) + ' ';
        if ((*it)[1] != underscored(layer->folder) || sorted_words((*it)[3]) != sorted_words(arrows)) {
            findings.push_back({cmake.path, line, (*it)[1].str() + " should depend on: " + arrows});
        }
    }
    return findings;
}

std::vector<Finding> second_doors_to_yaml(std::vector<File> const& files) {
    std::vector<Finding> findings;
    bool first = true;
    for (auto const& file : files) {
        if (!is_layered(file.path) || !is_cpp(file.path))
            continue;
        if (code_of(file.text).find("#include <yaml-cpp/") == std::string::npos)
            continue;
        if (!first)
            findings.push_back({file.path, 0, "includes yaml-cpp, which has its door elsewhere"});
        first = false;
    }
    return findings;
}

}  // namespace tcpsim::house

#include "sim/topology/text_graph.hpp"

#include <fmt/format.h>

namespace tcpsim::topology {
namespace {

constexpr std::size_t deepest = 64;

/// What a tag does to the depth, and where it ends; `end` is npos if it is not one we understand.
struct Tag {
    std::size_t end{std::string_view::npos};
    bool opens{false};
    bool closes{false};
};

std::size_t skip_blanks(std::string_view xml, std::size_t at) {
    return std::min(xml.find_first_not_of(" \t\r\n", at), xml.size());
}

/// name = "value" from `at`, which is not blank; npos if it is something else.
std::size_t skip_attribute(std::string_view xml, std::size_t at) {
    std::size_t const name_end = std::min(xml.find_first_of(" \t\r\n/<>=?!'\"", at), xml.size());
    std::size_t const equals = skip_blanks(xml, name_end);
    if (name_end == at || equals == xml.size() || xml[equals] != '=') {
        return std::string_view::npos;
    }
    std::size_t const quote = skip_blanks(xml, equals + 1);
    if (quote == xml.size() || (xml[quote] != '"' && xml[quote] != '\'')) {
        return std::string_view::npos;
    }
    std::size_t const closing = xml.find(xml[quote], quote + 1);
    return closing == std::string_view::npos ? closing : closing + 1;
}

/// <name a="b"> or <name a="b"/> from the character after '<'.
Tag read_element(std::string_view xml, std::size_t at) {
    std::size_t const name_end = std::min(xml.find_first_of(" \t\r\n/<>=?!'\"", at), xml.size());
    if (name_end == at) {
        return Tag{};
    }
    for (at = skip_blanks(xml, name_end); at < xml.size(); at = skip_blanks(xml, at)) {
        if (xml[at] == '>') {
            return Tag{.end = at + 1, .opens = true};
        }
        if (xml.substr(at).starts_with("/>")) {
            return Tag{.end = at + 2};
        }
        at = skip_attribute(xml, at);
        if (at == std::string_view::npos) {
            return Tag{};
        }
    }
    return Tag{};
}

Tag read_until(std::string_view xml, std::size_t at, std::string_view closing) {
    std::size_t const found = xml.find(closing, at);
    return found == std::string_view::npos ? Tag{} : Tag{.end = found + closing.size()};
}

Tag read_tag(std::string_view xml, std::size_t at) {
    std::string_view const rest = xml.substr(at);
    if (rest.starts_with("<!--")) {
        return read_until(xml, at + 4, "-->");
    }
    if (rest.starts_with("<?")) {
        return read_until(xml, at + 2, "?>");
    }
    if (rest.starts_with("</")) {
        Tag tag = read_until(xml, at + 2, ">");
        tag.closes = true;
        return tag;
    }
    return read_element(xml, at + 1);
}

}  // namespace

std::optional<std::string> xml_refusal(std::string_view xml) {
    std::size_t depth = 0;
    for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at)) {
        Tag const tag = read_tag(xml, at);
        if (tag.end == std::string_view::npos) {
            return fmt::format("no tag or comment at byte {}", at);
        }
        depth += tag.opens ? 1 : 0;
        depth -= tag.closes && depth > 0 ? 1 : 0;
        if (depth > deepest) {
            return fmt::format("elements are nested more than {} deep", deepest);
        }
        at = tag.end;
    }
    return std::nullopt;
}

}  // namespace tcpsim::topology

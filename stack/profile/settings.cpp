#include "stack/profile/settings.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace tcpsim::profile {
namespace {

constexpr std::string_view blanks = " \t";

/// The words of `text`, at most `limit` of them and one more, so that a surplus is noticed.
std::vector<std::string_view> words_of(std::string_view text, std::size_t limit) {
    std::vector<std::string_view> words;
    while (words.size() <= limit) {
        std::size_t const begin = text.find_first_not_of(blanks);
        if (begin == std::string_view::npos) {
            break;
        }
        text.remove_prefix(begin);
        std::size_t const end = std::min(text.find_first_of(blanks), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

std::optional<std::int64_t> number_of(std::string_view word) {
    std::int64_t number = 0;
    auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc{} || end != word.data() + word.size()) {
        return std::nullopt;
    }
    return number;
}

std::string expectation(SettingRow const& row) {
    if (!row.setting.words.empty()) {
        std::string words;
        for (std::string_view const word : row.setting.words) {
            words += (words.empty() ? "one of " : ", ") + std::string{word};
        }
        return words;
    }
    std::string const range = " from " + std::to_string(row.min) + " to " + std::to_string(row.max);
    if (row.count == 1) {
        return "a whole number" + range;
    }
    return std::to_string(row.count) + " whole numbers" + range + ", ascending, with blanks between them";
}

std::string names_of(std::span<Setting const> settings) {
    std::string names;
    for (Setting const& setting : settings) {
        names += (names.empty() ? "" : ", ") + std::string{setting.name};
    }
    return names;
}

std::optional<ChosenNumbers> read_word(SettingRow const& row, std::string_view value) {
    auto const words = row.setting.words;
    std::vector<std::string_view> const written = words_of(value, 1);
    auto const word = written.size() == 1 ? std::find(words.begin(), words.end(), written[0]) : words.end();
    return word == words.end() ? std::nullopt : std::optional{ChosenNumbers{row.setting.name, {word - words.begin()}}};
}

std::optional<ChosenNumbers> read(SettingRow const& row, std::string_view value) {
    if (!row.setting.words.empty()) {
        return read_word(row, value);
    }
    std::vector<std::string_view> const words = words_of(value, row.count);
    if (words.size() != row.count) {
        return std::nullopt;
    }
    ChosenNumbers chosen{row.setting.name, {}};
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto const number = number_of(words[i]);
        std::int64_t const floor = i == 0 ? row.min : chosen.numbers[i - 1];
        if (!number || *number < floor || *number > row.max) {
            return std::nullopt;
        }
        chosen.numbers[i] = *number;
    }
    return chosen;
}

}  // namespace

SettingTable::SettingTable(std::initializer_list<std::vector<SettingRow>> groups) {
    for (std::vector<SettingRow> const& group : groups) {
        rows_.insert(rows_.end(), group.begin(), group.end());
    }
    for (SettingRow const& row : rows_) {
        settings_.push_back(row.setting);
    }
}

SettingRow const* SettingTable::find(std::string_view name) const {
    auto const row = std::find_if(rows_.begin(), rows_.end(), [&](auto const& r) { return r.setting.name == name; });
    return row == rows_.end() ? nullptr : &*row;
}

std::span<Profile const* const> all() {
    static std::array<Profile const*, 2> const profiles{&bsd44_profile(), &linux_profile()};
    return profiles;
}

Profile const* find(std::string_view name) {
    for (Profile const* profile : all()) {
        if (profile->name == name) {
            return profile;
        }
    }
    return nullptr;
}

std::span<Setting const> settings_of(Profile const& profile) {
    return profile.settings == nullptr ? std::span<Setting const>{} : profile.settings->settings();
}

std::optional<SettingError> set(Profile& profile, std::string_view setting, std::string_view value) {
    SettingRow const* row = profile.settings == nullptr ? nullptr : profile.settings->find(setting);
    if (row == nullptr) {
        return SettingError{std::string{profile.name} + " has no setting \"" + std::string{setting} + "\"",
                            "one of " + names_of(settings_of(profile))};
    }
    auto const chosen = read(*row, value);
    if (!chosen) {
        return SettingError{std::string{setting} + " cannot be \"" + std::string{value} + "\"", expectation(*row)};
    }
    row->apply(profile, *chosen);
    return std::nullopt;
}

namespace {

SettingError crossed(std::string_view what, std::string_view lower, std::string_view upper) {
    return {std::string{what}, std::string{lower} + " at most " + std::string{upper}};
}

}  // namespace

std::optional<SettingError> inconsistency(Profile const& profile) {
    auto const& [rto, persist, ack, host] = std::tie(profile.rto, profile.persist, profile.delayed_ack, profile.host);
    if (rto.min.value > rto.max.value) {
        return crossed("the smallest retransmission timeout is above the largest", rto.min.source, rto.max.source);
    }
    if (persist.min.value > persist.max.value) {
        return crossed("the smallest wait between window probes is above the largest", persist.min.source,
                       persist.max.source);
    }
    if (ack.min.value > ack.max.value) {
        return crossed("the smallest delay of an ACK is above the largest", ack.min.source, ack.max.source);
    }
    if (host.first_port.value > host.last_port.value) {
        return crossed("the range of ephemeral ports is empty", host.first_port.source, host.last_port.source);
    }
    return std::nullopt;
}

}  // namespace tcpsim::profile

// How a system declares its settings: a row for each, with the numbers it takes and the values they change.
#pragma once

#include "stack/profile/profile.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace tcpsim::profile {

/// The numbers that a person wrote for one setting, checked against its row; a word is its place among the words.
struct ChosenNumbers {
    std::string_view setting{};
    std::array<std::int64_t, 3> numbers{};

    template <class T>
    void assign(Sourced<T>& member, T value) const {
        member = {value, setting, Grade::chosen};
    }
    void count(Sourced<int>& member, std::size_t i = 0) const { assign(member, static_cast<int>(numbers[i])); }
    void flag(Sourced<bool>& member) const { assign(member, numbers[0] != 0); }
    void denied_flag(Sourced<bool>& member) const { assign(member, numbers[0] == 0); }
    template <class Unit>
    void time(Sourced<Duration>& member) const {
        assign(member, Duration{Unit{numbers[0]}});
    }
};

struct SettingRow {
    Setting setting{};
    std::size_t count{1};         ///< words: one; else how many numbers; more than one must ascend
    std::int64_t min{0}, max{0};  ///< each of them, inclusive
    void (*apply)(Profile& profile, ChosenNumbers const& chosen){nullptr};
};

class SettingTable {
  public:
    /// Groups of rows, in the order in which a person reads them.
    SettingTable(std::initializer_list<std::vector<SettingRow>> groups);
    [[nodiscard]] std::span<Setting const> settings() const { return settings_; }
    [[nodiscard]] SettingRow const* find(std::string_view name) const;

  private:
    std::vector<SettingRow> rows_;
    std::vector<Setting> settings_{};
};

/// Parts of linux_settings() that stand in a file of their own.
std::vector<SettingRow> linux_recovery_settings();
std::vector<SettingRow> linux_congestion_settings();

/// What linux_profile() lets a person change.
SettingTable const& linux_settings();

/// The built-in systems.
Profile const& linux_profile();
Profile const& bsd44_profile();

}  // namespace tcpsim::profile

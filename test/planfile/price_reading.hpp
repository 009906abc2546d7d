// Files of prices as texts, and what is read of them.
#pragma once

#include "planfile/value_file.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <string_view>

namespace hil::planfile::test {

inline ValueFile values_of(std::string_view text, const ValueChoice& choice = {}) {
    return parse_values(text, "p.csv", schedule::test::madrid(), choice);
}

inline ValueFile good(std::string_view text, const ValueChoice& choice = {}) {
    auto file = values_of(text, choice);
    for (const auto& problem : file.problems)
        FAIL_CHECK(problem.message());
    return file;
}

inline std::string problem(std::string_view text, const ValueChoice& choice = {}) {
    const auto file = values_of(text, choice);
    CHECK(file.values.empty());
    return file.ok() ? "accepted" : file.problems.front().message();
}

// "2026-06-15T00:00:00+02:00 80" of each value, a line each.
inline std::string shown(const ValueFile& file) {
    std::string out;
    for (const auto& value : file.values)
        out += fmt::format("{} {} {}\n", schedule::test::madrid().format(value.from).substr(0, 19),
                           (value.to - value.from) / std::chrono::minutes(1), value.value);
    return out;
}

}  // namespace hil::planfile::test

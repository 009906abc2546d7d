#include "control/write_budget.hpp"

#include <algorithm>
#include <cmath>

namespace hil::control {

void WriteBudget::restore(const WriteCount& count) {
    if (count.day > count_.day) {
        count_ = count;
    } else if (count.day == count_.day) {
        count_.writes = std::max(count_.writes, count.writes);
    }
}

void WriteBudget::wrote(std::int64_t day) {
    // A clock that was set back does not give a used day again.
    if (day > count_.day) count_ = {.day = day, .writes = 0};
    ++count_.writes;
}

WriteBudget::Level WriteBudget::level(std::int64_t day) const {
    if (!most_ || day > count_.day) return Level::plenty;
    if (count_.writes >= *most_) return Level::spent;
    return 5 * std::int64_t{count_.writes} >= 4 * std::int64_t{*most_} ? Level::low : Level::plenty;
}

std::optional<double> WriteBudget::allow(double wanted, std::optional<double> held, std::int64_t day) const {
    if (level(day) != Level::spent) return wanted;
    if (wanted == 0) return wanted;
    if (!held) return 0.0;
    if (*held * wanted > 0) return std::abs(wanted) < std::abs(*held) ? std::optional(wanted) : std::nullopt;
    return *held == 0 ? std::nullopt : std::optional(0.0);
}

}  // namespace hil::control

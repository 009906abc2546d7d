#include "site/few_rows.hpp"

#include <algorithm>
#include <cmath>

namespace hil::site {
namespace {

constexpr double tolerance = 1e-9;  // of a row
constexpr double least_pivot = 1e-9;

}  // namespace

void FewRows::begin(std::size_t rows, const Rows& base, const Rows& lower, const Rows& upper) {
    rows_ = rows;
    lower_.assign(lower.begin(), lower.begin() + static_cast<std::ptrdiff_t>(rows));
    upper_.assign(upper.begin(), upper.begin() + static_cast<std::ptrdiff_t>(rows));
    at_.assign(base.begin(), base.begin() + static_cast<std::ptrdiff_t>(rows));
    cost_.assign(rows, 0);
    nonbasic_.clear();
    tableau_.clear();
    reduced_.clear();
    for (std::size_t i = 0; i < rows; ++i)
        basic_[i] = i;
}

std::size_t FewRows::add(double cost, double most, const Rows& coefficients) {
    nonbasic_.push_back(at_.size());
    lower_.push_back(0);
    upper_.push_back(most);
    at_.push_back(0);
    cost_.push_back(cost);
    reduced_.push_back(cost);
    tableau_.push_back(coefficients);
    return at_.size() - 1 - rows_;
}

bool FewRows::violated(std::size_t& row, double& by) const {
    by = 0;
    for (std::size_t i = 0; i < rows_; ++i) {
        const auto variable = basic_[i];
        const double short_of = lower_[variable] - at_[variable], beyond = at_[variable] - upper_[variable];
        if (short_of > std::max(std::abs(by), tolerance)) {
            row = i;
            by = short_of;  // it must grow
        } else if (beyond > std::max(std::abs(by), tolerance)) {
            row = i;
            by = -beyond;
        }
    }
    return by != 0;
}

bool FewRows::solve() {
    // Each step lowers no cost; more steps than this are rounding.
    const std::size_t most_steps = 50 + 4 * nonbasic_.size();
    std::size_t row = 0;
    double by = 0;
    for (std::size_t i = 0; i < most_steps; ++i) {
        if (!violated(row, by)) return true;
        if (!step(row, by)) return false;
    }
    return false;
}

// The nonbasic variable moves, and all basic ones with it.
void FewRows::shift(std::size_t column, double by) {
    at_[nonbasic_[column]] += by;
    for (std::size_t i = 0; i < rows_; ++i)
        at_[basic_[i]] += tableau_[column][i] * by;
}

// Mends the violation of a basic variable: the cheapest nonbasic ones go to their other bounds until one is
// reached that can take what remains, which then enters the basis.
bool FewRows::step(std::size_t row, double by) {
    const double sign = by > 0 ? 1 : -1;
    candidates_.clear();
    for (std::size_t j = 0; j < nonbasic_.size(); ++j) {
        const auto variable = nonbasic_[j];
        const double pull = sign * tableau_[j][row];
        const double room_up = upper_[variable] - at_[variable], room_down = at_[variable] - lower_[variable];
        if ((pull > least_pivot && room_up > 0) || (pull < -least_pivot && room_down > 0))
            candidates_.push_back({j, std::abs(reduced_[j]) / std::abs(pull), pull});
    }
    std::ranges::sort(candidates_, [](const Candidate& a, const Candidate& b) {
        if (a.ratio != b.ratio) return a.ratio < b.ratio;
        return std::abs(a.pull) > std::abs(b.pull);
    });
    double remaining = std::abs(by);
    for (const auto& [column, ratio, pull] : candidates_) {
        const auto variable = nonbasic_[column];
        const double room = pull > 0 ? upper_[variable] - at_[variable] : at_[variable] - lower_[variable];
        if (room * std::abs(pull) >= remaining) {
            shift(column, std::copysign(remaining / std::abs(pull), pull));
            const auto leaving = basic_[row];
            at_[leaving] = by > 0 ? lower_[leaving] : upper_[leaving];
            pivot(row, column);
            return true;
        }
        remaining -= room * std::abs(pull);
        shift(column, std::copysign(room, pull));
        at_[variable] = pull > 0 ? upper_[variable] : lower_[variable];
    }
    return false;
}

void FewRows::pivot(std::size_t row, std::size_t column) {
    const Rows entering = tableau_[column];
    const double one = entering[row], price = reduced_[column];
    for (std::size_t j = 0; j < nonbasic_.size(); ++j) {
        if (j == column) continue;
        const double share = tableau_[j][row] / one;
        if (share == 0) continue;
        reduced_[j] -= price * share;
        for (std::size_t i = 0; i < rows_; ++i)
            tableau_[j][i] = i == row ? -share : tableau_[j][i] - entering[i] * share;
    }
    for (std::size_t i = 0; i < rows_; ++i)
        tableau_[column][i] = i == row ? 1 / one : entering[i] / one;
    reduced_[column] = price / one;
    std::swap(nonbasic_[column], basic_[row]);
}

}  // namespace hil::site

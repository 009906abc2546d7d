#include "battery/rainflow.hpp"

#include <cmath>

namespace hil::battery {
namespace {

Cycle between(double a, double b, double count) {
    return {std::abs(a - b), (a + b) / 2, count};
}

}  // namespace

void Rainflow::add(double value) {
    if (turns_.empty()) {
        turns_.push_back(value);
        return;
    }
    if (value == turns_.back()) return;
    const bool onwards =
        turns_.size() >= 2 && (turns_.back() > turns_[turns_.size() - 2]) == (value > turns_.back());
    if (onwards) {
        turns_.back() = value;
    } else {
        turns_.push_back(value);
    }
    close_cycles();
}

void Rainflow::shift(double by) {
    for (double& turn : turns_)
        turn += by;
}

// The newest range closes the one before it as soon as it is as large: a full cycle in the middle of the
// history, a half one where it contains the first point. What grows later only grows the newest range, which
// has not been counted.
void Rainflow::close_cycles() {
    while (turns_.size() >= 3) {
        const auto n = turns_.size();
        const double newest = std::abs(turns_[n - 1] - turns_[n - 2]);
        const double before = std::abs(turns_[n - 2] - turns_[n - 3]);
        if (newest < before) return;
        if (n == 3) {
            on_cycle_(between(turns_[0], turns_[1], 0.5));
            turns_.erase(turns_.begin());
            return;
        }
        on_cycle_(between(turns_[n - 3], turns_[n - 2], 1));
        turns_.erase(turns_.end() - 3, turns_.end() - 1);
    }
}

std::vector<Cycle> Rainflow::open() const {
    std::vector<Cycle> out;
    for (std::size_t i = 1; i < turns_.size(); ++i)
        out.push_back(between(turns_[i - 1], turns_[i], 0.5));
    return out;
}

std::vector<Cycle> rainflow(std::span<const double> history) {
    std::vector<Cycle> out;
    Rainflow counting([&out](const Cycle& cycle) { out.push_back(cycle); });
    for (const double value : history)
        counting.add(value);
    const auto open = counting.open();
    out.insert(out.end(), open.begin(), open.end());
    return out;
}

}  // namespace hil::battery

#include "simulate/invariants/base.hpp"

namespace hil::simulate {

void BaseMemory::publish(std::size_t index, double kw) {
    cells_[index].versions.push_back(kw);
}

std::optional<double> BaseMemory::newest(std::size_t index) const {
    const auto& versions = cells_[index].versions;
    if (versions.empty()) return std::nullopt;
    return versions.back();
}

void BaseMemory::delivered(WallTime when, WallTime first, WallTime last) {
    // What was decided before may be on its way for so long.
    constexpr auto remembered = std::chrono::minutes(1);
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        auto& cell = cells_[i];
        if (cell.versions.empty() || begin_of(i) < first || begin_of(i) > last) continue;
        const Holding next{cell.versions.size() - 1, true};
        if (next == cell.now) continue;
        if (when - cell.since > remembered) cell.before = cell.now;
        cell.since = when;
        cell.now = next;
    }
}

void BaseMemory::forget() {
    for (auto& cell : cells_) {
        cell.now = {cell.versions.empty() ? 0 : cell.versions.size() - 1, false};
        cell.before = cell.now;
    }
}

BaseMemory::Values BaseMemory::values(WallTime at) const {
    const auto index = at < begin_ ? cells_.size() : static_cast<std::size_t>((at - begin_) / period);
    if (index >= cells_.size()) return Values{0.0};
    const auto& cell = cells_[index];
    const auto& holding = at < cell.since ? cell.before : cell.now;
    Values out;
    for (std::size_t i = holding.oldest; i < cell.versions.size(); ++i)
        out.push_back(cell.versions[i]);
    if (!holding.held || cell.versions.empty()) out.push_back(0);
    return out;
}

}  // namespace hil::simulate

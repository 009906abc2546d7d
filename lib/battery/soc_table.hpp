// A quantity given at points of the state of charge, linear in between, with its exact integral.
#pragma once

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace hil::battery {

class SocTable {
  public:
    // Points from 0 to 1, increasing. They are spread to `resolution` equal steps, on which a look-up costs
    // the same everywhere; choose it so that the points fall on the steps.
    explicit SocTable(std::span<const std::pair<double, double>> points, std::size_t resolution = 200) {
        if (points.size() < 2 || points.front().first != 0 || points.back().first != 1)
            throw std::invalid_argument("a table over the state of charge goes from 0 to 1");
        steps_ = static_cast<double>(resolution);
        std::size_t at = 0;
        for (std::size_t i = 0; i <= resolution; ++i) {
            const double s = static_cast<double>(i) / steps_;
            while (at + 2 < points.size() && s > points[at + 1].first)
                ++at;
            const auto& [s0, v0] = points[at];
            const auto& [s1, v1] = points[at + 1];
            if (s1 <= s0) throw std::invalid_argument("the points of a table increase");
            values_.push_back(v0 + (v1 - v0) * (s - s0) / (s1 - s0));
            integral_.push_back(i == 0 ? 0.0 : integral_.back() + (values_[i] + values_[i - 1]) / 2 / steps_);
        }
    }

    // Outside of 0..1 the value at the end.
    [[nodiscard]] double at(double soc) const {
        const auto [i, part] = place(soc);
        return values_[i] + (values_[i + 1] - values_[i]) * part;
    }
    // Change of the value with the state of charge, on the step that `soc` lies in.
    [[nodiscard]] double slope(double soc) const {
        const auto i = place(soc).first;
        return (values_[i + 1] - values_[i]) * steps_;
    }
    // From 0 to `soc`, 0..1.
    [[nodiscard]] double integral(double soc) const {
        const auto [i, part] = place(soc);
        const double here = values_[i] + (values_[i + 1] - values_[i]) * part;
        return integral_[i] + (values_[i] + here) / 2 * part / steps_;
    }
    // Every value by this factor.
    [[nodiscard]] SocTable scaled(double factor) const {
        auto out = *this;
        for (auto* all : {&out.values_, &out.integral_})
            for (double& value : *all)
                value *= factor;
        return out;
    }

  private:
    [[nodiscard]] std::pair<std::size_t, double> place(double soc) const {
        const double x = std::clamp(soc, 0.0, 1.0) * steps_;
        const auto i = std::min(static_cast<std::size_t>(x), values_.size() - 2);
        return {i, x - static_cast<double>(i)};
    }

    double steps_ = 1;
    std::vector<double> values_, integral_;
};

}  // namespace hil::battery

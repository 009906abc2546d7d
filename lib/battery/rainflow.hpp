// Cycle counting of a state-of-charge history by the rainflow method (ASTM E1049-85, three points).
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace hil::battery {

struct Cycle {
    double range = 0;  // peak to valley
    double mean = 0;
    double count = 0;  // 1: a full cycle, 0.5: a half one
};

// Fed sample by sample; equal samples and points on the way from one turn to the next change nothing. What
// is kept is bounded by the depth of nesting, which the resolution of the values bounds.
class Rainflow {
  public:
    explicit Rainflow(std::function<void(const Cycle&)> on_cycle) : on_cycle_(std::move(on_cycle)) {}

    void add(double value);
    // What was added so far was higher by so much: a jump that is no movement, and closes no range.
    void shift(double by);
    // The half cycles that are still open, as if the history ended here. Changes nothing.
    [[nodiscard]] std::vector<Cycle> open() const;

  private:
    void close_cycles();

    std::function<void(const Cycle&)> on_cycle_;
    std::vector<double> turns_;  // the last one is the value reached now
};

// Of a whole history.
std::vector<Cycle> rainflow(std::span<const double> history);

}  // namespace hil::battery

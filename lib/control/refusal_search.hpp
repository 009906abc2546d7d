// How much of a setpoint a device takes that refuses more than its present limit (exceptions 3 and 4). No
// I/O.
//
// After a refusal the last smaller value of the same sign that was accepted stands, or 0. From there a few
// values are tried, one a dispatch period, each above what was accepted last and below what was refused last;
// the limit found is kept for a while, and then the wanted value is tried once more; what a search that the
// plan turned away from had found is kept as long. Discharging and charging have limits of their own. A limit
// that the device says by itself (a limit point) is used instead.
#pragma once

#include "base/time.hpp"
#include "plant/codec.hpp"

#include <array>
#include <optional>

namespace hil::control {

class RefusalSearch {
  public:
    static constexpr int most_writes = 4;
    static constexpr Duration kept_for = std::chrono::minutes(15);

    // `resolution`: the device keeps multiples of it; 0: any value of the register. The codec outlives it.
    RefusalSearch(const plant::Codec& codec, double resolution, Duration period)
        : codec_(codec), resolution_(resolution), period_(period) {}

    // What is to stand in the register now, of what is wanted. `limit` is what the device says to take in
    // that direction, where that is known.
    [[nodiscard]] double aim(double wanted, std::optional<double> limit, Instant now);
    // The wanted direction is limited: a limit point should be read.
    [[nodiscard]] bool limited(double wanted) const;
    [[nodiscard]] bool searching(double wanted) const;
    // Whether the device ever took another value than this.
    [[nodiscard]] bool took_another(double value) const;

    void accepted(double value, Instant now);
    // A refused value is at once replaced by what is returned.
    [[nodiscard]] double refused(double value, Instant now);
    // A try that nobody answered counts as one.
    void unanswered(double value, Instant now);

    void forget();

  private:
    struct Bound {
        double low = 0, high = 0;  // accepted, refused; magnitudes
        int writes = 0;
        Instant next;                       // of the next try
        Instant refused_at;                 // the last time
        std::optional<Instant> kept_until;  // the search is over
        bool by_point = false;              // aimed at what the limit point says
        bool point_failed = false;          // and the device refused that
    };
    [[nodiscard]] std::optional<Bound>& bound(double value) { return bounds_[value < 0 ? 1 : 0]; }
    [[nodiscard]] const std::optional<Bound>& bound(double value) const { return bounds_[value < 0 ? 1 : 0]; }
    // The next value the register can hold towards 0.
    [[nodiscard]] double representable(double value) const;
    void tried(Bound& at, Instant now) const;
    // What was found, or refused before the plan turned away from it, is old: the wanted value is tried
    // again.
    [[nodiscard]] static bool over(const Bound& at, Instant now);

    const plant::Codec& codec_;
    double resolution_;
    Duration period_;
    std::array<std::optional<Bound>, 2> bounds_;     // of discharging and charging
    std::array<std::optional<double>, 2> accepted_;  // the last magnitudes
    std::optional<double> last_, another_;           // accepted last, and another one before it
};

}  // namespace hil::control

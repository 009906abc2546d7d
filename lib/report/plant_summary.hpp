// What a plant did in a range, in figures, from its recorded rows. Every figure is weighted by time, leaves
// out what is not known, and says how much of the range it rests on.
//
//   energy          integral of power, positive (discharged) and negative (charged) parts apart
//   delivery        what the setpoint register asked, and what of it the battery (the POI where that is not
//                   known) gave or took: measure/shortfall.hpp
//   round trip      see round_trip.hpp, where the power was taken
//   full cycles     (charged + discharged) / (2 x capacity), of the battery's own power where it is known
//   tracking error  setpoint register less measured power of the battery (at the POI where that is not
//   known),
//                   over all time in which both were known, steps and standstill included: mean of the
//                   magnitude, root of the mean square, magnitude not exceeded for 95 % of the time, largest,
//                   and the time beyond the tolerance
//   data            share of the range for which something was known; a gap is time without data between two
//                   times with data, whether the link was lost or nobody recorded
#pragma once

#include "config/config.hpp"
#include "measure/history.hpp"
#include "report/distribution.hpp"
#include "report/episodes.hpp"
#include "report/round_trip.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hil::report {

struct Flow {
    double discharged_kwh = 0, charged_kwh = 0;
    Duration known{};  // in which the power was known
};

struct Delivery {
    double asked_kwh = 0, delivered_kwh = 0;
    Duration known{};  // in which both were known
    [[nodiscard]] double missing_kwh() const { return asked_kwh - delivered_kwh; }
};

struct Tracking {
    double mean_abs = 0, rms = 0, p95 = 0, largest = 0;  // kW or kvar; largest with its sign
    std::optional<WallTime> largest_at;
    double tolerance = 0;
    Duration beyond{};  // further off than the tolerance
    Duration known{};   // setpoint and measurement known; zero: there are no figures
};

// Of one column; NaN where nothing is known.
struct Span {
    double least = measure::unknown, greatest = measure::unknown, mean = measure::unknown;
    double first = measure::unknown, last = measure::unknown;
};

struct PlantSummary {
    std::string plant;
    config::TransportMode transport{};
    measure::Range range;
    std::uint64_t rows = 0;  // measured ones in the range

    Flow poi, battery, asked;  // `asked`: of the setpoint register
    // Whose energy the plant is judged by: the POI's, the battery's where the POI's is less known.
    enum class Place : std::uint8_t { poi, battery } place = Place::poi;
    Delivery delivery;
    RoundTrip round_trip;
    std::optional<double> stored_kwh;  // more (or less) in the battery at the end, over known stretches
    double full_cycles = 0;
    double capacity_kwh = 0;

    Tracking p, q;
    Duration discharging{}, charging{}, idle{};  // by the battery's power

    Duration known{};
    double coverage = 0;                     // known / range
    std::optional<measure::Range> recorded;  // from the first to the last known instant in the range
    std::size_t gaps = 0;
    Duration in_gaps{}, longest_gap{};
    std::optional<WallTime> longest_gap_at;

    std::array<Span, measure::column_count> spans;

    [[nodiscard]] const Flow& energy() const { return place == Place::poi ? poi : battery; }
    [[nodiscard]] const Span& span(measure::Column column) const { return spans[measure::index(column)]; }
};

// What a plant's figures are held against.
struct SummaryRules {
    Duration longest_hold{};
    double capacity_kwh = 0;
    double p_tolerance_kw = 0, q_tolerance_kvar = 0;
    double idle_kw = 0;  // up to this the battery is idle
};
// As the site is configured: the safety monitor's tolerance of following a setpoint, idle up to 0.5 % of the
// larger power limit.
SummaryRules rules_for(const config::Plant& plant, const config::Config& config);

// Takes the stretches of a range in order.
class Summarizer {
  public:
    Summarizer(std::string plant, config::TransportMode transport, measure::Range range, SummaryRules rules);

    void take(const Episode& episode);
    [[nodiscard]] PlantSummary result() const;

  private:
    struct ErrorSum {
        double magnitude = 0, square = 0;  // times seconds
        Distribution distribution;
    };
    struct SpanSum {
        double integral = 0;
        Duration known{};
    };
    void take_known(const Episode& episode);
    void take_energy(Flow& flow, double kw, Duration time);
    void take_delivery(double asked_kw, double measured_kw, Duration time);
    void take_error(Tracking& tracking, ErrorSum& sums, double setpoint, double measured,
                    const Episode& episode);
    void take_charge(double soc);

    SummaryRules rules_;
    PlantSummary out_;
    ErrorSum p_sums_, q_sums_;
    std::array<SpanSum, measure::column_count> span_sums_;
    std::optional<double> stretch_soc_, last_soc_;  // of the known stretch
    double soc_difference_ = 0;                     // of the stretches before
    bool soc_seen_ = false;
    std::optional<WallTime> unknown_since_;  // a gap, once something is known again
};

}  // namespace hil::report

// The parameters of a cell from a test: capacity, open-circuit voltage, series resistance, two RC pairs.
//
//     U = OCV(s) - R0(s, T) I - U1 - U2        (circuit.hpp)
//
// For given time constants all else is linear: the open-circuit voltage at points of the charge, the series
// resistance of either direction at fewer of them, and both resistances of the pairs. The time constants are
// those that leave the least (variable projection: Golub and Pereyra, 1973). What is told beside a value is
// its standard deviation, from the residuals with their correlation from row to row.
//
// Beside the fit stand the steps as they are: dU/dI between two rows of at most two seconds, which needs no
// model, and the charge of each swing from full to empty.
#pragma once

#include "battery/circuit.hpp"
#include "battery/identify/cycler_file.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hil::battery {

struct Measured {
    double value = 0, sigma = 0;
};

struct ResistanceStep {
    double t_s = 0, soc_pu = 0, before_a = 0, after_a = 0, ohm = 0;
};

// Between two turns of the charge.
struct Swing {
    double begin_s = 0, end_s = 0;
    double ah = 0;       // positive: discharged
    bool whole = false;  // counts as from full to empty or back
};

struct IdentifyOptions {
    double resistance_activation_k = 1600;  // only where the temperature was measured
    // Where the test does not go from full to empty: both or none.
    std::optional<double> capacity_ah, start_soc_pu;
    std::size_t ocv_points = 201, ohm_points = 11;
};

struct Residual {
    double t_s = 0, measured_v = 0, residual_v = 0;
};

struct Identified {
    std::string problem;  // a sentence; empty: none
    std::vector<std::string> notes;
    Measured capacity_ah;
    std::vector<Swing> swings;
    std::vector<ResistanceStep> steps;
    std::vector<std::pair<double, double>> ocv_v, charge_ohm, discharge_ohm;
    bool charge_seen = false, discharge_seen = false;  // resistance of that direction was measured
    Measured series_ohm;                               // at half charge, of the direction that was seen more
    struct Pair {
        Measured ohm, tau_s, farad;
        bool found = false;  // known better than to a third
    };
    std::array<Pair, 2> pairs{};
    double lowest_v = 0, highest_v = 0;
    double rms_v = 0, worst_v = 0;  // of the residuals
    std::vector<Residual> residuals;
    [[nodiscard]] bool ok() const { return problem.empty(); }
    // What was found as a cell; heat and limits of use are those of `like`.
    [[nodiscard]] CellParameters cell(const CellParameters& like) const;
};

Identified identify(const std::vector<CyclerRow>& rows, const IdentifyOptions& options);

// The parts, each by itself.
std::vector<Swing> swings_of(const std::vector<CyclerRow>& rows);
std::vector<ResistanceStep> resistance_steps(const std::vector<CyclerRow>& rows,
                                             const std::vector<double>& soc);
// The state of charge at each row: whole swings end full and empty, what lies between counts from them.
std::vector<double> charge_of(const std::vector<CyclerRow>& rows, const std::vector<Swing>& swings,
                              double capacity_ah, std::optional<double> start_soc_pu);

}  // namespace hil::battery

#include "battery/lg_m50.hpp"

#include <cmath>
#include <utility>
#include <vector>

namespace hil::battery::lg_m50 {
namespace {

// Lithium in both electrodes together: full cell at 0.9014 and 0.27, as in the paper.
constexpr double lithium_ah = 0.9014 * negative_ah + 0.27 * positive_ah;

// The lithium in the negative electrode at which the cell has this voltage, which rises with it.
double negative_at(double volt) {
    double low = 0.001 * negative_ah, high = 0.999 * negative_ah;
    for (int i = 0; i < 100; ++i) {
        const double middle = (low + high) / 2;
        const double cell =
            positive_v((lithium_ah - middle) / positive_ah) - negative_v(middle / negative_ah);
        (cell < volt ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace

double negative_v(double x) {
    return 1.9793 * std::exp(-39.3631 * x) + 0.2482 - 0.0909 * std::tanh(29.8538 * (x - 0.1234)) -
           0.04478 * std::tanh(14.9159 * (x - 0.2769)) - 0.0205 * std::tanh(30.4444 * (x - 0.6103));
}

double positive_v(double x) {
    return -0.8090 * x + 4.4875 - 0.0428 * std::tanh(18.5138 * (x - 0.5542)) -
           17.7326 * std::tanh(15.7890 * (x - 0.3117)) + 17.5842 * std::tanh(15.9308 * (x - 0.3120));
}

SocTable open_circuit() {
    const double empty = negative_at(2.5), full = negative_at(4.2);
    std::vector<std::pair<double, double>> points;
    for (int i = 0; i <= 200; ++i) {
        const double soc = i / 200.0;
        const double negative = empty + (full - empty) * soc;
        points.emplace_back(
            soc, positive_v((lithium_ah - negative) / positive_ah) - negative_v(negative / negative_ah));
    }
    return SocTable(points);
}

}  // namespace hil::battery::lg_m50

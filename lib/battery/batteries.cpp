#include "battery/batteries.hpp"

#include "battery/lg_m50.hpp"

#include <utility>
#include <vector>

namespace hil::battery {
namespace {

using Point = std::pair<double, double>;

// Sony US26650: volt, ohm at 25 °C.
constexpr std::pair<double, double> lfp_ocv[] = {
    {0, 2.2862},    {0.005, 2.6835}, {0.01, 2.7833}, {0.02, 2.8952}, {0.03, 2.9673},  {0.05, 3.0647},
    {0.1, 3.1967},  {0.125, 3.2068}, {0.15, 3.212},  {0.2, 3.2343},  {0.25, 3.2547},  {0.3, 3.2703},
    {0.35, 3.2826}, {0.4, 3.2921},   {0.45, 3.2973}, {0.5, 3.2995},  {0.55, 3.3014},  {0.6, 3.3035},
    {0.65, 3.3063}, {0.7, 3.3108},   {0.75, 3.3185}, {0.8, 3.3345},  {0.85, 3.3403},  {0.9, 3.3425},
    {0.95, 3.3447}, {0.97, 3.3463},  {0.98, 3.3487}, {0.99, 3.3618}, {0.995, 3.3963}, {1, 3.5305}};
constexpr std::pair<double, double> lfp_charge[] = {
    {0, 0.037584},   {0.1, 0.037584}, {0.2, 0.041399}, {0.3, 0.041399}, {0.4, 0.041779}, {0.5, 0.044767},
    {0.6, 0.047695}, {0.7, 0.049791}, {0.8, 0.046805}, {0.9, 0.053422}, {1, 0.053422}};
constexpr std::pair<double, double> lfp_discharge[] = {
    {0, 0.061686},   {0.1, 0.061686}, {0.2, 0.050375}, {0.3, 0.048846}, {0.4, 0.051763}, {0.5, 0.047828},
    {0.6, 0.044266}, {0.7, 0.041786}, {0.8, 0.046556}, {0.9, 0.042547}, {1, 0.042547}};

// Samsung, 94 Ah: volt at 25 °C, ohm at 25 °C and 1 C.
constexpr std::pair<double, double> nmc_ocv[] = {
    {0, 3.2285},    {0.005, 3.2695}, {0.01, 3.3013}, {0.02, 3.3546}, {0.03, 3.3984}, {0.05, 3.4414},
    {0.1, 3.4736},  {0.125, 3.4923}, {0.15, 3.5197}, {0.2, 3.5656},  {0.25, 3.5955}, {0.3, 3.6143},
    {0.35, 3.6293}, {0.4, 3.6442},   {0.45, 3.6604}, {0.5, 3.6797},  {0.55, 3.7089}, {0.6, 3.7543},
    {0.65, 3.7892}, {0.7, 3.8263},   {0.75, 3.8675}, {0.8, 3.912},   {0.85, 3.9604}, {0.9, 4.0133},
    {0.95, 4.0705}, {0.975, 4.1007}, {0.99, 4.1228}, {1, 4.1444}};
constexpr std::pair<double, double> nmc_charge[] = {{0, 0.00082643},   {0.1, 0.0007769},  {0.2, 0.00071792},
                                                    {0.3, 0.00069421}, {0.4, 0.00070858}, {0.5, 0.00075119},
                                                    {0.6, 0.00070619}, {0.7, 0.00069927}, {0.8, 0.0006991},
                                                    {0.9, 0.00070386}, {1, 0.00070384}};
constexpr std::pair<double, double> nmc_discharge[] = {
    {0, 0.00086697},   {0.1, 0.00079359}, {0.2, 0.0007204},  {0.3, 0.00069222},
    {0.4, 0.00069919}, {0.5, 0.00073233}, {0.6, 0.00071116}, {0.7, 0.00068985},
    {0.8, 0.00069221}, {0.9, 0.00069454}, {1, 0.00069927}};

// ORNL, cells of the first Leaf, 33 Ah: half-way between discharge at 30.6 A and charge at 15.3 A, at equal
// charge; the resistance is what parts the two. Volt, ohm.
constexpr std::pair<double, double> lmo_ocv[] = {
    {0, 3.1389},     {0.01, 3.2483}, {0.02, 3.3321}, {0.03, 3.4024}, {0.05, 3.5138}, {0.075, 3.6151},
    {0.1, 3.6704},   {0.15, 3.7117}, {0.2, 3.7471},  {0.25, 3.7871}, {0.3, 3.8248},  {0.35, 3.8514},
    {0.4, 3.8720},   {0.45, 3.8930}, {0.5, 3.9148},  {0.55, 3.9368}, {0.6, 3.9580},  {0.65, 3.9787},
    {0.7, 3.9997},   {0.75, 4.0200}, {0.8, 4.0403},  {0.85, 4.0620}, {0.9, 4.0880},  {0.95, 4.1265},
    {0.975, 4.1621}, {1, 4.1975}};
constexpr std::pair<double, double> lmo_ohm[] = {
    {0, 0.00454},   {0.02, 0.00495}, {0.05, 0.00461}, {0.1, 0.00438},  {0.15, 0.00397},
    {0.2, 0.00392}, {0.3, 0.00436},  {0.4, 0.00422},  {0.5, 0.00415},  {0.6, 0.00420},
    {0.7, 0.00425}, {0.8, 0.00402},  {0.9, 0.00374},  {0.95, 0.00381}, {1, 0.00381}};

constexpr double zero_c = 273.15;

// A measured resistance is that of a pulse of some seconds: most of it acts at once, the rest builds up. The
// shares and times are typical of fits of two pairs, not of these very cells.
constexpr double at_once = 0.6, within_seconds = 0.25, within_minutes = 0.15;

SocTable scaled(std::span<const Point> points, double factor) {
    std::vector<Point> out(points.begin(), points.end());
    for (auto& [soc, value] : out)
        value *= factor;
    return SocTable(out);
}

CellParameters lithium(double capacity_ah, std::span<const Point> ocv, std::span<const Point> charge,
                       std::span<const Point> discharge, double typical_ohm) {
    CellParameters out{.capacity_ah = capacity_ah,
                       .ocv_v = SocTable(ocv),
                       .charge_ohm = scaled(charge, at_once),
                       .discharge_ohm = scaled(discharge, at_once)};
    out.pairs = {RcPair{within_seconds * typical_ohm, 20}, RcPair{within_minutes * typical_ohm, 300}};
    out.resistance_activation_k = 1600;  // between the measurements at 10, 25 and 40 °C
    out.coulombic_efficiency = 0.999;
    out.self_discharge_per_s = 0.02 / (30 * 86'400.0);  // 2 % a month
    return out;
}

// What the management of such batteries usually allows: no charging in the frost, less power when hot, none
// at 60 °C.
Physics managed(CellParameters cell) {
    Physics out{.cell = std::move(cell)};
    out.temperature = {
        .no_charge_k = zero_c, .full_charge_k = zero_c + 5, .full_k = zero_c + 45, .none_k = zero_c + 60};
    return out;
}

}  // namespace

Physics lithium_iron_phosphate() {
    auto out = managed(lithium(3, lfp_ocv, lfp_charge, lfp_discharge, 0.045));
    out.ageing = AgeingLaw::iron_phosphate;
    out.cell.v_min = 2.0;
    out.cell.v_max = 3.65;
    out.cell.heat_capacity_j_k = 85;  // 85 g at 1 kJ/(kg K)
    out.cell.thermal_resistance_k_w = 4;
    return out;
}

Physics lithium_nickel_manganese_cobalt() {
    auto out = managed(lithium(94, nmc_ocv, nmc_charge, nmc_discharge, 0.00075));
    out.ageing = AgeingLaw::nmc;
    out.cell.v_min = 2.7;
    out.cell.v_max = 4.2;
    out.cell.heat_capacity_j_k = 2100;  // 2.1 kg
    out.cell.thermal_resistance_k_w = 1;
    return out;
}

Physics lithium_manganese_oxide() {
    // At 25 °C: the measured cell was a little warmer, as this one will be.
    constexpr double cooler = 1.05;
    auto cell = lithium(30.34, lmo_ocv, lmo_ohm, lmo_ohm, 0.0042 * cooler);
    cell.charge_ohm = cell.discharge_ohm = scaled(lmo_ohm, at_once * cooler);
    auto out = managed(std::move(cell));
    out.ageing = AgeingLaw::nmc;  // no law of its own
    out.cell.v_min = 3.0;
    out.cell.v_max = 4.2;
    out.cell.heat_capacity_j_k = 790;  // 0.79 kg
    out.cell.thermal_resistance_k_w = 0.5;
    return out;
}

Physics lithium_lg_m50() {
    constexpr double ohm = 0.030;
    const std::vector<Point> flat{{0, ohm}, {1, ohm}};
    auto cell = lithium(lg_m50::capacity_ah, std::vector<Point>{{0, 2.5}, {1, 4.2}}, flat, flat, ohm);
    cell.ocv_v = lg_m50::open_circuit();
    auto out = managed(std::move(cell));
    out.ageing = AgeingLaw::nmc;  // no law of its own
    out.cell.v_min = 2.5;
    out.cell.v_max = 4.2;
    out.cell.heat_capacity_j_k = 62;  // 68 g at 0.9 kJ/(kg K)
    out.cell.thermal_resistance_k_w = 5;
    return out;
}

Physics lithium_cobalt_oxide() {
    constexpr double ohm = 0.0015;
    const std::vector<Point> ocv{{0, 3.0}, {0.25, 3.6}, {0.5, 3.75}, {0.75, 3.85}, {1, 4.1}},
        flat{{0, ohm}, {1, ohm}};
    auto out = managed(lithium(50, ocv, flat, flat, ohm));
    out.ageing = AgeingLaw::lco_estimated;
    out.cell.v_min = 2.7;
    out.cell.v_max = 4.2;
    out.cell.heat_capacity_j_k = 1100;
    out.cell.thermal_resistance_k_w = 1.5;
    return out;
}

}  // namespace hil::battery

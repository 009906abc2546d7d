#include "plant_sim/status_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace hil::plant_sim {
namespace {

std::string count_of(std::uint64_t number, const char* noun) {
    return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace

std::string listening_line(const PlantServer& server, const config::Plant& plant) {
    const auto& limits = plant.model.power_limits;
    return fmt::format(
        "{} ({}) listens on {}: {:g} kWh, {:g} to {:g} kW, {:g} to {:g} kvar, {:g} kV, state of charge "
        "{:.2f} %",
        plant.id, plant.name, to_string(server.local_endpoint()), plant.model.capacity_kwh, limits.p_min_kw,
        limits.p_max_kw, limits.q_min_kvar, limits.q_max_kvar, plant.model.poi_voltage_kv,
        100 * server.emulator().output().soc_pu);
}

std::string status_line(const PlantServer& server) {
    const auto& emulator = server.emulator();
    const auto& out = emulator.output();
    const auto& totals = emulator.totals();
    // Adding 0.0 shows a negative zero as zero.
    const auto shown = [](double value, int decimals) {
        return std::isnan(value) ? std::string("-") : fmt::format("{:.{}f}", value + 0.0, decimals);
    };
    return fmt::format(
        "{:<8} {:<7}  P {:>8} kW  Q {:>8} kvar  state of charge {:>6} %  out {:.2f} kWh  in {:.2f} "
        "kWh  "
        "{}, {}",
        server.id(), emulator.running() ? "running" : "stopped", shown(out.p_poi_kw, 1),
        shown(out.q_poi_kvar, 1), shown(100 * out.soc_pu, 2), totals.discharged_kwh, totals.charged_kwh,
        count_of(server.connections(), "connection"), count_of(emulator.statistics().requests, "request"));
}

}  // namespace hil::plant_sim

#include "report/energy_steps.hpp"

#include "report/json_members.hpp"
#include "report/summary_json.hpp"

namespace hil::report {
namespace {

WallTime next_after(WallTime at, EnergyStep step, const Zone& zone) {
    const auto local = zone.local(at);
    if (step == EnergyStep::hour) {
        const auto into = local.since_midnight % std::chrono::hours(1);
        return at - into + std::chrono::hours(1);
    }
    const std::chrono::sys_days day = local.date;
    if (step == EnergyStep::day) return zone.midnight(LocalDate(day + std::chrono::days(1)));
    const auto next = local.date.year() / local.date.month() + std::chrono::months(1);
    return zone.midnight(next / 1);
}

double value_if_known(double value, Duration known) {
    return known > Duration::zero() ? value : measure::unknown;
}

}  // namespace

std::vector<WallTime> energy_bounds(measure::Range range, EnergyStep step, const Zone& zone,
                                    std::size_t at_most) {
    std::vector<WallTime> out{range.from};
    while (out.size() <= at_most && out.back() < range.to)
        out.push_back(std::min(next_after(out.back(), step, zone), range.to));
    return out;
}

void append_energy_json(std::string& out, const PlantSummary& summary) {
    constexpr int of_energy = 3, of_share = 6;
    Members to(out);
    to.text("from", utc_text(summary.range.from));
    to.text("to", utc_text(summary.range.to));
    const auto& energy = summary.energy();
    to.number("discharged_kwh", value_if_known(energy.discharged_kwh, energy.known), of_energy);
    to.number("charged_kwh", value_if_known(energy.charged_kwh, energy.known), of_energy);
    const auto& delivery = summary.delivery;
    to.number("asked_kwh", value_if_known(delivery.asked_kwh, delivery.known), of_energy);
    to.number("delivered_kwh", value_if_known(delivery.delivered_kwh, delivery.known), of_energy);
    to.number("missing_kwh", value_if_known(delivery.missing_kwh(), delivery.known), of_energy);
    to.number("coverage", summary.coverage, of_share);
    to.end();
}

}  // namespace hil::report

#include "app/identify_command.hpp"

#include "app/battery_files.hpp"
#include "app/chart_page.hpp"
#include "app/load_setup.hpp"
#include "base/number.hpp"
#include "battery/estimate/coulomb_count.hpp"
#include "battery/estimate/health.hpp"
#include "battery/estimate/soc_filter.hpp"
#include "battery/identify/identify.hpp"

#include <fmt/format.h>

#include <cmath>

namespace hil::app {
namespace {

using battery::Identified;

std::string with_sigma(const battery::Measured& of, double scale, int decimals) {
    return fmt::format("{:.{}f} ± {:.{}f}", of.value * scale, decimals, of.sigma * scale, decimals);
}

std::vector<std::vector<std::string>> identified_table(const Identified& found) {
    std::vector<std::vector<std::string>> rows{{"", "value ± standard deviation", "unit"}};
    rows.push_back({"capacity", with_sigma(found.capacity_ah, 1, 3), "Ah"});
    const bool known = found.series_ohm.sigma < found.series_ohm.value / 3;
    rows.push_back(
        {"R0 at half charge", known ? with_sigma(found.series_ohm, 1e3, 4) : "not told by this test", "mΩ"});
    for (std::size_t k = 0; k < 2; ++k) {
        const auto& pair = found.pairs[k];
        const auto shown = [&](const battery::Measured& of, double scale, int decimals) {
            return with_sigma(of, scale, decimals) + (pair.found ? "" : " (not told by this test)");
        };
        rows.push_back({fmt::format("R{}", k + 1), shown(pair.ohm, 1e3, 4), "mΩ"});
        rows.push_back({fmt::format("C{}", k + 1), shown(pair.farad, 1, 0), "F"});
        rows.push_back({fmt::format("R{0} C{0}", k + 1), shown(pair.tau_s, 1, 2), "s"});
    }
    rows.push_back({"residual",
                    fmt::format("{:.2f} rms, {:.2f} at most", found.rms_v * 1e3, found.worst_v * 1e3), "mV"});
    return rows;
}

std::vector<std::vector<std::string>> step_table(const Identified& found) {
    std::vector<std::vector<std::string>> rows{{"at, s", "state of charge", "from, A", "to, A", "ΔU/ΔI, mΩ"}};
    for (const auto& step : found.steps) {
        if (rows.size() > 60) break;
        rows.push_back({fmt::format("{:.0f}", step.t_s), fmt::format("{:.3f}", step.soc_pu),
                        fmt::format("{:.2f}", step.before_a), fmt::format("{:.2f}", step.after_a),
                        fmt::format("{:.3f}", step.ohm * 1e3)});
    }
    return rows;
}

std::vector<std::vector<std::string>> swing_table(const Identified& found) {
    std::vector<std::vector<std::string>> rows{{"from, s", "to, s", "Ah", ""}};
    for (const auto& swing : found.swings)
        rows.push_back({fmt::format("{:.0f}", swing.begin_s), fmt::format("{:.0f}", swing.end_s),
                        fmt::format("{:.3f}", std::abs(swing.ah)),
                        fmt::format("{}{}", swing.ah > 0 ? "discharged" : "charged",
                                    swing.whole ? "" : ", not the whole")});
    return rows;
}

std::string page_of(const Identified& found, const IdentifyRequest& request) {
    Page page("Identified: " + request.file.filename().string());
    page.table(identified_table(found));
    for (const auto& note : found.notes)
        page.paragraph("Note: " + note + ".");
    Chart residual{.title = "What the parameters leave of the measured voltage",
                   .x_label = "hours",
                   .y_label = "mV",
                   .lines = {}};
    Chart measured{.title = "Measured voltage", .x_label = "hours", .y_label = "V", .lines = {}};
    ChartLine left{.label = "measured − model", .points = {}, .band = {}},
        volt{.label = "", .points = {}, .band = {}};
    for (const auto& one : found.residuals) {
        left.points.emplace_back(one.t_s / 3600, one.residual_v * 1e3);
        volt.points.emplace_back(one.t_s / 3600, one.measured_v);
    }
    residual.lines.push_back(std::move(left));
    measured.lines.push_back(std::move(volt));
    page.chart(residual);
    page.chart(measured);
    page.chart({.title = "Open-circuit voltage",
                .x_label = "state of charge",
                .y_label = "V",
                .lines = {{"", found.ocv_v, {}}}});
    auto discharge = found.discharge_ohm, charge = found.charge_ohm;
    for (auto* table : {&discharge, &charge})
        for (auto& [soc, ohm] : *table)
            ohm *= 1e3;
    Chart ohms{
        .title = "Series resistance at 25 °C", .x_label = "state of charge", .y_label = "mΩ", .lines = {}};
    if (found.discharge_seen) ohms.lines.push_back({"discharging", discharge, {}});
    if (found.charge_seen) ohms.lines.push_back({"charging", charge, {}});
    page.chart(ohms);
    page.heading("Swings of the charge");
    page.table(swing_table(found));
    page.heading("Steps of the current");
    page.table(step_table(found));
    return page.html();
}

std::string told_of(const Identified& found) {
    std::string out = "{";
    const auto add = [&out](const char* key, const battery::Measured& of) {
        out +=
            fmt::format("{}\"{}\": {{\"value\": {}, \"sigma\": {}}}", out.size() > 1 ? ", " : "", key,
                        format_number(of.value, 9), format_number(std::isfinite(of.sigma) ? of.sigma : 0, 9));
    };
    add("capacity_ah", found.capacity_ah);
    add("r0_ohm", found.series_ohm);
    add("r1_ohm", found.pairs[0].ohm);
    add("c1_farad", found.pairs[0].farad);
    add("r2_ohm", found.pairs[1].ohm);
    add("c2_farad", found.pairs[1].farad);
    return out + fmt::format(", \"pairs_found\": [{}, {}], \"residual_rms_v\": {}}}", found.pairs[0].found,
                             found.pairs[1].found, format_number(found.rms_v, 6));
}

std::string parameter_file(const Identified& found, const IdentifyRequest& request,
                           const battery::Physics& like) {
    const auto cell = found.cell(like.cell);
    battery::WrittenCell out{
        .name = request.name.empty() ? request.file.stem().string() : request.name,
        .source = "identified from " + request.file.filename().string(),
        .like = request.like,
        .ageing = request.ageing.empty() ? battery::info_of(like.ageing).name : request.ageing,
        .ocv_v = found.ocv_v,
        .charge_ohm = found.charge_ohm,
        .discharge_ohm = found.discharge_ohm,
        .capacity_ah = cell.capacity_ah,
        .v_min = cell.v_min,
        .v_max = cell.v_max,
        .pairs = cell.pairs,
        .identified = told_of(found)};
    for (auto* table : {&out.charge_ohm, &out.discharge_ohm})
        for (auto& [soc, ohm] : *table)
            ohm = std::max(ohm, 1e-7);
    return battery::to_json(out);
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
    for (const auto& row : rows)
        fmt::print("  {:<20}{:>34}  {}\n", row[0], row[1], row[2]);
}

// The rows of estimate: the filter and the count beside it.
class EstimateTable {
  public:
    EstimateTable(const battery::CellParameters& cell, const EstimateRequest& request)
        : filter_(cell, {.voltage_noise_v = request.voltage_noise_v,
                         .bias_c = request.bias_c,
                         .start_soc_pu = request.start_soc_pu,
                         .start_spread_pu = request.start_spread_pu,
                         .freeze_below_v = request.freeze_below_v}),
          count_(cell.capacity_ah, cell.coulombic_efficiency,
                 {.bias_a = 2 * request.bias_c * cell.capacity_ah}),
          ohm_(0.05 * cell.capacity_ah),
          capacity_(cell, {}),
          every_s_(request.every_s) {
        count_.set(request.start_soc_pu, std::min(1.0, 2 * request.start_spread_pu));
    }

    void add(const battery::CyclerRow& row, double dt_s) {
        const double kelvin = row.temperature_k > 0 ? row.temperature_k : 298.15;
        const auto& now = filter_.add(row.current_a, row.voltage_v, kelvin, dt_s);
        count_.add(row.current_a, dt_s);
        ohm_.add(row.current_a, row.voltage_v, dt_s);
        capacity_.add(row.current_a, row.voltage_v, dt_s);
        if (row.t_s < next_s_) return;
        next_s_ = row.t_s + every_s_;
        text_ += fmt::format("{:.1f},{:.4f},{:.4f},{:.4f},{:.4f},{:.6f},{:.4f},{:.2f},{}\n", row.t_s,
                             now.soc_pu, now.sigma_pu, count_.lowest_pu(), count_.highest_pu(), now.bias_a,
                             now.resistance_factor, now.innovation_v * 1e3, now.frozen ? 1 : 0);
    }

    [[nodiscard]] const std::string& text() const { return text_; }

    void sum_up() const {
        const auto& now = filter_.estimate();
        fmt::print(stderr, "state of charge {:.1f} ± {:.1f} %; counted alone {:.1f} to {:.1f} %\n",
                   now.soc_pu * 100, now.sigma_pu * 100, count_.lowest_pu() * 100, count_.highest_pu() * 100);
        const auto tell = [](const char* what, const std::optional<battery::HealthValue>& value, double scale,
                             const char* unit, const char* none) {
            if (value)
                fmt::print(stderr, "{} {:.3f} ± {:.3f} {} ({} of them)\n", what, value->value * scale,
                           value->sigma * scale, unit, value->count);
            else
                fmt::print(stderr, "{}: {}\n", what, none);
        };
        tell("resistance of the steps", ohm_.ohm(), 1e3, "mΩ", "fewer than ten steps of the current");
        tell("capacity", capacity_.capacity_ah(), 1, "Ah",
             "no swing of 30 points between two rests whose voltage tells the charge");
    }

  private:
    battery::SocFilter filter_;
    battery::CoulombCount count_;
    battery::ResistanceWatch ohm_;
    battery::CapacityWatch capacity_;
    double every_s_, next_s_ = 0;
    std::string text_ =
        "time_s,soc_pu,sigma_pu,counted_low_pu,counted_high_pu,bias_a,resistance_factor,innovation_mv,"
        "frozen\n";
};

}  // namespace

int identify_command(const IdentifyRequest& request) {
    const auto test = read_test("identify", request.file, request.columns);
    const auto like = read_cell("identify", request.like, "");
    if (!test || !like) return exit_usage;
    const auto found = battery::identify(
        test->rows, {.capacity_ah = request.capacity_ah, .start_soc_pu = request.start_soc_pu});
    if (!found.ok()) {
        fmt::print(stderr, "hil_scheduler identify: {}: {}\n", request.file.string(), found.problem);
        return exit_failed;
    }
    print_table(identified_table(found));
    for (const auto& note : found.notes)
        fmt::print(stderr, "hil_scheduler identify: note: {}\n", note);
    bool written = true;
    if (!request.output.empty())
        written = write_result("identify", request.output, parameter_file(found, request, like->physics));
    if (!request.page.empty())
        written = write_result("identify", request.page, page_of(found, request)) && written;
    if (!request.bdf.empty())
        written = write_result("identify", request.bdf, battery::to_bdf(test->rows)) && written;
    return written ? exit_done : exit_failed;
}

int estimate_command(const EstimateRequest& request) {
    const auto test = read_test("estimate", request.file, request.columns);
    const auto cell = read_cell("estimate", request.cell, "");
    if (!test || !cell) return exit_usage;
    EstimateTable table(cell->physics.cell, request);
    for (std::size_t i = 1; i < test->rows.size(); ++i)
        table.add(test->rows[i], test->rows[i].t_s - test->rows[i - 1].t_s);
    table.sum_up();
    return write_result("estimate", request.output, table.text()) ? exit_done : exit_failed;
}

}  // namespace hil::app

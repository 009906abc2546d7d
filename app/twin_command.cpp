#include "app/twin_command.hpp"

#include "app/battery_files.hpp"
#include "app/chart_page.hpp"
#include "app/load_setup.hpp"
#include "app/measurement_place.hpp"
#include "base/number.hpp"
#include "battery/twin/twin.hpp"
#include "schedule/arbiter.hpp"
#include "schedule/effective.hpp"
#include "service/setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace hil::app {
namespace {

using battery::Quantiles;
using battery::TwinCase;
using battery::TwinResult;

void twin_complains(const std::string& sentence) {
    fmt::print(stderr, "hil_scheduler twin: {}\n", sentence);
}

// "time_s,p_kw", times from 0 on.
std::optional<std::vector<battery::ProfileStep>> read_profile(const std::filesystem::path& file) {
    const auto text = read_text("twin", file);
    if (!text) return std::nullopt;
    std::vector<battery::ProfileStep> out;
    std::istringstream in(*text);
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
            line.pop_back();
        if (line.empty() || line.front() == '#') continue;
        const auto comma = line.find(',');
        const auto at = parse_number(line.substr(0, comma));
        const auto kw = comma == std::string::npos ? std::nullopt : parse_number(line.substr(comma + 1));
        if (!at && out.empty() && number == 1) continue;  // the header
        if (!at || !kw || *at < 0) {
            twin_complains(
                fmt::format("{}:{}: must be time_s,p_kw, got \"{}\"", file.string(), number, line));
            return std::nullopt;
        }
        if (!out.empty() && *at <= out.back().from_s) {
            twin_complains(fmt::format("{}:{}: the time must increase, {} follows {}", file.string(), number,
                                       format_number(*at), format_number(out.back().from_s)));
            return std::nullopt;
        }
        out.push_back({*at, *kw});
    }
    if (!out.empty()) return out;
    twin_complains(file.string() + ": has no rows of time_s,p_kw");
    return std::nullopt;
}

std::optional<WallTime> first_of(const schedule::PlanStore& store, schedule::PlantIndex plant) {
    const auto& series = store.manual(plant, schedule::Signal::p).series;
    return series.empty() ? std::nullopt : std::optional(series.begin_time());
}

// The plan of a plant and its battery as they are configured.
std::optional<TwinCase> planned(const TwinRequest& request) {
    CommonOptions common;
    common.config_file = request.config_file;
    common.config_found_here = request.config_found_here;
    common.schedules = request.schedules;
    const auto setup = load_setup(common);
    if (!setup) return std::nullopt;
    const auto plant = find_plant("twin", *setup, request.plant);
    if (!plant) return std::nullopt;
    schedule::PlanStore store(setup->plant_ids);
    if (!service::load_plans(request.schedules, *setup, store)) return std::nullopt;
    const auto index = static_cast<schedule::PlantIndex>(*plant);
    auto from = first_of(store, index);
    if (request.from && !(from = read_time("twin", "from", *request.from, setup->zone))) return std::nullopt;
    if (!from) {
        twin_complains("there is no plan of this plant: give --schedule, or --profile with --cell");
        return std::nullopt;
    }
    TwinCase out{.model = setup->config.plants[*plant].model,
                 .physics = {.cell = battery::named_cell("nmc")->cell},
                 .soc_pu = request.soc_pu.value_or(setup->config.startup.initial_soc_pu),
                 .profile = {}};
    const bool ideal = out.model.emulation.kind == config::BatteryKind::ideal ||
                       out.model.emulation.kind == config::BatteryKind::replay;
    if (ideal && request.cell.empty()) {
        twin_complains(fmt::format(
            "the model of plant \"{}\" has no inside: give --cell, or model.emulation in the configuration",
            setup->plant_ids[*plant]));
        return std::nullopt;
    }
    if (!ideal) out.physics = battery::physics_of(out.model.emulation);
    const schedule::Arbiter arbiter(
        store, config::ScheduleSource::manual,
        std::chrono::minutes(setup->config.istentore_api.schedule_period_minutes));
    const auto to = *from + std::chrono::duration_cast<WallTime::duration>(hil::seconds(request.length_s));
    for (const auto& segment : schedule::effective_schedule(arbiter, index, *from, to))
        out.profile.push_back({to_seconds(segment.from - *from), segment.p.value});
    return out;
}

std::optional<TwinCase> case_of(const TwinRequest& request) {
    std::optional<TwinCase> out;
    if (request.profile.empty()) {
        out = planned(request);
    } else if (auto profile = read_profile(request.profile)) {
        out.emplace(TwinCase{.model = {},
                             .physics = {.cell = battery::named_cell("nmc")->cell},
                             .soc_pu = request.soc_pu.value_or(0.5),
                             .profile = std::move(*profile)});
        out->model.capacity_kwh = request.capacity_kwh;
        out->model.power_limits = {request.power_kw, -request.power_kw, 0, 0};
    }
    if (!out) return std::nullopt;
    if (!request.cell.empty()) {
        const auto cell = read_cell("twin", request.cell, request.ageing);
        if (!cell) return std::nullopt;
        out->physics = cell->physics;
    }
    for (const auto& info : battery::ageing_laws())
        if (request.ageing == info.name) out->physics.ageing = info.law;
    if (out->physics.ageing_factor == 0) out->physics.ageing_factor = 1;
    out->length_s = request.length_s;
    out->step_s = request.step_s.value_or(request.length_s <= 2 * 86'400 ? 1 : 300);
    out->report_s = std::max(out->step_s, request.report_s.value_or(request.length_s / 288));
    out->report_s = std::max(1.0, std::round(out->report_s / out->step_s)) * out->step_s;
    out->repeat = request.repeat;
    if (request.repeat && out->profile.size() > 1) {
        // The last step lasts as long as the one before it.
        const auto& p = out->profile;
        out->period_s = 2 * p.back().from_s - p[p.size() - 2].from_s;
    }
    return out;
}

std::string csv_of(const TwinResult& result) {
    std::string out = "time_s";
    for (std::size_t q = 0; q < battery::twin_quantities; ++q)
        for (const char* which : {"p05", "p50", "p95"})
            out += fmt::format(",{}_{}", battery::name_of(static_cast<battery::TwinQuantity>(q)), which);
    out += '\n';
    for (std::size_t i = 0; i < result.at_s.size(); ++i) {
        append_number(out, result.at_s[i], 3);
        for (const auto& one : result.course[i])
            for (const double value : {one.low, one.middle, one.high}) {
                out += ',';
                append_number(out, value, 6);
            }
        out += '\n';
    }
    return out;
}

std::string json_of(const Quantiles& of) {
    return fmt::format("[{}, {}, {}]", format_number(of.low, 6), format_number(of.middle, 6),
                       format_number(of.high, 6));
}

std::string json_of(const TwinResult& result) {
    std::string out = fmt::format(
        "{{\"draws\": {}, \"quantiles\": [0.05, 0.5, 0.95],\n \"end\": {{\"soc_pu\": {}, \"delivered_kwh\": "
        "{}, "
        "\"losses_kwh\": {}, \"capacity_loss_pu\": {}, \"resistance_rise_pu\": {}, \"warmest_c\": {}}},\n "
        "\"limits\": {{",
        result.paths, json_of(result.end_soc_pu), json_of(result.delivered_kwh), json_of(result.losses_kwh),
        json_of(result.capacity_loss_pu), json_of(result.resistance_rise_pu), json_of(result.warmest_c));
    bool first = true;
    for (std::size_t b = 0; b < battery::bindings; ++b) {
        const auto& one = result.binding[b];
        if (one.first_s < 0) continue;
        out += fmt::format(
            "{}\"{}\": {{\"share_of_draws\": {}, \"mean_s\": {}, \"first_s\": {}, \"missing_kwh\": {}}}",
            first ? "" : ", ", battery::name_of(static_cast<battery::Binding>(b)),
            format_number(one.share_pu, 4), format_number(one.seconds, 1), format_number(one.first_s, 1),
            format_number(one.missing_kwh, 4));
        first = false;
    }
    out += "},\n \"time_s\": [";
    for (std::size_t i = 0; i < result.at_s.size(); ++i)
        out += fmt::format("{}{}", i == 0 ? "" : ", ", format_number(result.at_s[i], 3));
    out += ']';
    for (std::size_t q = 0; q < battery::twin_quantities; ++q) {
        out += fmt::format(",\n \"{}\": [", battery::name_of(static_cast<battery::TwinQuantity>(q)));
        for (std::size_t i = 0; i < result.course.size(); ++i)
            out += fmt::format("{}{}", i == 0 ? "" : ", ", json_of(result.course[i][q]));
        out += ']';
    }
    return out + "}\n";
}

std::vector<std::vector<std::string>> limit_table(const TwinResult& result) {
    std::vector<std::vector<std::string>> rows{
        {"limit", "of the draws", "mean time, s", "first at, s", "energy missing, kWh"}};
    for (std::size_t b = 0; b < battery::bindings; ++b) {
        const auto& one = result.binding[b];
        if (one.first_s < 0) continue;
        rows.push_back({battery::name_of(static_cast<battery::Binding>(b)),
                        fmt::format("{:.0f} %", 100 * one.share_pu), fmt::format("{:.0f}", one.seconds),
                        fmt::format("{:.0f}", one.first_s), fmt::format("{:.3f}", one.missing_kwh)});
    }
    return rows;
}

std::string twin_page(const TwinResult& result, const TwinCase& of) {
    Page page("Twin of a battery");
    page.paragraph(fmt::format("{} draws; lines are the middle, bands hold nine tenths. Ageing by {} ({}).",
                               result.paths, battery::info_of(of.physics.ageing).name,
                               battery::info_of(of.physics.ageing).source));
    page.heading("Limits that would bind");
    if (limit_table(result).size() > 1)
        page.table(limit_table(result));
    else
        page.paragraph("None.");
    static constexpr const char* titles[] = {"Voltage",         "Current",       "Temperature",
                                             "State of charge", "Losses so far", "Capacity lost",
                                             "Resistance risen"};
    static constexpr const char* units[] = {"V", "A", "°C", "%", "kWh", "%", "%"};
    static constexpr double scales[] = {1, 1, 1, 100, 1, 100, 100};
    for (std::size_t q = 0; q < battery::twin_quantities; ++q) {
        ChartLine line{.label = "", .points = {}, .band = {}};
        for (std::size_t i = 0; i < result.at_s.size(); ++i) {
            const auto& one = result.course[i][q];
            line.points.emplace_back(result.at_s[i] / 3600, scales[q] * one.middle);
            line.band.emplace_back(scales[q] * one.low, scales[q] * one.high);
        }
        page.chart({.title = titles[q], .x_label = "hours", .y_label = units[q], .lines = {std::move(line)}});
    }
    return page.html();
}

void sum_up(const TwinResult& result) {
    const auto shown = [](const char* what, const Quantiles& of, double scale, const char* unit) {
        fmt::print(stderr, "  {:<24}{:>12.3f} {}   ({:.3f} to {:.3f})\n", what, scale * of.middle, unit,
                   scale * of.low, scale * of.high);
    };
    shown("state of charge at end", result.end_soc_pu, 100, "%");
    shown("delivered", result.delivered_kwh, 1, "kWh");
    shown("losses", result.losses_kwh, 1, "kWh");
    shown("warmest", result.warmest_c, 1, "°C");
    shown("capacity lost", result.capacity_loss_pu, 100, "%");
    shown("resistance risen", result.resistance_rise_pu, 100, "%");
    const auto limits = limit_table(result);
    for (std::size_t i = 1; i < limits.size(); ++i)
        fmt::print(stderr, "  limit {}: in {} of the draws, {} s, first at {} s, {} kWh missing\n",
                   limits[i][0], limits[i][1], limits[i][2], limits[i][3], limits[i][4]);
}

}  // namespace

int twin_command(const TwinRequest& request) {
    const auto of = case_of(request);
    if (!of) return exit_usage;
    if (of->length_s / of->step_s * static_cast<double>(request.draws) > 2e9) {
        twin_complains("this is more than 2 000 000 000 steps: choose a longer --step or fewer --draws");
        return exit_usage;
    }
    const auto result = battery::run_twin(*of, {}, request.draws, request.seed);
    sum_up(result);
    bool written = write_result("twin", request.output, request.json ? json_of(result) : csv_of(result));
    if (!request.page.empty())
        written = write_result("twin", request.page, twin_page(result, *of)) && written;
    return written ? exit_done : exit_failed;
}

}  // namespace hil::app

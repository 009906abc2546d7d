#include "app/study_command.hpp"

#include "app/battery_files.hpp"
#include "app/chart_page.hpp"
#include "app/load_setup.hpp"
#include "base/number.hpp"
#include "battery/packs/packs_file.hpp"
#include "battery/study/life.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cmath>

namespace hil::app {
namespace {

using battery::LifeGain;
using battery::LifeStudy;

// Beyond two centuries nothing is extrapolated.
std::string shown_years(double years) {
    return years >= 200 ? "over 200" : fmt::format("{:.1f}", years);
}

std::string percent_with(double value, double half) {
    return fmt::format("{:+.1f} ± {:.1f} %", 100 * value, 100 * half);
}

std::vector<std::vector<std::string>> gain_table(const LifeStudy::Part& part) {
    std::vector<std::vector<std::string>> rows{{"rule", "first pack ends, years", "against equal shares",
                                                "group ends, years", "against equal shares", "not delivered",
                                                "extrapolated"}};
    for (const auto& gain : part.gains)
        rows.push_back({std::string(battery::to_string(gain.rule)), shown_years(gain.first_pack_years),
                        percent_with(gain.first_pack_gain, gain.first_pack_half),
                        shown_years(gain.group_years), percent_with(gain.group_gain, gain.group_half),
                        fmt::format("{:.2f} %", 100 * gain.missing_share),
                        fmt::format("{} of {}", gain.extrapolated, part.seeds)});
    return rows;
}

std::string condition_text(const battery::LifeCondition& of) {
    return fmt::format(
        "{}: capacity lost at commissioning 5 to {:.0f} %, resistance risen 10 to {:.0f} %, places 0 to "
        "{:.0f} K above the ambient, "
        "speed of ageing spread by {:.0f} %, {:.0f} % of power and energy used a day",
        of.name, 100 * (0.05 + of.health_spread), 100 * (0.1 + of.resistance_spread), of.temperature_spread_k,
        100 * of.speed_spread, 100 * of.utilisation);
}

const LifeGain* gain_by(const LifeStudy::Part& part, battery::PackRule rule) {
    for (const auto& gain : part.gains)
        if (gain.rule == rule) return &gain;
    return nullptr;
}

// Under which conditions the rule of health reaches a quarter more life, in one sentence a condition.
std::vector<std::string> quarter_sentences(const LifeStudy& study) {
    std::vector<std::string> out;
    for (const auto& part : study.parts) {
        const auto* gain = gain_by(part, battery::PackRule::health_aware);
        if (gain == nullptr) continue;
        const double low = gain->first_pack_gain - gain->first_pack_half,
                     high = gain->first_pack_gain + gain->first_pack_half;
        const char* verdict = low >= 0.25   ? "25 % is reached"
                              : high < 0.25 ? "25 % is not reached"
                                            : "whether 25 % is reached cannot be said from so few seeds";
        out.push_back(fmt::format("{}: {} (first pack {}, group {})", part.condition.name, verdict,
                                  percent_with(gain->first_pack_gain, gain->first_pack_half),
                                  percent_with(gain->group_gain, gain->group_half)));
    }
    return out;
}

std::string study_page(const LifeStudy& study, const StudyRequest& request, const battery::Physics& physics) {
    Page page("How long used packs last, by the rule that shares their work");
    const auto& law = battery::info_of(physics.ageing);
    page.paragraph(
        fmt::format("{} packs of cell \"{}\", {} years in steps of {} s, ageing by {} ({}). A pack ends at "
                    "{:.0f} % of the capacity it had when "
                    "commissioned. Behind ±: half of the 95 % interval of the mean over the seeds (Student), "
                    "of ratios taken seed by seed.",
                    request.packs, request.cell, format_number(request.years), format_number(request.step_s),
                    law.name, law.source, 100 * request.end_of_life_pu));
    page.heading("Where 25 % more life than with equal shares is reached");
    for (const auto& sentence : quarter_sentences(study))
        page.paragraph(sentence + ".");
    for (const auto& part : study.parts) {
        page.heading(part.condition.name);
        page.paragraph(condition_text(part.condition) + fmt::format("; {} seeds.", part.seeds));
        page.table(gain_table(part));
        Chart chart{.title = "Health of the weakest pack, first seed",
                    .x_label = "years",
                    .y_label = "%",
                    .lines = {}};
        for (std::size_t r = 0; r < part.runs.size(); ++r) {
            ChartLine line{.label = std::string(battery::to_string(part.gains[r].rule)),
                           .points = {{0, 100}},
                           .band = {}};
            const auto& health = part.runs[r].front().weakest_health_pu;
            for (std::size_t year = 0; year < health.size(); ++year)
                line.points.emplace_back(static_cast<double>(year + 1), 100 * health[year]);
            chart.lines.push_back(std::move(line));
        }
        page.chart(chart);
    }
    return page.html();
}

std::string study_json(const LifeStudy& study) {
    const auto number = [](double value) { return format_number(value, 9); };
    std::string out = "{\"conditions\": [";
    for (std::size_t p = 0; p < study.parts.size(); ++p) {
        const auto& part = study.parts[p];
        out += fmt::format("{}\n {{\"name\": \"{}\", \"seeds\": {}, \"rules\": [", p == 0 ? "" : ",",
                           part.condition.name, part.seeds);
        for (std::size_t r = 0; r < part.gains.size(); ++r) {
            const auto& gain = part.gains[r];
            out += fmt::format(
                "{}\n  {{\"rule\": \"{}\", \"first_pack_years\": {}, \"first_pack_gain_pu\": {}, "
                "\"first_pack_gain_half_pu\": {}, "
                "\"group_years\": {}, \"group_gain_pu\": {}, \"group_gain_half_pu\": {}, \"missing_pu\": {}, "
                "\"extrapolated\": {}, \"runs\": [",
                r == 0 ? "" : ",", battery::to_string(gain.rule), number(gain.first_pack_years),
                number(gain.first_pack_gain), number(gain.first_pack_half), number(gain.group_years),
                number(gain.group_gain), number(gain.group_half), number(gain.missing_share),
                gain.extrapolated);
            for (std::size_t s = 0; s < part.runs[r].size(); ++s) {
                const auto& run = part.runs[r][s];
                out += fmt::format(
                    "{}{{\"seed\": {}, \"first_pack_years\": {}, \"group_years\": {}, \"delivered_kwh\": {}, "
                    "\"losses_kwh\": {}, \"health_pu\": [",
                    s == 0 ? "" : ", ", s + 1, number(run.first_pack.years), number(run.group.years),
                    number(run.delivered_kwh), number(run.losses_kwh));
                for (std::size_t i = 0; i < run.health_pu.size(); ++i)
                    out += (i == 0 ? "" : ", ") + number(run.health_pu[i]);
                out += "]}";
            }
            out += "]}";
        }
        out += "]}";
    }
    return out + "\n]}\n";
}

int study_life(const StudyRequest& request) {
    const auto cell = read_cell("study", request.cell, request.ageing);
    if (!cell) return exit_usage;
    if (cell->physics.ageing == battery::AgeingLaw::none) {
        fmt::print(stderr, "hil_scheduler study: --ageing: a battery that does not age lasts for ever\n");
        return exit_usage;
    }
    battery::LifeSettings settings{.packs = request.packs,
                                   .years = request.years,
                                   .step_s = request.step_s,
                                   .end_of_life_pu = request.end_of_life_pu,
                                   .condition = {}};
    settings.condition.utilisation = request.utilisation;
    const bool tty = ::isatty(STDERR_FILENO) == 1;
    const auto study = battery::study_life(cell->physics, settings, request.seeds, request.other_seeds,
                                           [tty](std::size_t done, std::size_t all) {
                                               if (tty) fmt::print(stderr, "\r{} of {} runs", done, all);
                                               return true;
                                           });
    if (tty) fmt::print(stderr, "\r\n");
    for (const auto& part : study.parts) {
        fmt::print("{}; {} seeds\n", condition_text(part.condition), part.seeds);
        for (const auto& row : gain_table(part))
            fmt::print("  {:<15}{:>24}{:>22}{:>20}{:>22}{:>16}{:>14}\n", row[0], row[1], row[2], row[3],
                       row[4], row[5], row[6]);
    }
    for (const auto& sentence : quarter_sentences(study))
        fmt::print("{}\n", sentence);
    bool written = true;
    if (!request.page.empty())
        written = write_result("study", request.page, study_page(study, request, cell->physics));
    if (!request.json.empty()) written = write_result("study", request.json, study_json(study)) && written;
    return written ? exit_done : exit_failed;
}

int study_allocation(const StudyRequest& request) {
    const auto text = read_text("study", request.packs_file);
    if (!text) return exit_usage;
    const auto read = battery::parse_packs(*text, request.packs_file.string());
    if (!read.problem.empty()) {
        fmt::print(stderr, "hil_scheduler study: {}\n", read.problem);
        return exit_usage;
    }
    constexpr std::size_t enumerable = 12;
    for (const auto rule : battery::all_pack_rules()) {
        const auto shared = battery::allocate_packs(read.packs, request.power_kw, rule);
        fmt::print("{}: {:.3f} kW delivered, {:.3f} kW missing\n ", battery::to_string(rule),
                   shared.delivered_kw, shared.missing_kw);
        for (const double kw : shared.kw)
            fmt::print(" {:.3f}", kw);
        if (read.packs.size() <= enumerable) {
            const auto exact = battery::allocate_packs_by_enumeration(read.packs, request.power_kw, rule);
            if (std::abs(exact.missing_kw) < std::abs(shared.missing_kw) - 1e-9)
                fmt::print("\n  by enumeration {:.3f} kW missing", exact.missing_kw);
            else if (exact.cost > 0)
                fmt::print("\n  {:.2f} % above the best choice of packs",
                           100 * (shared.cost / exact.cost - 1));
        }
        fmt::print("\n");
    }
    return exit_done;
}

}  // namespace

int study_command(const StudyRequest& request) {
    return request.what == StudyRequest::What::life ? study_life(request) : study_allocation(request);
}

}  // namespace hil::app

#include "report/html_parts.hpp"
#include "report/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <span>

namespace hil::report {
namespace {

using measure::Column;

// The table of figures: a row a figure, a column a plant.
class Figures {
  public:
    explicit Figures(const Document& document) : document_(document) {}

    void group(std::string_view name) {
        out_ +=
            fmt::format("<tbody>\n<tr class=\"group\"><th colspan=\"{}\" scope=\"rowgroup\">{}</th></tr>\n",
                        document_.plants.size() + 1, name);
    }
    void end_group() { out_ += "</tbody>\n"; }
    void row(std::string_view name, const std::function<std::string(const PlantPart&)>& value) {
        out_ += fmt::format("<tr><th scope=\"row\">{}</th>", name);
        for (const auto& plant : document_.plants)
            out_ += fmt::format("<td>{}</td>", value(plant));
        out_ += "</tr>\n";
    }
    std::string take() { return std::move(out_); }

  private:
    const Document& document_;
    std::string out_;
};

std::string with_unit(double value, int decimals, std::string_view unit, Duration known) {
    if (known <= Duration::zero() || !std::isfinite(value)) return "\u2013";
    return fmt::format("<b>{}</b> {}", shown(value, decimals), unit);
}

std::string share_of(Duration part, Duration whole) {
    if (whole <= Duration::zero()) return {};
    return fmt::format(" <span class=\"soft\">({} %)</span>",
                       shown(100 * to_seconds(part) / to_seconds(whole), 1));
}

std::string when(const std::optional<WallTime>& at, const Zone& zone) {
    return at ? fmt::format(" <span class=\"soft\">at {}</span>", shown_time(*at, zone)) : std::string();
}

void add_tracking(Figures& to, const Document& document, std::string_view unit,
                  const std::function<const Tracking&(const PlantPart&)>& of) {
    const auto figure = [&](std::string_view name, double Tracking::* member) {
        to.row(name, [=, &of](const PlantPart& plant) {
            const auto& t = of(plant);
            return with_unit(t.*member, 2, unit, t.known);
        });
    };
    figure("Mean magnitude", &Tracking::mean_abs);
    figure("Root mean square", &Tracking::rms);
    figure("Not exceeded for 95 % of the time", &Tracking::p95);
    to.row("Largest", [&](const PlantPart& plant) {
        const auto& t = of(plant);
        return with_unit(t.largest, 1, unit, t.known) +
               (std::abs(t.largest) > 0 ? when(t.largest_at, document.zone) : "");
    });
    to.row("Beyond the tolerance", [&](const PlantPart& plant) {
        const auto& t = of(plant);
        if (t.known <= Duration::zero()) return std::string("\u2013");
        return fmt::format("<b>{}</b>{} <span class=\"soft\">of \u00b1{} {}</span>", shown_length(t.beyond),
                           share_of(t.beyond, t.known), shown(t.tolerance, 1), unit);
    });
}

void add_energy(Figures& to) {
    to.group("Energy");
    const auto flow = [&](std::string_view name, const Flow PlantSummary::* which, double Flow::* part) {
        to.row(name, [=](const PlantPart& plant) {
            const auto& f = plant.summary.*which;
            return with_unit(f.*part, 1, "kWh", f.known);
        });
    };
    flow("Discharged, at the POI", &PlantSummary::poi, &Flow::discharged_kwh);
    flow("Charged, at the POI", &PlantSummary::poi, &Flow::charged_kwh);
    flow("Discharged, battery", &PlantSummary::battery, &Flow::discharged_kwh);
    flow("Charged, battery", &PlantSummary::battery, &Flow::charged_kwh);
    flow("Asked for by the setpoint: to discharge", &PlantSummary::asked, &Flow::discharged_kwh);
    flow("Asked for by the setpoint: to charge", &PlantSummary::asked, &Flow::charged_kwh);
    to.row("Asked, delivered, missing", [](const PlantPart& plant) {
        const auto& d = plant.summary.delivery;
        if (d.known <= Duration::zero()) return std::string("\u2013");
        return fmt::format("<b>{}</b>, <b>{}</b>, <b>{}</b> kWh", shown(d.asked_kwh, 1),
                           shown(d.delivered_kwh, 1), shown(d.missing_kwh(), 1));
    });
    to.row("Stayed in the battery", [](const PlantPart& plant) {
        const auto& stored = plant.summary.stored_kwh;
        return stored ? with_unit(*stored, 1, "kWh", plant.summary.known) : std::string("\u2013");
    });
    to.row("Full cycles", [](const PlantPart& plant) {
        return with_unit(plant.summary.full_cycles, 3, "", plant.summary.known);
    });
    to.row("Round-trip efficiency", [](const PlantPart& plant) {
        const auto& trip = plant.summary.round_trip;
        if (!trip.efficiency)
            return fmt::format("not defined: <span class=\"soft\">{}</span>", escaped(trip.why_not));
        return fmt::format("<b>{}</b> % <span class=\"soft\">{}{}</span>", shown(*trip.efficiency * 100, 1),
                           plant.summary.place == PlantSummary::Place::poi ? "at the POI" : "at the battery",
                           trip.corrected ? ", corrected for what stayed" : "");
    });
    to.end_group();
}

void add_time(Figures& to) {
    to.group("Time");
    const auto length = [&](std::string_view name, Duration PlantSummary::* which) {
        to.row(name, [=](const PlantPart& plant) {
            const auto& s = plant.summary;
            return fmt::format("<b>{}</b>{}", shown_length(s.*which), share_of(s.*which, s.known));
        });
    };
    to.row("Power was given by a plan", [](const PlantPart& plant) {
        return plant.dispatched ? fmt::format("<b>{}</b>", shown_length(*plant.dispatched))
                                : std::string("\u2013");
    });
    length("Discharging", &PlantSummary::discharging);
    length("Charging", &PlantSummary::charging);
    length("Idle", &PlantSummary::idle);
    to.end_group();
}

void add_link(Figures& to, const Document& document) {
    to.group("Data and link");
    to.row("Data present", [](const PlantPart& plant) {
        const auto& s = plant.summary;
        return fmt::format("<b>{}</b> % <span class=\"soft\">{} rows</span>", shown(s.coverage * 100, 2),
                           shown_count(s.rows));
    });
    to.row("First and last", [&](const PlantPart& plant) {
        const auto& recorded = plant.summary.recorded;
        if (!recorded) return std::string("\u2013");
        return fmt::format("{} to {}", shown_time(recorded->from, document.zone),
                           shown_time(recorded->to, document.zone));
    });
    to.row("Gaps", [](const PlantPart& plant) {
        const auto& s = plant.summary;
        if (s.gaps == 0) return std::string("none");
        return fmt::format("<b>{}</b>, {} in all", shown_count(s.gaps), shown_length(s.in_gaps));
    });
    to.row("Longest gap", [&](const PlantPart& plant) {
        const auto& s = plant.summary;
        return s.gaps == 0 ? std::string("\u2013")
                           : fmt::format("<b>{}</b>{}", shown_length(s.longest_gap),
                                         when(s.longest_gap_at, document.zone));
    });
    to.end_group();
}

void add_spans(Figures& to) {
    to.group("State of charge, voltage");
    const auto span = [](const PlantPart& plant, Column column, double factor, int decimals,
                         std::string_view unit) {
        const auto& s = plant.summary.span(column);
        if (std::isnan(s.least)) return std::string("\u2013");
        return fmt::format("<b>{}</b> to <b>{}</b> {}", shown(s.least * factor, decimals),
                           shown(s.greatest * factor, decimals), unit);
    };
    to.row("State of charge, least to greatest",
           [&](const PlantPart& plant) { return span(plant, Column::soc, 100, 2, "%"); });
    to.row("State of charge, begin and end", [](const PlantPart& plant) {
        const auto& s = plant.summary.span(Column::soc);
        if (std::isnan(s.first)) return std::string("\u2013");
        return fmt::format("<b>{}</b> % then <b>{}</b> %", shown(s.first * 100, 2), shown(s.last * 100, 2));
    });
    to.row("Voltage at the POI, least to greatest",
           [&](const PlantPart& plant) { return span(plant, Column::v_poi, 1, 3, "kV"); });
    to.row("Active power, least to greatest",
           [&](const PlantPart& plant) { return span(plant, Column::p_battery, 1, 1, "kW"); });
    to.end_group();
}

}  // namespace

std::string figures_table(const Document& document) {
    Figures figures(document);
    add_energy(figures);
    add_time(figures);
    figures.group("Tracking error, active power");
    add_tracking(figures, document, "kW",
                 [](const PlantPart& plant) -> const Tracking& { return plant.summary.p; });
    figures.end_group();
    figures.group("Tracking error, reactive power");
    add_tracking(figures, document, "kvar",
                 [](const PlantPart& plant) -> const Tracking& { return plant.summary.q; });
    figures.end_group();
    add_link(figures, document);
    add_spans(figures);
    std::string out =
        "<section aria-labelledby=\"figures\">\n<h2 id=\"figures\">Figures</h2>\n<div class=\"wide\"><table "
        "class=\"figures\">\n<thead><tr><th scope=\"col\"></th>";
    for (const auto& plant : document.plants)
        out += fmt::format("<th scope=\"col\">{}</th>", escaped(plant.name));
    return out + "</tr></thead>\n" + figures.take() + "</table></div>\n</section>\n";
}

std::string slices_table(const Document& document, const PlantPart& plant) {
    // Not what lies before the first and after the last row.
    const auto empty = [](const Slice& slice) { return slice.coverage <= 0; };
    const auto begin = std::find_if_not(plant.slices.begin(), plant.slices.end(), empty);
    const auto end = std::find_if_not(plant.slices.rbegin(), std::make_reverse_iterator(begin), empty).base();
    if (begin == end) return fmt::format("<p>{}: nothing was recorded.</p>\n", escaped(plant.name));
    const std::span<const Slice> slices(begin, end);
    const auto& usual = slices[slices.size() / 2];
    std::string out = fmt::format(
        "<details><summary>{}: {} rows of {}</summary>\n<div class=\"wide\"><table "
        "class=\"numbers\">\n<thead><tr><th scope=\"col\">From</th>",
        escaped(plant.name), shown_count(slices.size()), shown_length(usual.to - usual.from));
    for (const char* name :
         {"Discharged kWh", "Charged kWh", "Setpoint P kW", "Battery P kW", "POI P kW", "Setpoint Q kvar",
          "Battery Q kvar", "POI Q kvar", "SoC at end %", "Voltage kV", "Data %"})
        out += fmt::format("<th scope=\"col\">{}</th>", name);
    out += "</tr></thead>\n<tbody>\n";
    for (const auto& slice : slices) {
        const auto mean = [&](Column column, int decimals) {
            return fmt::format("<td>{}</td>", shown(slice.means[measure::index(column)], decimals));
        };
        const bool any = slice.coverage > 0;
        out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td>",
                           shown_time(slice.from, document.zone),
                           shown(any ? slice.discharged_kwh : measure::unknown, 2),
                           shown(any ? slice.charged_kwh : measure::unknown, 2));
        for (const auto column : {Column::p_setpoint, Column::p_battery, Column::p_poi, Column::q_setpoint,
                                  Column::q_battery, Column::q_poi})
            out += mean(column, 1);
        out += fmt::format("<td>{}</td>", shown(slice.soc_end * 100, 2));
        out += mean(Column::v_poi, 3);
        out += fmt::format("<td>{}</td></tr>\n", shown(slice.coverage * 100, 1));
    }
    return out + "</tbody></table></div></details>\n";
}

}  // namespace hil::report

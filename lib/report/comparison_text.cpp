// A comparison for terminals and for programs.
#include "report/comparison.hpp"

#include "config/names.hpp"
#include "report/json_members.hpp"
#include "report/markup.hpp"
#include "report/summary_json.hpp"

#include <fmt/format.h>

#include <cmath>

namespace hil::report {
namespace {

constexpr std::string_view letters = "AB";

// In plain characters, right aligned in `width` of them.
std::string text_cell(const std::optional<double>& value, int decimals, std::size_t width, bool sign) {
    if (!value) return fmt::format("{:>{}}", "-", width);
    // Nothing is less than zero that is shown as zero.
    const double shown = std::abs(*value) < 0.5 * std::pow(10.0, -decimals) ? 0.0 : *value;
    return sign && shown != 0 ? fmt::format("{:>+{}.{}f}", shown, width, decimals)
                              : fmt::format("{:>{}.{}f}", shown, width, decimals);
}

void append_run_lines(std::string& out, const Comparison& comparison) {
    for (const auto& sentence : compared_runs(comparison))
        out += sentence + '\n';
    for (std::size_t i = 0; i < 2; ++i) {
        for (const auto& run : comparison.sides[i].runs) {
            out += fmt::format("{}: run from {} {}, configuration {}, plan {}\n", letters[i],
                               shown_time(run.begin, comparison.zone),
                               run.end ? "to " + shown_time(*run.end, comparison.zone) : "without an end",
                               run.configuration_digest,
                               run.plan_digest.empty() ? std::string("none") : run.plan_digest);
            for (const auto& note : run.notes)
                out += fmt::format("   {}\n", note);
        }
    }
}

template <class Items, class Append>
void append_array(std::string& out, const Items& items, const Append& append) {
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += ',';
        append(items[i]);
    }
    out += ']';
}

void append_side(std::string& out, const Side& side) {
    Members to(out);
    to.text("name", side.name);
    to.text("from", utc_text(side.range.from));
    to.text("to", utc_text(side.range.to));
    to.text("source", side.source);
    append_array(to.name("runs"), side.runs, [&](const RunRecord& run) {
        auto text = to_json_text(run);
        text.pop_back();
        out += text;
    });
    to.end();
}

void append_figure(std::string& out, const ComparedFigure& figure) {
    Members to(out);
    to.text("key", figure.key);
    to.text("name", figure.name);
    const auto number = [&](std::string_view key, const std::optional<double>& value) {
        to.number(key, value.value_or(measure::unknown), 6);
    };
    number("a", figure.values[0]);
    number("b", figure.values[1]);
    number("difference", figure.difference());
    to.end();
}

}  // namespace

std::string to_text(const Comparison& comparison) {
    std::string out;
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& side = comparison.sides[i];
        out += fmt::format("{}: {} to {} ({})\n", letters[i], shown_instant(side.range.from, comparison.zone),
                           shown_instant(side.range.to, comparison.zone), side.source);
    }
    append_run_lines(out, comparison);
    const auto& [a, b] = comparison.sides;
    for (std::size_t i = 0; i < a.plants.size(); ++i) {
        out += fmt::format("\n{:<52}{:>12}{:>12}{:>12}\n", a.plants[i].name, "A", "B", "B less A");
        std::string_view group;
        for (const auto& figure : compared_figures(a.plants[i], b.plants[i])) {
            if (group != figure.group) out += fmt::format("{}\n", group = figure.group);
            out += fmt::format("  {:<44}{:<6}{}{}{}\n", figure.name, figure.unit,
                               text_cell(figure.values[0], figure.decimals, 12, false),
                               text_cell(figure.values[1], figure.decimals, 12, false),
                               text_cell(figure.difference(), figure.decimals, 12, true));
        }
    }
    return out;
}

std::string to_json(const Comparison& comparison) {
    std::string out;
    Members to(out);
    to.text("format", "hil-compare 1");
    to.text("program", comparison.version);
    to.text("made_at", utc_text(comparison.made_at));
    to.text("zone", comparison.zone.name());
    to.text("transport", config::to_string(comparison.transport));
    append_array(to.name("sides"), comparison.sides, [&](const Side& side) { append_side(out, side); });
    append_array(to.name("runs"), compared_runs(comparison),
                 [&](const std::string& sentence) { observe::append_json_string(out, sentence); });
    const auto& [a, b] = comparison.sides;
    std::vector<std::size_t> plants(a.plants.size());
    for (std::size_t i = 0; i < plants.size(); ++i)
        plants[i] = i;
    append_array(to.name("plants"), plants, [&](std::size_t i) {
        Members plant(out);
        plant.text("id", a.plants[i].id);
        plant.text("name", a.plants[i].name);
        append_array(plant.name("figures"), compared_figures(a.plants[i], b.plants[i]),
                     [&](const ComparedFigure& figure) { append_figure(out, figure); });
        append_json(plant.name("a"), a.plants[i].summary);
        append_json(plant.name("b"), b.plants[i].summary);
        plant.end();
    });
    to.end();
    return out + '\n';
}

}  // namespace hil::report

#include "report/comparison.hpp"

#include "config/names.hpp"
#include "report/embedded.hpp"
#include "report/html_parts.hpp"
#include "report/markup.hpp"
#include "report/overlay.hpp"

#include <fmt/format.h>

#include <cmath>

namespace hil::report {
namespace {

constexpr std::string_view side_letters = "AB";

// Nothing may be loaded from anywhere, and nothing runs.
constexpr std::string_view static_policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

std::string side_fact(std::string_view name, const std::string& value) {
    return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

std::string side_facts(const Comparison& comparison) {
    const auto& zone = comparison.zone;
    std::string out = "<dl class=\"facts\">\n";
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& side = comparison.sides[i];
        out += side_fact(fmt::format("{}, from", side_letters[i]), shown_instant(side.range.from, zone));
        out += side_fact(fmt::format("{}, to, not included", side_letters[i]),
                         shown_instant(side.range.to, zone));
        out += side_fact(fmt::format("{}, length", side_letters[i]),
                         shown_length(side.range.to - side.range.from));
        out += side_fact(fmt::format("{}, rows from", side_letters[i]), escaped(side.source));
    }
    out += side_fact("Times are those of", escaped(zone.name()));
    out += side_fact("Plants were", comparison.transport == config::TransportMode::local
                                        ? "emulated (local transport)"
                                        : "reached over the network (remote transport)");
    out += side_fact("Written", shown_instant(comparison.made_at, zone));
    out += side_fact("By", "hil_scheduler " + escaped(comparison.version));
    return out + "</dl>\n";
}

std::string short_digest(const std::string& text) {
    if (text.empty()) return "none";
    constexpr std::size_t shown_digits = 19;  // "sha256:" and twelve of them
    return fmt::format("<code title=\"{}\">{}</code>", escaped(text), escaped(text.substr(0, shown_digits)));
}

std::string listed(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts)
        out += (out.empty() ? "" : "<br/>") + escaped(text);
    return out.empty() ? "\u2013" : out;
}

std::string run_row(char letter, const RunRecord& run, const Zone& zone) {
    std::vector<std::string> versions;
    for (const auto& [name, version] : run.versions)
        versions.push_back(name + ' ' + version);
    const auto end = run.end ? shown_time(*run.end, zone) : std::string("it runs, or broke off");
    const auto status = run.status ? fmt::format("{}", *run.status) : std::string("\u2013");
    std::string out = fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td>", letter,
                                  shown_time(run.begin, zone), end, status);
    out += fmt::format("<td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                       short_digest(run.configuration_digest), short_digest(run.plan_digest), run.seed,
                       listed(versions), listed(run.notes));
    return out;
}

std::string runs_section(const Comparison& comparison) {
    std::string out = "<section aria-labelledby=\"runs\">\n<h2 id=\"runs\">Runs</h2>\n";
    std::string rows;
    for (std::size_t i = 0; i < 2; ++i)
        for (const auto& run : comparison.sides[i].runs)
            rows += run_row(side_letters[i], run, comparison.zone);
    if (rows.empty())
        return out + "<p>No run left a record of itself: what was asked for is not known.</p>\n</section>\n";
    std::string common;
    for (const auto& sentence : compared_runs(comparison))
        common += (common.empty() ? "" : " ") + escaped(sentence);
    if (!common.empty()) out += fmt::format("<p>{}</p>\n", common);
    return out +
           "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table of runs\"><table "
           "class=\"list runs\">\n"
           "<thead><tr><th scope=\"col\">Range</th><th scope=\"col\">Begin</th><th scope=\"col\">End</th>"
           "<th scope=\"col\">Status</th><th scope=\"col\">Configuration</th><th scope=\"col\">Plan</th>"
           "<th scope=\"col\">Seed</th><th scope=\"col\">Versions</th><th "
           "scope=\"col\">Notes</th></tr></thead>\n"
           "<tbody>\n" +
           rows + "</tbody></table></div>\n</section>\n";
}

std::string difference_cell(const ComparedFigure& figure) {
    const auto difference = figure.difference();
    if (!difference) return "<td>\u2013</td>";
    const bool none = std::abs(*difference) < 0.5 * std::pow(10.0, -figure.decimals);
    std::string share;
    // Of next to nothing everything is a great share.
    if (!none && std::abs(*difference) < 10 * std::abs(*figure.values[0]))
        share = fmt::format(" <span class=\"soft\">({}{} %)</span>", *difference > 0 ? "+" : "",
                            shown(100 * *difference / std::abs(*figure.values[0]), 1));
    return fmt::format("<td>{}<b>{}</b> {}{}</td>", none || *difference < 0 ? "" : "+",
                       shown(*difference, figure.decimals), figure.unit, share);
}

std::string compared_table(const PlantPart& first, const PlantPart& second) {
    std::string out = fmt::format(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Figures of {}\">"
        "<table class=\"figures\">\n<thead><tr><td></td><th scope=\"col\">A</th>"
        "<th scope=\"col\">B</th><th scope=\"col\">B less A</th></tr></thead>\n",
        escaped(first.name));
    std::string_view group;
    for (const auto& figure : compared_figures(first, second)) {
        if (group != figure.group) {
            out += group.empty() ? "<tbody>\n" : "</tbody>\n<tbody>\n";
            group = figure.group;
            out +=
                fmt::format("<tr class=\"group\"><th colspan=\"4\" scope=\"rowgroup\">{}</th></tr>\n", group);
        }
        out += fmt::format("<tr><th scope=\"row\">{}</th>", figure.name);
        for (const auto& value : figure.values)
            out += value ? fmt::format("<td><b>{}</b> {}</td>", shown(*value, figure.decimals), figure.unit)
                         : std::string("<td>\u2013</td>");
        out += difference_cell(figure) + "</tr>\n";
    }
    return out + "</tbody></table></div>\n";
}

std::string compared_section(const Comparison& comparison, std::size_t plant) {
    const auto& [a, b] = comparison.sides;
    const auto& first = a.plants[plant];
    return fmt::format(
        "<section aria-labelledby=\"plant-{0}\">\n<h2 id=\"plant-{0}\">{1}</h2>\n"
        "<p class=\"legend\"><span><span class=\"key first\"></span>A</span>\n"
        "<span><span class=\"key second\"></span>B</span></p>\n"
        "<figure class=\"plot\" tabindex=\"0\" role=\"region\" aria-label=\"Curves of {1}\">{2}</figure>\n{3}"
        "</section>\n",
        escaped(first.id), escaped(first.name), overlay(comparison, plant),
        compared_table(first, b.plants[plant]));
}

constexpr std::string_view how_compared = R"(<section aria-labelledby="method">
<h2 id="method">How it is compared</h2>
<ul>
<li>Either range is read by itself, as a report of it alone would read it; what is not known is left out of every figure. A difference stands only where both are known.</li>
<li>The curves of both begin at the left: the time below them is since the begin of the range. What stands dashed is B.</li>
<li>A run leaves a record of what it was asked for. Equal digests mean equal content: of the configuration in force without its directories, of the series in force at the begin.</li>
</ul>
</section>
)";

}  // namespace

std::string to_html(const Comparison& comparison) {
    const auto title =
        fmt::format("{} and {}", escaped(comparison.sides[0].name), escaped(comparison.sides[1].name));
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n";
    out += fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\n", static_policy);
    out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n";
    out +=
        fmt::format("<meta name=\"generator\" content=\"hil_scheduler {}\"/>\n<title>Compared: {}</title>\n",
                    escaped(comparison.version), title);
    out += fmt::format("<style>\n{}</style>\n</head>\n<body>\n", embedded::report_css);
    out += fmt::format(
        "<header>\n<p class=\"over\">hil-scheduler comparison</p>\n<h1>{}</h1>\n{}</header>\n<main>\n", title,
        side_facts(comparison));
    out += runs_section(comparison);
    for (std::size_t i = 0; i < comparison.sides[0].plants.size(); ++i)
        out += compared_section(comparison, i);
    out += how_compared;
    return out + "</main>\n</body>\n</html>\n";
}

}  // namespace hil::report

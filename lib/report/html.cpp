#include "report/html.hpp"

#include "config/names.hpp"
#include "report/embedded.hpp"
#include "report/html_parts.hpp"
#include "report/markup.hpp"
#include "report/picture.hpp"
#include "report/run_record.hpp"

#include <fmt/format.h>

namespace hil::report {
namespace {

std::string names_of(const Document& document) {
    std::string names;
    for (const auto& plant : document.plants)
        names += (names.empty() ? "" : ", ") + plant.name;
    return names;
}

std::string fact(std::string_view name, const std::string& value) {
    return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

std::string facts(const Document& document) {
    const auto& zone = document.zone;
    std::string plants;
    for (const auto& plant : document.plants)
        plants +=
            fmt::format("{}{} ({})", plants.empty() ? "" : ", ", escaped(plant.name), escaped(plant.id));
    std::string out = "<dl class=\"facts\">\n";
    out += fact("Plants", plants);
    out += fact("From", shown_instant(document.range.from, zone));
    out += fact("To, not included", shown_instant(document.range.to, zone));
    out += fact("Length", shown_length(document.range.to - document.range.from));
    out += fact("Times are those of", escaped(zone.name()));
    out += fact("Plants were", document.transport == config::TransportMode::local
                                   ? "emulated (local transport)"
                                   : "reached over the network (remote transport)");
    out += fact("Rows from", escaped(document.source));
    out += fact("Written", shown_instant(document.made_at, zone));
    out += fact("By", "hil_scheduler " + escaped(document.version));
    return out + "</dl>\n";
}

std::string legend(const Document& document) {
    const auto line = [](std::string_view name, std::string_view text) {
        return fmt::format("<span><span class=\"key {}\"></span>{}</span>\n", name, text);
    };
    const auto shape = [](std::string_view level, std::string_view path, std::string_view text) {
        return fmt::format(
            "<span><svg width=\"16\" height=\"16\" class=\"flag {}\" aria-hidden=\"true\"><path "
            "d=\"{}\"/></svg>{}"
            "</span>\n",
            level, path, text);
    };
    std::string out = "<p class=\"legend\">\n";
    out += line("setpoint", "setpoint") + line("p", "battery") + line("poi", "at the POI") +
           line("gap", "no data");
    out += shape("alarm", "M8 2l6 6l-6 6l-6-6z", "alarm") + shape("warning", "M8 2l6.5 11h-13z", "warning");
    out += shape("info", "M5 5h6v6h-6z", "change of state");
    if (!document.marks.empty()) out += shape("mark", "M4 2v12m0-12h9l-3 3.5l3 3.5h-9z", "put in by a test");
    return out + "</p>\n";
}

// What a plant did, as people say it.
std::string sentence(const PlantPart& plant) {
    const auto& s = plant.summary;
    const auto& energy = s.energy();
    if (s.known <= Duration::zero()) return "Nothing was recorded in this range.";
    auto out = fmt::format("Discharged {} kWh and charged {} kWh{}; ", shown(energy.discharged_kwh, 1),
                           shown(energy.charged_kwh, 1),
                           s.place == PlantSummary::Place::poi ? " at the POI" : " at the battery");
    if (s.p.known > Duration::zero())
        out += fmt::format("followed its setpoint to {} kW (RMS); ", shown(s.p.rms, 2));
    out += fmt::format("there are data for {} % of the range.", shown(s.coverage * 100, 2));
    return out;
}

std::string plant_section(const Document& document, const PlantPart& plant) {
    const auto& limits = plant.model.power_limits;
    return fmt::format(
        "<section aria-labelledby=\"plant-{0}\">\n<h2 id=\"plant-{0}\">{1}</h2>\n<p>{2} <span "
        "class=\"soft\">Capacity {3} "
        "kWh, active power {4} to {5} kW, reactive power {6} to {7} kvar.</span></p>\n<figure class=\"plot\" "
        "data-plant=\"{0}\">\n{8}</figure>\n</section>\n",
        escaped(plant.id), escaped(plant.name), sentence(plant), shown(plant.model.capacity_kwh, 1),
        shown(limits.p_min_kw, 0), shown(limits.p_max_kw, 0), shown(limits.q_min_kvar, 0),
        shown(limits.q_max_kvar, 0), picture(document, plant));
}

std::string configuration(const Document& document) {
    if (document.configuration.empty()) return {};
    return "<section aria-labelledby=\"configuration\">\n<h2 id=\"configuration\">Configuration</h2>\n"
           "<p>As it was in force when this report was written, defaults filled in, secrets masked.</p>\n"
           "<details><summary>The whole configuration (JSON)</summary><pre>" +
           escaped(document.configuration) + "</pre></details>\n</section>\n";
}

std::string numbers(const Document& document) {
    std::string out =
        "<section aria-labelledby=\"numbers\">\n<h2 id=\"numbers\">Numbers</h2>\n"
        "<p>Means are weighted by time over what is known. Energy is that of the battery. The points that "
        "are drawn "
        "are in this file as JSON, in the script element <code>report-data</code>, which says how to read "
        "it.</p>\n";
    for (const auto& plant : document.plants)
        out += slices_table(document, plant);
    return out + "</section>\n";
}

constexpr std::string_view method = R"(<section aria-labelledby="method">
<h2 id="method">How the figures are made</h2>
<ul>
<li>A recorded row holds until the next one. A row without values ends what is known, and so does a row after which none came for longer than a working recording ever waits. What is not known is left out of every figure.</li>
<li>Energy is the integral of power; positive power discharges, negative charges. A full cycle is twice the capacity moved, in and out together.</li>
<li>Round-trip efficiency is energy discharged over energy charged between equal states of charge (IEC 62933-2-1; SAND2016-3078). Where the state of charge ended elsewhere, the difference <i>dE</i> that stayed in the battery is taken into account with equal losses <i>n</i> on the way in and out: charged · n − discharged / n = dE, and the efficiency is n². Where that would say nothing, the reason stands in its place.</li>
<li>The tracking error is the measured power of the battery (of the POI where that is not measured) less the setpoint register, over all time in which both are known, steps and standstill included. The tolerance is that of the safety monitor.</li>
<li>A gap is time without data between times with data: the link was lost, or nobody recorded.</li>
<li>Curves of many values are drawn from the first, least, greatest and last of each of a thousand parts of the range: no peak is lost.</li>
</ul>
</section>
)";

// Nothing may be loaded from anywhere, whoever opens the file from wherever.
constexpr std::string_view policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action "
    "'none'";

}  // namespace

std::string file_name(const Document& document) {
    std::string plants;
    for (const auto& plant : document.plants)
        plants += plant.id + "_";
    return fmt::format("report_{}{}_{}.html", plants, file_token(document.range.from, document.zone),
                       file_token(document.range.to, document.zone));
}

std::string to_html(const Document& document) {
    const auto title = fmt::format("{}, {} to {}", escaped(names_of(document)),
                                   shown_time(document.range.from, document.zone),
                                   shown_time(document.range.to, document.zone));
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n";
    out += fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\n", policy);
    out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n";
    out += fmt::format("<meta name=\"generator\" content=\"hil_scheduler {}\"/>\n<title>Report: {}</title>\n",
                       escaped(document.version), title);
    out += fmt::format("<style>\n{}</style>\n</head>\n<body>\n", embedded::report_css);
    out +=
        "<svg width=\"0\" height=\"0\" class=\"defs\" aria-hidden=\"true\"><defs><pattern id=\"hatch\" "
        "width=\"6\" "
        "height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><line x1=\"0\" "
        "y1=\"0\" "
        "x2=\"0\" y2=\"6\"/></pattern></defs></svg>\n";
    out += fmt::format(
        "<header>\n<p class=\"over\">hil-scheduler report</p>\n<h1>{}</h1>\n{}</header>\n<main>\n", title,
        facts(document));
    out += figures_table(document);
    out += legend(document);
    for (const auto& plant : document.plants)
        out += plant_section(document, plant);
    out += device_sections(document);
    out += happenings(document);
    out += plans_section(document);
    out += configuration(document);
    out += numbers(document);
    out += method;
    out += "</main>\n";
    out += fmt::format("<script type=\"application/json\" id=\"report-data\">\n{}\n</script>\n",
                       for_script(embedded_data(document)));
    out += fmt::format("<script>\n{}</script>\n</body>\n</html>\n", embedded::report_js);
    return out;
}

}  // namespace hil::report

// What the watched devices of a site measured: a table for each.
#include "report/html_parts.hpp"
#include "report/markup.hpp"

#include <fmt/format.h>

#include <cmath>

namespace hil::report {
namespace {

constexpr int shown_decimals = 2;

std::string device_sentence(const Document& document, const DevicePart& device) {
    if (device.known <= Duration::zero()) return "Nothing was recorded in this range.";
    std::string out;
    if (!std::isnan(device.given_kwh))
        out = fmt::format("Gave {} kWh and took {} kWh; ", shown(device.given_kwh, 1),
                          shown(device.taken_kwh, 1));
    const auto share = to_seconds(device.known) / to_seconds(document.range.to - document.range.from);
    return out + fmt::format("there are data for {} % of the range, in {} rows.", shown(share * 100, 2),
                             shown_count(device.rows));
}

// Of what is counted up, how much it went on.
std::string counted(const DeviceColumn& column) {
    if (column.roll_up != device::RollUp::last) return "\u2013";
    return shown(column.span.last - column.span.first, shown_decimals);
}

std::string column_row(const DeviceColumn& column) {
    const auto cell = [](double value) { return fmt::format("<td>{}</td>", shown(value, shown_decimals)); };
    const auto& span = column.span;
    const bool is_counter = column.roll_up == device::RollUp::last;
    return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>{}{}{}{}<td>{}</td></tr>\n",
                       escaped(column.name), escaped(column.unit), cell(span.least),
                       cell(is_counter ? measure::unknown : span.mean), cell(span.greatest), cell(span.last),
                       counted(column));
}

}  // namespace

std::string device_sections(const Document& document) {
    std::string out;
    for (const auto& device : document.devices) {
        out += fmt::format(
            "<section aria-labelledby=\"device-{0}\">\n<h2 id=\"device-{0}\">{1}</h2>\n<p>{2} <span "
            "class=\"soft\">{3}, watched only.</span></p>\n<div class=\"wide\"><table>\n<thead><tr><th "
            "scope=\"col\">Column</th><th scope=\"col\">Unit</th><th scope=\"col\">Least</th><th "
            "scope=\"col\">Mean</th><th scope=\"col\">Greatest</th><th scope=\"col\">Last</th><th "
            "scope=\"col\">Counted</th></tr></thead>\n<tbody>\n",
            escaped(device.id), escaped(device.name), device_sentence(document, device),
            escaped(device.noun));
        for (const auto& column : device.columns)
            out += column_row(column);
        out += "</tbody>\n</table></div>\n</section>\n";
    }
    return out;
}

}  // namespace hil::report

#include "report/html_parts.hpp"
#include "report/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace hil::report {
namespace {

struct Line {
    WallTime at;
    std::string row;
};

std::string plant_or_site(const std::string& id) {
    return id.empty() ? "site" : escaped(id);
}

std::string cell(std::string_view text) {
    return fmt::format("<td>{}</td>", text);
}

// Shape and word: severity never rests on colour.
std::string level_cell(std::string_view level) {
    const char* shape = level == "alarm"     ? "\u25c6"
                        : level == "warning" ? "\u25b2"
                        : level == "mark"    ? "\u2691"
                                             : "\u25a0";
    return fmt::format("<td class=\"level {0}\"><span aria-hidden=\"true\">{1}</span> {0}</td>", level,
                       shape);
}

std::string table(std::string_view head, const std::vector<Line>& lines) {
    // Lines of one instant stay as they came.
    std::vector<std::size_t> order(lines.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::tie(lines[a].at, a) < std::tie(lines[b].at, b);
    });
    std::string out = "<div class=\"wide\"><table class=\"list\">\n<thead><tr>";
    out += head;
    out += "</tr></thead>\n<tbody>\n";
    for (const auto i : order)
        out += lines[i].row;
    return out + "</tbody></table></div>\n";
}

std::string trouble_table(const Document& document) {
    std::vector<Line> lines;
    const auto& zone = document.zone;
    for (const auto& mark : document.marks) {
        lines.push_back({mark.at, "<tr>" + cell(shown_time(mark.at, zone)) +
                                      cell(mark.until ? shown_time(*mark.until, zone) : "\u2013") +
                                      level_cell("mark") + cell(plant_or_site(mark.plant)) +
                                      cell("<b>" + escaped(mark.kind) + "</b> " + escaped(mark.text)) +
                                      "</tr>\n"});
    }
    for (const auto& alert : document.alerts) {
        auto text = escaped(alert.message);
        if (alert.acknowledged_at) {
            text += fmt::format(" <span class=\"soft\">acknowledged {} by {}</span>",
                                shown_time(*alert.acknowledged_at, zone), escaped(alert.acknowledged_by));
        }
        lines.push_back(
            {alert.since, "<tr>" + cell(shown_time(alert.since, zone)) +
                              cell(alert.cleared_at ? shown_time(*alert.cleared_at, zone) : "still active") +
                              level_cell(observe::to_string(alert.severity)) +
                              cell(plant_or_site(alert.plant)) + cell(text) + "</tr>\n"});
    }
    for (const auto& event : document.events) {
        if (event.severity == observe::Severity::info || event.kind.starts_with("alert.")) continue;
        lines.push_back({event.time, "<tr>" + cell(shown_time(event.time, zone)) + cell("\u2013") +
                                         level_cell(observe::to_string(event.severity)) +
                                         cell(plant_or_site(event.plant)) + cell(escaped(event.message)) +
                                         "</tr>\n"});
    }
    if (lines.empty()) return "<p>No alarm, trip or warning in this range.</p>\n";
    return table(
        "<th scope=\"col\">From</th><th scope=\"col\">To</th><th scope=\"col\">Level</th><th "
        "scope=\"col\">Plant</th><th scope=\"col\">What</th>",
        lines);
}

std::string events_table(const Document& document) {
    if (document.events.empty()) return "<p>No event was recorded in this range.</p>\n";
    std::vector<Line> lines;
    for (const auto& event : document.events) {
        lines.push_back({event.time, "<tr>" + cell(shown_time(event.time, document.zone)) +
                                         level_cell(observe::to_string(event.severity)) +
                                         cell(plant_or_site(event.plant)) + cell(escaped(event.kind)) +
                                         cell(escaped(event.message)) + cell(escaped(event.correlation)) +
                                         "</tr>\n"});
    }
    std::string out = fmt::format(
        "<details><summary>Everything that happened: {} event{}{}</summary>\n",
        shown_count(document.events.size()), document.events.size() == 1 ? "" : "s",
        document.events_left_out == 0
            ? std::string()
            : fmt::format(", and {} later ones that are left out", shown_count(document.events_left_out)));
    out += table(
        "<th scope=\"col\">Time</th><th scope=\"col\">Level</th><th scope=\"col\">Plant</th><th "
        "scope=\"col\">Kind</th><th scope=\"col\">What</th><th scope=\"col\">Command</th>",
        lines);
    return out + "</details>\n";
}

std::string decided_by(const journal::DispatchEpisode& episode) {
    if (episode.origin == journal::Origin::plan) {
        if (episode.source == schedule::Source::none) return "no plan: zero";
        return fmt::format("the {} plan, version {}", schedule::to_string(episode.source), episode.version);
    }
    std::string name(journal::to_string(episode.origin));
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

constexpr std::size_t most_rows = 2000;

std::string saved_rows(const SavedPlan& plan, const Zone& zone) {
    const auto& rows = plan.series.rows();
    const char* unit = plan.key.signal == schedule::Signal::q ? "kvar" : "kW";
    std::string out = fmt::format(
        "<details><summary>{}: {} rows</summary><div class=\"wide\"><table class=\"numbers\"><thead><tr><th "
        "scope=\"col\">From</th><th scope=\"col\">{}</th></tr></thead><tbody>\n",
        escaped(schedule::to_string(plan.key)), shown_count(rows.size()), unit);
    for (std::size_t i = 0; i < rows.size() && i < most_rows; ++i) {
        out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", shown_time(rows[i].at, zone),
                           rows[i].silent ? std::string("end") : shown(rows[i].value, 1));
    }
    out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n",
                       shown_time(plan.series.end_time(), zone),
                       rows.size() > most_rows ? "end; rows between are left out" : "end");
    return out + "</tbody></table></div></details>\n";
}

}  // namespace

std::string happenings(const Document& document) {
    return "<section aria-labelledby=\"events\">\n<h2 id=\"events\">Alarms, trips and events</h2>\n" +
           trouble_table(document) + events_table(document) + "</section>\n";
}

std::string plans_section(const Document& document) {
    std::string out = "<section aria-labelledby=\"plans\">\n<h2 id=\"plans\">Plans</h2>\n";
    std::vector<Line> lines;
    std::size_t left_out = 0;
    for (const auto& plant : document.plants) {
        for (const auto& [signal, episode] : plant.plans) {
            if (lines.size() >= most_rows) {
                ++left_out;
                continue;
            }
            const bool p = signal == schedule::Signal::p;
            lines.push_back({episode.since,
                             "<tr>" + cell(shown_time(episode.since, document.zone)) +
                                 cell(episode.until ? shown_time(*episode.until, document.zone) : "\u2013") +
                                 cell(escaped(plant.id)) + cell(p ? "P" : "Q") +
                                 cell(escaped(decided_by(episode))) + cell(shown_count(episode.values)) +
                                 "</tr>\n"});
        }
    }
    out +=
        lines.empty()
            ? "<p>There is no record of what decided the setpoints in this range.</p>\n"
            : "<p>What decided the setpoints. A plan gets a new version with every change.</p>\n" +
                  table(
                      "<th scope=\"col\">From</th><th scope=\"col\">To</th><th scope=\"col\">Plant</th><th "
                      "scope=\"col\">Signal</th><th scope=\"col\">Decided by</th><th "
                      "scope=\"col\">Values</th>",
                      lines);
    if (left_out > 0)
        out += fmt::format("<p>{} further stretches are left out.</p>\n", shown_count(left_out));
    if (!document.saved.empty()) {
        std::vector<Line> kept;
        std::string rows;
        for (const auto& plan : document.saved) {
            kept.push_back({WallTime{}, "<tr>" + cell(escaped(schedule::to_string(plan.key))) +
                                            cell(shown_count(plan.version)) +
                                            cell(plan.staged    ? "draft"
                                                 : plan.enabled ? "in force"
                                                                : "not in force") +
                                            cell(escaped(plan.origin)) +
                                            cell(shown_count(plan.series.rows().size())) + "</tr>\n"});
            if (!plan.staged && !plan.series.empty()) rows += saved_rows(plan, document.zone);
        }
        out +=
            "<p>The series that were kept when this report was written:</p>\n" +
            table(
                "<th scope=\"col\">Series</th><th scope=\"col\">Version</th><th scope=\"col\">State</th><th "
                "scope=\"col\">From</th><th scope=\"col\">Rows</th>",
                kept) +
            rows;
    }
    return out + "</section>\n";
}

}  // namespace hil::report

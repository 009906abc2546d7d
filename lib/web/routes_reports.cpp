// What a range comes to: its figures, and the report of it as a page of its own.
#include "web/inputs.hpp"
#include "web/measurement_text.hpp"
#include "web/routes.hpp"

#include "report/energy_steps.hpp"
#include "report/summarize.hpp"
#include "report/summary_json.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

namespace hil::web {

namespace {

// One is made, the others wait for it.
constexpr std::size_t most_reports = 4;

// The page brings its script and its styles with it, so these may run; it is kept apart from the site for
// that: to the browser it comes from nowhere and can ask nobody for anything.
constexpr std::string_view report_policy =
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; style-src "
    "'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::vector<std::size_t> plants_of(const Context& context, Query& query) {
    std::vector<std::size_t> plants;
    const auto given = query.text("plant");
    if (!given) return plants;
    std::istringstream list{std::string(*given)};
    for (std::string id; std::getline(list, id, ',');) {
        const auto plant = context.find_plant(id);
        if (!plant) {
            query.refuse("plant", fmt::format("must be ids of plants with commas between, {}; got \"{}\"",
                                              fmt::join(context.plant_ids, ", "), id));
            return plants;
        }
        if (std::find(plants.begin(), plants.end(), *plant) == plants.end()) plants.push_back(*plant);
    }
    if (plants.empty()) query.refuse("plant", "must not be empty");
    return plants;
}

net::Response recorded_failure(error_code error) {
    return problem(503, "what was recorded cannot be read: " + error.message());
}

struct UnderWay {
    explicit UnderWay(std::size_t& reports) : count(++reports) {}
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ~UnderWay() { --count; }
    std::size_t& count;
};

}  // namespace

awaitable<net::Response> get_summary(Context& context, Call call) {
    Query query(context, call);
    const auto plant = query.plant();
    const auto range = query.range(std::nullopt, context.site.clock.wall_now());
    const auto transport = query.transport();
    if (!query.ok()) co_return invalid(query.errors());
    report::SummaryQuestion question{.plant = plant,
                                     .id = context.plant_ids[plant],
                                     .transport = transport,
                                     .range = range,
                                     .rules = report::rules_for(context.plant(plant), context.site.config)};
    const auto summary =
        co_await report::summarize(context.site.history, context.site.blocking, std::move(question));
    if (!summary) co_return recorded_failure(summary.error());
    co_return json_text_answer(report::to_json_text(*summary));
}

awaitable<net::Response> get_energy(Context& context, Call call) {
    constexpr std::size_t most_steps = 1000;
    Query query(context, call);
    const auto plant = query.plant();
    const auto range = query.range(std::nullopt, context.site.clock.wall_now());
    const auto transport = query.transport();
    auto step = report::EnergyStep::day;
    if (query.text("by"))
        step = static_cast<report::EnergyStep>(query.choice("by", {"hour", "day", "month"}));
    if (!query.ok()) co_return invalid(query.errors());
    auto bounds = report::energy_bounds(range, step, context.site.zone, most_steps);
    if (bounds.back() < range.to) {
        query.refuse("by", fmt::format("gives more than {} rows over this range", most_steps));
        co_return invalid(query.errors());
    }
    report::SummaryQuestion question{.plant = plant,
                                     .id = context.plant_ids[plant],
                                     .transport = transport,
                                     .range = range,
                                     .rules = report::rules_for(context.plant(plant), context.site.config)};
    const auto rows = co_await report::summarize_each(context.site.history, context.site.blocking,
                                                      std::move(question), std::move(bounds));
    if (!rows) co_return recorded_failure(rows.error());
    std::string out = fmt::format(R"({{"plant":"{}","rows":[)", context.plant_ids[plant]);
    for (const auto& row : *rows) {
        if (out.back() != '[') out.push_back(',');
        report::append_energy_json(out, row);
    }
    co_return json_text_answer(out + "]}");
}

awaitable<net::Response> get_report(Context& context, Call call) {
    Query query(context, call);
    ReportQuestion question;
    question.plants = plants_of(context, query);
    question.range = query.range(std::nullopt, context.site.clock.wall_now());
    question.transport = query.transport();
    if (!query.ok()) co_return invalid(query.errors());
    if (!context.site.report) co_return problem(503, "this build makes no reports");
    if (context.reports_under_way >= most_reports)
        co_return too_many(std::chrono::seconds(5), "several reports are being made already");
    const UnderWay under_way(context.reports_under_way);
    std::string plants;
    for (const auto plant : question.plants)
        plants += (plants.empty() ? "" : "_") + context.plant_ids[plant];
    const auto name =
        export_name(plants.empty() ? "site" : plants, question.range, context.site.zone, "html");
    auto html = co_await context.site.report(std::move(question));
    if (!html) co_return recorded_failure(html.error());
    auto response = text_answer(std::move(*html), "text/html; charset=utf-8");
    response.headers.set("Content-Security-Policy", std::string(report_policy));
    // Shown where it was asked for, and kept under that name.
    response.headers.set(
        "Content-Disposition",
        fmt::format("inline; filename=\"report{}\"", name.substr(std::string_view("measurements").size())));
    co_return response;
}

}  // namespace hil::web

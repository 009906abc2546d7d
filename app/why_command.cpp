#include "app/why_command.hpp"

#include "app/measurement_place.hpp"
#include "base/number.hpp"
#include "journal/reasons.hpp"
#include "web/json_writer.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace hil::app {
namespace {

std::string amount(std::optional<double> value) {
    return value ? format_number(*value) : std::string("unknown");
}

// The whole in a sentence, then what each stage made of the value.
void print_reason(std::string_view name, const std::optional<journal::ReasonRecord>& record,
                  schedule::Signal signal, const Zone& zone) {
    fmt::print("  {}: {}\n", name, record ? journal::sentence(*record, signal, zone) : "nothing known");
    if (!record) return;
    for (const auto& step : journal::stages(*record, signal, zone)) {
        const auto change = step.from && step.from != step.to
                                ? fmt::format("{} -> {}", amount(step.from), amount(step.to))
                                : amount(step.to);
        fmt::print("     {:<14} {} {}  {}\n", step.stage, change, schedule::unit(signal), step.why);
    }
}

}  // namespace

int why_command(const WhyOptions& options) {
    const auto setup = load_setup(options.data);
    if (!setup) return exit_usage;
    const auto plant = find_plant("why", *setup, options.plant);
    if (!plant) return exit_usage;
    const auto at = read_time("why", "at", options.at, setup->zone);
    if (!at) return exit_usage;
    const auto database = open_for_reading("why", *setup);
    if (!database) return exit_failed;
    const auto& id = setup->plant_ids[*plant];
    try {
        const auto p = journal::find_reason(*database, id, schedule::Signal::p, *at);
        const auto q = journal::find_reason(*database, id, schedule::Signal::q, *at);
        if (options.json) {
            fmt::print("{}\n", web::to_text(journal::why_answer(id, *at, p, q, setup->zone)));
        } else {
            fmt::print("{} at {}\n", id, setup->zone.format(*at));
            print_reason("P", p, schedule::Signal::p, setup->zone);
            print_reason("Q", q, schedule::Signal::q, setup->zone);
        }
        return p || q ? exit_done : exit_failed;
    } catch (const store::DatabaseError& error) {
        fmt::print(stderr, "hil_scheduler why: {}\n", error.what());
        return exit_failed;
    }
}

}  // namespace hil::app

#include "app/why_command.hpp"

#include "app/measurement_place.hpp"
#include "journal/reasons.hpp"
#include "web/json_writer.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace hil::app {

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
            fmt::print("  P: {}\n",
                       p ? journal::sentence(*p, schedule::Signal::p, setup->zone) : "nothing known");
            fmt::print("  Q: {}\n",
                       q ? journal::sentence(*q, schedule::Signal::q, setup->zone) : "nothing known");
        }
        return p || q ? exit_done : exit_failed;
    } catch (const store::DatabaseError& error) {
        fmt::print(stderr, "hil_scheduler why: {}\n", error.what());
        return exit_failed;
    }
}

}  // namespace hil::app

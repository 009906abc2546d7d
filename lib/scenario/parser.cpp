#include "scenario/parser.hpp"

#include "config/nearest.hpp"
#include "planfile/missing_signals.hpp"
#include "scenario/parse_parts.hpp"
#include "scenario/span_text.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>

namespace hil::scenario {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

const json::object* object_at(const json::value& document, const char* key, config::Problems& problems) {
    const auto* object = document.if_object();
    const auto* value = object == nullptr ? nullptr : object->if_contains(key);
    if (value == nullptr) return nullptr;
    if (!value->is_object()) problems.add(config::below("", key), "must be an object");
    return value->if_object();
}

void read_soc(Fields& fields, const Subject& subject, Scenario& out) {
    const auto* value = fields.take("soc_pu");
    if (value == nullptr) return;
    Fields plants(*value, fields.place("soc_pu"), fields.problems());
    for (const auto& plant : subject.plants) {
        if (const auto soc = plants.number(plant.id, 0, 1)) out.soc_pu[plant.id] = *soc;
    }
    plants.finish();
}

void read_start(Fields& fields, const Subject& subject, Scenario& out) {
    const auto* value = fields.take("start");
    if (value == nullptr) return;
    if (const auto* text = value->if_string(); text != nullptr && *text == "all") {
        out.start = subject.ids();
        return;
    }
    const auto before = fields.problems().size();
    out.start = fields.texts("start");
    if (fields.problems().size() != before) return;
    for (const auto& id : out.start) {
        if (subject.find(id) == nullptr)
            fields.problem("start", fmt::format("there is no plant \"{}\", there are {}", id,
                                                fmt::join(subject.ids(), ", ")));
    }
}

// What everybody expects of a scenario, said or not.
void add_implied(Scenario& scenario) {
    for (const auto& plant : scenario.start) {
        scenario.expectations.push_back(
            {.when = Within{{Duration{}, "begin"}, std::min<Duration>(60s, scenario.length)},
             .what = HoldsState{{.signal = {Quantity::state, plant, {}}, .wanted = std::string("running")}},
             .name = {},
             .implied = true});
    }
    for (const auto& step : scenario.steps) {
        const auto* asked = std::get_if<AskFor>(&step.action);
        if (asked == nullptr) continue;
        const bool judged = std::ranges::any_of(scenario.expectations, [&step](const Expectation& e) {
            const auto* command = std::get_if<CommandEnds>(&e.what);
            return command != nullptr && command->step == step.id;
        });
        if (judged) continue;
        scenario.expectations.push_back(
            {.when = Within{{step.at, step.id}, scenario.length - step.at},
             .what = CommandEnds{step.id, describe(*asked), "succeeded", std::nullopt, {}},
             .name = {},
             .implied = true});
    }
}

}  // namespace

const Subject::Plant* Subject::find(std::string_view id) const {
    const auto found = std::ranges::find(plants, id, &Plant::id);
    return found == plants.end() ? nullptr : &*found;
}

std::vector<std::string> Subject::ids() const {
    std::vector<std::string> out;
    for (const auto& plant : plants)
        out.push_back(plant.id);
    return out;
}

Changes changes_of(const json::value& document, config::Problems& problems) {
    return {object_at(document, "config", problems), object_at(document, "devices", problems)};
}

void merge(json::object& document, const json::object& changes) {
    for (const auto& [key, value] : changes) {
        auto* present = document.if_contains(key);
        if (present != nullptr && present->is_object() && value.is_object()) {
            merge(present->get_object(), value.get_object());
        } else {
            document[key] = value;
        }
    }
}

std::optional<planfile::PlanFile> read_plan(Fields& fields, std::string_view key, const Subject& subject) {
    const auto* value = fields.take(key);
    if (value == nullptr) return std::nullopt;
    planfile::PlanFile plan;
    const auto ids = subject.ids();
    const bool inside = value->is_array();
    if (const auto* name = value->if_string()) {
        plan = planfile::load_plan(subject.directory / std::string(name->data(), name->size()), ids,
                                   subject.zone);
    } else if (inside) {
        plan = planfile::parse_plan(json::serialize(*value), "plan", ids, subject.zone);
    } else {
        fields.wrong(key, "must be the name of a plan file, or an array of rows with a timestamp");
        return std::nullopt;
    }
    planfile::refuse_missing_signals(
        plan, ids, [&subject](schedule::PlantIndex plant, schedule::Signal signal) {
            const auto& points = subject.plants[plant].points;
            return signal == schedule::Signal::p || std::ranges::find(points, "q_setpoint") != points.end();
        });
    for (const auto& problem : plan.problems) {
        if (!inside) {
            fields.problem(key, problem.message());
            continue;
        }
        auto place = fields.place(key);
        if (problem.row > 0) place = config::below(place, std::to_string(problem.row - 1));
        if (!problem.column.empty()) place = config::below(place, problem.column);
        fields.problems().add(std::move(place), problem.text);
    }
    if (!plan.ok()) return std::nullopt;
    return plan;
}

std::optional<std::string> read_plant(Fields& fields, std::string_view key, const Subject& subject,
                                      bool needed) {
    if (needed && fields.need(key) == nullptr) return std::nullopt;
    auto id = fields.text(key);
    if (!id || subject.find(*id) != nullptr) return id;
    fields.wrong(key, fmt::format("must be a configured plant, {}", fmt::join(subject.ids(), " or ")));
    return std::nullopt;
}

Scenario parse(const json::value& document, const Subject& subject, config::Problems& problems) {
    Scenario out;
    Fields fields(document, "", problems);
    fields.take("$schema");
    fields.take("config");
    fields.take("devices");
    if (fields.need("name") != nullptr) out.name = fields.text("name").value_or("");
    out.description = fields.text("description").value_or("");
    out.covers = fields.texts("covers");
    if (fields.need("from") != nullptr) {
        if (const auto from = fields.text("from")) {
            const auto at = subject.zone.parse(*from);
            if (at) {
                out.from = *at;
            } else {
                fields.wrong("from",
                             fmt::format("must be a time as 2025-10-01T10:00:00, with an offset or in {}",
                                         subject.zone.name()));
            }
        }
    }
    if (fields.need("duration") != nullptr) {
        out.length = fields.span("duration").value_or(Duration{});
        if (!problems.wrong("/duration") && (out.length < 1s || out.length > 31 * 24h))
            fields.wrong("duration", "must be from 1 s to 31 days");
    }
    if (const auto seed = fields.number("seed", 0, 9e15)) {
        out.seed = static_cast<std::uint64_t>(*seed);
        if (*seed != std::floor(*seed)) fields.wrong("seed", "must be a whole number");
    }
    out.platform = fields.flag("platform").value_or(false);
    read_soc(fields, subject, out);
    read_start(fields, subject, out);
    if (auto plan = read_plan(fields, "plan", subject)) out.plans.push_back(std::move(*plan));

    TimeLine times(subject.zone, out.from, out.length);
    const Reading reading{subject, times, problems, out.platform};
    if (const auto* steps = fields.take("steps")) out.steps = read_steps(*steps, reading);
    if (const auto* expected = fields.need("expect"))
        out.expectations = read_expectations(*expected, reading, out.steps);
    fields.finish();
    add_implied(out);
    return out;
}

}  // namespace hil::scenario

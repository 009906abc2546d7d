// Series that operators stage, plan files, and what comes of them.
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/router.hpp"
#include "web/routes.hpp"
#include "web/schedule_preview.hpp"
#include "web/series_text.hpp"

#include "planfile/missing_signals.hpp"
#include "schedule/window.hpp"

#include <boost/json/array.hpp>

namespace hil::web {

namespace json = boost::json;

namespace {

struct Named {
    std::size_t plant = 0;
    schedule::Signal signal{};
    schedule::SeriesKey key;
};

// Whether the plant has it at the transport in force.
bool takes(const Context& context, std::size_t plant, schedule::Signal signal) {
    return signal == schedule::Signal::p ||
           context.plant(plant).takes_reactive_power(context.site.transport());
}

std::optional<Named> find_series(const Context& context, std::string_view name) {
    auto key = schedule::parse_series_key(name);
    if (!key) return std::nullopt;
    const auto plant = context.find_plant(key->plant);
    if (!plant || !takes(context, *plant, key->signal)) return std::nullopt;
    return Named{*plant, key->signal, std::move(*key)};
}

net::Response no_such_series(const Context& context, std::string_view name) {
    const auto key = schedule::parse_series_key(name);
    if (key && context.find_plant(key->plant))
        return problem(
            404, fmt::format("plant {} takes no reactive power: its map has no q_setpoint", key->plant));
    return problem(404, fmt::format("a series is a plant and _p or _q; there are the plants {}",
                                    fmt::join(context.plant_ids, ", ")));
}

json::object series_document(const Context& context, const Named& named) {
    const auto& manual = context.site.plans.manual(named.plant, named.signal);
    const auto& draft = context.site.drafts.draft(named.plant, named.signal);
    json::object out;
    out["series"] = to_string(named.key);
    out["plant"] = named.key.plant;
    out["signal"] = json_view(schedule::to_string(named.signal));
    out["unit"] = json_view(schedule::unit(named.signal));
    out["enabled"] = manual.enabled;
    out["version"] = manual.version;
    out["staged_version"] = draft.version;
    out["applied"] = nullptr;
    out["staged"] = nullptr;
    if (manual.version != 0) {
        auto applied = to_json(manual.series);
        applied["origin"] = text_or_null(manual.origin);
        out["applied"] = std::move(applied);
    }
    if (draft.staged()) {
        auto staged = to_json(draft.series);
        staged["origin"] = text_or_null(draft.origin);
        out["staged"] = std::move(staged);
    }
    return out;
}

PreviewInput preview_input(const Context& context, WallTime from, WallTime to) {
    const auto& config = context.site.config;
    PreviewInput input;
    input.store = std::make_shared<schedule::PlanStore>(context.site.plans.plant_ids());
    input.source = context.site.arbiter.source();
    input.validity = std::chrono::minutes(config.istentore_api.schedule_period_minutes);
    input.zone = context.site.zone;
    input.now = context.site.clock.wall_now();
    input.from = from;
    input.to = to;
    input.dispatch_period = config.timing.scheduler_period;
    input.battery = context.site.battery;
    return input;
}

// What is in force for one plant, to be changed without consequences.
void look_at_plant(PreviewInput& input, const Context& context, std::size_t index) {
    input.store->take_over(index, context.site.plans);
    input.plants.push_back({index, context.plant(index).model, context.site.state_of_charge(index)});
}

// All plants that are touched, in their order.
void look_at_plants(PreviewInput& input, const Context& context, const std::vector<bool>& touched) {
    for (std::size_t i = 0; i < touched.size(); ++i)
        if (touched[i]) look_at_plant(input, context, i);
}

// ?day_first=true|false, for dates that can be read either way.
planfile::PlanReading day_first(Query& query) {
    planfile::PlanReading out;
    if (const auto said = query.text("day_first"); said && (*said == "true" || *said == "false"))
        out.day_first = *said == "true";
    else if (said)
        query.refuse("day_first", "must be true or false");
    return out;
}

bool too_long(WallTime from, WallTime to) {
    return to - from > std::chrono::hours(24 * 366);
}

}  // namespace

awaitable<net::Response> get_series(Context& context, Call call) {
    const auto named = find_series(context, call.at("series"));
    if (!named) co_return no_such_series(context, call.at("series"));
    Query query(context, call);
    const bool csv = query.choice("format", {"json", "csv"}) == 1;
    const bool applied = query.choice("of", {"staged", "applied"}) == 1;
    if (!query.ok()) co_return invalid(query.errors());
    if (!csv) co_return json_answer(series_document(context, *named));
    const auto& manual = context.site.plans.manual(named->plant, named->signal);
    const auto& draft = context.site.drafts.draft(named->plant, named->signal);
    auto response = text_answer(to_csv(applied ? manual.series : draft.series, named->key, context.site.zone),
                                "text/csv; charset=utf-8");
    offer_as_file(response, to_string(named->key) + ".csv");
    co_return response;
}

awaitable<net::Response> put_series(Context& context, Call call) {
    const auto named = find_series(context, call.at("series"));
    if (!named) co_return no_such_series(context, call.at("series"));
    Query query(context, call);
    std::optional<WallTime> start;
    if (query.text("start")) start = query.time("start");
    const auto reading = day_first(query);
    if (!query.ok()) co_return invalid(query.errors());
    const bool csv = media_type(*call.request.headers.find("Content-Type")) == csv_type;
    auto read =
        co_await context.site.blocking.run([text = std::move(call.request.body), csv, start, key = named->key,
                                            ids = context.plant_ids, zone = context.site.zone, reading] {
            return csv ? series_from_csv(text, key, start, ids, zone, reading)
                       : series_from_json_text(text, zone);
        });
    if (read.json_broken) co_return problem(400, "the body is not JSON");
    if (!read.errors.empty()) co_return invalid(read.errors);
    const auto origin =
        read.made_from.empty() ? call.who.actor() : fmt::format("{}, {}", read.made_from, call.who.actor());
    context.site.drafts.stage(named->plant, named->signal, std::move(read.series), origin);
    co_return json_answer(series_document(context, *named));
}

awaitable<net::Response> delete_series(Context& context, Call call) {
    const auto named = find_series(context, call.at("series"));
    if (!named) co_return no_such_series(context, call.at("series"));
    context.site.drafts.drop(named->plant, named->signal);
    co_return json_answer(series_document(context, *named));
}

awaitable<net::Response> post_import(Context& context, Call call) {
    Query query(context, call);
    const std::string file(query.text("file").value_or("upload").substr(0, 100));
    const auto reading = day_first(query);
    if (!query.ok()) co_return invalid(query.errors());
    auto plan = co_await context.site.blocking.run(
        [text = std::move(call.request.body), file, ids = context.plant_ids, zone = context.site.zone,
         reading] { return planfile::parse_plan(text, file, ids, zone, reading); });
    planfile::refuse_missing_signals(plan, context.plant_ids, [&context](auto plant, auto signal) {
        return takes(context, plant, signal);
    });
    if (!plan.ok()) {
        std::vector<InputError> errors;
        for (const auto& found : plan.problems)
            errors.push_back(plan_error(found));
        const auto more = plan.omitted == 0 ? std::string() : fmt::format(", and {} more", plan.omitted);
        co_return problem(422, fmt::format("the plan has {} problems{}", errors.size(), more), errors);
    }
    const auto now = context.site.clock.wall_now();
    auto input = preview_input(context, now, now + std::chrono::hours(48));
    json::array staged;
    std::vector<bool> touched(context.plant_ids.size());
    for (const auto& column : plan.columns)
        touched[column.plant] = true;
    look_at_plants(input, context, touched);
    for (auto& column : plan.columns) {
        if (!column.series.empty()) input.to = std::max(input.to, column.series.end_time());
        staged.push_back(json::value(
            schedule::to_string(schedule::SeriesKey{context.plant_ids[column.plant], column.signal})));
        input.store->set_manual(column.plant, column.signal, column.series, file);
        context.site.drafts.stage(column.plant, column.signal, std::move(column.series),
                                  fmt::format("{}, {}", file, call.who.actor()));
    }
    auto violations = co_await context.site.blocking.run([input = std::move(input)] {
        json::array all;
        for (const auto& plant : input.plants) {
            for (auto& violation : violations_of(input, plant))
                all.push_back(std::move(violation));
        }
        return to_text(all);
    });
    json::array notes;
    for (const auto& note : plan.notes)
        notes.push_back(json::value(note));
    co_return json_text_answer(fmt::format(R"({{"staged":{},"notes":{},"violations":{}}})", to_text(staged),
                                           to_text(notes), violations));
}

namespace {

struct PreviewAsked {
    std::vector<std::pair<Named, schedule::Series>> series;
    std::vector<InputError> errors;
};

// {"from","to","series":{SERIES:{"rows","end"}}}; without series those that are staged.
PreviewAsked read_preview(const Context& context, const json::object& body) {
    PreviewAsked out;
    const auto* given = body.if_contains("series");
    if (given == nullptr || given->is_null()) {
        for (std::size_t plant = 0; plant < context.plant_ids.size(); ++plant) {
            for (const auto signal : schedule::all_signals) {
                const auto& draft = context.site.drafts.draft(plant, signal);
                if (draft.staged())
                    out.series.push_back(
                        {Named{plant, signal, {context.plant_ids[plant], signal}}, draft.series});
            }
        }
        return out;
    }
    const auto* object = given->if_object();
    if (object == nullptr) {
        out.errors.push_back({"/series", "series must be an object of series by their names"});
        return out;
    }
    for (const auto& [name, value] : *object) {
        const auto pointer = "/series/" + std::string(std_view(name));
        auto named = find_series(context, std_view(name));
        if (!named) {
            out.errors.push_back({pointer, "there is no series of that name"});
            continue;
        }
        auto read = series_from_json(value, pointer, context.site.zone);
        out.errors.insert(out.errors.end(), read.errors.begin(), read.errors.end());
        out.series.push_back({std::move(*named), std::move(read.series)});
    }
    return out;
}

// A time of the body, the default where it is absent.
WallTime body_time(const Context& context, Members& members, std::string_view name, WallTime otherwise) {
    const auto text = members.text(name, false, 64);
    if (!text) return otherwise;
    const auto parsed = context.site.zone.parse(*text);
    if (parsed) return *parsed;
    members.errors.push_back(
        {"/" + std::string(name), fmt::format("{} must be a time as 2025-10-01T00:00:00+02:00", name)});
    return otherwise;
}

}  // namespace

awaitable<net::Response> post_preview(Context& context, Call call) {
    auto members = read_members(call.request.body, {"from", "to", "series"});
    if (members.refusal) co_return std::move(*members.refusal);
    const auto days = schedule::two_days(context.site.clock.wall_now(), context.site.zone);
    const auto from = body_time(context, members, "from", days.from);
    const auto to = body_time(context, members, "to", days.to);
    if (members.errors.empty() && (from >= to || too_long(from, to)))
        members.errors.push_back({"/to", "to must be later than from, by a year at most"});
    auto asked = read_preview(context, members.object);
    members.errors.insert(members.errors.end(), asked.errors.begin(), asked.errors.end());
    if (!members.errors.empty()) co_return invalid(members.errors);

    auto input = preview_input(context, from, to);
    std::vector<bool> touched(context.plant_ids.size());
    for (const auto& [named, series] : asked.series)
        touched[named.plant] = true;
    look_at_plants(input, context, touched);
    for (auto& [named, series] : asked.series)
        input.store->set_manual(named.plant, named.signal, std::move(series), "preview");
    co_return json_text_answer(co_await context.site.blocking.run([input = std::move(input)] {
        json::object plants;
        for (const auto& plant : input.plants)
            plants[input.store->plant_ids()[plant.index]] = schedule_preview(input, plant);
        return to_text(json::object{{"plants", std::move(plants)}});
    }));
}

awaitable<net::Response> get_effective(Context& context, Call call) {
    Query query(context, call);
    const auto plant = query.plant();
    const auto days = schedule::two_days(context.site.clock.wall_now(), context.site.zone);
    const auto range = query.range(days.from, days.to);
    if (query.ok() && too_long(range.from, range.to)) query.refuse("to", "must be within a year of from");
    if (!query.ok()) co_return invalid(query.errors());
    auto input = preview_input(context, range.from, range.to);
    look_at_plant(input, context, plant);
    co_return json_text_answer(co_await context.site.blocking.run(
        [input = std::move(input)] { return to_text(schedule_preview(input, input.plants.front())); }));
}

awaitable<net::Response> get_why(Context& context, Call call) {
    Query query(context, call);
    const auto plant = query.plant();
    const auto at = query.time("at", context.site.clock.wall_now());
    if (!query.ok()) co_return invalid(query.errors());
    auto reason = co_await context.site.why(plant, at);
    if (!reason)
        co_return problem(503, "the record of that time cannot be read: " + reason.error().message());
    co_return json_text_answer(to_text(*reason));
}

}  // namespace hil::web

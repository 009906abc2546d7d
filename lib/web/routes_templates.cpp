// Series made by a rule: nothing is staged, the editor shows what came out.
#include "web/base64.hpp"
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/routes.hpp"
#include "web/series_text.hpp"

#include "base/stoppable.hpp"
#include "config/problems.hpp"
#include "config/time_value.hpp"
#include "planfile/value_file.hpp"
#include "planner/templates.hpp"
#include "schedule/window.hpp"

#include <boost/json/array.hpp>

namespace hil::web {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_values = 8u << 20u;
constexpr std::size_t longest_encoded = (longest_values + 2) / 3 * 4;
constexpr std::size_t read_at_once = 64u << 10u;  // a longer body is read off the reactor
constexpr double usual_deadline_s = 10, longest_deadline_s = 60;

struct TemplateAsked {
    planner::TemplateRequest request;
    std::size_t plant = 0;
    std::string values;  // of a load or price file: its text, or its bytes in base64
    bool encoded = false;
    planfile::ValueChoice choice;
    Duration deadline = hil::seconds(usual_deadline_s);
};

void read_parameters(Members& members, TemplateAsked& asked) {
    const auto* given = members.object.if_contains("parameters");
    if (given == nullptr || given->is_null()) return;
    const auto* object = given->if_object();
    if (object == nullptr) {
        members.errors.push_back({"/parameters", "parameters must be an object of numbers"});
        return;
    }
    for (const auto& [name, value] : *object) {
        // Those that are lengths of time end in their unit.
        const auto number = std_view(name).ends_with("_s") ? config::seconds_in(value)
                            : value.is_number()            ? std::optional(value.to_number<double>())
                                                           : std::nullopt;
        if (!number)
            members.errors.push_back({config::below("/parameters", std_view(name)),
                                      std::string(std_view(name)) + " must be a number"});
        else
            asked.request.parameters[std::string(std_view(name))] = *number;
    }
}

void read_time(const Context& context, Members& members, std::string_view name, WallTime& into) {
    const auto text = members.text(name, false, 64);
    if (!text) return;
    const auto parsed = context.site.zone.parse(*text);
    if (parsed)
        into = *parsed;
    else
        members.errors.push_back(
            {"/" + std::string(name), fmt::format("{} must be a time as 2025-10-01T00:00:00+02:00", name)});
}

void read_series(const Context& context, Members& members, TemplateAsked& out) {
    auto& request = out.request;
    const auto series = members.text("series", true, 64);
    const auto key = series ? schedule::parse_series_key(*series) : std::nullopt;
    const auto plant = key ? context.find_plant(key->plant) : std::nullopt;
    const bool takes_it = plant && (key->signal == schedule::Signal::p ||
                                    context.plant(*plant).takes_reactive_power(context.site.transport()));
    if (plant && !takes_it) {
        members.errors.push_back({"/series", fmt::format("plant {} takes no reactive power: its map has no "
                                                         "q_setpoint",
                                                         key->plant)});
    } else if (plant) {
        out.plant = *plant;
        request.signal = key->signal;
        request.soc_start = context.site.state_of_charge(*plant).value_or(0.5);
    } else if (series) {
        members.errors.push_back({"/series", "there is no series of that name"});
    }
}

void read_deadline(Members& members, TemplateAsked& out) {
    if (const auto* given = members.object.if_contains("deadline_s"); given != nullptr && !given->is_null()) {
        const auto deadline_s = config::seconds_in(*given);
        if (!deadline_s || !(*deadline_s >= 0.1 && *deadline_s <= longest_deadline_s))
            members.errors.push_back(
                {"/deadline_s", fmt::format("deadline_s must be 0.1 to {} seconds", longest_deadline_s)});
        else
            out.deadline = hil::seconds(*deadline_s);
    }
}

// The rows of prices or loads, and how they are to be understood.
void read_values(Members& members, TemplateAsked& out) {
    out.values = members.text("values", false, longest_values).value_or("");
    if (auto encoded = members.text("values_base64", false, longest_encoded)) {
        if (!out.values.empty())
            members.errors.push_back({"/values_base64", "values or values_base64 can be given, not both"});
        out.values = std::move(*encoded);
        out.encoded = true;
    }
    out.choice.column = members.text("column", false, 200);
    out.choice.auction = members.text("auction", false, 200);
    if (const auto* day = members.object.if_contains("day_first"); day != nullptr && !day->is_null()) {
        if (day->is_bool())
            out.choice.day_first = day->get_bool();
        else
            members.errors.push_back({"/day_first", "day_first must be true or false"});
    }
    if (const auto* scale = members.object.if_contains("scale"); scale != nullptr && !scale->is_null()) {
        boost::system::error_code none;
        out.choice.scale = scale->to_number<double>(none);
        if (none || !(out.choice.scale > 0))
            members.errors.push_back({"/scale", "scale must be a number above 0"});
    }
}

TemplateAsked read_template(const Context& context, Members& members) {
    TemplateAsked out;
    auto& request = out.request;
    request.name = members.text("template", true, 64).value_or("");
    out.choice.quantity = planner::quantity_of(request.name);
    read_series(context, members, out);
    const auto today =
        schedule::day_window(context.site.zone.date(context.site.clock.wall_now()), context.site.zone);
    request.from = today.from;
    request.to = today.to;
    read_time(context, members, "from", request.from);
    read_time(context, members, "to", request.to);
    if (request.from >= request.to || request.to - request.from > std::chrono::hours(24 * 32))
        members.errors.push_back({"/to", "to must be later than from, by 32 days at most"});
    read_parameters(members, out);
    read_deadline(members, out);
    read_values(members, out);
    out.choice.profile_begin =
        planfile::begin_of_year(context.site.zone.date(request.from), context.site.zone);
    return out;
}

struct Made {
    planner::TemplatePlan plan;
    std::optional<planfile::Provenance> values;  // of the file it was made from
    std::vector<std::string> notes;              // how that was read
    std::vector<InputError> errors;
};

json::object to_json(const planfile::Provenance& from) {
    return {{"layout", text_or_null(from.layout)},   {"area", text_or_null(from.area)},
            {"auction", text_or_null(from.auction)}, {"column", text_or_null(from.column)},
            {"unit", text_or_null(from.unit)},       {"timezone", text_or_null(from.zone)}};
}

Made make(TemplateAsked asked, const config::PlantModel& model, const Zone& zone,
          const planner::SolverWatch& watch = {}) {
    Made out;
    const std::string pointer = asked.encoded ? "/values_base64" : "/values";
    if (asked.encoded) {
        auto bytes = decode_base64(asked.values);
        if (!bytes) {
            out.errors.push_back({pointer, "values_base64 must be base64 with its padding"});
            return out;
        }
        asked.values = std::move(*bytes);
    }
    if (!asked.values.empty()) {
        const auto file = planfile::parse_values(asked.values, "values", zone, asked.choice);
        for (const auto& found : file.problems)
            out.errors.push_back({pointer, found.message()});
        for (const auto& gap :
             file.ok() ? file.gaps(asked.request.from, asked.request.to, zone) : std::vector<std::string>())
            out.errors.push_back({pointer, gap});
        if (!out.errors.empty()) return out;
        out.values = file.provenance;
        out.notes = file.notes;
        asked.request.values = planfile::joined(file.within(asked.request.from, asked.request.to));
    }
    out.plan = planner::make_plan(asked.request, model, watch);
    for (const auto& found : out.plan.problems)
        out.errors.push_back({"/parameters", found});
    return out;
}

}  // namespace

awaitable<net::Response> get_templates(Context& /*context*/, Call /*call*/) {
    json::array list;
    for (const auto& info : planner::templates()) {
        json::array parameters;
        for (const auto& parameter : info.parameters) {
            parameters.push_back(json::object{
                {"name", json_view(parameter.name)},
                {"unit", json_view(parameter.unit)},
                {"default", parameter.fallback ? json::value(*parameter.fallback) : json::value()},
                {"text", json_view(parameter.text)}});
        }
        list.push_back(json::object{{"name", json_view(info.name)},
                                    {"text", json_view(info.text)},
                                    {"needs_values", info.needs_values},
                                    {"parameters", std::move(parameters)}});
    }
    co_return json_answer(json::object{{"templates", std::move(list)}});
}

namespace {

// A place among those that are optimised; given back when whoever waits for it has it or has gone.
struct SolverPlace {
    explicit SolverPlace(std::size_t& under_way) : count(++under_way) {}
    SolverPlace(const SolverPlace&) = delete;
    SolverPlace& operator=(const SolverPlace&) = delete;
    ~SolverPlace() { --count; }
    std::size_t& count;
};

bool optimised(std::string_view name) {
    const auto all = planner::templates();
    const auto info = std::ranges::find(all, name, &planner::TemplateInfo::name);
    return info != all.end() && info->needs_values;
}

awaitable<Made> make_off_the_reactor(Context& context, TemplateAsked asked, std::stop_token gone) {
    auto& site = context.site;
    auto model = context.plant(asked.plant).model;
    const auto deadline = asked.deadline;
    if (!optimised(asked.request.name)) {
        auto job = [asked = std::move(asked), model = std::move(model), zone = site.zone] {
            return make(asked, model, zone);
        };
        co_return co_await site.blocking.run(std::move(job));
    }
    const SolverPlace place(context.solvers_under_way);
    auto job = [asked = std::move(asked), model = std::move(model),
                zone = site.zone](const std::stop_token& stop) {
        return make(asked, model, zone, {.stop = [&stop] { return stop.stop_requested(); }});
    };
    co_return co_await run_stoppable(site.clock, site.solver, deadline, std::move(gone), std::move(job));
}

constexpr std::initializer_list<std::string_view> members_of_template{
    "template",      "series", "from",    "to",        "parameters", "values",
    "values_base64", "column", "auction", "day_first", "scale",      "deadline_s"};

awaitable<Members> read_body(Context& context, std::string body) {
    if (body.size() <= read_at_once) co_return read_members(body, members_of_template);
    auto job = [body = std::move(body)] { return read_members(body, members_of_template); };
    co_return co_await context.site.blocking.run(std::move(job));
}

}  // namespace

awaitable<net::Response> post_template(Context& context, Call call) {
    auto members = co_await read_body(context, std::move(call.request.body));
    if (members.refusal) co_return std::move(*members.refusal);
    auto asked = read_template(context, members);
    if (!members.errors.empty()) co_return invalid(members.errors);
    if (optimised(asked.request.name) && context.solvers_under_way >= solver_places)
        co_return too_many(std::chrono::seconds(5), "as many plans as may be are being optimised");
    auto gone = call.request.watch_peer ? call.request.watch_peer() : std::stop_token();
    const auto made = co_await make_off_the_reactor(context, std::move(asked), std::move(gone));
    if (!made.errors.empty()) co_return invalid(made.errors);
    auto document = to_json(made.plan.series);
    json::object facts;
    for (const auto& [name, value] : made.plan.facts)
        facts[name] = number_or_null(value);
    document["facts"] = std::move(facts);
    if (made.values) {
        document["values"] = to_json(*made.values);
        document["made_from"] = json::value(made.values->text());
    }
    json::array notes;
    for (const auto& note : made.notes)
        notes.push_back(json::value(note));
    document["notes"] = std::move(notes);
    co_return json_answer(document);
}

}  // namespace hil::web

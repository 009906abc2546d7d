// Series made by a rule: nothing is staged, the editor shows what came out.
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/routes.hpp"
#include "web/series_text.hpp"

#include "config/problems.hpp"
#include "planfile/value_file.hpp"
#include "planner/templates.hpp"
#include "schedule/window.hpp"

#include <boost/json/array.hpp>

namespace hil::web {

namespace json = boost::json;

namespace {

struct TemplateAsked {
    planner::TemplateRequest request;
    std::size_t plant = 0;
    std::string values;  // text of a load or price file
    planfile::ValueChoice choice;
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
        boost::system::error_code none;
        const double number = value.to_number<double>(none);
        if (none)
            members.errors.push_back({config::below("/parameters", std_view(name)),
                                      std::string(std_view(name)) + " must be a number"});
        else
            asked.request.parameters[std::string(std_view(name))] = number;
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

TemplateAsked read_template(const Context& context, Members& members) {
    TemplateAsked out;
    auto& request = out.request;
    request.name = members.text("template", true, 64).value_or("");
    const auto series = members.text("series", true, 64);
    const auto key = series ? schedule::parse_series_key(*series) : std::nullopt;
    const auto plant = key ? context.find_plant(key->plant) : std::nullopt;
    if (plant) {
        out.plant = *plant;
        request.signal = key->signal;
        request.soc_start = context.site.state_of_charge(*plant).value_or(0.5);
    } else if (series) {
        members.errors.push_back({"/series", "there is no series of that name"});
    }
    const auto today =
        schedule::day_window(context.site.zone.date(context.site.clock.wall_now()), context.site.zone);
    request.from = today.from;
    request.to = today.to;
    read_time(context, members, "from", request.from);
    read_time(context, members, "to", request.to);
    if (request.from >= request.to || request.to - request.from > std::chrono::hours(24 * 32))
        members.errors.push_back({"/to", "to must be later than from, by 32 days at most"});
    read_parameters(members, out);
    out.values = members.text("values", false, 1u << 20u).value_or("");
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

Made make(TemplateAsked asked, const config::PlantModel& model, const Zone& zone) {
    Made out;
    if (!asked.values.empty()) {
        const auto file = planfile::parse_values(asked.values, "values", zone, asked.choice);
        for (const auto& found : file.problems)
            out.errors.push_back({"/values", found.message()});
        for (const auto& gap :
             file.ok() ? file.gaps(asked.request.from, asked.request.to, zone) : std::vector<std::string>())
            out.errors.push_back({"/values", gap});
        if (!out.errors.empty()) return out;
        out.values = file.provenance;
        out.notes = file.notes;
        asked.request.values = planfile::joined(file.within(asked.request.from, asked.request.to));
    }
    out.plan = planner::make_plan(asked.request, model);
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

awaitable<net::Response> post_template(Context& context, Call call) {
    auto members = read_members(call.request.body, {"template", "series", "from", "to", "parameters",
                                                    "values", "column", "auction", "day_first", "scale"});
    if (members.refusal) co_return std::move(*members.refusal);
    auto asked = read_template(context, members);
    if (!members.errors.empty()) co_return invalid(members.errors);
    const auto model = context.plant(asked.plant).model;
    const auto made = co_await context.site.blocking.run(
        [asked = std::move(asked), model, zone = context.site.zone] { return make(asked, model, zone); });
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

#include "web/schedule_preview.hpp"

#include "web/json_writer.hpp"

namespace hil::web {

namespace json = boost::json;
using schedule::EffectiveSegment;

namespace {

struct Ahead {
    std::vector<EffectiveSegment> segments;  // of the whole range
    // From now, or the begin of the range where that is later; none where the range is past or the state of
    // charge is not known.
    std::vector<EffectiveSegment> from_now;
    std::optional<planner::Projection> projection;
};

Ahead look_ahead(const PreviewInput& input, const PreviewInput::Plant& plant) {
    const schedule::Arbiter arbiter(*input.store, input.source, input.validity);
    Ahead out;
    out.segments = schedule::effective_schedule(arbiter, plant.index, input.from, input.to);
    const auto begin = std::max(input.now, input.from);
    if (begin >= input.to || !plant.soc) return out;
    double soc = *plant.soc;
    if (begin > input.now) {
        const auto until = schedule::effective_schedule(arbiter, plant.index, input.now, begin);
        soc = planner::project(until, plant.model, soc, input.battery).soc_end;
    }
    out.from_now = schedule::effective_schedule(arbiter, plant.index, begin, input.to);
    out.projection = planner::project(out.from_now, plant.model, soc, input.battery);
    return out;
}

std::string_view origin_of(const PreviewInput& input, std::size_t plant, schedule::Signal signal,
                           const schedule::ActiveEntry& active) {
    const auto layer = input.store->find_layer(active.source);
    return layer ? std::string_view(input.store->plan(*layer, plant, signal).origin) : std::string_view();
}

json::object choice_json(const PreviewInput& input, std::size_t plant, schedule::Signal signal,
                         const schedule::ActiveEntry& active) {
    json::object out;
    out["value"] = number_or_null(active.value);
    out["source"] = json_view(schedule::to_string(active.source));
    out["reason"] = json_view(schedule::to_string(active.reason));
    out["origin"] = text_or_null(origin_of(input, plant, signal, active));
    out["version"] = active.version;
    return out;
}

json::value projection_json(const std::optional<planner::Projection>& projection) {
    if (!projection) return nullptr;
    json::array points;
    for (const auto& piece : projection->pieces)
        points.push_back(json::object{{"time", utc_text(piece.from)}, {"soc_pu", piece.soc_from}});
    if (!projection->pieces.empty()) {
        const auto& last = projection->pieces.back();
        points.push_back(json::object{{"time", utc_text(last.to)}, {"soc_pu", last.soc_to}});
    }
    json::object out;
    out["soc_start_pu"] = projection->soc_start;
    out["soc_end_pu"] = projection->soc_end;
    out["points"] = std::move(points);
    out["energy_out_kwh"] = projection->energy_out_kwh;
    out["energy_in_kwh"] = projection->energy_in_kwh;
    return out;
}

json::object violation_json(const planner::Violation& violation) {
    json::object out;
    out["kind"] = json_view(planner::to_string(violation.kind));
    out["plant"] = violation.plant;
    out["signal"] = json_view(schedule::to_string(violation.signal));
    out["from"] = utc_text(violation.from);
    out["to"] = utc_text(violation.to);
    out["value"] = number_or_null(violation.value);
    out["limit"] = number_or_null(violation.limit);
    out["missing_kwh"] = number_or_null(violation.missing_kwh);
    out["text"] = violation.text;
    return out;
}

json::array violations_json(const PreviewInput& input, const PreviewInput::Plant& plant, const Ahead& ahead) {
    json::array out;
    // What cannot be projected is still held against the power limits.
    const auto& schedule = ahead.projection ? ahead.from_now : ahead.segments;
    const auto projection = ahead.projection.value_or(planner::Projection{});
    const planner::ValidationInput asked{*input.store, plant.index, plant.model,
                                         schedule,     projection,  input.dispatch_period};
    for (const auto& violation : planner::validate(asked, input.zone).list)
        out.push_back(violation_json(violation));
    return out;
}

}  // namespace

json::object schedule_preview(const PreviewInput& input, const PreviewInput::Plant& plant) {
    const auto ahead = look_ahead(input, plant);
    json::array segments;
    segments.reserve(ahead.segments.size());
    for (const auto& segment : ahead.segments) {
        json::object entry;
        entry["from"] = utc_text(segment.from);
        entry["to"] = utc_text(segment.to);
        entry["p"] = choice_json(input, plant.index, schedule::Signal::p, segment.p);
        entry["q"] = choice_json(input, plant.index, schedule::Signal::q, segment.q);
        segments.push_back(std::move(entry));
    }
    json::object out;
    out["plant"] = input.store->plant_ids()[plant.index];
    out["from"] = utc_text(input.from);
    out["to"] = utc_text(input.to);
    out["segments"] = std::move(segments);
    out["projection"] = projection_json(ahead.projection);
    out["violations"] = violations_json(input, plant, ahead);
    return out;
}

json::array violations_of(const PreviewInput& input, const PreviewInput::Plant& plant) {
    return violations_json(input, plant, look_ahead(input, plant));
}

}  // namespace hil::web

#include "report/summary_json.hpp"

#include "base/zone.hpp"
#include "config/names.hpp"
#include "report/json_members.hpp"

namespace hil::report {
namespace {

using measure::Column;

constexpr int of_energy = 3, of_power = 3, of_share = 6, of_seconds = 3;

double known_or_not(double value, Duration known) {
    return known > Duration::zero() ? value : measure::unknown;
}

void time_or_null(Members& to, std::string_view key, const std::optional<WallTime>& at) {
    at ? to.text(key, utc_text(*at)) : to.none(key);
}

void append_flow(Members& to, std::string_view key, const Flow& flow) {
    Members members(to.name(key));
    members.number("discharged_kwh", known_or_not(flow.discharged_kwh, flow.known), of_energy);
    members.number("charged_kwh", known_or_not(flow.charged_kwh, flow.known), of_energy);
    members.number("known_s", to_seconds(flow.known), of_seconds);
    members.end();
}

void append_delivery(Members& to, std::string_view key, const Delivery& delivery) {
    Members members(to.name(key));
    members.number("asked_kwh", known_or_not(delivery.asked_kwh, delivery.known), of_energy);
    members.number("delivered_kwh", known_or_not(delivery.delivered_kwh, delivery.known), of_energy);
    members.number("missing_kwh", known_or_not(delivery.missing_kwh(), delivery.known), of_energy);
    members.number("known_s", to_seconds(delivery.known), of_seconds);
    members.end();
}

void append_tracking(Members& to, std::string_view key, const Tracking& tracking) {
    Members members(to.name(key));
    const auto figure = [&](std::string_view name, double value) {
        members.number(name, known_or_not(value, tracking.known), of_power);
    };
    figure("mean_abs", tracking.mean_abs);
    figure("rms", tracking.rms);
    figure("p95", tracking.p95);
    figure("max", tracking.largest);
    time_or_null(members, "max_at", tracking.largest_at);
    members.number("tolerance", tracking.tolerance, of_power);
    members.number("beyond_s", to_seconds(tracking.beyond), of_seconds);
    members.number("known_s", to_seconds(tracking.known), of_seconds);
    members.end();
}

void append_span(Members& to, std::string_view key, const Span& span, int decimals) {
    Members members(to.name(key));
    members.number("min", span.least, decimals);
    members.number("max", span.greatest, decimals);
    members.number("mean", span.mean, decimals);
    members.number("first", span.first, decimals);
    members.number("last", span.last, decimals);
    members.end();
}

void append_gaps(Members& to, const PlantSummary& summary) {
    Members members(to.name("gaps"));
    members.count("count", summary.gaps);
    members.number("total_s", to_seconds(summary.in_gaps), of_seconds);
    members.number("longest_s", to_seconds(summary.longest_gap), of_seconds);
    time_or_null(members, "longest_at", summary.longest_gap_at);
    members.end();
}

}  // namespace

std::string utc_text(WallTime at) {
    static const Zone utc = Zone::utc();
    auto text = utc.format(at);
    text.replace(text.size() - 6, 6, "Z");
    return text;
}

void append_json(std::string& out, const PlantSummary& summary) {
    Members to(out);
    to.text("plant", summary.plant);
    to.text("transport", config::to_string(summary.transport));
    to.text("from", utc_text(summary.range.from));
    to.text("to", utc_text(summary.range.to));
    to.count("rows", summary.rows);
    // First what is looked at most.
    const auto& energy = summary.energy();
    to.number("discharged_kwh", known_or_not(energy.discharged_kwh, energy.known), of_energy);
    to.number("charged_kwh", known_or_not(energy.charged_kwh, energy.known), of_energy);
    if (energy.known > Duration::zero()) {
        to.text("energy_at", summary.place == PlantSummary::Place::poi ? "poi" : "battery");
    } else {
        to.none("energy_at");
    }
    to.number("round_trip", summary.round_trip.efficiency.value_or(measure::unknown), of_share);
    if (summary.round_trip.efficiency) {
        to.none("round_trip_why_not");
    } else {
        to.text("round_trip_why_not", summary.round_trip.why_not);
    }
    to.number("stored_kwh", summary.stored_kwh.value_or(measure::unknown), of_energy);
    to.number("full_cycles", summary.known > Duration::zero() ? summary.full_cycles : measure::unknown,
              of_share);
    to.number("tracking_rms_kw", known_or_not(summary.p.rms, summary.p.known), of_power);
    to.number("coverage", summary.coverage, of_share);

    append_flow(to, "poi", summary.poi);
    append_flow(to, "battery", summary.battery);
    append_flow(to, "asked", summary.asked);
    append_delivery(to, "delivery", summary.delivery);
    append_tracking(to, "tracking_p", summary.p);
    append_tracking(to, "tracking_q", summary.q);
    to.number("discharging_s", to_seconds(summary.discharging), of_seconds);
    to.number("charging_s", to_seconds(summary.charging), of_seconds);
    to.number("idle_s", to_seconds(summary.idle), of_seconds);
    to.number("known_s", to_seconds(summary.known), of_seconds);
    time_or_null(to, "first", summary.recorded ? std::optional(summary.recorded->from) : std::nullopt);
    time_or_null(to, "last", summary.recorded ? std::optional(summary.recorded->to) : std::nullopt);
    append_gaps(to, summary);
    append_span(to, "p_kw", summary.span(Column::p_battery), of_power);
    append_span(to, "soc_pu", summary.span(Column::soc), of_share);
    append_span(to, "v_poi_kV", summary.span(Column::v_poi), 6);
    to.end();
}

std::string to_json_text(const PlantSummary& summary) {
    std::string out;
    append_json(out, summary);
    return out;
}

}  // namespace hil::report

// The part of the state document that is about one plant.
#include "service/state_document.hpp"

#include "control/battery_end.hpp"
#include "control/setpoint.hpp"
#include "observe/alert_causes.hpp"
#include "web/json_writer.hpp"
#include "web/records.hpp"

#include <boost/json/array.hpp>

#include <cmath>
#include <utility>
#include <vector>

namespace hil::service {
namespace {

namespace json = boost::json;
using web::json_view;
using web::number_or_null;
using web::text_or_null;
using web::time_or_null;

json::string text(std::string_view value) {
    return json::string(json_view(value));
}

json::value number_or_null(const std::optional<double>& value) {
    return value ? web::number_or_null(*value) : json::value();
}

std::string_view operating(const control::PlantControl& control) {
    const auto enabled = control.operating();
    return !enabled ? "unknown" : *enabled ? "running" : "stopped";
}

std::string_view shown_word(control::Desired desired) {
    switch (desired) {
        case control::Desired::running:
            return "running";
        case control::Desired::stopped:
            return "stopped";
        case control::Desired::none:
            break;
    }
    return "none";
}

control::BatteryDoes seen_of(const measure::LivePlant& live) {
    control::BatteryDoes out;
    if (!live.latest || live.latest->null) return out;
    const auto known = [&live](measure::Column column) {
        const double value = (*live.latest)[column];
        return std::isfinite(value) ? std::optional(value) : std::nullopt;
    };
    out.p_kw = known(measure::Column::p_battery);
    out.soc_pu = known(measure::Column::soc);
    return out;
}

// "empty" or "full" where that is why a plant under dispatch does less than its plan asks for.
json::value end_document(const Service& site, const PlantRuntime& unit,
                         const control::SignalSetpoint& target) {
    const auto& control = unit.control();
    if (control.state() != control::PlantState::running || !control.dispatch_enabled()) return nullptr;
    const auto& plant = unit.plant();
    const double asked = target.derated == control::Stage::normal ? target.value : target.before_derating;
    const auto end = control::battery_end(plant.model, control::ChargeEnds(plant.safety.soc), asked,
                                          seen_of(site.parts().live.plant(unit.index())));
    if (end == control::BatteryEnd::none) return nullptr;
    return text(control::to_string(end));
}

// What changed a value last on its way from the plan: a layer of limits, the plant's own, whatever came then,
// safety.
json::value changed_by(const control::SignalSetpoint& setpoint) {
    if (setpoint.derated != control::Stage::normal)
        return setpoint.condition ? text(control::to_string(*setpoint.condition)) : text("estop");
    if (!setpoint.steps.empty()) return text(setpoint.steps.back().stage);
    if (setpoint.limit != schedule::Limit::none) return text(schedule::to_string(setpoint.limit));
    if (!setpoint.active.narrowed.empty()) return text(setpoint.active.narrowed.back().by.name());
    return nullptr;
}

json::object target_document(const Service& site, const PlantRuntime& unit, schedule::Signal signal) {
    const auto now = site.parts().context.clock.wall_now();
    const auto& source = *unit.binding()->setpoints;
    const auto of = [signal](const control::Setpoint& setpoint) -> const control::SignalSetpoint& {
        return signal == schedule::Signal::p ? setpoint.p : setpoint.q;
    };
    const auto setpoint = source.at(now);
    const auto& own = of(setpoint);
    json::value next;
    if (own.active.until) {
        const auto later = source.at(*own.active.until);
        next = json::object{{"value", of(later).value},
                            {"source", text(schedule::to_string(of(later).active.source))},
                            {"reason", text(schedule::to_string(of(later).active.reason))}};
    }
    json::value market;
    if (own.active.source == schedule::Source::manual &&
        site.parts().arbiter.source() == config::ScheduleSource::api)
        market = number_or_null(site.parts().arbiter.market_value(unit.index(), signal, now));
    // What the device holds instead, as a sentence.
    json::value held;
    const auto& dispatched = unit.control().status().setpoint;
    if (dispatched && !of(*dispatched).held_text.empty()) held = text(of(*dispatched).held_text);
    return {{"value", web::number_or_null(own.value)},
            {"source", text(schedule::to_string(own.active.source))},
            {"reason", text(schedule::to_string(own.active.reason))},
            {"until", time_or_null(own.active.until)},
            {"next", std::move(next)},
            {"base", std::move(market)},
            {"asked", web::number_or_null(own.asked)},
            {"limit", changed_by(own)},
            {"end", signal == schedule::Signal::p ? end_document(site, unit, own) : json::value()},
            {"held", std::move(held)}};
}

bool takes_q(const PlantRuntime& unit) {
    return unit.plant().takes_reactive_power(unit.transport());
}

json::object dispatch_document(const Service& site, const PlantRuntime& unit) {
    json::value q;
    if (takes_q(unit)) q = target_document(site, unit, schedule::Signal::q);
    const auto& status = unit.control().status();
    const bool attempted = status.last_attempt_at.has_value();
    return {{"sending_enabled", status.dispatch_enabled},
            {"p_kw", number_or_null(status.last_success_p_kw)},
            {"q_kvar", takes_q(unit) ? number_or_null(status.last_success_q_kvar) : json::value()},
            {"source", attempted ? json::value(text(control::to_string(status.last_source))) : json::value()},
            {"status", text(control::to_string(status.last_status))},
            {"last_success_at", time_or_null(status.last_success_at)},
            {"last_error", text_or_null(status.last_error)},
            {"target",
             json::object{{"p", target_document(site, unit, schedule::Signal::p)}, {"q", std::move(q)}}}};
}

json::object link_document(const Service& site, const PlantRuntime& unit) {
    const auto& status = unit.link().status();
    std::optional<double> age, round_trip;
    if (status.last_success) age = to_seconds(site.parts().context.clock.now() - *status.last_success);
    if (status.round_trip) round_trip = to_seconds(*status.round_trip) * 1e3;
    // A quarter of the time after which an answer counts as lost.
    const double slow_ms = to_seconds(unit.endpoint().timeout) * 1e3 / 4;
    // The last answer of a plant that gives none any more.
    json::value silent;
    if (status.last_success && link_word(status) != "ok")
        silent = json::string(web::utc_text(std::chrono::floor<std::chrono::seconds>(
            site.parts().context.clock.wall_now() -
            (site.parts().context.clock.now() - *status.last_success))));
    return {{"status", text(link_word(status))},
            {"silent_since", std::move(silent)},
            {"age_s", number_or_null(age)},
            {"consecutive_failures", status.consecutive_failures},
            {"last_error", text_or_null(status.trouble())},
            {"rtt_ms", number_or_null(round_trip)},
            {"slow_ms", slow_ms},
            {"lost", unit.reporter().lost_requests()}};
}

json::object latest_document(const measure::LivePlant& live) {
    const bool known = live.latest && !live.latest->null;
    json::object out;
    out["timestamp"] = known ? json::value(json::string(web::utc_text(live.latest->at))) : json::value();
    for (std::size_t i = 0; i < measure::column_count; ++i)
        out[json_view(measure::column_names[i])] =
            known ? web::number_or_null(live.latest->values[i]) : json::value();
    return out;
}

// The outermost limit that safety holds the plant to.
std::optional<double> lowest(const config::SafetyWindow& window) {
    return window.stop_min ? window.stop_min : window.derate_min ? window.derate_min : window.warn_min;
}
std::optional<double> highest(const config::SafetyWindow& window) {
    return window.stop_max ? window.stop_max : window.derate_max ? window.derate_max : window.warn_max;
}

json::object model_document(const config::Plant& plant) {
    const auto& limits = plant.model.power_limits;
    const double nominal = plant.model.poi_voltage_kv;
    const auto kv = [nominal](std::optional<double> pu) {
        return number_or_null(pu ? std::optional(*pu * nominal) : std::nullopt);
    };
    return {{"capacity_kwh", plant.model.capacity_kwh},
            {"p_min_kw", limits.p_min_kw},
            {"p_max_kw", limits.p_max_kw},
            {"q_min_kvar", limits.q_min_kvar},
            {"q_max_kvar", limits.q_max_kvar},
            {"nominal_kv", nominal},
            {"v_min_kv", kv(lowest(plant.safety.voltage))},
            {"v_max_kv", kv(highest(plant.safety.voltage))},
            {"soc_min_pu", number_or_null(lowest(plant.safety.soc))},
            {"soc_max_pu", number_or_null(highest(plant.safety.soc))}};
}

json::value operation_document(const Service& site, const std::string& plant) {
    const auto* command = site.parts().commands.active(plant);
    if (command == nullptr) return nullptr;
    return json::object{{"id", command->id},
                        {"kind", command->kind},
                        {"step", command->message},
                        {"since", time_or_null(command->started_at)}};
}

}  // namespace

json::object plant_document(Service& site, std::size_t plant) {
    const auto& unit = site.unit(plant);
    const auto& control = unit.control();
    const auto& live = site.parts().live.plant(plant);
    json::value enabled;
    if (const auto seen = control.operating()) enabled = *seen;
    json::array alerts;
    // An alert follows from one of its own plant or of the site.
    std::vector<observe::Alert> near;
    for (const auto& alert : site.parts().context.alerts.active())
        if (alert.plant == unit.plant().id || alert.plant.empty()) near.push_back(alert);
    const auto causes = observe::alert_causes(near);
    for (std::size_t i = 0; i < near.size(); ++i)
        if (near[i].plant == unit.plant().id) alerts.push_back(web::to_json(near[i], causes[i]));
    json::object out;
    out["name"] = unit.plant().name;
    out["transition"] = text(control::to_string(control.state()));
    out["desired"] = text(shown_word(control.desired()));
    out["operating_state"] = text(operating(control));
    out["enabled"] = std::move(enabled);
    out["operation"] = operation_document(site, unit.plant().id);
    const bool recording = site.parts().recorder.recording(plant);
    out["recording"] = json::object{
        {"on", recording}, {"file", recording ? json::value(site.recording_file(plant)) : json::value()}};
    out["dispatch"] = dispatch_document(site, unit);
    out["link"] = link_document(site, unit);
    out["latest"] = latest_document(live);
    out["posting"] = plant_posting_document(site, plant);
    out["alerts"] = std::move(alerts);
    json::array trips;
    for (const auto& trip : site.parts().safety.trips(plant)) {
        trips.push_back(json::object{{"kind", text(control::to_string(trip.condition))},
                                     {"message", trip.reason},
                                     {"since", web::utc_text(trip.since)}});
    }
    out["trips"] = std::move(trips);
    out["model"] = model_document(unit.plant());
    json::array signals{"p"};
    if (takes_q(unit)) signals.push_back("q");
    out["signals"] = std::move(signals);
    out["plan_revision"] = site.parts().plans.revision(plant);
    return out;
}

}  // namespace hil::service

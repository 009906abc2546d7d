#include "service/state_document.hpp"

#include "config/names.hpp"
#include "observe/alert_causes.hpp"
#include "planner/templates.hpp"
#include "service/site_commands.hpp"
#include "web/json_writer.hpp"
#include "web/keyed_state.hpp"
#include "web/records.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace hil::service {
namespace {

namespace json = boost::json;
using web::json_view;
using web::text_or_null;
using web::time_or_null;

json::string site_text(std::string_view value) {
    return json::string(json_view(value));
}

json::object estop_document(const Service& site) {
    const auto& latch = site.parts().safety.latched();
    if (!latch) return {{"latched", false}, {"reason", nullptr}, {"since", nullptr}};
    return {{"latched", true}, {"reason", latch->reason}, {"since", web::utc_text(latch->since)}};
}

json::object clock_document(const Service& site) {
    const auto& clock = site.parts().context.clock;
    return {
        {"speed", clock.speed()}, {"paused", clock.paused()}, {"settable", !clock_refusal(site).has_value()}};
}

json::value last_event(const observe::EventLog& events) {
    if (events.events().empty()) return nullptr;
    const auto& event = events.events().back();
    return json::object{{"time", web::utc_text(event.time)},
                        {"severity", site_text(observe::to_string(event.severity))},
                        {"plant", text_or_null(event.plant)},
                        {"message", event.message}};
}

json::object series_document(const Service& site, std::size_t plant, schedule::Signal signal) {
    const auto& plan = site.parts().plans.manual(plant, signal);
    const auto& draft = site.parts().drafts.draft(plant, signal);
    json::value end;
    if (!plan.series.empty()) end = json::string(web::utc_text(plan.series.end_time()));
    return {{"plant", site.unit(plant).plant().id},
            {"signal", site_text(schedule::to_string(signal))},
            {"enabled", plan.enabled},
            {"state", plan.enabled ? "active" : "inactive"},
            {"version", plan.version},
            {"staged_version", draft.version},
            {"end", std::move(end)},
            {"error", nullptr}};
}

json::object site_document(const Setup& setup) {
    const auto& config = setup.config;
    json::array templates;
    for (const auto& known : planner::templates())
        templates.push_back(site_text(known.name));
    return {{"name", nullptr},
            {"zone", site_text(config.timezone)},
            {"dispatch_period_s", to_seconds(config.timing.scheduler_period)},
            {"measurement_period_s", to_seconds(config.timing.measurement_period)},
            {"templates", std::move(templates)},
            {"plan_validity_s", config.istentore_api.schedule_period_minutes * 60}};
}

json::object site_fragment(Service& site, std::string_view version) {
    const auto& around = site.parts().context;
    json::object out;
    // To the millisecond: more would only make each patch longer.
    out["time"] = web::utc_text(std::chrono::floor<std::chrono::milliseconds>(around.clock.wall_now()));
    out["version"] = site_text(version);
    out["transport_mode"] = site_text(config::to_string(site.transport()));
    out["active_schedule_source"] = site_text(config::to_string(site.parts().arbiter.source()));
    out["transport_switching"] = site.switching() == Service::Switching::transport;
    out["schedule_switching"] = site.switching() == Service::Switching::source;
    out["estop"] = estop_document(site);
    out["clock"] = clock_document(site);
    out["market"] = market_document(site);
    out["posting"] = posting_document(site);
    out["plants"] = json::object();
    if (!site.parts().devices.empty()) out["devices"] = json::object();
    // Those of a plant stand with it; a page that knows no watched devices sees theirs all the same.
    std::vector<observe::Alert> others;
    for (const auto& alert : around.alerts.active())
        if (site.parts().setup.config.find_plant(alert.plant) == nullptr) others.push_back(alert);
    const auto causes = observe::alert_causes(others);
    json::array alerts;
    for (std::size_t i = 0; i < others.size(); ++i)
        alerts.push_back(web::to_json(others[i], causes[i]));
    out["alerts"] = std::move(alerts);
    out["site"] = site_document(site.parts().setup);
    out["last_event"] = last_event(around.events);
    out["schedules"] = json::object();
    return out;
}

json::object plant_fragment(Service& site, std::size_t plant) {
    const auto& id = site.unit(plant).plant().id;
    const bool takes_q = site.unit(plant).plant().takes_reactive_power(site.transport());
    json::object schedules;
    for (const auto signal : schedule::all_signals) {
        if (signal == schedule::Signal::q && !takes_q) continue;
        schedules[schedule::to_string(schedule::SeriesKey{id, signal})] =
            series_document(site, plant, signal);
    }
    return {{"plants", json::object{{id, plant_document(site, plant)}}}, {"schedules", std::move(schedules)}};
}

}  // namespace

json::object state_fragment(Service& site, const observe::Subject& subject, std::string_view version) {
    switch (subject.kind) {
        case observe::Subject::Kind::everything:
            return state_document(site, version);
        case observe::Subject::Kind::plant:
            return plant_fragment(site, subject.index);
        case observe::Subject::Kind::device:
            return {{"devices", json::object{{site.parts().devices.at(subject.index).device().id,
                                              device_document(site, subject.index)}}}};
        case observe::Subject::Kind::site:
            break;
    }
    return site_fragment(site, version);
}

json::object state_document(Service& site, std::string_view version) {
    auto out = site_fragment(site, version);
    for (std::size_t i = 0; i < site.size(); ++i)
        web::put_fragment(out, plant_fragment(site, i));
    for (std::size_t i = 0; i < site.parts().devices.size(); ++i)
        web::put_fragment(out, state_fragment(site, observe::Subject::device(i), version));
    return out;
}

}  // namespace hil::service

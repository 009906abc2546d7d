// The part of the state document that is about one watched device.
#include "config/names.hpp"
#include "service/state_document.hpp"
#include "web/json_writer.hpp"
#include "web/records.hpp"

#include <boost/json/array.hpp>

#include <cmath>

namespace hil::service {
namespace {

namespace json = boost::json;
using web::json_view;

json::value known_or_null(double value) {
    return std::isnan(value) ? json::value() : web::number_or_null(value);
}

json::object device_link_document(const Service& site, const WatchedDevice& device) {
    json::object out{{"status", "unknown"},
                     {"age_s", nullptr},
                     {"consecutive_failures", 0},
                     {"last_error", nullptr},
                     {"rtt_ms", nullptr}};
    const auto* link = device.link();
    if (link == nullptr) {
        out["last_error"] = "it has no endpoint over this transport";
        return out;
    }
    const auto& status = link->status();
    out["status"] = json::string(json_view(link_word(status)));
    if (status.last_success)
        out["age_s"] = to_seconds(site.parts().context.clock.now() - *status.last_success);
    if (status.round_trip) out["rtt_ms"] = to_seconds(*status.round_trip) * 1e3;
    out["consecutive_failures"] = status.consecutive_failures;
    out["last_error"] = web::text_or_null(status.trouble());
    return out;
}

// A value that is not known now is null, however lately it was.
json::object values_document(const WatchedDevice& device, const measure::LivePlant& live, bool fresh) {
    const bool known = fresh && live.latest && !live.latest->null;
    json::object out{
        {"timestamp", live.latest ? json::value(web::utc_text(live.latest->at)) : json::value()}};
    const auto& schema = device.schema();
    for (std::size_t i = 0; i < schema.size(); ++i)
        out[json_view(schema.columns[i].name)] =
            known ? known_or_null(live.latest->values[i]) : json::value();
    return out;
}

json::array columns_document(const WatchedDevice& device) {
    json::array out;
    const auto& schema = device.schema();
    for (std::size_t i = 0; i < schema.size(); ++i) {
        if (!device.columns().present[i]) continue;
        const auto& column = schema.columns[i];
        out.push_back(json::object{{"name", json_view(column.name)},
                                   {"quantity", json_view(column.quantity)},
                                   {"unit", json_view(column.unit)}});
    }
    return out;
}

}  // namespace

std::string_view link_word(const plant::LinkStatus& status) {
    switch (status.state) {
        case plant::LinkState::connected:
            return status.failing() ? "lost" : "ok";
        case plant::LinkState::connecting:
            return status.failing() ? "lost" : "connecting";
        case plant::LinkState::waiting:
            return "lost";
        case plant::LinkState::idle:
        case plant::LinkState::stopped:
            break;
    }
    return "unknown";
}

json::object device_document(const Service& site, std::size_t index) {
    const auto& devices = site.parts().devices;
    const auto& device = devices.at(index);
    const auto& id = device.device().id;
    const auto& live = devices.live().plant(index);
    const auto age = 3 * site.parts().setup.config.timing.measurement_period;
    const auto file = devices.recorder().file(index);
    json::array alerts;
    for (const auto& alert : site.parts().context.alerts.active())
        if (alert.plant == id) alerts.push_back(web::to_json(alert));
    return {
        {"name", device.device().name},
        {"kind", json_view(config::to_string(device.device().kind))},
        {"link", device_link_document(site, device)},
        {"recording", json::object{{"on", devices.recorder().recording(index)},
                                   {"file", file ? json::value(file->filename().string()) : json::value()}}},
        {"columns", columns_document(device)},
        {"latest", values_document(device, live, live.fresh(site.parts().context.clock.now(), age))},
        {"alerts", std::move(alerts)}};
}

}  // namespace hil::service

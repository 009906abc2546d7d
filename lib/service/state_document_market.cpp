// The parts of the state document that are about the market platform.
#include "service/state_document.hpp"

#include "market/market.hpp"
#include "schedule/window.hpp"
#include "web/json_writer.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::service {
namespace {

namespace json = boost::json;

std::string day_text(LocalDate date) {
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

// Of a site that has no platform: which day it is, and how much would be expected.
json::object empty_day(const Service& site, LocalDate date) {
    const auto window = schedule::day_window(date, site.parts().setup.zone);
    json::object points;
    for (const auto& id : site.parts().setup.plant_ids)
        points[id] = 0;
    return {{"date", day_text(date)},
            {"fetched", false},
            {"points", std::move(points)},
            {"expected", (window.to - window.from) / std::chrono::minutes(15)},
            {"at", nullptr}};
}

json::object day_document(const Service& site, const market::DayStatus& day) {
    json::object points;
    for (std::size_t i = 0; i < site.size(); ++i)
        points[site.parts().setup.plant_ids[i]] = i < day.points.size() ? day.points[i] : 0;
    return {{"date", day_text(day.date)},
            {"fetched", day.fetched},
            {"points", std::move(points)},
            {"expected", day.expected},
            {"at", web::time_or_null(day.at)}};
}

json::object no_market(const Service& site) {
    const auto today = site.parts().setup.zone.date(site.parts().context.clock.wall_now());
    return {{"state", "disconnected"},
            {"connected", false},
            {"last_error", nullptr},
            {"reason", "no_platform"},
            {"last_success", nullptr},
            {"last_attempt", nullptr},
            {"fetch", "disabled"},
            {"password_stored", false},
            {"today", empty_day(site, today)},
            {"tomorrow", empty_day(site, next_day(today))},
            {"next_activation", nullptr}};
}

json::string market_text(std::string_view value) {
    return json::string(web::json_view(value));
}

}  // namespace

json::object market_document(Service& site) {
    if (site.market() == nullptr) return no_market(site);
    const auto status = site.market()->status();
    json::value activation;
    if (status.next_activation) {
        activation = json::object{{"at", web::utc_text(status.next_activation->at)},
                                  {"power_kw", web::number_or_null(status.next_activation->power_kw)}};
    }
    return {{"state", market_text(market::to_string(status.state))},
            {"connected", status.state == market::Connection::connected},
            {"last_error", web::text_or_null(status.last_error)},
            {"reason", web::text_or_null(status.reason)},
            {"last_success", web::time_or_null(status.last_success)},
            {"last_attempt", web::time_or_null(status.last_attempt)},
            {"fetch", market_text(market::to_string(status.fetch))},
            {"password_stored", status.password_stored},
            {"today", day_document(site, status.today)},
            {"tomorrow", day_document(site, status.tomorrow)},
            {"next_activation", std::move(activation)}};
}

json::object posting_document(Service& site) {
    if (site.market() == nullptr)
        return {{"enabled", false}, {"effective", false}, {"state", "disabled"}, {"why_not", nullptr}};
    const auto posting = site.market()->posting();
    return {{"enabled", posting.enabled},
            {"effective", posting.effective},
            {"state", market_text(market::to_string(posting.health))},
            {"why_not", web::text_or_null(posting.why_not)}};
}

json::object plant_posting_document(Service& site, std::size_t plant) {
    market::PlantPosting posting;
    if (site.market() != nullptr) posting = site.market()->posting(plant);
    json::value age;
    if (posting.oldest_pending_age) age = to_seconds(*posting.oldest_pending_age);
    return {{"pending_queue_count", posting.pending},
            {"oldest_pending_age_s", std::move(age)},
            {"last_success", web::time_or_null(posting.last_success)},
            {"last_attempt", web::time_or_null(posting.last_attempt)},
            {"last_error", web::text_or_null(posting.last_error)},
            {"last_enqueue", web::time_or_null(posting.last_enqueue)}};
}

}  // namespace hil::service

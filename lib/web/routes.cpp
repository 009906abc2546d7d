#include "web/routes.hpp"

#include <algorithm>
#include <iterator>

namespace hil::web {
namespace {

constexpr std::size_t plan_body = 8u << 20u;
// A file of that size as a text in JSON, where each end of a line takes two bytes.
constexpr std::size_t values_body = 12u << 20u;
constexpr bool both = true;  // servers

}  // namespace

const std::vector<Route>& all_routes() {
    static const std::vector<Route> routes{
        {"GET", "/health/live", Access::monitoring, get_live, both},
        {"GET", "/health/ready", Access::monitoring, get_ready, both},
        {"GET", "/metrics", Access::monitoring, get_metrics, both},

        {"GET", "/api/v1/status", Access::viewer, get_status, both},
        {"GET", "/api/v1/config", Access::viewer, get_config},
        {"GET", "/api/v1/openapi.json", Access::anybody, get_openapi},
        {"GET", "/api/docs", Access::anybody, get_docs},
        {"GET", "/api/docs.js", Access::anybody, get_docs_script},
        {"GET", "/api/docs.css", Access::anybody, get_docs_style},

        {"GET", "/api/v1/session", Access::viewer, get_session, both},
        {.method = "POST",
         .pattern = "/api/v1/session",
         .access = Access::anybody,
         .answer = post_session,
         .media = {json_type},
         .body_limit = 4096},
        {"DELETE", "/api/v1/session", Access::anybody, delete_session},

        {.method = "GET",
         .pattern = "/api/v1/commands",
         .answer = get_commands,
         .query = {"limit", "cursor"}},
        {.method = "GET", .pattern = "/api/v1/commands/{id}", .answer = get_command},
        {.method = "POST",
         .pattern = "/api/v1/commands",
         .access = Access::operators,
         .answer = post_command,
         .media = {json_type},
         .rate = Rate::commands},
        {.method = "POST",
         .pattern = "/api/v1/control/start",
         .access = Access::operators,
         .answer = post_start,
         .media = {json_type},
         .rate = Rate::commands},
        {.method = "POST",
         .pattern = "/api/v1/control/stop",
         .access = Access::operators,
         .answer = post_stop,
         .media = {json_type},
         .rate = Rate::commands},
        {.method = "GET", .pattern = "/api/v1/clock", .answer = get_clock},
        {.method = "PUT",
         .pattern = "/api/v1/clock",
         .access = Access::operators,
         .answer = put_clock,
         .media = {json_type},
         .rate = Rate::commands},
        // Never limited: nothing may hold up an emergency stop.
        {.method = "POST",
         .pattern = "/api/v1/estop",
         .access = Access::operators,
         .answer = post_estop,
         .media = {json_type},
         .body_may_be_missing = true},
        {.method = "DELETE",
         .pattern = "/api/v1/estop",
         .access = Access::operators,
         .answer = delete_estop,
         .rate = Rate::commands},

        {.method = "GET",
         .pattern = "/api/v1/schedules/{series}",
         .answer = get_series,
         .query = {"format", "of"}},
        {.method = "PUT",
         .pattern = "/api/v1/schedules/{series}",
         .access = Access::operators,
         .answer = put_series,
         .query = {"start", "day_first"},
         .media = {json_type, csv_type},
         .body_limit = plan_body},
        {.method = "DELETE",
         .pattern = "/api/v1/schedules/{series}",
         .access = Access::operators,
         .answer = delete_series},
        {.method = "POST",
         .pattern = "/api/v1/schedules/import",
         .access = Access::operators,
         .answer = post_import,
         .query = {"file", "day_first"},
         .media = {csv_type, json_type, xlsx_type},
         .body_limit = plan_body},
        {.method = "POST",
         .pattern = "/api/v1/schedules/preview",
         .answer = post_preview,
         .media = {json_type},
         .body_may_be_missing = true,
         .body_limit = 1u << 20u,
         .heavy = true},
        {.method = "GET", .pattern = "/api/v1/schedules/templates", .answer = get_templates},
        {.method = "POST",
         .pattern = "/api/v1/schedules/template",
         .access = Access::operators,
         .answer = post_template,
         .media = {json_type},
         .body_limit = values_body,
         .rate = Rate::commands,
         .heavy = true},
        {.method = "GET",
         .pattern = "/api/v1/schedules/effective",
         .answer = get_effective,
         .read_only_too = both,
         .query = {"plant", "from", "to"},
         .heavy = true},
        {.method = "GET",
         .pattern = "/api/v1/why",
         .answer = get_why,
         .read_only_too = both,
         .query = {"plant", "at"},
         .heavy = true},

        {"GET", "/api/v1/devices", Access::viewer, get_devices, both},
        {"GET", "/api/v1/devices/{id}", Access::viewer, get_device, both},

        {.method = "GET",
         .pattern = "/api/v1/measurements",
         .answer = get_measurements,
         .read_only_too = both,
         .query = {"plant", "from", "to", "points", "format", "transport"},
         .heavy = true},
        {.method = "GET",
         .pattern = "/api/v1/measurements/availability",
         .answer = get_availability,
         .read_only_too = both,
         .query = {"plant", "from", "to", "gap_s", "transport"},
         .heavy = true},
        {.method = "GET",
         .pattern = "/api/v1/measurements/summary",
         .answer = get_summary,
         .read_only_too = both,
         .query = {"plant", "from", "to", "transport"},
         .heavy = true},
        // With the configuration in it, which the read-only server does not show.
        {.method = "GET",
         .pattern = "/api/v1/report",
         .answer = get_report,
         .query = {"plant", "from", "to", "transport"}},
        {.method = "GET",
         .pattern = "/api/v1/recordings",
         .answer = get_recordings,
         .read_only_too = both,
         .query = {"plant", "transport", "limit", "cursor"},
         .heavy = true},
        {.method = "GET",
         .pattern = "/api/v1/recordings/{name}",
         .answer = get_recording,
         .read_only_too = both,
         .heavy = true},

        {.method = "GET",
         .pattern = "/api/v1/events",
         .answer = get_events,
         .query = {"limit", "cursor", "severity", "plant", "kind", "correlation"},
         .heavy = true},
        {.method = "GET",
         .pattern = "/api/v1/alerts",
         .answer = get_alerts,
         .read_only_too = both,
         .query = {"limit", "cursor"}},
        {.method = "GET",
         .pattern = "/api/v1/logs",
         .answer = get_logs,
         .query = {"limit", "cursor", "channel", "level", "plant", "correlation", "text", "file"},
         .heavy = true},
    };
    return routes;
}

std::vector<Route> routes_of(bool read_only) {
    const auto& all = all_routes();
    if (!read_only) return all;
    std::vector<Route> some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some),
                 [](const Route& route) { return route.read_only_too; });
    return some;
}

}  // namespace hil::web

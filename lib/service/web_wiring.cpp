#include "service/web_wiring.hpp"

#include "base/stoppable.hpp"
#include "measure/errors.hpp"
#include "planner/projected_battery.hpp"
#include "service/report_making.hpp"
#include "service/state_document.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <utility>

namespace hil::service {
namespace {

using observe::Channel;

std::string address_of(const web::Server& server, bool tls) {
    const auto at = server.local_endpoint();
    return fmt::format("{}://{}", tls ? "https" : "http", to_string(at));
}

// A large answer, an export: the loop must not notice it for longer than this.
constexpr Duration longest_lag = std::chrono::seconds(1);

// What clients of the API read beside the full names: `text`, `version`, and one `limit` for whatever changed
// the value, null when nothing did.
void add_short_names(boost::json::object& answer) {
    for (const char* name : {"p", "q"}) {
        auto* known = answer.if_contains(name);
        if (known == nullptr || !known->is_object()) continue;
        auto& signal = known->get_object();
        const auto get = [&signal](const char* key) -> boost::json::value {
            const auto* value = signal.if_contains(key);
            return value == nullptr ? boost::json::value() : *value;
        };
        signal["text"] = get("sentence");
        signal["version"] = get("plan_version");
        if (get("veto") != "normal" && !get("veto").is_null()) {
            signal["limit"] =
                get("veto_condition").is_null() ? boost::json::value("estop") : get("veto_condition");
        } else if (get("limit") == "none") {
            signal["limit"] = nullptr;
        }
    }
}

web::HealthCheck plant_check(const Service& site, std::size_t plant) {
    const auto& unit = site.unit(plant);
    const auto& status = unit.link().status();
    web::HealthCheck check;
    check.name = "plant " + unit.plant().id;
    check.ok = status.state == plant::LinkState::connected && !status.failing();
    const auto& live = site.parts().live.plant(plant);
    if (!check.ok) {
        check.detail = status.failing() ? status.trouble() : "no link yet";
    } else if (live.taken) {
        check.detail = fmt::format("last sample {:.1f} s ago",
                                   to_seconds(site.parts().context.clock.now() - *live.taken));
    } else {
        check.detail = "no sample yet";
    }
    // Wanted and not there: who waits for the site waits for this.
    if (const auto* given_up = site.parts().context.alerts.find(unit.plant().id + "/start")) {
        check.ok = false;
        check.detail = given_up->message;
    }
    return check;
}

// Of the recorder itself: an alert may have been cleared, or be about something else.
web::HealthCheck recordings_check(const Service& site) {
    const auto& recorder = site.parts().recorder;
    if (recorder.silent()) return {"recordings", false, "the disk does not answer: rows wait"};
    for (std::size_t i = 0; i < site.size(); ++i) {
        const auto& id = site.unit(i).plant().id;
        if (recorder.failing(i)) return {"recordings", false, fmt::format("{} cannot be written", id)};
        if (const auto until = recorder.refusing_until(i)) {
            return {"recordings", false,
                    fmt::format("rows of {} are not recorded until {}: the wall clock was set back", id,
                                site.parts().setup.zone.format(*until))};
        }
        if (const auto until = recorder.behind_until(i)) {
            return {"recordings", false,
                    fmt::format("the wall clock was set back: rows of {} are kept apart until {}", id,
                                site.parts().setup.zone.format(*until))};
        }
    }
    return {"recordings", true, "are written"};
}

}  // namespace

web::Health health_of(const Service& site, const Persistence& persistence, Duration loop_lag) {
    web::Health health;
    health.live.push_back({"event_loop", loop_lag < longest_lag,
                           fmt::format("a due timer waited {:.1f} ms", to_seconds(loop_lag) * 1e3)});
    health.live.push_back({"tasks", site.broken().empty(),
                           site.broken().empty() ? "all run" : "ended for good: " + site.broken()});
    for (std::size_t i = 0; i < site.size(); ++i)
        health.ready.push_back(plant_check(site, i));
    health.ready.push_back(recordings_check(site));
    const auto& lost = site.parts().safety.lost_storage();
    health.ready.push_back({"data_directory", lost.empty(), lost.empty() ? "is the one it was" : lost});
    health.ready.push_back({"database", !persistence.failing(),
                            persistence.failing() ? "cannot be written: see the alerts" : "is written"});
    return health;
}

WebServers::WebServers(Parts parts)
    : parts_(std::move(parts)),
      reports_(make_pool(parts_.site.parts().context.clock, 1)),
      read_only_blocking_(make_pool(parts_.site.parts().context.clock, 1)),
      solver_(make_free_pool(parts_.site.parts().context.clock, web::solver_places)),
      tasks_(parts_.site.parts().context.clock,
             [&log = parts_.site.parts().context.log](const TaskFailure& failure) {
                 log.error(Channel::web, "task {} failed: {}", failure.task, failure.what);
             }) {}

web::Site WebServers::site(BlockingExecutor& blocking) {
    auto out = measured(blocking);
    out.alerting = [this] { return parts_.desk.state(); };
    out.alerting_test = [this](const std::string& receiver) { return parts_.desk.test(receiver); };
    out.backup = [this] { return backup(); };
    return out;
}

web::Site WebServers::measured(BlockingExecutor& blocking) {
    auto& service = parts_.site;
    const auto& around = service.parts().context;
    return {.clock = around.clock,
            .blocking = blocking,
            .solver = *solver_,
            .zone = service.parts().setup.zone,
            .config = service.parts().setup.config,
            .commands = service.parts().commands,
            .plans = service.parts().plans,
            .drafts = service.parts().drafts,
            .arbiter = service.parts().arbiter,
            .history = parts_.history,
            .live = service.parts().live,
            .events = around.events,
            .alerts = around.alerts,
            .log = around.log,
            .metrics = around.metrics,
            .files = parts_.files,
            .version = parts_.version,
            .transport = [&service] { return service.transport(); },
            .state = [&service, version = parts_.version] { return state_document(service, version); },
            .state_of =
                [&service, version = parts_.version](const observe::Subject& subject) {
                    return state_fragment(service, subject, version);
                },
            .on_change =
                [&service](std::function<void(const observe::Subject&)> listener) {
                    return service.on_change(std::move(listener));
                },
            .why = [&reasons = parts_.reasons](std::size_t plant,
                                               WallTime at) -> awaitable<result<boost::json::object>> {
                auto answer = co_await reasons.why(plant, at);
                if (answer) add_short_names(*answer);
                co_return answer;
            },
            .health = [this] { return health_of(parts_.site, parts_.persistence, parts_.loop_lag()); },
            .stored_events = [&events = parts_.persistence.events()](std::uint64_t cursor, std::size_t limit)
                -> awaitable<result<std::vector<observe::Event>>> {
                auto page = co_await events.events(cursor, limit);
                if (!page) co_return page.error();
                co_return std::move(page->events);
            },
            .state_of_charge = [&service](std::size_t plant) -> std::optional<double> {
                const auto& live = service.parts().live.plant(plant);
                const auto age = 2 * service.parts().setup.config.timing.measurement_period;
                if (!live.latest || !live.fresh(service.parts().context.clock.now(), age))
                    return std::nullopt;
                const double soc = (*live.latest)[measure::Column::soc];
                return soc == soc ? std::optional(soc) : std::nullopt;
            },
            .battery = planner::projected_battery,
            .workbook = [&history = parts_.history, &zone = service.parts().setup.zone](
                            std::size_t plant, config::TransportMode transport,
                            measure::Range range) { return history.workbook(plant, transport, range, zone); },
            .report = [this](web::ReportQuestion question) { return report(std::move(question)); },
            .random_bytes = [](std::span<std::byte> bytes) { randombytes_buf(bytes.data(), bytes.size()); }};
}

// On a thread and a connection of its own: a long range holds nobody up.
awaitable<result<std::string>> WebServers::report(web::ReportQuestion question) {
    // What is stored so far; where that fails, the report is of what is.
    (void)co_await parts_.history.flush();
    (void)co_await parts_.reasons.flush();
    co_await parts_.persistence.events().flush();
    const auto& site = parts_.site.parts().setup;
    ReportRequest request{
        .range = question.range, .transport = question.transport, .plants = std::move(question.plants)};
    auto job = [setup = Setup{site.config, site.zone, site.plant_ids}, request = std::move(request),
                now = parts_.site.parts().context.clock.wall_now()] {
        const auto database = std::make_shared<store::Database>(setup.config.general.data_dir / "hil.sqlite",
                                                                store::Database::ReadOnly{});
        return make_report(database, setup, request, now);
    };
    std::string problem;
    try {
        co_return co_await reports_->run(std::move(job));
    } catch (const store::DatabaseError& error) {
        problem = error.what();
    }
    parts_.site.parts().context.log.warning(Channel::web, "a report could not be made: {}", problem);
    co_return measure::errc::no_history;
}

std::optional<std::string> WebServers::open() {
    if (sodium_init() < 0) return "the system gives no random numbers: nobody could log in safely";
    const auto& config = parts_.site.parts().setup.config;
    auto& network = parts_.site.parts().context.network;
    operators_ = std::make_unique<web::Server>(network, site(parts_.blocking),
                                               web::operator_settings(config, parts_.pages));
    if (auto why = operators_->open()) return why;
    if (!config.public_dashboard.enabled) return std::nullopt;
    read_only_ = std::make_unique<web::Server>(network, site(*read_only_blocking_),
                                               web::read_only_settings(config, parts_.pages));
    return read_only_->open();
}

void WebServers::begin() {
    tasks_.spawn("operators' server", [this] { return operators_->run(); }, OnEscape::restart);
    if (read_only_) tasks_.spawn("read-only server", [this] { return read_only_->run(); }, OnEscape::restart);
}

awaitable<void> WebServers::stop() {
    if (operators_) co_await operators_->stop();
    if (read_only_) co_await read_only_->stop();
    tasks_.cancel();
    co_await tasks_.join();
}

std::string WebServers::operators_address() const {
    return address_of(*operators_, parts_.site.parts().setup.config.private_dashboard.tls.has_value());
}

std::optional<std::string> WebServers::read_only_address() const {
    if (!read_only_) return std::nullopt;
    return address_of(*read_only_, parts_.site.parts().setup.config.public_dashboard.tls.has_value());
}

}  // namespace hil::service

#include "service/happenings.hpp"

#include <utility>

namespace hil::service {
namespace {

constexpr std::array<Becomes, happening_count> make_table() {
    using observe::Channel;
    using observe::Level;
    using observe::Severity;
    using enum Happening;
    constexpr auto no_line = std::nullopt;
    constexpr auto none = Effect::none;
    constexpr auto raises = Effect::raises;
    constexpr auto clears = Effect::clears;
    constexpr auto info = Severity::info;
    constexpr auto warning = Severity::warning;
    constexpr auto alarm = Severity::alarm;
    constexpr Alarm no_alarm{};
    // clang-format off
    return {{
        // what                  channel            line of the log  event                    severity  alert
        {link_up,                Channel::control,  Level::info,     "",                      info,     clears, Alarm::link},
        {link_lost,              Channel::control,  Level::warning,  "",                      warning,  raises, Alarm::link},
        {device_troubled,        Channel::control,  Level::warning,  "",                      warning,  raises, Alarm::link},
        {device_answers,         Channel::control,  Level::info,     "",                      info,     clears, Alarm::link},
        {device_unexpected,      Channel::control,  Level::error,    "",                      alarm,    raises, Alarm::device},
        {device_expected,        Channel::control,  no_line,         "",                      info,     clears, Alarm::device},
        {one_at_a_time,          Channel::control,  Level::warning,  "plant.one_at_a_time",   warning,  none,   no_alarm},
        {value_unknown,          Channel::measure,  Level::warning,  "",                      warning,  raises, Alarm::reading},
        {value_known,            Channel::measure,  Level::info,     "",                      info,     clears, Alarm::reading},
        {state_changed,          Channel::control,  Level::info,     "plant.transition",      info,     none,   no_alarm},
        {found_running,          Channel::control,  Level::warning,  "plant.found_running",   warning,  none,   no_alarm},
        {lost_running,           Channel::control,  Level::error,    "plant.lost_running",    alarm,    raises, Alarm::lost_running},
        {runs_again,             Channel::control,  no_line,         "",                      info,     clears, Alarm::lost_running},
        {restart_failed,         Channel::control,  Level::warning,  "plant.restart_failed",  warning,  none,   no_alarm},
        {stop_asserted,          Channel::control,  Level::warning,  "plant.stop_asserted",   warning,  none,   no_alarm},
        {setpoint_unconfirmed,   Channel::control,  Level::error,    "setpoint.unconfirmed",  alarm,    raises, Alarm::setpoint},
        {setpoint_confirmed,     Channel::control,  Level::info,     "setpoint.confirmed",    info,     clears, Alarm::setpoint},
        {setpoint_write_failed,  Channel::control,  Level::warning,  "setpoint.write_failed", warning,  none,   no_alarm},
        {setpoint_limited,       Channel::control,  Level::warning,  "setpoint.limited",      warning,  none,   no_alarm},
        {zero_refused,           Channel::control,  Level::error,    "setpoint.zero_refused", alarm,    raises, Alarm::zero_refused},
        {zero_taken,             Channel::control,  no_line,         "",                      info,     clears, Alarm::zero_refused},
        {device_limited,         Channel::control,  Level::warning,  "setpoint.device_limit", warning,  raises, Alarm::device_limit},
        {device_follows,         Channel::control,  Level::info,     "setpoint.device_limit_over", info, clears, Alarm::device_limit},
        {opposed,                Channel::control,  Level::error,    "setpoint.opposed",      alarm,    raises, Alarm::opposed},
        {not_opposed,            Channel::control,  Level::info,     "setpoint.opposed_over", info,     clears, Alarm::opposed},
        {writes_low,             Channel::control,  Level::warning,  "setpoint.write_budget", warning,  raises, Alarm::write_budget},
        {writes_spent,           Channel::control,  Level::error,    "setpoint.write_budget", alarm,    raises, Alarm::write_budget},
        {writes_again,           Channel::control,  Level::info,     "setpoint.write_budget_over", info, clears, Alarm::write_budget},
        {start_waits,            Channel::control,  Level::warning,  "",                      warning,  raises, Alarm::start},
        {start_goes_on,          Channel::control,  no_line,         "",                      info,     clears, Alarm::start},
        {start_retried,          Channel::control,  Level::warning,  "plant.start_retried",   warning,  none,   no_alarm},
        {start_given_up,         Channel::control,  Level::error,    "plant.start_given_up",  alarm,    raises, Alarm::start},
        {start_settled,          Channel::control,  Level::info,     "plant.start_settled",   info,     clears, Alarm::start},
        {stop_owed,              Channel::control,  Level::error,    "plant.stop_owed",       alarm,    raises, Alarm::stop},
        {stop_confirmed,         Channel::control,  Level::info,     "plant.stop_confirmed",  info,     clears, Alarm::stop},
        {idle,                   Channel::control,  Level::error,    "",                      alarm,    raises, Alarm::idle},
        {idle_over,              Channel::control,  no_line,         "",                      info,     clears, Alarm::idle},
        {not_feasible,           Channel::control,  Level::warning,  "",                      warning,  raises, Alarm::feasibility},
        {feasible_again,         Channel::control,  no_line,         "",                      info,     clears, Alarm::feasibility},
        {estop_latched,          Channel::control,  Level::error,    "estop.latched",         alarm,    raises, Alarm::estop},
        {estop_reset,            Channel::control,  Level::info,     "estop.reset",           info,     clears, Alarm::estop},
        {limit_reached,          Channel::control,  Level::warning,  "safety.stage",          warning,  raises, Alarm::safety},
        {limit_left,             Channel::control,  Level::info,     "safety.stage",          info,     raises, Alarm::safety},
        {limit_over,             Channel::control,  Level::info,     "safety.stage",          info,     clears, Alarm::safety},
        {tripped,                Channel::control,  Level::error,    "safety.tripped",        alarm,    raises, Alarm::safety},
        {trip_reset,             Channel::control,  Level::info,     "safety.trip_reset",     info,     none,   no_alarm},
        {safety_not_saved,       Channel::control,  Level::error,    "safety.not_saved",      alarm,    raises, Alarm::safety_record},
        {safety_saved,           Channel::control,  Level::info,     "safety.saved",          info,     clears, Alarm::safety_record},
        {storage_lost,           Channel::control,  Level::error,    "safety.storage_lost",   alarm,    raises, Alarm::data_directory},
        {file_not_written,       Channel::measure,  Level::error,    "",                      alarm,    raises, Alarm::recording_file},
        {file_written,           Channel::measure,  Level::info,     "",                      info,     clears, Alarm::recording_file},
        {rows_refused,           Channel::measure,  Level::warning,  "",                      warning,  raises, Alarm::recording_clock},
        {rows_kept,              Channel::measure,  Level::info,     "",                      info,     clears, Alarm::recording_clock},
        {rows_given_up,          Channel::measure,  Level::error,    "recording.rows_lost",   alarm,    none,   no_alarm},
        {disk_silent,            Channel::measure,  Level::error,    "",                      alarm,    raises, Alarm::recording_disk},
        {disk_answers,           Channel::measure,  Level::info,     "",                      info,     clears, Alarm::recording_disk},
        {records_not_stored,     Channel::control,  Level::error,    "",                      warning,  raises, Alarm::records},
        {records_stored,         Channel::control,  Level::info,     "",                      info,     clears, Alarm::records},
        {records_given_up,       Channel::control,  Level::error,    "",                      alarm,    raises, Alarm::records},
        {schedules_not_saved,    Channel::control,  Level::error,    "",                      warning,  raises, Alarm::schedules},
        {schedules_saved,        Channel::control,  Level::info,     "",                      info,     clears, Alarm::schedules},
        {history_failed,         Channel::measure,  Level::error,    "",                      warning,  raises, Alarm::history},
        {history_works,          Channel::measure,  Level::info,     "",                      info,     clears, Alarm::history},
        {history_lost,           Channel::measure,  Level::error,    "history.lost",          alarm,    none,   no_alarm},
        {history_rows_given_up,  Channel::measure,  Level::warning,  "",                      warning,  none,   no_alarm},
        {transport_switched,     Channel::control,  Level::info,     "transport.switched",    info,     none,   no_alarm},
        {source_switched,        Channel::control,  Level::info,     "source.switched",       info,     none,   no_alarm},
        {market_news,            Channel::market,   Level::info,     "market.news",           info,     none,   no_alarm},
        {market_trouble,         Channel::market,   Level::warning,  "market.news",           warning,  none,   no_alarm},
        {market_condition,       Channel::market,   no_line,         "",                      warning,  raises, Alarm::market},
        {market_login,           Channel::market,   no_line,         "",                      alarm,    raises, Alarm::market},
        {market_condition_over,  Channel::market,   no_line,         "",                      info,     clears, Alarm::market},
        {receiver_failed,        Channel::control,  Level::warning,  "",                      warning,  raises, Alarm::receiver},
        {receiver_works,         Channel::control,  Level::info,     "",                      info,     clears, Alarm::receiver},
        {disk_filling,           Channel::measure,  Level::warning,  "",                      warning,  raises, Alarm::disk_space},
        {disk_roomy,             Channel::measure,  Level::info,     "",                      info,     clears, Alarm::disk_space},
    }};
    // clang-format on
}

constexpr auto table_of_happenings = make_table();

constexpr bool happenings_in_order() {
    for (std::size_t i = 0; i < table_of_happenings.size(); ++i)
        if (table_of_happenings[i].what != static_cast<Happening>(i)) return false;
    return true;
}
static_assert(happenings_in_order(), "the table has one row for each happening, in their order");

// What an alert's key ends with, before its part.
std::string_view name_of_alarm(Alarm condition) {
    switch (condition) {
        case Alarm::link:
            return "link";
        case Alarm::lost_running:
            return "lost_running";
        case Alarm::setpoint:
            return "setpoint";
        case Alarm::start:
            return "start";
        case Alarm::stop:
            return "stop";
        case Alarm::idle:
            return "idle";
        case Alarm::device:
            return "expect";
        case Alarm::zero_refused:
            return "zero_refused";
        case Alarm::device_limit:
            return "device_limit";
        case Alarm::opposed:
            return "opposed";
        case Alarm::write_budget:
            return "write_budget";
        case Alarm::reading:
            return "reading";
        case Alarm::feasibility:
            return "plan_not_feasible";
        case Alarm::recording_file:
            return "recording";
        case Alarm::recording_clock:
            return "recording/clock";
        case Alarm::safety:
            return "safety";
        case Alarm::recording_disk:
            return "recording/disk";
        case Alarm::estop:
            return "estop";
        case Alarm::safety_record:
            return "safety/saved";
        case Alarm::data_directory:
            return "data_directory";
        case Alarm::schedules:
            return "schedules/saved";
        case Alarm::records:
            return "database";
        case Alarm::history:
            return "history";
        case Alarm::receiver:
            return "alerting";
        case Alarm::disk_space:
            return "disk";
        case Alarm::market:
            break;
    }
    return "market";
}

}  // namespace

std::string AlertKey::text() const {
    std::string out = plant;
    for (const std::string_view step : {name_of_alarm(alarm), std::string_view(part)}) {
        if (step.empty()) continue;
        if (!out.empty()) out += '/';
        out += step;
    }
    return out;
}

std::span<const Becomes, happening_count> happenings_table() {
    return table_of_happenings;
}

Happenings::Happenings(observe::Log& log, observe::EventLog& events, observe::Alerts& alerts,
                       observe::Metrics& metrics)
    : log_(log), events_(events), alerts_(alerts), metrics_(metrics) {}

void Happenings::notify(Happening what, std::string text, const About& about) {
    const auto i = static_cast<std::size_t>(what);
    const auto& row = table_of_happenings[i];
    if (row.level) {
        log_.log(about.level.value_or(*row.level), row.channel, {.plant = about.plant}, "{}",
                 about.log.empty() ? text : about.log);
    }
    if (!row.event.empty()) {
        if (!counters_[i]) counters_[i] = metrics_.events(row.event);
        counters_[i]->add();
        observe::Event event;
        event.kind = row.event;
        event.severity = row.severity;
        event.plant = about.plant;
        event.message = text;
        events_.emit(std::move(event));
    }
    if (row.effect == Effect::none) return;
    const auto key = AlertKey{row.alarm, about.plant, about.part}.text();
    if (row.effect == Effect::clears) {
        alerts_.clear(key, text);
    } else {
        alerts_.raise(key, row.severity, std::move(text), about.plant);
    }
}

bool Happenings::holds(const AlertKey& key) const {
    return alerts_.find(key.text()) != nullptr;
}

bool Happenings::holds(const AlertKey& key, std::string_view text) const {
    const auto* alert = alerts_.find(key.text());
    return alert != nullptr && alert->message == text;
}

void Happenings::over(const AlertKey& key, std::string_view why) {
    alerts_.clear(key.text(), why);
}

}  // namespace hil::service

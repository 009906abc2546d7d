#include "observe/alerts.hpp"

#include <algorithm>
#include <utility>

namespace hil::observe {
namespace {

class AlertCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "hil.alerts"; }
    std::string message(int value) const override {
        return static_cast<alert_errc>(value) == alert_errc::unknown_alert ? "no such alert is active"
                                                                           : "unknown alert error";
    }
};

}  // namespace

error_code make_error_code(alert_errc e) {
    static const AlertCategory category;
    return {static_cast<int>(e), category};
}

Alerts::Alerts(const Clock& clock, EventLog& events, std::size_t history, std::uint64_t first_id)
    : clock_(clock), events_(events), history_capacity_(history), next_id_(first_id) {}

void Alerts::emit(const char* kind, const Alert& alert, Severity severity, std::string message) {
    Event event;
    event.kind = kind;
    event.severity = severity;
    event.plant = alert.plant;
    event.message = std::move(message);
    event.fields = {{"alert", static_cast<std::int64_t>(alert.id)}, {"key", alert.key}};
    if (!alert.acknowledged_by.empty()) event.fields.emplace_back("acknowledged_by", alert.acknowledged_by);
    events_.emit(std::move(event));
    changed_.publish(alert);
}

std::uint64_t Alerts::raise(std::string_view key, Severity severity, std::string message,
                            std::string_view plant) {
    const auto found = std::ranges::find(active_, key, &Alert::key);
    if (found == active_.end()) {
        Alert alert;
        alert.id = next_id_++;
        alert.key = key;
        alert.severity = severity;
        alert.plant = plant;
        alert.message = std::move(message);
        alert.since = clock_.wall_now();
        active_.push_back(alert);
        emit("alert.raised", alert, severity, alert.message);
        return alert.id;
    }
    ++found->raised;
    found->message = std::move(message);
    const std::uint64_t id = found->id;
    if (found->severity == severity) return id;
    if (severity > found->severity) {
        found->acknowledged_at.reset();
        found->acknowledged_by.clear();
    }
    found->severity = severity;
    const Alert changed = *found;  // listeners may change the list
    emit("alert.changed", changed, severity, changed.message);
    return id;
}

bool Alerts::clear(std::string_view key, std::string_view why) {
    const auto found = std::ranges::find(active_, key, &Alert::key);
    if (found == active_.end()) return false;
    Alert alert = std::move(*found);
    active_.erase(found);
    alert.cleared_at = clock_.wall_now();
    if (history_capacity_ > 0) {
        if (history_.size() == history_capacity_) history_.pop_front();
        history_.push_back(alert);
    }
    emit("alert.cleared", alert, Severity::info, why.empty() ? alert.message : std::string(why));
    return true;
}

result<void> Alerts::acknowledge_at(std::vector<Alert>::iterator alert, std::string_view actor) {
    if (alert == active_.end()) return alert_errc::unknown_alert;
    if (alert->acknowledged_at) return {};
    alert->acknowledged_at = clock_.wall_now();
    alert->acknowledged_by = actor;
    const Alert acknowledged = *alert;
    emit("alert.acknowledged", acknowledged, Severity::info, acknowledged.message);
    return {};
}

result<void> Alerts::acknowledge(std::uint64_t id, std::string_view actor) {
    return acknowledge_at(std::ranges::find(active_, id, &Alert::id), actor);
}

result<void> Alerts::acknowledge(std::string_view key, std::string_view actor) {
    return acknowledge_at(std::ranges::find(active_, key, &Alert::key), actor);
}

const Alert* Alerts::find(std::string_view key) const {
    const auto found = std::ranges::find(active_, key, &Alert::key);
    return found == active_.end() ? nullptr : &*found;
}

std::size_t Alerts::count(Severity severity) const {
    return static_cast<std::size_t>(std::ranges::count(active_, severity, &Alert::severity));
}

}  // namespace hil::observe

// The emergency stop and the trips within the service: whom they stop, and how they are told.
#include "service/service.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::service {
namespace {

using control::SafetyEvent;
using observe::Channel;
using observe::Severity;

struct Weight {
    const char* kind;
    Severity severity;
};

Weight weigh(const SafetyEvent& event) {
    using Kind = SafetyEvent::Kind;
    switch (event.kind) {
        case Kind::estop_latched:
            return {"estop.latched", Severity::alarm};
        case Kind::estop_reset:
            return {"estop.reset", Severity::info};
        case Kind::stage:
            return {"safety.stage", event.change.to > event.change.from ? Severity::warning : Severity::info};
        case Kind::tripped:
            return {"safety.tripped", Severity::alarm};
        case Kind::trip_reset:
            return {"safety.trip_reset", Severity::info};
        case Kind::not_saved:
            return {"safety.not_saved", Severity::alarm};
        case Kind::saved_again:
            break;
    }
    return {"safety.saved", Severity::info};
}

observe::Level level_of(Severity severity) {
    if (severity == Severity::info) return observe::Level::info;
    return severity == Severity::warning ? observe::Level::warning : observe::Level::error;
}

std::string alert_key(const std::string& plant, control::Condition condition) {
    return plant + "/safety/" + std::string(control::to_string(condition));
}

}  // namespace

void Service::make_safety() {
    std::vector<control::Safety::PlantLimits> plants;
    for (const auto& plant : setup_.config.plants)
        plants.push_back({plant.id, plant.safety});
    control::Safety::Hooks hooks;
    // Each holds what it stops: a switch that is forced meanwhile does not take it away.
    hooks.emergency_stop = [this](std::size_t i) -> awaitable<control::StopResult> {
        const auto binding = units_[i]->binding();
        units_[i]->unfollow();
        co_return co_await binding->control->emergency_stop();
    };
    hooks.safe_stop = [this](std::size_t i) -> awaitable<control::StopResult> {
        const auto binding = units_[i]->binding();
        units_[i]->unfollow();
        co_return co_await binding->control->stop();
    };
    hooks.close_gate = [this](std::size_t i) { units_[i]->control().set_gate(false); };
    hooks.restrained = [this](std::size_t i) { units_[i]->control().wake(); };
    hooks.on_failure = [this](const TaskFailure& failure) { on_failure(failure); };
    safety_ = std::make_unique<control::Safety>(around_.clock, std::move(plants), options_.safety,
                                                std::move(hooks));
    safety_news_ = safety_->subscribe([this](const SafetyEvent& event) { on_safety(event); });
}

void Service::on_safety(const SafetyEvent& event) {
    using Kind = SafetyEvent::Kind;
    const auto [kind, severity] = weigh(event);
    const std::string plant = event.plant ? setup_.plant_ids[*event.plant] : "";
    around_.log.log(level_of(severity), Channel::control, {.plant = plant}, "{}", event.text);
    observe::Event told;
    told.kind = kind;
    told.severity = severity;
    told.plant = plant;
    told.message = event.text;
    around_.events.emit(std::move(told));

    auto& alerts = around_.alerts;
    if (event.kind == Kind::estop_latched) alerts.raise("estop", severity, event.text);
    if (event.kind == Kind::estop_reset) alerts.clear("estop", event.text);
    if (event.kind == Kind::not_saved) alerts.raise("safety/saved", severity, event.text);
    if (event.kind == Kind::saved_again) alerts.clear("safety/saved", event.text);
    if (event.kind == Kind::stage || event.kind == Kind::tripped) {
        const auto key = alert_key(plant, event.change.condition);
        if (event.change.to == control::Stage::normal) {
            alerts.clear(key, event.text);
        } else {
            alerts.raise(key, severity, event.text, plant);
        }
    }
    if (event.kind == Kind::trip_reset) {
        for (std::size_t c = 0; c < control::condition_count; ++c) {
            const auto condition = static_cast<control::Condition>(c);
            if (safety_->machine(*event.plant).stage(condition) == control::Stage::normal)
                alerts.clear(alert_key(plant, condition), event.text);
        }
    }
    changed();
}

awaitable<void> Service::load() {
    if (const auto loaded = co_await safety_->load(); !loaded) {
        around_.log.error(
            Channel::control,
            "what was latched before the restart is not known: {}; the emergency stop is latched",
            loaded.error().message());
    }
    // What holds since before the restart is an alert of this run, too.
    if (const auto& latch = safety_->latched()) {
        around_.alerts.raise("estop", Severity::alarm,
                             fmt::format("the emergency stop is latched: {}", latch->reason));
    }
    for (std::size_t i = 0; i < units_.size(); ++i) {
        for (const auto& trip : safety_->trips(i)) {
            around_.alerts.raise(alert_key(setup_.plant_ids[i], trip.condition), Severity::alarm, trip.reason,
                                 setup_.plant_ids[i]);
        }
    }
}

}  // namespace hil::service

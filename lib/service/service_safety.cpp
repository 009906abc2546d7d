// The emergency stop and the trips within the service: whom they stop, and how they are told.
#include "service/service.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::service {
namespace {

using control::SafetyEvent;
using observe::Channel;

Happening happening_of(const SafetyEvent& event) {
    using Kind = SafetyEvent::Kind;
    switch (event.kind) {
        case Kind::estop_latched:
            return Happening::estop_latched;
        case Kind::estop_reset:
            return Happening::estop_reset;
        case Kind::stage:
            if (event.change.to == control::Stage::normal) return Happening::limit_over;
            return event.change.to > event.change.from ? Happening::limit_reached : Happening::limit_left;
        case Kind::tripped:
            return Happening::tripped;
        case Kind::trip_reset:
            return Happening::trip_reset;
        case Kind::not_saved:
            return Happening::safety_not_saved;
        case Kind::storage_lost:
            return Happening::storage_lost;
        case Kind::saved_again:
            break;
    }
    return Happening::safety_saved;
}

}  // namespace

void Service::make_safety() {
    std::vector<control::Safety::PlantLimits> plants;
    for (const auto& plant : setup_.config.plants)
        plants.push_back({plant.id, plant.safety, plant.model.poi_voltage_kv});
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
    hooks.disable_dispatch = [this](std::size_t i) { units_[i]->control().set_dispatch_enabled(false); };
    hooks.derated = [this](std::size_t i) { units_[i]->control().wake(); };
    hooks.on_failure = [this](const TaskFailure& failure) { on_failure(failure); };
    safety_ = std::make_unique<control::Safety>(context_.clock, std::move(plants), options_.safety,
                                                std::move(hooks));
    safety_news_ = safety_->subscribe([this](const SafetyEvent& event) { on_safety(event); });
}

void Service::on_safety(const SafetyEvent& event) {
    using Kind = SafetyEvent::Kind;
    const std::string plant = event.plant ? setup_.plant_ids[*event.plant] : "";
    const bool of_condition = event.kind == Kind::stage || event.kind == Kind::tripped;
    context_.happenings.notify(
        happening_of(event), event.text,
        {.plant = plant,
         .part = of_condition ? std::string(control::to_string(event.change.condition)) : std::string()});
    if (event.kind == Kind::trip_reset) {
        for (std::size_t c = 0; c < control::condition_count; ++c) {
            const auto condition = static_cast<control::Condition>(c);
            if (safety_->machine(*event.plant).stage(condition) != control::Stage::normal) continue;
            context_.happenings.over({Alarm::safety, plant, std::string(control::to_string(condition))},
                                     event.text);
        }
    }
    changed(event.plant ? observe::Subject::plant(*event.plant) : observe::Subject{});
}

// Each second: what is written into a directory that is gone is found by nobody.
awaitable<void> Service::watch_storage() {
    constexpr Duration period = std::chrono::seconds(1);
    while (safety_->lost_storage().empty()) {
        co_await context_.clock.io_sleep_for(period);
        auto why = co_await options_.storage_watch->run([look = options_.storage_gone] { return look(); });
        if (why.empty()) continue;
        safety_->storage_lost(fmt::format(
            "{}: every plant is stopped, and nothing is started until the service is restarted", why));
    }
}

awaitable<void> Service::load() {
    if (const auto loaded = co_await safety_->load(); !loaded) {
        context_.log.error(
            Channel::control,
            "what was latched before the restart is not known: {}; the emergency stop is latched",
            loaded.error().message());
    }
}

}  // namespace hil::service

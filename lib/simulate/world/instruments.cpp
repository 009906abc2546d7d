#include "simulate/world/instruments.hpp"

#include "simulate/world/course.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hil::simulate {

using plant_sim::Fault;
using plant_sim::FaultKind;

SimulatedInstruments::SimulatedInstruments(const Site& site, const FaultProfile& profile, Random random,
                                           Random habits)
    : site_(site),
      profile_(profile),
      random_(random),
      habits_(habits),
      faults_(site.clock, random_.fork()),
      tasks_(site.clock) {}

void SimulatedInstruments::begin() {
    for (std::size_t i = 0; i < site_.watches.size(); ++i) {
        const Random measuring = random_.fork(), taking = random_.fork();
        if (profile_.meter_faults > 0)
            tasks_.spawn("meters", [this, i, measuring] { return break_meters(i, measuring); });
        if (profile_.ignored_writes > 0)
            tasks_.spawn("registers", [this, i, taking] { return ignore_writes(i, taking); });
        if (profile_.link_habits > 0) {
            const Random habits = habits_.fork();
            tasks_.spawn("habits", [this, i, habits] { return take_habits(i, habits); });
        }
    }
}

awaitable<void> SimulatedInstruments::end() {
    tasks_.cancel();
    co_await tasks_.join();
    faults_.clear();
}

void SimulatedInstruments::add(std::size_t plant, Fault fault) {
    ++count_;
    fault.plant = site_.setup.plant_ids[plant];
    auto line = site_.trace.add("fault", fault.plant);
    line.text("kind", plant_sim::to_string(fault.kind)).number("for_s", to_seconds(*fault.lasts));
    if (!fault.point.empty()) line.text("point", fault.point).number("amount", fault.amount);
    (void)faults_.entries();  // forgets those that are over
    faults_.add(std::move(fault));
}

Fault SimulatedInstruments::draw_meter_fault(std::size_t plant, Random& random) const {
    static constexpr std::array<std::string_view, 6> meters{"p_battery", "q_battery", "soc",
                                                            "p_poi",     "q_poi",     "v_poi"};
    static constexpr std::array kinds{FaultKind::freeze_measurements, FaultKind::stuck_point,
                                      FaultKind::noise, FaultKind::bias};
    const auto& model = site_.setup.config.plants[plant].model;
    Fault fault;
    fault.kind = kinds[random.below(kinds.size())];
    if (fault.kind == FaultKind::freeze_measurements) return fault;
    fault.point = meters[random.below(meters.size())];
    // About as much as the meter can show, and now and then more.
    const double range = fault.point == "soc"     ? 1.0
                         : fault.point == "v_poi" ? model.poi_voltage_kv
                                                  : model.power_limits.p_max_kw;
    if (fault.kind == FaultKind::noise) {
        fault.amount = range * random.uniform(0, 0.2);
    } else {
        fault.amount = range * (fault.point == "soc"     ? random.uniform(0, 1)
                                : fault.point == "v_poi" ? random.uniform(0.7, 1.3)
                                                         : random.uniform(-1.2, 1.2));
        if (fault.kind == FaultKind::bias) fault.amount *= 0.2;
    }
    return fault;
}

awaitable<void> SimulatedInstruments::break_meters(std::size_t plant, Random random) {
    for (;;) {
        co_await next_event(site_.clock, random, profile_.meter_faults);
        auto fault = draw_meter_fault(plant, random);
        fault.lasts = seconds(random.uniform(1, std::max(profile_.longest_meter_fault_s, 2.0)));
        add(plant, std::move(fault));
    }
}

// Nothing that a service should notice: it is read as often as before, but for the time that is swallowed.
awaitable<void> SimulatedInstruments::take_habits(std::size_t plant, Random random) {
    for (;;) {
        co_await next_event(site_.clock, random, profile_.link_habits);
        Fault closes;
        closes.kind = FaultKind::close_idle;
        closes.delay = seconds(random.uniform(0.15, 0.9));
        closes.lasts = seconds(random.uniform(30, std::max(profile_.longest_habit_s, 60.0)));
        Duration swallowed{};
        if (random.chance(0.5)) {
            Fault swallows;
            swallows.kind = FaultKind::swallow_first;
            swallows.delay = swallowed = seconds(random.uniform(0.3, 2.5));
            swallows.lasts = closes.lasts;
            add(plant, std::move(swallows));
        }
        site_.watches[plant]->has_habit(*closes.lasts, swallowed);
        add(plant, std::move(closes));
    }
}

// Only those that can be read back: what nobody can see, nobody can be blamed for.
awaitable<void> SimulatedInstruments::ignore_writes(std::size_t plant, Random random) {
    static constexpr std::array<std::string_view, 3> points{"p_setpoint", "q_setpoint", "enable"};
    for (;;) {
        co_await next_event(site_.clock, random, profile_.ignored_writes);
        Fault fault;
        fault.kind = FaultKind::ignore_writes;
        fault.point = points[random.below(points.size())];
        fault.lasts = seconds(random.uniform(0.5, std::max(profile_.longest_outage_s, 1.0)));
        site_.watches[plant]->disturbed(*fault.lasts);
        add(plant, std::move(fault));
    }
}

}  // namespace hil::simulate

#include "simulate/world/instruments.hpp"

#include "simulate/world/fault_timeline.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hil::simulate {

using plant_sim::Fault;
using plant_sim::FaultKind;

SimulatedInstruments::SimulatedInstruments(const Site& site, const FaultProfile& profile, Random random,
                                           Random habits, Random setpoint_habits, Random unavailable)
    : site_(site),
      profile_(profile),
      random_(random),
      habits_(habits),
      setpoint_habits_(setpoint_habits),
      unavailable_(unavailable),
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
        if (profile_.not_available > 0)
            tasks_.spawn("values", [this, i, hiding = unavailable_.fork()] { return hide(i, hiding); });
    }
    if (profile_.gateways > 0) {
        for (std::size_t i = 0; i < site_.watches.size(); ++i)
            put_behind_gateway(i);
    }
    // Drawn after all others, whose draws stay what they were.
    for (std::size_t i = 0; i < site_.watches.size() && profile_.refusals > 0; ++i) {
        const Random refusing = random_.fork();
        tasks_.spawn("refusals", [this, i, refusing] { return refuse(i, refusing); });
    }
    if (profile_.habits() <= 0) return;
    for (std::size_t i = 0; i < site_.watches.size(); ++i) {
        const Random own = setpoint_habits_.fork();
        tasks_.spawn("setpoint habits", [this, i, own] { return have_habits(i, own); });
        if (!site_.setup.config.plants[i].local.find("p_setpoint")->refresh) continue;
        Fault watchdog;
        watchdog.kind = FaultKind::setpoint_watchdog;
        watchdog.plant = site_.setup.plant_ids[i];
        watchdog.hold = obeys_for;
        faults_.add(std::move(watchdog));
    }
}

awaitable<void> SimulatedInstruments::end() {
    tasks_.cancel();
    co_await tasks_.join();
    // A watchdog is what the device is, no fault that passes.
    faults_.clear_but(FaultKind::setpoint_watchdog);
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

// Nothing that a service should notice but for what is swallowed: it is read as often as before. A device
// that did both would hear nobody: who is swallowed asks again after a time-out, when the connection is gone.
awaitable<void> SimulatedInstruments::take_habits(std::size_t plant, Random random) {
    auto& watch = *site_.watches[plant];
    const auto delay = site_.setup.config.plants[plant].local.connect_delay;
    for (;;) {
        co_await next_event(site_.clock, random, profile_.link_habits);
        Fault habit;
        habit.lasts = seconds(random.uniform(30, std::max(profile_.longest_habit_s, 60.0)));
        const double choice = random.uniform();
        if (choice < 0.4) {
            habit.kind = FaultKind::close_idle;
            habit.delay = delay + seconds(random.uniform(0.15, 0.9));
            watch.has_habit(*habit.lasts, Duration::zero());
        } else if (choice < 0.8) {
            habit.kind = FaultKind::swallow_first;
            habit.delay = seconds(random.uniform(0.3, 2.5));
            watch.has_habit(*habit.lasts, habit.delay);
        } else {
            // The gateway answers for a device that does not.
            habit.kind = FaultKind::exception;
            habit.code = random.chance(0.5) ? 10 : 11;
            habit.lasts = seconds(random.uniform(0.5, std::max(profile_.longest_outage_s, 1.0)));
            watch.disturbed(*habit.lasts);
            watch.unreadable(*habit.lasts);
        }
        const auto lasts = *habit.lasts;
        add(plant, std::move(habit));
        co_await site_.clock.sleep_for(lasts);
    }
}

// A gateway needs for good what its endpoint is configured for.
void SimulatedInstruments::put_behind_gateway(std::size_t plant) {
    constexpr Duration spare = std::chrono::milliseconds(1);
    const auto& endpoint = site_.setup.config.plants[plant].local;
    const auto always = [&](FaultKind kind, Duration delay) {
        Fault fault;
        fault.kind = kind;
        fault.plant = site_.setup.plant_ids[plant];
        fault.delay = delay;
        faults_.add(std::move(fault));
    };
    if (endpoint.connect_delay > spare) always(FaultKind::swallow_first, endpoint.connect_delay - spare);
    if (endpoint.min_pause > spare) always(FaultKind::need_pause, endpoint.min_pause - spare);
    if (endpoint.max_in_flight > 1) always(FaultKind::one_at_a_time, {});
}

// As a device does while it starts, or whose meter has gone.
awaitable<void> SimulatedInstruments::hide(std::size_t plant, Random random) {
    static constexpr std::array<std::string_view, 6> meters{"p_battery", "q_battery", "soc",
                                                            "p_poi",     "q_poi",     "v_poi"};
    constexpr double longest_s = 90;
    for (;;) {
        co_await next_event(site_.clock, random, profile_.not_available);
        Fault fault;
        fault.kind = FaultKind::not_available;
        fault.point = meters[random.below(meters.size())];
        fault.lasts = seconds(random.uniform(1, longest_s));
        if (site_.setup.config.plants[plant].local.find(fault.point) != nullptr) add(plant, std::move(fault));
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
        // What does no harm is written again ever more rarely.
        constexpr Duration longest_retry = std::chrono::seconds(70);
        if (fault.point == "enable") {
            site_.watches[plant]->disturbed(*fault.lasts);
        } else {
            site_.watches[plant]->device_disturbed(*fault.lasts + longest_retry);
        }
        add(plant, std::move(fault));
    }
}

// Of either direction, for either signal: refused with one of the exceptions for it, by one function or both,
// or taken for the limit.
Fault SimulatedInstruments::draw_limit(std::size_t plant, Random& random) const {
    const auto& limits = site_.setup.config.plants[plant].model.power_limits;
    Fault fault;
    const bool active = random.chance(0.7);
    fault.point = active ? "p_setpoint" : "q_setpoint";
    fault.kind = random.chance(0.6) ? FaultKind::refuse_values : FaultKind::clamp_values;
    const bool both = random.chance(0.5), up = random.chance(0.5);
    const double share = random.uniform(0, 0.9);
    if (both || up) fault.high = share * (active ? limits.p_max_kw : limits.q_max_kvar);
    if (both || !up) fault.low = share * (active ? limits.p_min_kw : limits.q_min_kvar);
    fault.code = random.chance(0.5) ? 3 : 4;
    if (random.chance(0.5)) fault.function = 6;
    return fault;
}

awaitable<void> SimulatedInstruments::have_habits(std::size_t plant, Random random) {
    const double all = profile_.device_limits + profile_.device_roundings + profile_.late_setpoints;
    if (all <= 0) co_return;
    auto& watch = *site_.watches[plant];
    for (;;) {
        co_await next_event(site_.clock, random, all);
        const double choice = random.uniform() * all;
        const Duration lasts = seconds(random.uniform(1, 600));
        Fault fault;
        // A device's answer is asked for again after a quarter of an hour at the latest.
        constexpr Duration longest_memory = PlantInvariants::refusal_memory;
        if (choice < profile_.device_limits) {
            fault = draw_limit(plant, random);
            watch.device_limits(lasts + longest_memory);
        } else if (choice < profile_.device_limits + profile_.device_roundings) {
            fault.kind = FaultKind::round_values;
            fault.point = random.chance(0.7) ? "p_setpoint" : "q_setpoint";
            fault.amount = random.uniform(0.2, 20);
            fault.rounding = static_cast<plant_sim::Rounding>(random.below(3));
            watch.device_bends(lasts + longest_memory);
            watch.device_disturbed(lasts + std::chrono::seconds(70));
        } else {
            fault.kind = FaultKind::late_values;
            fault.point = random.chance(0.7) ? "p_setpoint" : "q_setpoint";
            fault.delay = seconds(random.uniform(0.1, 8));
            watch.device_late(fault.delay, lasts + fault.delay);
            watch.device_disturbed(lasts + fault.delay + std::chrono::seconds(70));
            watch.device_bends(lasts + fault.delay + std::chrono::minutes(2));
        }
        fault.lasts = lasts;
        add(plant, std::move(fault));
    }
}

// Busy, failed, or a gateway that does not reach the plant: of everything, of writes, or of one register that
// a start or a stop writes.
awaitable<void> SimulatedInstruments::refuse(std::size_t plant, Random random) {
    static constexpr std::array<std::uint8_t, 6> codes{4, 5, 6, 6, 10, 11};
    constexpr std::uint8_t write_single = 6;
    const auto& endpoint = site_.setup.config.plants[plant].local;
    for (;;) {
        co_await next_event(site_.clock, random, profile_.refusals);
        Fault fault;
        fault.kind = FaultKind::exception;
        fault.code = codes[random.below(codes.size())];
        const bool everything = random.chance(0.2);
        if (!everything) fault.function = write_single;
        const auto& steps = endpoint.stop_sequence;
        const auto* point = random.chance(0.5) ? endpoint.find("p_setpoint")
                                               : endpoint.find(steps[random.below(steps.size())].point);
        if (!everything && random.chance(0.7)) fault.address = point->address;
        // What setpoints are refused for good, and what becomes of them, is drawn elsewhere (draw_limit()).
        const bool setpoints = !fault.address || *fault.address == endpoint.find("p_setpoint")->address;
        if (fault.code == 4 && setpoints) fault.code = 6;
        fault.lasts = seconds(random.uniform(0.5, std::max(profile_.longest_refusal_s, 1.0)));
        site_.watches[plant]->disturbed(*fault.lasts);
        add(plant, std::move(fault));
    }
}

}  // namespace hil::simulate

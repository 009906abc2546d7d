#include "app/simulated_course.hpp"

#include "app/simulated_plan.hpp"
#include "schedule/plan_file.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace hil::app {

using namespace std::chrono_literals;

SimulatedCourse::SimulatedCourse(const Site& site, const FaultProfile& profile, Random random)
    : site_(site),
      profile_(profile),
      random_(random),
      recording_changes_(site.service.size()),
      happenings_(site.clock),
      under_way_(site.clock) {}

void SimulatedCourse::begin() {
    for (std::size_t i = 0; i < site_.service.size(); ++i) {
        // Each part draws for itself, so that one more draw of one does not shift the others.
        const Random operating = random_.fork(), planning = random_.fork(), meddling = random_.fork(),
                     disturbing = random_.fork();
        recording_changes_[i] = true;
        under_way_.spawn("record", [this, i] { return record(i); });
        under_way_.spawn("first start", [this, i] { return first_start(i); });
        if (profile_.commands > 0)
            happenings_.spawn("operator", [this, i, operating] { return operate(i, operating); });
        if (profile_.plan_changes > 0 && site_.plans)
            happenings_.spawn("planner", [this, i, planning] { return change_plans(i, planning); });
        if (profile_.overwrites > 0)
            happenings_.spawn("second master", [this, i, meddling] { return interfere(i, meddling); });
        if (profile_.restarts + profile_.resets + profile_.outages > 0)
            happenings_.spawn("disturbances", [this, i, disturbing] { return disturb(i, disturbing); });
    }
}

awaitable<void> SimulatedCourse::end() {
    happenings_.cancel();
    co_await happenings_.join();
    co_await under_way_.join();
}

// Events of a Poisson process.
awaitable<void> SimulatedCourse::pause(Random& random, double a_day) {
    const double wait_s = -std::log(1.0 - random.uniform()) * 86400.0 / a_day;
    return site_.clock.sleep_for(seconds(std::min(std::max(wait_s, 0.05), 1e6)));
}

awaitable<void> SimulatedCourse::record(std::size_t plant) {
    auto& unit = site_.service.unit(plant);
    for (;;) {
        const auto begun =
            co_await site_.service.recorder().start(plant, config::TransportMode::local, unit.columns());
        if (begun) break;
        site_.trace.add("record", unit.plant().id).text("error", begun.error().message());
        co_await site_.clock.sleep_for(7s);
    }
    recording_changes_[plant] = false;
    site_.trace.add("record", unit.plant().id);
}

// Off for a while, then on again.
awaitable<void> SimulatedCourse::interrupt_recording(std::size_t plant, Duration off) {
    if (recording_changes_[plant]) co_return;
    recording_changes_[plant] = true;
    ++commands_;
    site_.trace.add("record_stop", site_.setup.plant_ids[plant]);
    const auto stopped = co_await site_.service.recorder().stop(plant);
    if (!stopped)
        site_.trace.add("record_stop", site_.setup.plant_ids[plant]).text("error", stopped.error().message());
    co_await site_.clock.sleep_for(off);
    co_await record(plant);
}

void SimulatedCourse::set_gate(std::size_t plant, bool open) {
    auto& unit = site_.service.unit(plant);
    site_.trace.add(open ? "gate_open" : "gate_close", unit.plant().id);
    site_.watches[plant]->gate_set(open);
    unit.control().set_gate(open);
}

awaitable<void> SimulatedCourse::first_start(std::size_t plant) {
    co_await site_.service.unit(plant).connected();
    co_await start(plant, true);
}

awaitable<void> SimulatedCourse::start(std::size_t plant, bool gate) {
    auto& unit = site_.service.unit(plant);
    auto& watch = *site_.watches[plant];
    ++commands_;
    site_.trace.add("start", unit.plant().id).number("gate", gate ? 1 : 0);
    watch.start_called();
    watch.gate_set(gate);
    unit.control().set_gate(gate);
    auto result = co_await unit.control().start();
    using control::errc;
    const bool changed_nothing = result.error == errc::already_running ||
                                 result.error == errc::not_connected || result.error == errc::seed_failed;
    watch.start_ended(!result.error, changed_nothing);
    site_.trace.add("start_ended", unit.plant().id)
        .text("result", result.error ? result.error.message() : "running");
}

awaitable<void> SimulatedCourse::stop(std::size_t plant) {
    auto& unit = site_.service.unit(plant);
    auto& watch = *site_.watches[plant];
    ++commands_;
    site_.trace.add("stop", unit.plant().id);
    watch.stop_called();
    const auto result = co_await unit.control().stop();
    watch.stop_ended(result.disable_ok);
    site_.trace.add("stop_ended", unit.plant().id)
        .text("result", result.error ? result.error.message() : "stopped");
}

awaitable<void> SimulatedCourse::stop_all() {
    TaskGroup stops(site_.clock);
    for (std::size_t i = 0; i < site_.service.size(); ++i)
        stops.spawn("stop", [this, i] { return stop(i); });
    co_await stops.join();
}

awaitable<void> SimulatedCourse::operate(std::size_t plant, Random random) {
    for (;;) {
        // Now and then the next command comes before the one before is done, and takes it back.
        const bool hasty = random.chance(0.3);
        if (hasty) {
            co_await site_.clock.sleep_for(seconds(random.uniform(0.001, random.chance(0.5) ? 0.5 : 4)));
        } else {
            co_await pause(random, profile_.commands);
        }
        const auto& control = site_.service.unit(plant).control();
        const double choice = random.uniform();
        const bool runs = control.transition() == control::Transition::running;
        if (random.chance(0.1)) {
            under_way_.spawn("recording", [this, plant, off = seconds(random.uniform(0, 30))] {
                return interrupt_recording(plant, off);
            });
            continue;
        }
        if (choice < (hasty ? 0.5 : runs ? 0.3 : 0.15)) {
            under_way_.spawn("stop", [this, plant] { return stop(plant); });
        } else if (choice < (runs && !hasty ? 0.4 : 0.85)) {
            const bool gate = random.chance(0.85);
            if (site_.service.unit(plant).link().status().state == plant::LinkState::connected)
                under_way_.spawn("start", [this, plant, gate] { return start(plant, gate); });
        } else if (runs) {
            set_gate(plant, !control.gate() || random.chance(0.2));
        }
    }
}

awaitable<void> SimulatedCourse::change_plans(std::size_t plant, Random random) {
    auto& watch = *site_.watches[plant];
    const auto& configured = site_.setup.config.plants[plant];
    for (;;) {
        co_await pause(random, profile_.plan_changes);
        const auto now = site_.clock.wall_now();
        if (site_.until - now < 2h) continue;
        const auto signal = random.chance(0.5) ? schedule::Signal::p : schedule::Signal::q;
        auto& memory = signal == schedule::Signal::p ? watch.p_plan : watch.q_plan;
        const auto name = std::string(schedule::to_string(signal));
        const double choice = random.uniform();
        watch.plan_changed();
        if (choice < 0.15) {
            site_.trace.add("plan_off", configured.id).text("signal", name);
            memory.replace(now, {}, now);
            site_.store.enable_manual(plant, signal, false);
            continue;
        }
        const auto drawn = draw_plan(random, configured, signal, now - 30min, site_.until);
        auto file = schedule::parse_plan(drawn.csv, "drawn.csv", site_.setup.plant_ids, site_.setup.zone);
        if (!file.ok())
            throw std::logic_error("a drawn plan was refused: " + file.problems.front().message());
        site_.trace.add("plan_set", configured.id)
            .text("signal", name)
            .number("rows", static_cast<double>(drawn.rows.size()));
        memory.replace(now, drawn.rows, drawn.end);
        schedule::apply_plan(std::move(file), site_.store);
    }
}

// A second master writes what it likes into the registers of setpoints and enable.
void SimulatedCourse::overwrite(std::size_t plant, Random& random) {
    auto& watch = *site_.watches[plant];
    auto& unit = site_.service.unit(plant);
    const double choice = random.uniform();
    const char* name = choice < 0.45 ? "p_setpoint" : choice < 0.9 ? "q_setpoint" : "enable";
    const auto* point = unit.endpoint().find(name);
    if (point == nullptr) return;
    modbus::Request request;
    request.unit = unit.endpoint().unit_id;
    request.function = modbus::Function::write_single_register;
    request.address = point->address;
    const bool enable = choice >= 0.9;
    request.words.push_back(static_cast<std::uint16_t>(enable ? random.below(2) : random.below(65536)));
    site_.trace.add("second_master", unit.plant().id)
        .text("point", name)
        .number("word", request.words.front());
    watch.foreign_begin();
    (void)unit.emulator()->emulator().execute(request);
    watch.foreign_end(enable);
}

awaitable<void> SimulatedCourse::interfere(std::size_t plant, Random random) {
    for (;;) {
        co_await pause(random, profile_.overwrites);
        overwrite(plant, random);
    }
}

awaitable<void> SimulatedCourse::disturb(std::size_t plant, Random random) {
    auto& unit = site_.service.unit(plant);
    const double all = profile_.restarts + profile_.resets + profile_.outages;
    for (;;) {
        co_await pause(random, all);
        const double choice = random.uniform() * all;
        if (choice < profile_.restarts) {
            site_.trace.add("plant_restart", unit.plant().id);
            unit.emulator()->restart();
            site_.watches[plant]->restarted();
        } else if (site_.network != nullptr && choice < profile_.restarts + profile_.resets) {
            site_.network->reset(unit.endpoint().address);
        } else if (site_.network != nullptr) {
            site_.network->begin_outage(
                unit.endpoint().address,
                seconds(random.uniform(0.1, std::max(profile_.longest_outage_s, 0.2))));
        }
    }
}

}  // namespace hil::app

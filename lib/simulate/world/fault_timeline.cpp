#include "simulate/world/fault_timeline.hpp"

#include "planfile/plan_file.hpp"
#include "simulate/world/plan.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace hil::simulate {

using namespace std::chrono_literals;

awaitable<void> next_event(Clock& clock, Random& random, double a_day) {
    const double wait_s = -std::log(1.0 - random.uniform()) * 86400.0 / a_day;
    return clock.sleep_for(seconds(std::min(std::max(wait_s, 0.05), 1e6)));
}

FaultTimeline::FaultTimeline(const Site& site, const FaultProfile& profile, Random random, Random strangers)
    : site_(site),
      profile_(profile),
      random_(random),
      strangers_(strangers),
      exchanged_(site.setup.plant_ids.size()),
      changes_(site.setup.plant_ids.size()),
      submitted_(site.setup.plant_ids.size()),
      happenings_(site.clock) {}

void FaultTimeline::begin() {
    for (std::size_t i = 0; i < site_.watches.size(); ++i) {
        // Each part draws for itself, so that one more draw of one does not shift the others.
        const Random planning = random_.fork(), meddling = random_.fork(), disturbing = random_.fork();
        if (profile_.plan_changes > 0 && site_.plans)
            happenings_.spawn("planner", [this, i, planning] { return change_plans(i, planning); });
        if (profile_.overwrites > 0)
            happenings_.spawn("second master", [this, i, meddling] { return interfere(i, meddling); });
        if (profile_.restarts + profile_.resets + profile_.outages > 0)
            happenings_.spawn("disturbances", [this, i, disturbing] { return disturb(i, disturbing); });
    }
    // Drawn after all others, whose draws stay what they were.
    for (std::size_t i = 0; i < site_.watches.size() && profile_.takings > 0; ++i) {
        const Random taking = random_.fork();
        happenings_.spawn("taking", [this, i, taking] { return keep_taking(i, taking); });
    }
    for (std::size_t i = 0; i < site_.watches.size() && profile_.strangers > 0; ++i) {
        const Random exchanging = strangers_.fork();
        if (site_.faults != nullptr && site_.setup.config.plants[i].local.expect)
            happenings_.spawn("exchange", [this, i, exchanging] { return exchange_device(i, exchanging); });
    }
}

// Another device of the same kind is put in the plant's place, and taken out again: each time the power is
// off.
void FaultTimeline::begin_exchange(std::size_t plant, Duration lasts) {
    const auto& endpoint = site_.setup.config.plants[plant].local;
    plant_sim::Fault fault;
    fault.kind = plant_sim::FaultKind::other_device;
    fault.plant = site_.setup.plant_ids[plant];
    fault.amount = *endpoint.expect->value + 2;
    exchanged_[plant] = site_.faults->add(std::move(fault));
    site_.trace.add("exchanged", site_.setup.plant_ids[plant]).number("for_s", to_seconds(lasts));
    site_.device(plant).restart();
    auto& watch = *site_.watches[plant];
    watch.restarted();
    watch.exchanged(true);
    watch.disturbed(lasts);
}

void FaultTimeline::end_exchange(std::size_t plant) {
    const auto fault = std::exchange(exchanged_[plant], std::nullopt);
    if (!fault) return;
    (void)site_.faults->remove(*fault);
    site_.trace.add("exchanged_back", site_.setup.plant_ids[plant]);
    site_.device(plant).restart();
    site_.watches[plant]->exchanged(false);
    site_.watches[plant]->restarted();
}

awaitable<void> FaultTimeline::exchange_device(std::size_t plant, Random random) {
    constexpr double longest_s = 300;
    for (;;) {
        co_await next_event(site_.clock, random, profile_.strangers);
        const Duration lasts = seconds(random.uniform(0.5, longest_s));
        if (site_.process() == nullptr) continue;
        begin_exchange(plant, lasts);
        co_await site_.clock.sleep_for(lasts);
        // Where the service ended meanwhile, service_back() takes it out.
        if (site_.process() != nullptr) end_exchange(plant);
    }
}

// The register other than `enable` by which a start has the plant run gets another value.
void FaultTimeline::take(service::Service& service, std::size_t plant) {
    auto& watch = *site_.watches[plant];
    auto& unit = service.unit(plant);
    const auto& steps = unit.endpoint().start_sequence;
    const auto step =
        std::ranges::find_if(steps, [](const config::SequenceStep& s) { return s.point != "enable"; });
    if (step == steps.end() || !watch.runs()) return;
    modbus::Request request;
    request.unit = unit.endpoint().unit_id;
    request.function = modbus::Function::write_single_register;
    request.address = unit.endpoint().find(step->point)->address;
    request.words.push_back(1);  // 0 might be a command that has cleared itself
    site_.trace.add("taken", unit.plant().id).text("point", step->point);
    watch.foreign_begin();
    (void)site_.device(plant).emulator().execute(request);
    watch.foreign_end(true);
}

awaitable<void> FaultTimeline::keep_taking(std::size_t plant, Random random) {
    for (;;) {
        co_await next_event(site_.clock, random, profile_.takings);
        if (auto* process = site_.process()) take(process->service(), plant);
    }
}

awaitable<void> FaultTimeline::end() {
    happenings_.cancel();
    co_await happenings_.join();
    for (std::size_t plant = 0; plant < exchanged_.size(); ++plant)
        end_exchange(plant);
}

awaitable<void> FaultTimeline::change_plans(std::size_t plant, Random random) {
    for (;;) {
        co_await next_event(site_.clock, random, profile_.plan_changes);
        auto* process = site_.process();
        if (process != nullptr && site_.until - site_.clock.wall_now() >= 31min)
            change_plan(process->service(), plant, random);
        // Somebody stops the plant while the new setpoints are on their way.
        const bool stop = random.chance(0.3);
        const auto moment = seconds(random.uniform(0, random.chance(0.5) ? 0.01 : 1));
        if (!stop) continue;
        co_await site_.clock.sleep_for(moment);
        if (auto* now = site_.process()) {
            now->service().parts().commands.submit("plant.stop", site_.setup.plant_ids[plant], {},
                                                   "operator");
            if (random.chance(0.3))
                now->service().parts().commands.submit("fleet.start_all", "", {}, "operator");
        }
    }
}

void FaultTimeline::change_plan(service::Service& service, std::size_t plant, Random& random) {
    const auto& configured = site_.setup.config.plants[plant];
    const auto now = site_.clock.wall_now();
    const std::size_t which = random.chance(0.5) ? 0 : 1;
    Change change{site_.clock.now(), {}, {}, now};
    if (random.uniform() >= 0.15) {
        auto drawn = draw_plan(random, configured, schedule::all_signals[which], now - 30min, site_.until);
        change.rows = std::move(drawn.rows);
        change.end = drawn.end;
        change.csv = std::move(drawn.csv);
    }
    // As the dashboard does: staged, then put in force by a command. Or at once, as with an upload.
    if (random.chance(0.5) && !submitted_[plant][which]) {
        submitted_[plant][which] = std::move(change);
        ask_for(service, plant, which);
        return;
    }
    in_force(plant, which, std::move(change));
    apply(service, plant, which);
}

void FaultTimeline::ask_for(service::Service& service, std::size_t plant, std::size_t signal) {
    const auto& change = *submitted_[plant][signal];
    const auto which = schedule::all_signals[signal];
    const bool off = change.csv.empty();
    if (!off) {
        auto file = planfile::parse_plan(change.csv, "drawn.csv", site_.setup.plant_ids, site_.setup.zone);
        service.parts().drafts.stage(plant, which, std::move(file.columns.at(0).series), "drawn",
                                     site_.clock.wall_now());
    }
    const bool active = service.parts().plans.manual(plant, which).enabled;
    service.parts().commands.submit(
        off      ? "schedule.inactivate"
        : active ? "schedule.update"
                 : "schedule.activate",
        "", {{"series", schedule::to_string({site_.setup.plant_ids[plant], which})}}, "operator");
}

void FaultTimeline::command_ended(const control::Command& command) {
    const auto* name = command.payload.if_contains("series");
    if (!command.kind.starts_with("schedule.") || name == nullptr || !name->is_string()) return;
    const auto key = schedule::parse_series_key({name->get_string().data(), name->get_string().size()});
    const auto& ids = site_.setup.plant_ids;
    const auto plant = static_cast<std::size_t>(std::find(ids.begin(), ids.end(), key->plant) - ids.begin());
    const std::size_t signal = key->signal == schedule::all_signals[0] ? 0 : 1;
    auto& submitted = submitted_[plant][signal];
    if (!submitted) return;
    if (command.state == control::CommandState::succeeded) {
        in_force(plant, signal, std::move(*submitted));
        site_.watches[plant]->plan_changed();
    }
    submitted.reset();
}

void FaultTimeline::in_force(std::size_t plant, std::size_t signal, Change change) {
    auto& watch = *site_.watches[plant];
    change.at = site_.clock.now();
    (signal == 0 ? watch.p_plan : watch.q_plan).replace(site_.clock.wall_now(), change.rows, change.end);
    changes_[plant][signal] = std::move(change);
}

void FaultTimeline::apply(service::Service& service, std::size_t plant, std::size_t signal) {
    const auto& csv = changes_[plant][signal]->csv;
    site_.trace.add(csv.empty() ? "plan_off" : "plan_set", site_.setup.plant_ids[plant])
        .text("signal", schedule::to_string(schedule::all_signals[signal]))
        .number("bytes", static_cast<double>(csv.size()));
    site_.watches[plant]->plan_changed();
    if (csv.empty()) {
        service.parts().plans.enable_manual(plant, schedule::all_signals[signal], false);
        return;
    }
    auto file = planfile::parse_plan(csv, "drawn.csv", site_.setup.plant_ids, site_.setup.zone);
    if (!file.ok()) throw std::logic_error("a drawn plan was refused: " + file.problems.front().message());
    planfile::apply_plan(std::move(file), service.parts().plans);
}

void FaultTimeline::service_back(bool killed) {
    constexpr Duration surely_stored = 5min;  // absence included
    for (std::size_t plant = 0; plant < changes_.size(); ++plant) {
        end_exchange(plant);
        for (std::size_t signal = 0; signal < 2; ++signal) {
            // Whether a command that was cut off had done it, nobody knows.
            if (auto& submitted = submitted_[plant][signal]) {
                in_force(plant, signal, std::move(*submitted));
                submitted.reset();
                if (!killed) apply(site_.process()->service(), plant, signal);
            }
            if (!killed) continue;
            const auto& change = changes_[plant][signal];
            if (change && site_.clock.now() - change->at < surely_stored)
                apply(site_.process()->service(), plant, signal);
        }
    }
}

// A second master writes what it likes into the registers of setpoints and enable.
void FaultTimeline::overwrite(service::Service& service, std::size_t plant, Random& random) {
    auto& watch = *site_.watches[plant];
    auto& unit = service.unit(plant);
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
    (void)site_.device(plant).emulator().execute(request);
    watch.foreign_end(enable);
}

awaitable<void> FaultTimeline::interfere(std::size_t plant, Random random) {
    for (;;) {
        co_await next_event(site_.clock, random, profile_.overwrites);
        if (auto* process = site_.process()) overwrite(process->service(), plant, random);
    }
}

awaitable<void> FaultTimeline::disturb(std::size_t plant, Random random) {
    const double all = profile_.restarts + profile_.resets + profile_.outages;
    for (;;) {
        co_await next_event(site_.clock, random, all);
        const double choice = random.uniform() * all;
        const double length = random.uniform(0.1, std::max(profile_.longest_outage_s, 0.2));
        auto* process = site_.process();
        if (process == nullptr) continue;
        auto& unit = process->service().unit(plant);
        if (choice < profile_.restarts) {
            site_.trace.add("plant_restart", unit.plant().id);
            site_.device(plant).restart();
            site_.watches[plant]->restarted();
        } else if (site_.network != nullptr && choice < profile_.restarts + profile_.resets) {
            site_.network->reset(unit.endpoint().address);
        } else if (site_.network != nullptr) {
            site_.network->begin_outage(unit.endpoint().address, seconds(length));
        }
    }
}

}  // namespace hil::simulate

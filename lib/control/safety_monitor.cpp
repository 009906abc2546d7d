#include "control/safety_monitor.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>
#include <vector>

namespace hil::control {
namespace {

// In the order of the plan.
enum : std::size_t { soc_at, voltage_at, p_at, q_at };

std::optional<double> known(const plant::PointValue& value) {
    return value.known ? std::optional(value.value) : std::nullopt;
}

// The device gives something, and it is no value: it may be anything.
bool lost(const plant::PointValue& value) {
    return !value.known && value.why != plant::Unknown::refused;
}

bool limits_anything(const config::SafetyWindow& w) {
    return w.stop_min || w.derate_min || w.warn_min || w.warn_max || w.derate_max || w.stop_max;
}

// An empty battery does not discharge and a full one does not charge: that is no disobedience.
bool explained(std::optional<double> soc_pu, double wanted_kw) {
    constexpr double end = 0.005;
    if (!soc_pu) return false;
    return (*soc_pu <= end && wanted_kw > 0) || (*soc_pu >= 1 - end && wanted_kw < 0);
}

// The device takes less than it is asked for, and says so: that has an alert of its own.
bool limited(const SignalSetpoint& signal) {
    return signal.held_why != HeldWhy::none && signal.held_why != HeldWhy::no_effect;
}

// What the power is held against.
double obeyed(const SignalSetpoint& signal) {
    return limited(signal) ? signal.held : signal.value;
}

}  // namespace

SafetyMonitor::SafetyMonitor(Clock& clock, plant::Link& link, const PlantControl& control,
                             const config::Plant& plant, std::size_t index, Safety& safety)
    : clock_(clock),
      link_(link),
      control_(control),
      plant_(plant),
      index_(index),
      safety_(safety),
      asked_(clock),
      idle_(plant.model, plant.safety.soc),
      // A reading that failed is seen by the next step as one that did not come.
      tasks_(clock) {
    const auto& points = link.map().standard();
    std::vector<plant::PointId> wanted{points.soc, points.v_poi, points.p_battery, points.q_battery};
    if (const auto temperature = link.map().find(plant.safety.temperature_point)) {
        if (link.map().point(*temperature).access != config::Access::write) {
            temperature_at_ = wanted.size();
            wanted.push_back(*temperature);
        }
    }
    read_batch_ = link.map().batch(wanted);
}

awaitable<void> SafetyMonitor::run(Instant anchor) {
    std::exception_ptr cancelled;
    tasks_.spawn("safety readings", [this] { return keep_reading(); }, OnEscape::restart);
    try {
        Ticker ticker(clock_, anchor, plant_.safety.poll_period, Phase::other);
        for (;;) {
            const auto step = co_await ticker.next();
            ++statistics_.polls;
            statistics_.skipped += static_cast<std::uint64_t>(step.skipped);
            statistics_.worst_lateness = std::max(statistics_.worst_lateness, step.lateness);
            // Of the period that ended. What came was judged when it came.
            if (!std::exchange(arrived_, false) && statistics_.polls > 1) {
                ++statistics_.failed;
                seen_.fresh = false;
                judge();
            }
            if (!reading_) asked_.notify();
        }
    } catch (...) {
        cancelled = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    tasks_.cancel();
    co_await tasks_.join();
    std::rethrow_exception(cancelled);
}

awaitable<void> SafetyMonitor::keep_reading() {
    for (;;) {
        reading_ = false;
        co_await asked_.wait();
        reading_ = true;
        co_await read();
    }
}

awaitable<void> SafetyMonitor::read() {
    const Instant asked = clock_.now();
    const auto reading =
        co_await link_.read(read_batch_, plant::Priority::control, plant::Link::this_instant);
    if (!reading) co_return;
    // An answer to a question of long ago says nothing of now.
    if (clock_.now() - asked > plant_.safety.poll_period) co_return;
    const auto& values = *reading;
    seen_.soc_pu = known(values[soc_at]);
    seen_.voltage_pu.reset();
    if (const auto kv = known(values[voltage_at]); kv && plant_.model.poi_voltage_kv > 0)
        seen_.voltage_pu = *kv / plant_.model.poi_voltage_kv;
    seen_.temperature_c = temperature_at_ ? known(values[*temperature_at_]) : std::nullopt;
    seen_.unknown = unknown_of(values);
    seen_.power_seen = values[p_at].known;
    seen_.deviation_pu = deviation(known(values[p_at]), known(values[q_at]));
    // A plant that answers with nothing but refusals gives no values.
    seen_.fresh = seen_.soc_pu || seen_.voltage_pu || values[p_at].known || !seen_.unknown.empty();
    arrived_ = seen_.fresh;
    watch_idleness(known(values[p_at]));
    if (seen_.fresh) judge();
}

// Told is a plant whose register is known to hold what is asked for, or as much of it as the device takes.
void SafetyMonitor::watch_idleness(std::optional<double> p_kw) {
    const auto& status = control_.status();
    std::optional<double> asked_kw = 0.0;
    if (control_.dispatch_enabled() && control_.state() == PlantState::running && status.setpoint) {
        const bool known = status.p.confirmed || limited(status.setpoint->p);
        asked_kw = known ? std::optional(obeyed(status.setpoint->p)) : std::nullopt;
    }
    const bool before = idle_.idle().has_value();
    idle_.observe(asked_kw, p_kw, seen_.soc_pu, clock_.now());
    if (idle_.idle().has_value() != before && on_idle) on_idle(idle_.idle());
}

std::string SafetyMonitor::unknown_of(const plant::Reading& values) const {
    const auto& limits = plant_.safety;
    std::string names;
    const auto look = [&](std::size_t at, bool watched) {
        if (!watched || !lost(values[at])) return;
        const auto& name = link_.map().point(read_batch_.items[at].point).name;
        names += (names.empty() ? "" : ", ") + name;
    };
    look(soc_at, limits_anything(limits.soc));
    look(voltage_at, limits_anything(limits.voltage));
    look(p_at, true);
    look(q_at, link_.map().standard().dispatches_q() && link_.map().standard().q_battery != plant::no_point);
    if (temperature_at_) look(*temperature_at_, limits_anything(limits.temperature));
    return names;
}

std::optional<double> SafetyMonitor::deviation(std::optional<double> p_kw,
                                               std::optional<double> q_kvar) const {
    const auto& setpoint = control_.status().setpoint;
    if (!control_.dispatch_enabled() || control_.state() != PlantState::running || !setpoint)
        return std::nullopt;
    const auto& limits = plant_.model.power_limits;
    const auto share = [](double wanted, std::optional<double> got, double most, double least) {
        const double range = std::max(std::abs(most), std::abs(least));
        return got && range > 0 ? std::abs(*got - wanted) / range : 0.0;
    };
    const double p_wanted = obeyed(setpoint->p);
    const double p =
        explained(seen_.soc_pu, p_wanted) ? 0.0 : share(p_wanted, p_kw, limits.p_max_kw, limits.p_min_kw);
    return std::max(p, share(obeyed(setpoint->q), q_kvar, limits.q_max_kvar, limits.q_min_kvar));
}

void SafetyMonitor::judge() {
    seen_.connected = link_.status().state == plant::LinkState::connected;
    seen_.active = control_.state() != PlantState::stopped || control_.operating() == true;
    safety_.observe(index_, seen_);
}

}  // namespace hil::control

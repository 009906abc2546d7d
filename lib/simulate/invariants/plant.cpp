#include "simulate/invariants/plant.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::simulate {
namespace {

WatchedPoint point_of(const config::Plant& plant, const config::ModbusEndpoint& endpoint,
                      std::string_view name) {
    const auto* point = endpoint.find(name);
    return point == nullptr ? WatchedPoint() : WatchedPoint(plant, endpoint, *point);
}

bool readable_start(const config::ModbusEndpoint& endpoint) {
    return std::ranges::all_of(endpoint.start_sequence, [&endpoint](const auto& step) {
        const auto* point = endpoint.find(step.point);
        return step.verify && point != nullptr && point->access != config::Access::write;
    });
}

}  // namespace

PlantInvariants::PlantInvariants(const Clock& clock, const config::Plant& plant,
                                 const config::ModbusEndpoint& endpoint, plant_sim::Emulator& emulator,
                                 Settings settings, Fail fail)
    : p_plan(plant.model.power_limits.p_min_kw, plant.model.power_limits.p_max_kw),
      q_plan(plant.model.power_limits.q_min_kvar, plant.model.power_limits.q_max_kvar),
      clock_(clock),
      plant_(plant),
      endpoint_(endpoint),
      settings_(settings),
      fail_(std::move(fail)),
      p_(point_of(plant, endpoint, "p_setpoint")),
      q_(point_of(plant, endpoint, "q_setpoint")),
      enable_(point_of(plant, endpoint, "enable")),
      p_meter_(point_of(plant, endpoint, "p_battery")),
      q_meter_(point_of(plant, endpoint, "q_battery")),
      soc_(point_of(plant, endpoint, "soc")),
      v_(point_of(plant, endpoint, "v_poi")),
      columns_(watch_columns(plant, endpoint)),
      readable_start_(readable_start(endpoint)),
      // The answer to a read, the turn of another request, the answer to the write before.
      timeout_(3 * endpoint.timeout),
      quiet_since_(clock.now()),
      link_quiet_since_(clock.now()),
      p_written_at_(clock.now()),
      q_written_at_(clock.now()),
      p_opposition_(std::max(plant.model.power_limits.p_max_kw, -plant.model.power_limits.p_min_kw),
                    2 * settings.dispatch_period + timeout_),
      q_opposition_(std::max(plant.model.power_limits.q_max_kvar, -plant.model.power_limits.q_min_kvar),
                    2 * settings.dispatch_period + timeout_),
      taking_(plant, settings.dispatch_period),
      p_confirmed_at_(clock.now()),
      q_confirmed_at_(clock.now()) {
    run_rule_.emplace_back(enable_, 1.0);
    for (std::size_t i = 0; i < columns_.size(); ++i)
        for (std::uint16_t k = 0; columns_[i].point != nullptr && k < columns_[i].words(); ++k)
            cells_.push_back({columns_[i].point->register_type,
                              static_cast<std::uint16_t>(columns_[i].address() + k), 4 * i + k});
    if (const auto point = watch(endpoint, "stop_command")) run_rule_.emplace_back(*point, 0.0);
    if (const auto point = watch(endpoint, "start_command")) run_rule_.emplace_back(*point, 2.0);
    attach(emulator);
}

void PlantInvariants::attach(plant_sim::Emulator& emulator, bool outlives_the_service) {
    emulator_ = &emulator;
    energy_kwh_.reset();
    p_written_at_ = q_written_at_ = clock_.now();
    outlives_ = outlives_the_service;
    if (outlives_ && outlived_) {
        p_written_at_ = outlived_->p;
        q_written_at_ = outlived_->q;
    }
    inside_ = emulator.model().inside();
    emulator.on_request = [this](const modbus::Request& request, const modbus::Response& response) {
        on_request(request, response);
    };
    emulator.on_refused = [this](const modbus::Request& request, const modbus::Response& response) {
        on_refused(request, response);
    };
    emulator.on_step = [this](double before, Duration dt) { on_step(before, dt); };
    emulator.on_seed = [this] {
        energy_kwh_.reset();
        inside_ = emulator_->model().inside();
        if (runs()) this->fail("energy", "the state of charge of a running plant was set");
    };
}

void PlantInvariants::detach() {
    if (outlives_) outlived_ = {p_written_at_, q_written_at_};
    emulator_->on_request = nullptr;
    emulator_->on_refused = nullptr;
    emulator_->on_step = nullptr;
    emulator_->on_seed = nullptr;
}

void PlantInvariants::leave_side(bool by_force) {
    if (!by_force && enabled() && !meddled_)
        fail("stop", "the plant runs on the side that the service leaves");
    detach();
}

void PlantInvariants::fail(const char* invariant, std::string text) {
    fail_({invariant, plant_.id, clock_.wall_now(), std::move(text)});
}

double PlantInvariants::value(const WatchedPoint& point) const {
    return point.point == nullptr ? 0 : point.value(emulator_->bank());
}

bool PlantInvariants::runs() const {
    return std::all_of(run_rule_.begin(), run_rule_.end(),
                       [this](const auto& rule) { return std::abs(value(rule.first) - rule.second) < 1e-9; });
}

bool PlantInvariants::right(const WatchedPoint& point, const PlanMemory& plan) const {
    if (point.point == nullptr) return true;  // nothing is asked of it
    const auto wall = clock_.wall_now();
    if (const auto only = plan.standing(wall)) return fits(point, value(point), *only);
    return planned(point, value(point), plan.values(wall));
}

bool PlantInvariants::planned(const WatchedPoint& point, double held,
                              const PlanMemory::Values& wanted) const {
    return std::any_of(wanted.begin(), wanted.end(), [&](double value) { return fits(point, held, value); });
}

// 0 with an offset is 0 but for how the sum rounds.
bool PlantInvariants::less(double held, double wanted) {
    const bool none = std::abs(held) < 1e-9;
    return (none || held * wanted >= 0) && std::abs(held) <= std::abs(wanted) + 1e-6;
}

// Time without confirmation counts from here.
void PlantInvariants::confirmed_by_decree() {
    p_confirmed_at_ = q_confirmed_at_ = clock_.now();
}

// ---- what was asked for -------------------------------------------------------------------------------

void PlantInvariants::service_gone() {
    served_ = false;
    left_ = false;
    operations_ = 0;
    unseen_restart_ = false;
    may_run_ = false;
    may_run_since_ = clock_.now();
    dispatch_set(false);
    wanted_ = Wanted::nothing_known;
    seen_disabled_.reset();
    answers_.clear();
    derated(false);
    disturbed();
}

void PlantInvariants::service_back(Found found) {
    served_ = true;
    alone_since_ = std::max(alone_since_, clock_.now());
    wanted_ = found == Found::to_be_stopped ? Wanted::stopped : Wanted::nothing_known;
    may_run_ = found == Found::adopted;
    read_since_connect_ = false;
    disturbed();
}

void PlantInvariants::dispatch_set(bool open) {
    if (open == dispatch_enabled_) return;
    dispatch_enabled_ = open;
    dispatch_since_ = clock_.now();
    confirmed_by_decree();
    disturbed();
}

void PlantInvariants::start_called() {
    ++operations_;
    left_ = false;
    meddled_ = false;
    may_run_ = true;
    may_run_since_ = clock_.now();
    seen_disabled_.reset();
    disturbed();
}

void PlantInvariants::start_ended(bool running, bool changed_nothing) {
    --operations_;
    confirmed_by_decree();
    disturbed();
    if (changed_nothing) {
        if (operations_ == 0) may_run_ = wanted_ != Wanted::stopped;
        return;
    }
    left_ = !running && operations_ == 0;
    if (running) {
        if (may_run_) wanted_ = meddled_ ? Wanted::nothing_known : Wanted::running;
    } else if (wanted_ != Wanted::stopped) {
        wanted_ = Wanted::nothing_known;
    }
}

// The service sees enable alone: what somebody enabled without starting it does not run by being adopted.
void PlantInvariants::adopt_ended(bool taken, bool changed_nothing) {
    start_ended(taken, changed_nothing);
    if (taken && !runs()) wanted_ = Wanted::nothing_known;
    left_ = false;  // what could not be taken over goes on as it did
}

void PlantInvariants::stop_called() {
    ++operations_;
    unseen_restart_ = false;
    may_run_ = false;
    may_run_since_ = clock_.now();
    dispatch_set(false);
    wanted_ = Wanted::stopped;
    disturbed();
}

void PlantInvariants::derated(bool on) {
    if (on == derated_) return;
    derated_ = on;
    derated_until_ = clock_.now() + timeout_;
    disturbed();
}

bool PlantInvariants::may_be_less() const {
    return derated_ || clock_.now() < derated_until_ || limits() || bends();
}

void PlantInvariants::tripped() {
    unseen_restart_ = false;
    may_run_ = false;
    may_run_since_ = clock_.now();
    dispatch_set(false);
    wanted_ = Wanted::stopped;
    disturbed();
}

void PlantInvariants::allowed() {
    if (wanted_ == Wanted::stopped && enabled()) wanted_ = Wanted::nothing_known;
}

void PlantInvariants::stop_ended(bool /*disabled*/) {
    --operations_;
    left_ = operations_ == 0 && wanted_ != Wanted::running;  // a start may have overtaken it
    disturbed();
}

void PlantInvariants::moved(Found found) {
    left_ = false;
    unseen_restart_ = false;
    seen_disabled_.reset();
    derated(false);
    service_back(found);
}

void PlantInvariants::move_ended() {
    --operations_;
    disturbed();
}

// ---- what was done to the plant -----------------------------------------------------------------------

void PlantInvariants::disturbed(Duration more) {
    quiet_since_ = std::max(quiet_since_, clock_.now() + more);
    // Whatever it was may have ended a connection, and who failed to connect waits before the next attempt.
    constexpr auto longest_back_off = std::chrono::seconds(35);
    alone_since_ = std::max(alone_since_, clock_.now() + more + longest_back_off);
    link_quiet_since_ = std::max(link_quiet_since_, clock_.now() + more);
}

void PlantInvariants::device_disturbed(Duration more) {
    quiet_since_ = std::max(quiet_since_, clock_.now() + more);
}

void PlantInvariants::device_limits(Duration lasts) {
    limits_until_ = std::max(limits_until_, clock_.now() + lasts);
}

void PlantInvariants::device_bends(Duration lasts) {
    bends_until_ = std::max(bends_until_, clock_.now() + lasts);
}

void PlantInvariants::device_late(Duration delay, Duration lasts) {
    late_ = clock_.now() < late_until_ ? std::max(late_, delay) : delay;
    late_until_ = std::max(late_until_, clock_.now() + lasts);
}

void PlantInvariants::unreadable(Duration lasts) {
    readable_since_ = std::max(readable_since_, clock_.now() + lasts);
}

void PlantInvariants::connected() {
    read_since_connect_ = false;
    answers_.clear();
    quiet_since_ = std::max(quiet_since_, clock_.now() + endpoint_.connect_delay);
}

void PlantInvariants::has_habit(Duration lasts, Duration swallowed) {
    const auto now = clock_.now();
    if (habit_until_ && *habit_until_ > now) {  // of two at once, the one that costs more
        habit_until_ = std::max(*habit_until_, now + lasts);
    } else {
        habit_until_ = now + lasts;
        habit_bound_ = Duration::zero();
        alone_since_ = std::max(alone_since_, now);
    }
    // Asked again at every time-out until it is through.
    habit_bound_ = std::max(habit_bound_, swallowed + endpoint_.connect_delay + 2 * endpoint_.timeout +
                                              2 * settings_.dispatch_period + 2 * timeout_);
}

// The plant does not run any more, and shall not until it is started: that is the policy of the sites
// simulated.
void PlantInvariants::restarted() {
    left_ = false;
    meddled_ = true;
    answers_.clear();
    disturbed();
    if (wanted_ == Wanted::running && operations_ == 0 && !settings_.restarts_by_itself) {
        wanted_ = Wanted::stopped;
        may_run_ = false;
        may_run_since_ = clock_.now();
        unseen_restart_ = true;
    } else if (operations_ > 0 || wanted_ == Wanted::running) {
        wanted_ = Wanted::nothing_known;
    }
}

void PlantInvariants::foreign_end(bool touched_enable) {
    left_ = false;
    foreign_ = false;
    // Who sets enable behind the service's back decides whether the plant runs, until the next command.
    if (touched_enable) wanted_ = forbidden && forbidden() ? Wanted::stopped : Wanted::nothing_known;
    meddled_ = meddled_ || touched_enable;
    // Enabled again before the service could see it stopped: it cannot know of the restart.
    if (touched_enable && std::exchange(unseen_restart_, false)) may_run_ = true;
    disturbed();
}

void PlantInvariants::answer_over(bool delivered) {
    if (answers_.empty()) return;
    const Answer answer = answers_.front();
    answers_.pop_front();
    if (delivered) take(answer);
}

void PlantInvariants::take(const Answer& answer) {
    if (answer.p_right) p_confirmed_at_ = clock_.now();
    if (answer.q_right) q_confirmed_at_ = clock_.now();
    if (!answer.enabled) return;
    unseen_restart_ = false;
    if (*answer.enabled) {
        seen_disabled_.reset();
    } else if (!seen_disabled_) {
        seen_disabled_ = clock_.now();
    }
}

}  // namespace hil::simulate

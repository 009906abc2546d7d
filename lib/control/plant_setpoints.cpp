// The setpoints of PlantControl: what the machines decide, carried out in a dispatch cycle.
#include "base/mutation.hpp"
#include "control/plant_control.hpp"
#include "plant/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace hil::control {
namespace {

// Whether limits, safety and faults made the same of both.
bool says_the_same(const Setpoint& a, const Setpoint& b) {
    const auto same = [](const SignalSetpoint& x, const SignalSetpoint& y) {
        return x.value == y.value && x.asked == y.asked && x.limit == y.limit && x.derated == y.derated &&
               x.condition == y.condition && x.faulty() == y.faulty();
    };
    return same(a.p, b.p) && same(a.q, b.q);
}

}  // namespace

PlantControl::SignalPath PlantControl::signal_path(plant::PointId point, std::size_t at, const char* unit,
                                                   double most, double least) const {
    const auto& map = link_.map();
    const auto& configured = map.point(point);
    const double rating = std::max(std::abs(most), std::abs(least));
    SignalPath path{.point = point,
                    .codec = &map.codec(point),
                    .at = at,
                    .machine = {SetpointMachine::rules_of(configured, unit, endpoint_.on_refused, rating,
                                                          options_.period),
                                map.codec(point)},
                    .limits = {}};
    const auto& limits = configured.limit_points;
    for (std::size_t i = 0; i < path.limits.size() && !limits.empty(); ++i)
        if (const auto limit = map.find(limits[std::min(i, limits.size() - 1)]))
            path.limits[i] = map.batch(std::array{*limit});
    return path;
}

std::int64_t PlantControl::today() const {
    const auto now = clock_.wall_now();
    return hooks_.day ? hooks_.day(now)
                      : std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
}

void PlantControl::begin_epoch(plant::Epoch epoch) {
    if (std::exchange(written_epoch_, epoch) == epoch) return;
    for (auto* path : paths())
        path->machine.forget_writes();
}

void PlantControl::end_dispatch() {
    limits_noted_at_.reset();
    for (auto* path : paths()) {
        path->machine.end_dispatch();
        notify_news(*path);
    }
}

void PlantControl::restore_writes(plant::PointId point, const WriteCount& count) {
    for (auto* path : paths())
        if (path->point == point) path->machine.restore(count);
}

std::optional<Duration> PlantControl::refreshed_every() const {
    std::optional<Duration> every;
    for (const auto point : {points_.p_setpoint, points_.q_setpoint}) {
        if (point == plant::no_point) continue;
        if (const auto refresh = link_.map().point(point).refresh)
            every = every ? std::min(*every, *refresh) : *refresh;
    }
    return every;
}

void PlantControl::count_write(const SignalPath& path) {
    if (hooks_.on_count && path.machine.budget().most())
        hooks_.on_count(path.point, path.machine.budget().count());
}

void PlantControl::note_zero(plant::PointId point, error_code outcome) {
    for (auto* path : paths()) {
        if (path->point != point) continue;
        path->machine.noted(outcome, today());
        count_write(*path);
    }
}

// ---- what the machines say ----------------------------------------------------------------------------

void PlantControl::notify_news(SignalPath& path) {
    using Kind = SetpointMachine::NewsKind;
    const auto kind = [](Kind news) {
        switch (news) {
            case Kind::limited:
                return NoticeKind::device_limited;
            case Kind::limited_over:
                return NoticeKind::device_follows;
            case Kind::opposed:
                return NoticeKind::opposed;
            case Kind::opposed_over:
                return NoticeKind::not_opposed;
            case Kind::budget_low:
                return NoticeKind::writes_low;
            case Kind::budget_spent:
                return NoticeKind::writes_spent;
            case Kind::budget_again:
                break;
        }
        return NoticeKind::writes_again;
    };
    for (auto& news : path.machine.take_news())
        notify(kind(news.kind), std::move(news.text), link_.map().point(path.point).name);
}

// The time a device kept its plant from the setpoint, and how, for the summary.
void PlantControl::note_limits() {
    const auto now = clock_.now();
    const Duration since = limits_noted_at_ ? now - *limits_noted_at_ : Duration::zero();
    limits_noted_at_ = now;
    for (std::size_t i = 0; i < paths().size(); ++i) {
        const auto& machine = paths()[i]->machine;
        if (!machine.limited()) continue;
        statistics_.limited[i].text = machine.text();
        statistics_.limited[i].total += since;
    }
}

// What is known of both, for whoever asks why.
void PlantControl::show(Setpoint& setpoint, const std::array<bool, 2>& writes) {
    const auto one = [](const SignalPath& path, SignalSetpoint& signal, bool write) {
        const auto& seen = path.machine.verdict();
        signal.held_why = seen.why;
        signal.held = seen.held.value_or(seen.aim);
        signal.held_text = path.machine.text();
        return SignalVerdict{.write = write,
                             .source = seen.held ? CompareSource::readback : CompareSource::cache_fallback,
                             .mismatch = seen.held ? std::optional(*seen.held != seen.wanted) : std::nullopt,
                             .confirmed = seen.followed()};
    };
    status_.p = one(p_, setpoint.p, writes[0]);
    status_.q = q_ ? one(*q_, setpoint.q, writes[1])
                   : SignalVerdict{.write = false, .source = {}, .mismatch = {}, .confirmed = true};
    status_.setpoint = setpoint;
    for (auto* path : paths())
        notify_news(*path);
    note_limits();
    if (hooks_.on_setpoint) hooks_.on_setpoint(setpoint, status_.p.confirmed, status_.q.confirmed);
}

bool PlantControl::settled() const {
    return p_.machine.verdict().settled() && (!q_ || q_->machine.verdict().settled());
}

// ---- the dispatch cycle -------------------------------------------------------------------------------

bool PlantControl::asks_for_limit(const SignalPath& path, double wanted) {
    return !path.limits[wanted < 0 ? 1 : 0].items.empty() && path.machine.asks_for_limit(wanted);
}

awaitable<std::optional<double>> PlantControl::read_limit(const SignalPath& path, double wanted) {
    const auto reading = co_await link_.read(path.limits[wanted < 0 ? 1 : 0], plant::Priority::dispatch);
    if (!reading || !reading->front().known) co_return std::nullopt;
    co_return reading->front().value;
}

awaitable<void> PlantControl::send(SignalPath& path, const SignalSetpoint* reason, double value,
                                   plant::Priority priority, plant::Epoch epoch, WriteSource source,
                                   Writes& out) {
    std::optional<double> next = value;
    while (next && link_.epoch() == epoch) {
        ++out.attempted;
        const double sent = *next;
        const auto error = co_await write(path.point, sent, priority, epoch, source, reason);
        if (error) {
            out.failure = error;
        } else {
            ++out.succeeded;
        }
        next = path.machine.written(sent, error, clock_.now());
        count_write(path);
    }
}

bool PlantControl::stop_where_zero_is_refused() {
    for (auto* path : paths()) {
        const auto why = path->machine.take_stop();
        if (!why) continue;
        notify(NoticeKind::zero_refused, *why, link_.map().point(path->point).name);
        stop_again(*why + ": stopping it");
        return true;
    }
    return false;
}

// What the registers can hold of a setpoint; none where they cannot, which the limits of the plan prevent.
std::optional<std::array<double, 2>> PlantControl::wanted_of(const Setpoint& setpoint) {
    std::array<double, 2> out{};
    const std::array values{setpoint.p.value, setpoint.q.value};
    for (std::size_t i = 0; i < paths().size(); ++i) {
        auto& path = *paths()[i];
        if (!path.coded || path.coded->value != values[i]) {
            const auto words = path.codec->encode(values[i]);
            if (!words) {
                status_.last_status = WriteStatus::failed;
                status_.last_error = words.error().message();
                return std::nullopt;
            }
            path.coded = {values[i], path.codec->decode({words->data(), path.codec->word_count()})};
        }
        out[i] = path.coded->held;
    }
    return out;
}

awaitable<void> PlantControl::write_what_differs(const plant::Reading& reading, plant::Epoch epoch) {
    Setpoint setpoint = setpoints_.at(clock_.wall_now());
    const bool notified =
        !limited_text_.empty() && status_.setpoint && says_the_same(*status_.setpoint, setpoint);
    if (!notified && (setpoint.changed() || !limited_text_.empty())) {
        auto text = setpoint.text();
        if (text != limited_text_ && !text.empty()) notify(NoticeKind::limited, text);
        limited_text_ = std::move(text);
    }
    begin_epoch(epoch);
    const auto wanted = wanted_of(setpoint);
    if (!wanted) {
        status_.setpoint = setpoint;
        note_confirmation(false);
        co_return;
    }
    std::array<std::optional<double>, 2> writes;
    for (std::size_t i = 0; i < paths().size(); ++i) {
        auto& path = *paths()[i];
        std::optional<double> limit;
        if (asks_for_limit(path, (*wanted)[i])) {
            limit = co_await read_limit(path, (*wanted)[i]);
            if (link_.epoch() != epoch) co_return;
        }
        writes[i] = path.machine.decide({.wanted = (*wanted)[i],
                                         .read = value_of(reading, path),
                                         .now = clock_.now(),
                                         .day = today(),
                                         .limit = limit});
    }
    show(setpoint, {writes[0].has_value(), writes[1].has_value()});
    note_confirmation(settled());
    if (!writes[0] && !writes[1]) {
        if (setpoint.p.faulty() || setpoint.q.faulty()) {
            status_.last_status = WriteStatus::failed;
            status_.last_error = setpoint.text();
        }
        co_return;
    }

    Writes out;
    const std::array<const SignalSetpoint*, 2> reasons{&setpoint.p, &setpoint.q};
    for (std::size_t i = 0; i < writes.size(); ++i) {
        if (writes[i] && link_.epoch() == epoch)
            co_await send(*paths()[i], reasons[i], *writes[i], plant::Priority::dispatch, epoch,
                          WriteSource::scheduler, out);
    }
    if (link_.epoch() != epoch) co_return;  // who ended it says what became of the plant
    publish(WriteSource::scheduler, setpoint, out.attempted, out.succeeded, out.failure);
    if (stop_where_zero_is_refused() || out.succeeded == 0) co_return;

    // A write is done when it is read back.
    const auto after = co_await link_.read(control_batch_, plant::Priority::dispatch);
    if (!after || link_.epoch() != epoch) co_return;
    for (auto* path : paths())
        path->machine.saw(value_of(*after, *path), clock_.now());
    note_confirmation(settled());
    show(setpoint, {writes[0].has_value(), writes[1].has_value()});
}

// ---- what is shown ------------------------------------------------------------------------------------

void PlantControl::publish(WriteSource source, const Setpoint& setpoint, int attempted, int succeeded,
                           error_code error) {
    const auto now = clock_.wall_now();
    status_.last_status = summarise(attempted, succeeded);
    status_.last_source = source;
    status_.last_attempt_at = now;
    status_.last_attempt_p_kw = setpoint.p.value;
    status_.last_attempt_q_kvar = setpoint.q.value;
    status_.last_error.clear();
    if (error) {
        status_.last_error = fmt::format("setpoint_write_{}: {}",
                                         succeeded > 0 ? "partial_failure" : "failed", error.message());
        notify(NoticeKind::write_failed, status_.last_error);
    } else {
        status_.last_success_at = now;
        status_.last_success_p_kw = setpoint.p.value;
        status_.last_success_q_kvar = setpoint.q.value;
    }
    if (setpoint.p.faulty() || setpoint.q.faulty()) {
        status_.last_status = WriteStatus::failed;
        status_.last_error = setpoint.text();
    }
}

// Time counts from the first cycle that finds a wanted setpoint not confirmed to the read-back that confirms
// it.
void PlantControl::note_confirmation(bool confirmed) {
    const auto now = clock_.now();
    if (unconfirmed_since_) {
        statistics_.longest_unconfirmed =
            std::max(statistics_.longest_unconfirmed, now - *unconfirmed_since_);
    }
    if (confirmed) {
        if (unconfirmed_since_) statistics_.unconfirmed += now - *unconfirmed_since_;
        unconfirmed_since_.reset();
        if (std::exchange(unconfirmed_alarm_, false)) {
            notify(NoticeKind::confirmed_again, "the setpoint is confirmed again");
        }
        return;
    }
    if (!status_.dispatch_enabled || state_ != PlantState::running) return;
    if (!unconfirmed_since_) unconfirmed_since_ = now;
    const Duration open = now - *unconfirmed_since_;
    if (open >= options_.unconfirmed_alarm && !std::exchange(unconfirmed_alarm_, true)) {
        notify(NoticeKind::unconfirmed,
               fmt::format("the setpoint has not been confirmed for {:.0f} s", to_seconds(open)));
    }
}

}  // namespace hil::control

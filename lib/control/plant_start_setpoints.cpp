// The setpoints of a start: written and read back before the plant is enabled, or right after it.
#include "control/plant_control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hil::control {

// One round: what the machines decide, and what came of it. Nothing of the plant is read where `known` says
// what it holds.
awaitable<error_code> PlantControl::settle_once(const Setpoint& setpoint, const std::array<double, 2>& wanted,
                                                bool& anew, std::uint64_t operation, plant::Epoch epoch,
                                                Writes& out) {
    const auto reading = co_await link_.read(control_batch_, plant::Priority::control);
    if (!reading) co_return reading.error();
    const int attempted = out.attempted;
    const std::array<const SignalSetpoint*, 2> reasons{&setpoint.p, &setpoint.q};
    for (std::size_t i = 0; i < paths().size(); ++i) {
        auto& path = *paths()[i];
        std::optional<double> limit;
        if (asks_for_limit(path, wanted[i])) limit = co_await read_limit(path, wanted[i]);
        if (operation != operation_ || link_.epoch() != epoch) co_return errc::superseded;
        const auto write = path.machine.decide({.wanted = wanted[i],
                                                .read = value_of(*reading, path),
                                                .now = clock_.now(),
                                                .day = today(),
                                                .limit = limit,
                                                .anew = anew,
                                                .refresh = false});
        if (write)
            co_await send(path, dispatch_enabled() ? reasons[i] : nullptr, *write, plant::Priority::control,
                          epoch, WriteSource::start, out);
    }
    anew = false;
    if (operation != operation_ || link_.epoch() != epoch) co_return errc::superseded;
    if (out.attempted == attempted) co_return error_code{};
    const auto after = co_await link_.read(control_batch_, plant::Priority::control);
    if (!after) co_return after.error();
    for (auto* path : paths())
        path->machine.saw(value_of(*after, *path), clock_.now());
    co_return error_code{};
}

awaitable<error_code> PlantControl::settle_setpoints(const Setpoint& setpoint, bool anew, Duration at_most,
                                                     std::uint64_t operation, plant::Epoch epoch,
                                                     Writes& out) {
    constexpr Duration poll = std::chrono::milliseconds(250);
    const auto wanted = wanted_of(setpoint);
    if (!wanted) co_return errc::setpoint_write_failed;
    begin_epoch(epoch);
    const Instant deadline = clock_.now() + at_most;
    for (;;) {
        const auto error = co_await settle_once(setpoint, *wanted, anew, operation, epoch, out);
        if (operation != operation_) co_return errc::superseded;
        if (link_.epoch() != epoch) co_return errc::not_connected;
        for (auto* path : paths()) {
            notify_news(*path);
            if (const auto why = path->machine.take_stop()) {
                out.detail = *why;
                co_return errc::setpoint_write_failed;
            }
        }
        if (!error && settled()) co_return error_code{};
        if (clock_.now() >= deadline) {
            if (error) co_return error;
            for (const auto* path : paths())
                if (!path->machine.verdict().settled())
                    out.detail +=
                        fmt::format("{}{}", out.detail.empty() ? "" : "; ", path->machine.not_held());
            co_return out.failure ? out.failure : error_code(errc::setpoint_write_failed);
        }
        co_await clock_.sleep_for(std::min(poll, deadline - clock_.now()));
        if (operation != operation_) co_return errc::superseded;
    }
}

awaitable<error_code> PlantControl::write_initial_setpoint(StartResult& out, std::uint64_t operation,
                                                           plant::Epoch epoch) {
    Setpoint setpoint;  // zero
    if (dispatch_enabled()) setpoint = setpoints_.at(clock_.wall_now());
    out.setpoint_write_skipped = !dispatch_enabled();
    out.initial_p_kw = setpoint.p.value;
    out.initial_q_kvar = setpoint.q.value;
    if (dispatch_enabled()) {
        status_.setpoint = setpoint;
        if (hooks_.on_setpoint) hooks_.on_setpoint(setpoint, false, false);
    }
    // With dispatch disabled only what is not zero is touched. The time of a point counts from its
    // acknowledgement, which comes a little later.
    constexpr Duration acknowledgement = std::chrono::milliseconds(500);
    Writes writes;
    const auto failure = co_await settle_setpoints(
        setpoint, dispatch_enabled(), longest_verify() + acknowledgement, operation, epoch, writes);
    out.detail = writes.detail;
    if (operation != operation_) co_return errc::superseded;
    if (dispatch_enabled()) {
        publish(WriteSource::start, setpoint, writes.attempted, writes.succeeded, writes.failure);
    } else {
        status_.last_status = WriteStatus::skipped;
        status_.last_source = WriteSource::start;
        status_.last_error = "dispatch_paused";
    }
    if (failure && !out.detail.empty()) notify(NoticeKind::write_failed, out.detail);
    co_return failure;
}

Duration PlantControl::longest_verify() {
    const auto of = [this](plant::PointId point) {
        if (point == plant::no_point) return Duration::zero();
        return link_.map().point(point).verify_timeout.value_or(config::Point::usual_verify_timeout);
    };
    return std::max(of(points_.p_setpoint), of(points_.q_setpoint));
}

// A device that takes setpoints only once it is enabled must not be enabled with one of somebody else's.
awaitable<error_code> PlantControl::refuse_stale_setpoint(StartResult& out) {
    if (endpoint_.stale_setpoint_ok) co_return error_code{};
    const auto held = co_await link_.read(control_batch_, plant::Priority::control);
    if (!held) co_return held.error();
    for (const auto* path : paths()) {
        const auto value = value_of(*held, *path);
        if (value == 0.0) continue;
        const auto& name = link_.map().point(path->point).name;
        out.detail = value ? fmt::format("{} holds {:g}, and is written only after enable", name, *value)
                           : fmt::format("{} cannot be read, and is written only after enable", name);
        notify(NoticeKind::write_failed, out.detail);
        co_return errc::stale_setpoint;
    }
    co_return error_code{};
}

awaitable<error_code> PlantControl::zero_after_enable(StartResult& out, std::uint64_t operation,
                                                      plant::Epoch epoch) {
    Duration at_most = std::chrono::seconds(1);
    for (const auto* path : paths())
        if (const auto own = link_.map().point(path->point).verify_timeout) at_most = std::max(at_most, *own);
    Writes writes;
    const auto failure = co_await settle_setpoints(Setpoint{}, true, at_most, operation, epoch, writes);
    out.detail = writes.detail;
    out.setpoint_write_ok = !failure;
    if (failure && !out.detail.empty() && operation == operation_)
        notify(NoticeKind::write_failed, out.detail);
    co_return failure;
}

}  // namespace hil::control

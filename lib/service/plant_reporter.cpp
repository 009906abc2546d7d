#include "service/plant_reporter.hpp"

#include "schedule/signal.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <span>
#include <utility>

namespace hil::service {
namespace {

using observe::Channel;

observe::RequestOutcome outcome_of(error_code error) {
    if (!error) return observe::RequestOutcome::ok;
    if (modbus::is_exception(error)) return observe::RequestOutcome::exception;
    if (error == modbus::errc::timeout) return observe::RequestOutcome::timeout;
    if (error == modbus::errc::disconnected) return observe::RequestOutcome::disconnected;
    return observe::RequestOutcome::invalid;
}

// Rejected: the link refused to send it. Failed: it was sent, or could not be.
observe::WriteOutcome write_outcome(error_code error) {
    using observe::WriteOutcome;
    if (!error) return WriteOutcome::ok;
    if (error == plant::errc::superseded) return WriteOutcome::superseded;
    const bool refused = error == plant::errc::access_denied || error == plant::errc::out_of_range ||
                         error == plant::errc::not_finite || error == plant::errc::no_such_point;
    return refused ? WriteOutcome::rejected : WriteOutcome::failed;
}

std::string_view link_word(plant::LinkState state) {
    switch (state) {
        case plant::LinkState::idle:
            return "idle";
        case plant::LinkState::connecting:
            return "connecting";
        case plant::LinkState::connected:
            return "connected";
        case plant::LinkState::waiting:
            return "waiting before the next attempt";
        case plant::LinkState::stopped:
            break;
    }
    return "stopped";
}

// What each kind of notice is, by their order.
constexpr std::array notices{
    std::pair{control::NoticeKind::state_changed, Happening::state_changed},
    std::pair{control::NoticeKind::found_running, Happening::found_running},
    std::pair{control::NoticeKind::lost_running, Happening::lost_running},
    std::pair{control::NoticeKind::restart_failed, Happening::restart_failed},
    std::pair{control::NoticeKind::stop_asserted, Happening::stop_asserted},
    std::pair{control::NoticeKind::unconfirmed, Happening::setpoint_unconfirmed},
    std::pair{control::NoticeKind::confirmed_again, Happening::setpoint_confirmed},
    std::pair{control::NoticeKind::write_failed, Happening::setpoint_write_failed},
    std::pair{control::NoticeKind::start_retried, Happening::start_retried},
    std::pair{control::NoticeKind::start_given_up, Happening::start_given_up},
    std::pair{control::NoticeKind::start_settled, Happening::start_settled},
    std::pair{control::NoticeKind::stop_owed, Happening::stop_owed},
    std::pair{control::NoticeKind::stop_confirmed, Happening::stop_confirmed},
    std::pair{control::NoticeKind::limited, Happening::setpoint_limited},
    std::pair{control::NoticeKind::device_limited, Happening::device_limited},
    std::pair{control::NoticeKind::device_follows, Happening::device_follows},
    std::pair{control::NoticeKind::opposed, Happening::opposed},
    std::pair{control::NoticeKind::not_opposed, Happening::not_opposed},
    std::pair{control::NoticeKind::writes_low, Happening::writes_low},
    std::pair{control::NoticeKind::writes_spent, Happening::writes_spent},
    std::pair{control::NoticeKind::writes_again, Happening::writes_again},
    std::pair{control::NoticeKind::zero_refused, Happening::zero_refused},
};

constexpr bool notices_in_order() {
    for (std::size_t i = 0; i < notices.size(); ++i)
        if (notices[i].first != static_cast<control::NoticeKind>(i)) return false;
    return true;
}
static_assert(notices_in_order(), "the table has one row for each kind of notice, in their order");

// An alert of each register: what a device does with its setpoints.
bool of_register(Happening what) {
    const auto alarm = happenings_table()[static_cast<std::size_t>(what)].alarm;
    return alarm == Alarm::device_limit || alarm == Alarm::opposed || alarm == Alarm::write_budget;
}

// Why a point has no value, with the registers that were to give it.
std::string doubt_text(const config::Point& point, const plant::PointValue& value) {
    if (value.why == plant::Unknown::refused) {
        return fmt::format(
            "the device refuses to give the {} registers of {} from {} on in one request; they are "
            "never pieced together: it counts as unknown",
            point.word_count(), point.name, point.address);
    }
    const std::span registers(value.words.data(), point.word_count());
    auto text = fmt::format("{} reads {}, {}", point.name, plant::registers_text(registers),
                            plant::to_string(value.why));
    if (value.why == plant::Unknown::impossible) text += fmt::format(" ({:g})", value.value);
    return text + ": it counts as unknown";
}

}  // namespace

PlantReporter::PlantReporter(const SiteContext& context, const PlantSite& site, std::size_t index,
                             PlanFollowing& following)
    : context_(context),
      site_(site),
      index_(index),
      plant_(site.config.plants[index]),
      following_(following),
      metrics_(context.metrics.plant(plant_.id)),
      link_changed_(context.clock) {}

void PlantReporter::notify(Happening what, std::string text, std::string_view part, std::string log) {
    context_.happenings.notify(what, std::move(text),
                               {.plant = plant_.id, .part = std::string(part), .log = std::move(log)});
}

void PlantReporter::moved(const EndpointRuntime& from) {
    const auto over = [&](Alarm alarm, std::string_view part = {}) {
        context_.happenings.over({alarm, plant_.id, std::string(part)}, "another transport is in use");
    };
    for (const auto alarm : {Alarm::link, Alarm::lost_running, Alarm::setpoint, Alarm::feasibility})
        over(alarm);
    for (const auto alarm : {Alarm::device_limit, Alarm::opposed, Alarm::write_budget})
        for (const auto* point : {"p_setpoint", "q_setpoint"})
            over(alarm, point);
    for (const auto alarm : {Alarm::start, Alarm::stop, Alarm::idle, Alarm::device})
        over(alarm);
    for (const auto& point : from.endpoint->points)
        over(Alarm::reading, point.name);
    metrics_.set_state(control::to_string(present_->control->state()));
    if (observer_.on_bound) observer_.on_bound();
}

void PlantReporter::on_link(const EndpointRuntime& runtime, const plant::LinkStatus& status) {
    if (&runtime != present_) return;
    link_changed_.notify();
    runtime.control->wake();
    site_.on_change();
    if (observer_.on_link) observer_.on_link(status);
    const auto address = to_string(runtime.endpoint->address);
    if (status.state == plant::LinkState::connected) {
        const bool named = status.peer.empty() || status.peer == address;
        notify(Happening::link_up, "the link is up again", {},
               fmt::format("connected to {}{} (session {})", address, named ? "" : " at " + status.peer,
                           status.session));
        trouble_notified_ = false;
        if (status.cause) on_trouble(runtime, status);  // of a peer that answers, though not as it should
    } else if (status.state == plant::LinkState::waiting) {
        // The first, second, fourth, eighth … failure: a plant that is gone for days does not fill the
        // terminal.
        const auto level = std::has_single_bit(static_cast<std::uint64_t>(status.consecutive_failures))
                               ? observe::Level::warning
                               : observe::Level::debug;
        const auto text = fmt::format("no link to {}: {}", address, status.trouble());
        context_.happenings.notify(Happening::link_lost, text,
                                   {.plant = plant_.id,
                                    .log = fmt::format("{} ({} in a row)", text, status.consecutive_failures),
                                    .level = level});
    } else {
        context_.log.debug(Channel::control, {.plant = plant_.id}, "link {}", link_word(status.state));
    }
}

void PlantReporter::show_expected(const plant::LinkStatus& status) {
    if (status.unexpected.empty()) {
        notify(Happening::device_expected, "the device that is expected answers");
        return;
    }
    auto text = "nothing is written: " + status.unexpected;
    if (!context_.happenings.holds({Alarm::device, plant_.id, {}}, text))
        notify(Happening::device_unexpected, std::move(text));
}

void PlantReporter::on_trouble(const EndpointRuntime& runtime, const plant::LinkStatus& status) {
    if (&runtime != present_) return;
    site_.on_change();
    if (status.one_at_a_time && !std::exchange(one_at_a_time_notified_, true)) {
        notify(Happening::one_at_a_time,
               fmt::format("the device loses requests that come while it answers another one: "
                           "max_in_flight is 1 instead of {} from now on",
                           runtime.endpoint->max_in_flight));
    }
    show_expected(status);
    if (status.state != plant::LinkState::connected) return;
    if (!status.cause) {
        if (std::exchange(trouble_notified_, false))
            notify(Happening::device_answers, "the device answers again", {},
                   fmt::format("the device at {} answers again", to_string(runtime.endpoint->address)));
        return;
    }
    using enum plant::LinkCause::Kind;
    if (status.cause.kind == no_answer || status.cause.kind == no_first_answer ||
        status.cause.kind == bad_answer)
        return;
    trouble_notified_ = true;
    notify(Happening::device_troubled,
           fmt::format("{}: {}", to_string(runtime.endpoint->address), status.trouble()));
}

void PlantReporter::on_exchange(const modbus::Exchange& exchange) {
    metrics_.modbus_requests(static_cast<std::uint8_t>(exchange.function), outcome_of(exchange.outcome))
        .add();
    ++round_trips_.requests;
    if (!exchange.outcome || modbus::is_exception(exchange.outcome)) {
        metrics_.modbus_duration.observe(to_seconds(exchange.duration));
        round_trips_.total += exchange.duration;
        ++round_trips_.answers;
    }
    if (exchange.outcome) ++round_trips_.errors;
    if (exchange.outcome && !modbus::is_exception(exchange.outcome)) lost_.add(context_.clock.io_now());
}

void PlantReporter::on_reading(const EndpointRuntime& runtime, const plant::ReadingNews& news) {
    if (&runtime != present_) return;
    const auto& point = runtime.link->map().point(news.point);
    if (news.back) {
        notify(Happening::value_known, "the value is known again", point.name,
               fmt::format("{} is known again: {:g}", point.name, news.value.value));
    } else {
        notify(Happening::value_unknown, doubt_text(point, news.value), point.name);
    }
}

void PlantReporter::on_notice(const EndpointRuntime& runtime, const control::Notice& notice) {
    const auto what = notices[static_cast<std::size_t>(notice.kind)].second;
    notify(what, notice.text, of_register(what) ? std::string_view(notice.point) : std::string_view());
    if (notice.kind == control::NoticeKind::state_changed) {
        metrics_.set_state(control::to_string(runtime.control->state()));
        if (runtime.control->state() == control::PlantState::running) {
            notify(Happening::runs_again, "the plant runs again");
            notify(Happening::zero_taken, "the plant runs again");
        }
    }
    site_.on_change();
}

void PlantReporter::on_idle(const EndpointRuntime& runtime, const std::optional<std::string>& idle) {
    if (&runtime != present_) return;
    if (idle)
        notify(Happening::idle, *idle);
    else
        notify(Happening::idle_over, "it gives power again, or is not asked to");
    site_.on_change();
}

void PlantReporter::on_dispatch(bool enabled) {
    if (site_.reasons != nullptr) site_.reasons->on_dispatch(index_, enabled);
    site_.on_change();
}

void PlantReporter::on_write(const EndpointRuntime& runtime, const control::PlantControl::WriteEvent& write) {
    const auto& points = runtime.link->map().standard();
    const bool is_p = write.point == points.p_setpoint;
    if (is_p || (points.dispatches_q() && write.point == points.q_setpoint)) {
        const auto signal = is_p ? schedule::Signal::p : schedule::Signal::q;
        if (site_.reasons != nullptr) site_.reasons->on_write(index_, signal, write);
        metrics_
            .dispatch_writes(is_p ? observe::SignalName::p : observe::SignalName::q,
                             write_outcome(write.outcome))
            .add();
    }
    site_.on_change();
    if (observer_.on_write) observer_.on_write(write);
    if (context_.log.enabled(observe::Level::info))
        log_write(runtime.link->map().point(write.point).name, write);
}

void PlantReporter::log_write(std::string_view name, const control::PlantControl::WriteEvent& write) {
    if (write.outcome) {
        context_.log.warning(Channel::dispatch, {.plant = plant_.id}, "{} = {:g} failed ({}): {}", name,
                             write.value, control::to_string(write.source), write.outcome.message());
    } else if (write.reason) {
        const auto& active = write.reason->active;
        context_.log.info(
            Channel::dispatch, {.plant = plant_.id}, "{} = {:g} ({}: {} {} version {}{}{})", name,
            write.value, control::to_string(write.source), schedule::to_string(active.source),
            schedule::to_string(active.reason), active.version,
            write.reason->limit == schedule::Limit::none ? "" : ", limited by ",
            write.reason->limit == schedule::Limit::none ? "" : schedule::to_string(write.reason->limit));
    } else {
        context_.log.info(Channel::dispatch, {.plant = plant_.id}, "{} = {:g} ({})", name, write.value,
                          control::to_string(write.source));
    }
}

void PlantReporter::on_sample(EndpointRuntime& runtime, const measure::Row& row, const TickStep& step) {
    using measure::Column;
    metrics_.samples(observe::SampleOutcome::ok).add();
    if (step.skipped > 0) {
        metrics_.samples(observe::SampleOutcome::skipped).add(static_cast<double>(step.skipped));
    }
    context_.metrics.sample_lateness.observe(to_seconds(step.lateness));
    metrics_.active_power_setpoint.set(row[Column::p_setpoint]);
    metrics_.active_power_battery.set(row[Column::p_battery]);
    metrics_.active_power_poi.set(row[Column::p_poi]);
    metrics_.reactive_power_setpoint.set(row[Column::q_setpoint]);
    metrics_.reactive_power_battery.set(row[Column::q_battery]);
    metrics_.reactive_power_poi.set(row[Column::q_poi]);
    metrics_.soc_ratio.set(row[Column::soc]);
    metrics_.voltage_kv.set(row[Column::v_poi]);
    const bool no_q = runtime.link->map().standard().q_battery == plant::no_point;
    const double q = no_q ? 0 : row[Column::q_battery];
    if (!std::isnan(row[Column::p_battery]) && !std::isnan(q))
        runtime.control->measured(step.due, row[Column::p_battery], q);
    following_.sample(runtime, row);
    if (observer_.on_sample) observer_.on_sample(row);
}

void PlantReporter::on_sample_failure(EndpointRuntime& runtime, error_code error, const TickStep& step) {
    metrics_.samples(observe::SampleOutcome::failed).add();
    metrics_.samples(observe::SampleOutcome::skipped).add(static_cast<double>(step.skipped));
    following_.sample_failed(runtime);
    if (observer_.on_sample_failure) observer_.on_sample_failure(error);
}

}  // namespace hil::service

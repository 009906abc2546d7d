// Starting and stopping plants from within the service, by commands as anybody else does.
#include "service/service.hpp"
#include "service/site_commands.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace hil::service {
namespace {

// A start that has waited for its plant for so long, unscaled, says so.
constexpr Duration start_timeout = std::chrono::seconds(10);

// "enable_failed (enable = 1: the device is busy (exception 6))"
std::string with_cause(const control::Command& ended) {
    std::string why;
    for (const char* member : {"failed_at", "cause"}) {
        const auto* result = ended.result.if_object();
        const auto* found = result == nullptr ? nullptr : result->if_contains(member);
        if (found != nullptr && found->is_string())
            why += (why.empty() ? "" : ": ") + std::string(found->get_string());
    }
    return why.empty() ? ended.message : fmt::format("{} ({})", ended.message, why);
}

}  // namespace

awaitable<control::Command> Service::carry_out(std::string kind, std::string plant, std::string actor,
                                               boost::json::object payload) {
    const auto id =
        commands_->submit(std::move(kind), std::move(plant), std::move(payload), std::move(actor)).id;
    auto ended = co_await commands_->finished(id);
    if (!ended) throw std::logic_error("the record of " + id + " was lost");
    co_return std::move(*ended);
}

// Waits until the plant has answered and what it was doing when it was found has been dealt with, and says so
// when that takes long. False when it did not come to that while the start is tried, or is not wanted any
// more.
awaitable<bool> Service::first_contact(std::size_t index, std::function<bool()> superseded) {
    auto& unit = *units_[index];
    const auto& id = unit.plant().id;
    const Happenings::About about{.plant = id};
    std::string notified;
    Timer notifying(context_.clock.io_timers(), [&] {
        if (superseded()) {
            if (!std::exchange(notified, {}).empty())
                context_.happenings.notify(Happening::start_goes_on, "the start is not wanted any more",
                                           about);
            return;
        }
        notifying.arm_after(start_timeout);
        const auto& link = unit.link().status();
        auto text =
            fmt::format("the start waits: {}", !link.trouble().empty() ? link.trouble()
                                               : link.state == plant::LinkState::connected
                                                   ? "the plant is connected, its registers are not known"
                                                   : "there is no connection yet");
        if (text == notified) return;
        notified = text;
        context_.happenings.notify(Happening::start_waits, std::move(text), about);
    });
    notifying.arm_after(start_timeout);
    const auto timeout = std::max(unit.endpoint().start_retry, start_timeout);
    const auto until = context_.clock.io_now() + timeout;
    const bool met = co_await unit.connected(until) && co_await unit.control().ready(until);
    if ((met || superseded()) && !notified.empty())
        context_.happenings.notify(Happening::start_goes_on,
                                   met ? "the start goes on" : "the start is not wanted any more", about);
    co_return met;
}

awaitable<std::string> Service::start_plant(std::size_t index, bool record, std::string actor) {
    using control::CommandState;
    auto& unit = *units_[index];
    const auto& id = unit.plant().id;
    // Somebody may decide otherwise meanwhile, or change to another endpoint.
    const auto binding = unit.binding();
    const auto decided = binding->control->decisions();
    const auto superseded = [&] {
        return unit.binding() != binding || binding->control->decisions() != decided;
    };
    const bool met = co_await first_contact(index, superseded);
    if (superseded()) co_return "superseded";
    if (!met) {
        const auto trouble = binding->link->status().trouble();
        binding->control->give_up_start(fmt::format("the start is given up: {}",
                                                    trouble.empty() ? "the plant was not reached" : trouble));
        co_return trouble.empty() ? "not_connected" : fmt::format("not_connected ({})", trouble);
    }
    if (record) {
        const auto recording = co_await carry_out("plant.record_start", id, actor);
        if (recording.state != CommandState::succeeded) co_return recording.message;
    }
    if (superseded()) co_return "superseded";
    const auto dispatch = co_await carry_out("plant.dispatch_enable", id, actor);
    if (dispatch.state != CommandState::succeeded) co_return dispatch.message;
    if (superseded()) co_return "superseded";
    auto started = co_await carry_out("plant.start", id, actor);
    if (started.message == "already_running" && unit.control().desired() != control::Desired::running &&
        !unit.control().start_wanted()) {
        // Found running and left so by configuration: from here on it follows the plan from a clean start.
        (void)co_await carry_out("plant.stop", id, actor);
        (void)co_await carry_out("plant.dispatch_enable", id, actor);
        started = co_await carry_out("plant.start", id, actor);
    }
    const bool adopted =
        started.message == "already_running" && unit.control().desired() == control::Desired::running;
    if (started.state != CommandState::succeeded && !adopted) co_return with_cause(started);
    unit.follow();
    co_return "";
}

awaitable<std::vector<Service::StopOutcome>> Service::stop_plants(std::string actor, LastStop which) {
    ending_ = true;
    const bool all = which == LastStop::all;
    commands_->wind_down({"estop", "site.stop", "fleet.stop_all", "plant.stop", "plant.dispatch_disable",
                          "plant.record_stop"});
    if (all) safety_->wind_down();
    std::vector<StopOutcome> outcomes(units_.size());
    for (std::size_t i = 0; i < units_.size(); ++i) {
        const auto& control = units_[i]->control();
        outcomes[i].plant = units_[i]->plant().id;
        outcomes[i].was_active =
            all ? commands::may_run(control) : control.state() == control::PlantState::stopping;
    }
    boost::json::object payload;
    if (!all) payload["only_begun"] = true;
    const auto ended = co_await carry_out("site.stop", "", std::move(actor), std::move(payload));
    for (auto& outcome : outcomes) {
        const auto flag = [&](const char* name) {
            boost::system::error_code none;
            const auto* found = ended.result.find_pointer("/per_plant/" + outcome.plant + "/" + name, none);
            return found != nullptr && found->is_bool() && found->get_bool();
        };
        outcome.result.threshold_reached = flag("threshold_reached");
        outcome.result.disable_ok = flag("disable_ok");
        boost::system::error_code none;
        const auto* what = ended.result.find_pointer("/per_plant/" + outcome.plant + "/unconfirmed", none);
        if (what != nullptr && what->is_string()) outcome.result.unconfirmed = what->get_string();
    }
    co_return outcomes;
}

}  // namespace hil::service

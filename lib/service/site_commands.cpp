#include "service/site_commands.hpp"

#include "config/time_value.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace hil::service::commands {
namespace {

const boost::json::value* field(const Command& command, std::string_view name) {
    return command.payload.if_contains({name.data(), name.size()});
}

}  // namespace

control::CommandEngine::Kind kind(control::CommandQueue queue, Refuse refuse, Execute execute,
                                  PayloadFields fields) {
    control::CommandEngine::Kind out;
    out.queue = queue;
    out.required = fields.required;
    out.fields = std::move(fields.required);
    out.fields.insert(out.fields.end(), fields.optional.begin(), fields.optional.end());
    out.refuse = std::move(refuse);
    out.execute = std::move(execute);
    return out;
}

PlantRuntime& unit_of(Service& site, const Command& command) {
    return site.unit(site.parts().plans.find_plant(command.plant).value());
}

std::optional<std::string> refused_by_estop(const Service& site) {
    if (site.parts().safety.latched()) return "estop_latched";
    return std::nullopt;
}

std::optional<std::string> refused_by_safety(Service& site, const Command& command) {
    if (const auto why = site.parts().safety.interlock(unit_of(site, command).index())) return why.message();
    return std::nullopt;
}

std::optional<std::string> text_field(const Command& command, std::string_view name) {
    const auto* value = field(command, name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

std::optional<bool> flag_field(const Command& command, std::string_view name) {
    const auto* value = field(command, name);
    if (value == nullptr) return false;
    if (!value->is_bool()) return std::nullopt;
    return value->get_bool();
}

std::optional<double> number_field(const Command& command, std::string_view name) {
    const auto* value = field(command, name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
}

std::optional<double> seconds_field(const Command& command, std::string_view name) {
    const auto* value = field(command, name);
    return value != nullptr ? config::seconds_in(*value) : std::nullopt;
}

boost::json::object to_json(const control::StartResult& result, bool dispatching) {
    boost::json::object out{{"enable_ok", result.enable_ok},
                            {"initial_setpoint_write_ok", result.setpoint_write_ok},
                            {"initial_setpoint_write_skipped", result.setpoint_write_skipped},
                            {"initial_p_kw", result.initial_p_kw},
                            {"initial_q_kvar", result.initial_q_kvar},
                            {"dispatch_enabled", dispatching},
                            {"tries", result.tries}};
    if (!result.detail.empty()) out["detail"] = result.detail;
    if (!result.error) return out;
    if (!result.step.empty()) out["failed_at"] = result.step;
    if (result.cause) out["cause"] = result.cause.message();
    return out;
}

boost::json::object to_json(const control::StopResult& result) {
    boost::json::object out{{"threshold_reached", result.threshold_reached},
                            {"disable_ok", result.disable_ok}};
    if (!result.unconfirmed.empty()) out["unconfirmed"] = result.unconfirmed;
    return out;
}

awaitable<Outcome> start(PlantRuntime& unit, Say say, std::function<void()> waiting) {
    const auto binding = unit.binding();  // a switch that is forced meanwhile does not take it away
    const auto result = co_await binding->control->keep_starting(std::move(say), std::move(waiting));
    auto details = to_json(result, binding->control->dispatch_enabled());
    if (!result.error) co_return Outcome::success(std::move(details));
    if (result.error == control::errc::already_running)
        co_return Outcome::rejection(result.error.message(), std::move(details));
    co_return Outcome::failure(result.error.message(), std::move(details));
}

bool FleetStop::all_disabled() const {
    return std::ranges::all_of(plants, &control::StopResult::disable_ok);
}

boost::json::object FleetStop::per_plant(const Service& site) const {
    boost::json::object out;
    for (std::size_t i = 0; i < plants.size(); ++i)
        out[site.unit(i).plant().id] = to_json(plants[i]);
    return out;
}

bool may_run(const control::PlantControl& control) {
    if (control.stop_owed()) return true;
    return control.state() != control::PlantState::stopped || control.operating() == true;
}

std::function<void(const std::string&, std::string)> notify_by_plant(Say say) {
    auto doing = std::make_shared<std::map<std::string, std::string>>();
    return [doing, say = std::move(say)](const std::string& plant, std::string what) {
        (*doing)[plant] = std::move(what);
        std::string all;
        for (const auto& [id, step] : *doing)
            all += (all.empty() ? "" : "; ") + id + ": " + step;
        say(std::move(all));
    };
}

awaitable<FleetStop> stop_all(Service& site, Say say, std::function<bool(std::size_t)> concerned) {
    FleetStop out;
    out.plants.resize(site.size());
    const auto notify = notify_by_plant(say);
    TaskGroup stops(site.parts().context.clock);
    for (std::size_t i = 0; i < site.size(); ++i) {
        auto& unit = site.unit(i);
        unit.unfollow();
        if (concerned && !concerned(i)) {
            unit.control().set_dispatch_enabled(false);
            unit.control().cancel_start();
            out.plants[i].disable_ok = true;
            continue;
        }
        stops.spawn("stop " + unit.plant().id,
                    [binding = unit.binding(), notify, id = unit.plant().id,
                     result = &out.plants[i]]() -> awaitable<void> {
                        *result = co_await binding->control->stop(
                            [notify, id](std::string step) { notify(id, std::move(step)); },
                            {last_stop_timeout, last_stop_timeout});
                        notify(id, result->disable_ok ? "stopped" : "not confirmed as stopped");
                    });
    }
    co_await stops.join_or_cancel();
    co_return out;
}

}  // namespace hil::service::commands

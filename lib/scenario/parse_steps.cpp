#include "scenario/parse_parts.hpp"

#include "config/accept.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace hil::scenario {

namespace json = boost::json;

namespace {

// As the command engine knows them. Those that need local transport or a clock of their own are not for
// scenarios: plants stand outside the service, time is virtual.
constexpr std::array<std::string_view, 24> kinds{"plant.start",
                                                 "plant.stop",
                                                 "plant.dispatch_enable",
                                                 "plant.dispatch_disable",
                                                 "plant.record_start",
                                                 "plant.record_stop",
                                                 "plant.adopt",
                                                 "trip.reset",
                                                 "fleet.start_all",
                                                 "fleet.stop_all",
                                                 "estop",
                                                 "estop.reset",
                                                 "schedule.activate",
                                                 "schedule.update",
                                                 "schedule.inactivate",
                                                 "source.switch",
                                                 "market.connect",
                                                 "market.disconnect",
                                                 "posting.enable",
                                                 "posting.disable",
                                                 "alert.acknowledge",
                                                 "transport.switch",
                                                 "plant.soc_seed",
                                                 "clock.set"};

constexpr std::array<std::string_view, 10> actions{
    "fault", "end_fault",       "command",         "plan",          "soc",
    "write", "platform_faults", "restart_service", "restart_plant", "load"};

class StepReader {
  public:
    StepReader(const json::value& value, std::string pointer, const Reading& reading)
        : reading_(reading), fields_(value, std::move(pointer), reading.problems) {}

    // `number`: from 1, a name for a step that has none and is a command.
    std::optional<Step> read(std::size_t number) {
        if (fields_.need("at") == nullptr) return std::nullopt;
        const auto at = reading_.times.take(fields_, "at");
        const auto id = fields_.text("id");
        if (id && !TimeLine::is_name(*id))
            fields_.wrong("id",
                          "must be small letters, digits and _, beginning with a letter, not begin or end");
        auto action = read_action();
        fields_.finish();
        if (!at || !action) return std::nullopt;
        Step step{at->at, id.value_or(""), std::move(*action), std::move(sentence_)};
        if (step.id.empty() && std::holds_alternative<AskFor>(step.action))
            step.id = fmt::format("step {}", number);
        return step;
    }

    void say(std::string sentence) { sentence_ = std::move(sentence); }

  private:
    std::optional<Action> read_action() {
        std::string_view given;
        for (const auto action : actions) {
            if (!fields_.has(action)) continue;
            fields_.take(action);
            if (!given.empty()) {
                fields_.problems().add_about(
                    fields_.pointer(),
                    fmt::format("only one of `{}` and `{}` may stand in a step", given, action));
            }
            given = action;
        }
        if (given.empty()) {
            for (const auto action : actions)
                fields_.take(action);
            fields_.problems().add_about(fields_.pointer(),
                                         fmt::format("must have one of {}", fmt::join(actions, ", ")));
            return std::nullopt;
        }
        const auto& value = *fields_.take(given);
        const auto place = fields_.place(given);
        if (given == "fault") return fault(value);
        if (given == "end_fault") return end_fault();
        if (given == "command") return command(value, place);
        if (given == "plan") return plan();
        if (given == "platform_faults") return platform_faults(value);
        if (given == "restart_plant") return restart_plant();
        Fields inside(value, place, fields_.problems());
        auto out = given == "soc"     ? soc(inside)
                   : given == "write" ? write(inside)
                   : given == "load"  ? load(inside)
                                      : restart_service(inside);
        inside.finish();
        return out;
    }

    std::optional<Action> fault(const json::value& value) {
        if (const auto why = reading_.subject.refuse_fault(value)) {
            fields_.problem("fault", *why);
            return std::nullopt;
        }
        const auto& object = value.get_object();
        const auto* plant = object.if_contains("plant");
        say(fmt::format(
            "fault {} of {}", std::string_view(object.at("kind").get_string()),
            plant == nullptr ? std::string_view("every plant") : std::string_view(plant->get_string())));
        return GiveFault{value};
    }

    std::optional<Action> end_fault() {
        const auto step = fields_.text("end_fault");
        if (!step) return std::nullopt;
        if (!reading_.times.knows(*step)) {
            fields_.wrong("end_fault", "must be the id of a step before this one");
            return std::nullopt;
        }
        say(fmt::format("{} ends", *step));
        return EndFault{*step};
    }

    std::optional<Action> command(const json::value& value, const std::string& place) {
        Fields inside(value, place, fields_.problems());
        if (inside.need("kind") == nullptr) return std::nullopt;
        const auto kind = inside.choice("kind", kinds);
        const bool of_plant = kind && (kind->starts_with("plant.") || *kind == "trip.reset");
        const auto plant = of_plant ? read_plant(inside, "plant", reading_.subject) : std::nullopt;
        if (!kind || (of_plant && !plant)) return std::nullopt;
        AskFor out{*kind, plant.value_or(""), value.get_object()};
        out.payload.erase("kind");
        if (of_plant) out.payload.erase("plant");
        say(describe(out));
        return out;
    }

    std::optional<Action> plan() {
        auto plan = read_plan(fields_, "plan", reading_.subject);
        if (!plan) return std::nullopt;
        std::string of;
        for (const auto& column : plan->columns) {
            of += fmt::format("{}{}_{}", of.empty() ? "" : ", ", reading_.subject.plants[column.plant].id,
                              schedule::to_string(column.signal));
        }
        say(fmt::format("new plan of {}", of));
        return ChangePlan{std::move(*plan)};
    }

    std::optional<Action> soc(Fields& inside) {
        const auto plant = read_plant(inside, "plant", reading_.subject);
        inside.need("pu");
        const auto soc = inside.number("pu", 0, 1);
        if (!plant || !soc) return std::nullopt;
        say(fmt::format("state of charge of {} set to {:g}", *plant, *soc));
        return SetSoc{*plant, *soc};
    }

    std::optional<Action> write(Fields& inside) {
        const auto plant = read_plant(inside, "plant", reading_.subject);
        inside.need("point");
        const auto point = inside.text("point");
        inside.need("value");
        const auto value = inside.number("value", -1e9, 1e9);
        if (!plant || !point || !value) return std::nullopt;
        const auto& points = reading_.subject.find(*plant)->points;
        if (std::ranges::find(points, *point) == points.end()) {
            inside.wrong("point", fmt::format("must be a point of {}, {}", *plant, fmt::join(points, ", ")));
            return std::nullopt;
        }
        say(fmt::format("another master writes {:g} to {} of {}", *value, *point, *plant));
        return WriteRegister{*plant, *point, *value};
    }

    std::optional<Action> load(Fields& inside) {
        const auto plant = read_plant(inside, "plant", reading_.subject);
        inside.need("kw");
        const auto kw = inside.number("kw", 0, 1e6);
        if (!plant || !kw) return std::nullopt;
        if (!reading_.subject.find(*plant)->has_poi) {
            inside.wrong("plant",
                         "must be one that measures battery and POI apart: a load lies between the two");
            return std::nullopt;
        }
        say(fmt::format("a load of {:g} kW between battery and POI of {}", *kw, *plant));
        return SetLoad{*plant, *kw};
    }

    std::optional<Action> restart_service(Fields& inside) {
        static constexpr std::array<std::string_view, 2> ways{"kill", "in_order"};
        const auto way = inside.choice("how", ways);
        const auto absence = inside.span("absent");
        if (inside.need("how") == nullptr || !way) return std::nullopt;
        RestartService out{*way == "kill", absence.value_or(std::chrono::seconds(5))};
        say(out.kill ? "the service is killed" : "the service ends in order");
        return out;
    }

    std::optional<Action> restart_plant() {
        const auto plant = read_plant(fields_, "restart_plant", reading_.subject);
        if (!plant) return std::nullopt;
        say(fmt::format("the controller of {} restarts", *plant));
        return RestartPlant{*plant};
    }

    std::optional<Action> platform_faults(const json::value& value) {
        if (!reading_.platform) {
            fields_.problem("platform_faults", "there is no platform: `platform` is not true");
            return std::nullopt;
        }
        if (const auto why = reading_.subject.refuse_platform_faults(value)) {
            fields_.problem("platform_faults", *why);
            return std::nullopt;
        }
        const auto* list = value.if_array();
        const bool none = list != nullptr && list->empty();
        say(none ? std::string("the platform works again")
                 : fmt::format("the platform fails: {}", json::serialize(value)));
        return PlatformFaults{value};
    }

    const Reading& reading_;
    Fields fields_;
    std::string sentence_;
};

}  // namespace

std::span<const std::string_view> command_kinds() {
    return kinds;
}

std::string describe(const AskFor& asked) {
    return asked.plant.empty() ? asked.kind : fmt::format("{} of {}", asked.kind, asked.plant);
}

std::vector<Step> read_steps(const json::value& value, const Reading& reading) {
    std::vector<Step> out;
    const auto* array = value.if_array();
    if (array == nullptr) {
        reading.problems.add("/steps", "must be an array of steps");
        return out;
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
        const auto pointer = fmt::format("/steps/{}", i);
        auto step = StepReader((*array)[i], pointer, reading).read(i + 1);
        if (!step) {
            // What refers to it is not to be complained about as well.
            const auto* object = (*array)[i].if_object();
            const auto* id = object == nullptr ? nullptr : object->if_contains("id");
            if (id != nullptr && id->is_string())
                (void)reading.times.define(std::string(id->get_string()), Duration{});
            continue;
        }
        if (TimeLine::is_name(step->id) && !reading.times.define(step->id, step->at)) {
            reading.problems.add(config::below(pointer, "id"),
                                 fmt::format("must be used once, got \"{}\" again", step->id));
        }
        // In order of time, those of one instant as in the file.
        const auto after = std::ranges::upper_bound(out, step->at, {}, &Step::at);
        out.insert(after, std::move(*step));
    }
    return out;
}

}  // namespace hil::scenario

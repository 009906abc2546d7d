#include "scenario/parse_parts.hpp"

#include "scenario/span_text.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <map>

namespace hil::scenario {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

// What an expectation is about: exactly one of these.
constexpr std::array<std::string_view, 18> subjects{
    "state", "runs",   "gate",     "link",   "tripped", "register", "measured", "off_plan", "alert",
    "estop", "outbox", "platform", "energy", "event",   "command",  "writes",   "rows",     "posts"};

constexpr std::array<std::string_view, 5> states{"stopped", "starting", "running", "stopping", "unknown"};
constexpr std::array<std::string_view, 2> gates{"open", "closed"};
constexpr std::array<std::string_view, 2> links{"up", "down"};
constexpr std::array<std::string_view, 2> latches{"latched", "reset"};
constexpr std::array<std::string_view, 5> connections{"disconnected", "connecting", "connected", "error",
                                                      "disconnecting"};
constexpr std::array<std::string_view, 3> command_ends{"succeeded", "failed", "rejected"};
constexpr std::array<std::string_view, 2> directions{"discharged", "charged"};
constexpr std::array<std::string_view, 3> row_kinds{"measured", "null", "out_of_order"};
constexpr std::array<std::string_view, 3> post_kinds{"taken", "repeated", "out_of_order"};
constexpr std::array<std::string_view, 2> signals{"p", "q"};
constexpr std::array<std::string_view, 1> waiting{"waiting"};

class ExpectationReader {
  public:
    ExpectationReader(const json::value& value, std::string pointer, const Reading& reading,
                      const std::vector<Step>& steps)
        : reading_(reading), steps_(steps), fields_(value, std::move(pointer), reading.problems) {}

    std::optional<Expectation> read() {
        Expectation out;
        out.name = fields_.text("name").value_or("");
        std::string_view given;
        for (const auto subject : subjects) {
            if (!fields_.has(subject)) continue;
            fields_.take(subject);
            if (!given.empty())
                about(fmt::format("only one of `{}` and `{}` may be expected at once", given, subject));
            given = subject;
        }
        if (given.empty()) {
            for (const auto subject : subjects)
                fields_.take(subject);
            about(fmt::format("must have one of {}", fmt::join(subjects, ", ")));
            return std::nullopt;
        }
        const auto before = fields_.problems().size();
        read_what(given, out);
        read_when(given, out);
        fields_.finish();
        if (fields_.problems().size() != before) return std::nullopt;
        return out;
    }

  private:
    void about(std::string text) { fields_.problems().add_about(fields_.pointer(), std::move(text)); }

    void read_what(std::string_view given, Expectation& out) {
        if (given == "event" || given == "writes" || given == "rows" || given == "posts") {
            out.what = happens(given);
        } else if (given == "command") {
            out.what = command();
        } else if (given == "energy") {
            out.what = energy();
        } else {
            out.what = HoldsState{condition(given)};
        }
    }

    std::string plant(bool needed = true) {
        return read_plant(fields_, "plant", reading_.subject, needed).value_or("");
    }

    Condition of_choice(Quantity quantity, std::string_view key, std::span<const std::string_view> names,
                        bool plants = true) {
        return {.signal = {quantity, plants ? plant() : std::string(), {}},
                .wanted = fields_.choice(key, names).value_or("")};
    }

    Condition of_bounds(Signal signal) {
        const auto bounds = fields_.bounds();
        if (!bounds) about("must have `is`, `between`, `at_least` or `at_most`");
        return {.signal = std::move(signal), .wanted = bounds.value_or(Bounds{})};
    }

    Condition condition(std::string_view given) {
        if (given == "state") return of_choice(Quantity::state, given, states);
        if (given == "gate") return of_choice(Quantity::gate, given, gates);
        if (given == "link") return of_choice(Quantity::link, given, links);
        if (given == "estop") return of_choice(Quantity::estop, given, latches, false);
        if (given == "platform") {
            need_platform(given);
            return of_choice(Quantity::platform, given, connections, false);
        }
        if (given == "runs" || given == "tripped") {
            return {.signal = {given == "runs" ? Quantity::runs : Quantity::tripped, plant(), {}},
                    .wanted = fields_.flag(given).value_or(true)};
        }
        if (given == "alert") {
            Condition out{.signal = {Quantity::alert, {}, fields_.text("alert").value_or("")},
                          .wanted = true};
            out.wanted = fields_.flag("active").value_or(true);
            return out;
        }
        if (given == "outbox") {
            need_platform(given);
            (void)fields_.choice("outbox", waiting);
            return of_bounds({Quantity::outbox, {}, {}});
        }
        if (given == "register") return of_bounds({Quantity::register_, plant(), point("register")});
        if (given == "measured") {
            return of_bounds({Quantity::measured, plant(),
                              fields_.choice("measured", reading_.subject.columns).value_or("")});
        }
        Condition out{
            .signal = {Quantity::off_plan, plant(), fields_.choice("off_plan", signals).value_or("")},
            .wanted = Bounds{0, 0}};
        if (const auto counts = fields_.number("counts", 0, 65535)) out.wanted = Bounds{0, *counts};
        return out;
    }

    void need_platform(std::string_view given) {
        if (!reading_.platform) fields_.problem(given, "there is no platform: `platform` is not true");
    }

    std::string point(std::string_view key) {
        const auto name = fields_.text(key);
        const auto id = fields_.text("plant");
        const auto* of = id ? reading_.subject.find(*id) : nullptr;
        if (name && of != nullptr && std::ranges::find(of->points, *name) == of->points.end())
            fields_.wrong(key, fmt::format("must be a point of {}, {}", *id, fmt::join(of->points, ", ")));
        return name.value_or("");
    }

    // How often: a number, or the least and the most.
    std::optional<Bounds> times() {
        const auto* value = fields_.take("times");
        if (value == nullptr) return std::nullopt;
        if (value->is_array()) {
            const auto& pair = value->get_array();
            if (pair.size() == 2 && pair[0].is_number() && pair[1].is_number())
                return Bounds{pair[0].to_number<double>(), pair[1].to_number<double>()};
        } else if (const auto exact =
                       value->is_number() ? std::optional(value->to_number<double>()) : std::nullopt) {
            return Bounds{*exact, *exact};
        }
        fields_.wrong("times", "must be a number, or an array of the least and the most");
        return std::nullopt;
    }

    Happens happens(std::string_view given) {
        Happens out;
        out.times = times();
        auto& pattern = out.pattern;
        if (given == "event") {
            pattern.kind = OccurrenceKind::event;
            pattern.plant = plant(false);
            pattern.name = fields_.text("event").value_or("");
            pattern.text = fields_.text("text").value_or("");
        } else if (given == "writes") {
            pattern.kind = OccurrenceKind::write;
            pattern.plant = plant();
            pattern.name = point("writes");
            out.values = fields_.bounds();
        } else if (given == "rows") {
            pattern.kind = OccurrenceKind::row;
            pattern.plant = plant();
            pattern.name = fields_.choice("rows", row_kinds).value_or("");
        } else {
            need_platform(given);
            pattern.kind = OccurrenceKind::post;
            pattern.plant = plant(false);
            pattern.name = fields_.choice("posts", post_kinds).value_or("");
        }
        if (!out.times && !out.values && !fields_.has("within"))
            about("must have `times`, how often it is to happen, or `within`, how soon");
        return out;
    }

    CommandEnds command() {
        CommandEnds out;
        out.step = fields_.text("command").value_or("");
        const auto step = std::ranges::find(steps_, out.step, &Step::id);
        const auto* asked = step == steps_.end() ? nullptr : std::get_if<AskFor>(&step->action);
        if (asked == nullptr) {
            if (!reading_.times.knows(out.step))
                fields_.wrong("command", "must be the id of a step that asks for a command");
        } else {
            out.asked = describe(*asked);
        }
        fields_.need("ends");
        out.state = fields_.choice("ends", command_ends).value_or("");
        out.message = fields_.text("message");
        if (const auto* result = fields_.take("result")) {
            if (result->is_object())
                out.result = result->get_object();
            else
                fields_.wrong("result", "must be an object");
        }
        return out;
    }

    Grows energy() {
        const auto way = fields_.choice("energy", directions).value_or("");
        Grows out{{way == "charged" ? Quantity::charged : Quantity::discharged, plant(), {}}, {}};
        const auto bounds = fields_.bounds();
        if (!bounds) about("must have `is`, `between`, `at_least` or `at_most`, in kWh");
        out.by = bounds.value_or(Bounds{});
        return out;
    }

    // `after` and `within`, or `from` and `to`, or `at`; for the whole scenario where nothing is said.
    void read_when(std::string_view given, Expectation& out) {
        const auto begin = reading_.times.begin(), end = reading_.times.end();
        const bool is_command = given == "command";
        if (fields_.has("after") || fields_.has("within") || is_command) {
            auto after = reading_.times.take(fields_, "after");
            if (!after && is_command) {
                const auto& step = std::get<CommandEnds>(out.what).step;
                const auto at = std::ranges::find(steps_, step, &Step::id);
                after = at == steps_.end() ? begin : Moment{at->at, TimeLine::is_name(step) ? step : ""};
            }
            auto limit = fields_.span("within");
            if (!fields_.has("within")) {
                if (!is_command) about("`after` needs `within`");
                limit = 60s;
            }
            out.when = Within{after.value_or(begin),
                              std::min(limit.value_or(1s), end.at - after.value_or(begin).at)};
            const bool grows = std::holds_alternative<Grows>(out.what);
            const auto* happens = std::get_if<Happens>(&out.what);
            if (grows || (happens != nullptr && (happens->times || happens->values)))
                about("is about a time from `from` to `to`, not `within`");
            return;
        }
        if (fields_.has("at")) {
            const auto at = reading_.times.take(fields_, "at").value_or(begin);
            if (!std::holds_alternative<HoldsState>(out.what))
                about("`at` is for states, not for what happens");
            out.when = Throughout{at, at, {}};
            return;
        }
        Throughout when{reading_.times.take(fields_, "from").value_or(begin),
                        reading_.times.take(fields_, "to").value_or(end),
                        {}};
        if (when.to.at < when.from.at) about("`to` is before `from`");
        if (std::holds_alternative<HoldsState>(out.what))
            when.but_for = fields_.span("but_for").value_or(Duration{});
        out.when = std::move(when);
    }

    const Reading& reading_;
    const std::vector<Step>& steps_;
    Fields fields_;
};

}  // namespace

std::vector<Expectation> read_expectations(const json::value& value, const Reading& reading,
                                           const std::vector<Step>& steps) {
    std::vector<Expectation> out;
    const auto* array = value.if_array();
    if (array == nullptr || array->empty()) {
        reading.problems.add("/expect", "must be an array of expectations, one at least");
        return out;
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
        auto read = ExpectationReader((*array)[i], fmt::format("/expect/{}", i), reading, steps).read();
        if (read) out.push_back(std::move(*read));
    }
    return out;
}

}  // namespace hil::scenario

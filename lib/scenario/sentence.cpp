#include "scenario/sentence.hpp"

#include "base/number.hpp"
#include "scenario/span_text.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include <cmath>

namespace hil::scenario {
namespace {

constexpr std::size_t time_begin = std::string_view("2025-10-01T").size();
constexpr std::size_t time_end = std::string_view("2025-10-01T10:00:30").size();

std::string number(double value) {
    return fmt::format("{:.10g}", std::round(value * 1e6) / 1e6 + 0.0);
}

std::string unit_of(const Signal& signal) {
    switch (signal.quantity) {
        case Quantity::discharged:
        case Quantity::charged:
            return " kWh";
        case Quantity::register_:
        case Quantity::measured:
            break;
        default:
            return "";
    }
    const auto has = [&signal](std::string_view part) {
        return signal.detail.find(part) != std::string::npos;
    };
    if (has("soc")) return " pu";
    if (signal.quantity == Quantity::measured) return has("kvar") ? " kvar" : has("kV") ? " kV" : " kW";
    if (signal.detail.starts_with("p_")) return " kW";
    if (signal.detail.starts_with("q_")) return " kvar";
    return signal.detail.starts_with("v_") ? " kV" : "";
}

std::string name_of(const Signal& signal) {
    switch (signal.quantity) {
        case Quantity::register_:
            return fmt::format("register {} of {}", signal.detail, signal.plant);
        case Quantity::measured:
            return fmt::format("measured {} of {}", signal.detail, signal.plant);
        case Quantity::outbox:
            return "the number of values that wait to be posted";
        case Quantity::discharged:
            return fmt::format("the energy discharged by {}", signal.plant);
        case Quantity::charged:
            return fmt::format("the energy charged into {}", signal.plant);
        default:
            return signal.plant;
    }
}

std::string text(const Condition& condition) {
    const auto& [signal, wanted] = condition;
    const auto* flag = std::get_if<bool>(&wanted);
    const auto* word = std::get_if<std::string>(&wanted);
    switch (signal.quantity) {
        case Quantity::state:
            return fmt::format("{} is {}", signal.plant, *word);
        case Quantity::runs:
            return fmt::format("{} {} by its own registers", signal.plant, *flag ? "runs" : "does not run");
        case Quantity::gate:
            return fmt::format("dispatch of {} is {}", signal.plant, *word == "open" ? "on" : "off");
        case Quantity::link:
            return fmt::format("the link of {} is {}", signal.plant, *word);
        case Quantity::tripped:
            return fmt::format("{} is {}tripped", signal.plant, *flag ? "" : "not ");
        case Quantity::alert:
            return fmt::format("alert {} is {}active", signal.detail, *flag ? "" : "not ");
        case Quantity::estop:
            return fmt::format("the emergency stop is {}", *word);
        case Quantity::platform:
            return fmt::format("the platform is {}", *word);
        case Quantity::off_plan:
            return fmt::format("{}_setpoint of {} follows the plan within {} count{}", signal.detail,
                               signal.plant, number(*std::get<Bounds>(wanted).high),
                               *std::get<Bounds>(wanted).high == 1 ? "" : "s");
        default:
            break;
    }
    return fmt::format("{} is {}{}", name_of(signal), text(std::get<Bounds>(wanted)), unit_of(signal));
}

std::string subject(const Pattern& pattern, bool several) {
    const auto of = pattern.plant.empty() ? std::string() : " of " + pattern.plant;
    const auto* s = several ? "s" : "";
    switch (pattern.kind) {
        case OccurrenceKind::event:
            return fmt::format("event{} {}{}{}", s, pattern.name, of,
                               pattern.text.empty() ? "" : fmt::format(" with \"{}\"", pattern.text));
        case OccurrenceKind::write:
            return fmt::format("write{} to {}{}", s, pattern.name, of);
        case OccurrenceKind::row:
            return pattern.name == "out_of_order" ? fmt::format("row{}{} out of order", s, of)
                                                  : fmt::format("{} row{}{}", pattern.name, s, of);
        case OccurrenceKind::post:
            return fmt::format("value{}{} {}", s, of,
                               pattern.name == "taken"      ? "taken by the platform"
                               : pattern.name == "repeated" ? "posted again"
                                                            : "posted out of order");
        case OccurrenceKind::command:
            break;
    }
    return "command";
}

std::string text(const Happens& happens) {
    const auto what = subject(happens.pattern, false);
    if (happens.times && happens.times->high == 0.0) return "there is no " + what;
    if (!happens.times && !happens.values) return what + " happens";
    std::string out;
    if (happens.times) {
        const bool once = happens.times->low == 1.0 && happens.times->high == 1.0;
        out = once ? fmt::format("there is 1 {}", what)
                   : fmt::format("there are {} {}", text(*happens.times), subject(happens.pattern, true));
    }
    if (happens.values) {
        if (!out.empty()) out += ", and ";
        out += fmt::format("every {} is {}", what, text(*happens.values));
    }
    return out;
}

std::string text(const CommandEnds& command) {
    std::string out = fmt::format("{} ends {}", command.asked, command.state);
    if (command.message) out += " " + *command.message;
    if (!command.result.empty()) out += " with " + boost::json::serialize(command.result);
    return out;
}

std::string when(const Within& within, const Face& face) {
    return fmt::format("within {} of {}", span_text(within.limit), face.text(within.after));
}

std::string when(const Throughout& all, const Face& face) {
    if (all.from.at == all.to.at) return "at " + face.text(all.from);
    auto out = all.from.label == "begin" && all.to.label == "end"
                   ? std::string("always")
                   : fmt::format("from {} to {}", face.text(all.from), face.text(all.to));
    if (all.but_for > Duration{}) out += fmt::format(", but for {} at a stretch,", span_text(all.but_for));
    return out;
}

}  // namespace

Face::Face(const Zone& zone, WallTime from, Duration length)
    : zone_(zone),
      from_(from),
      short_(zone.local(from).offset == zone.local(from + length).offset &&
             zone.date(from) == zone.date(from + length - Duration(1))) {}

std::string Face::text(Duration at) const {
    const auto all = zone_.format(std::chrono::floor<std::chrono::milliseconds>(from_ + at));
    if (!short_) return all;
    std::string out = all.substr(time_begin, time_end - time_begin);
    if (all.size() > time_end && all[time_end] == '.') out += all.substr(time_end, 4);
    return out;
}

std::string Face::text(const Moment& moment) const {
    if (moment.label == "begin" || moment.label == "end") return "the " + moment.label;
    if (moment.label.empty()) return text(moment.at);
    return fmt::format("{} ({})", moment.label, text(moment.at));
}

std::string text(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
    if (const auto* n = std::get_if<double>(&value)) return number(*n);
    if (const auto* word = std::get_if<std::string>(&value)) return *word;
    return "not known";
}

std::string text(const Bounds& bounds) {
    if (bounds.low && bounds.high) {
        if (*bounds.low == *bounds.high) return number(*bounds.low);
        return fmt::format("between {} and {}", number(*bounds.low), number(*bounds.high));
    }
    if (bounds.low) return "at least " + number(*bounds.low);
    return "at most " + number(bounds.high.value_or(0));
}

std::string sentence(const Expectation& expectation, const Face& face) {
    const auto time = std::visit([&face](const auto& w) { return when(w, face); }, expectation.when);
    struct What {
        std::string operator()(const HoldsState& state) const { return text(state.condition); }
        std::string operator()(const Happens& happens) const { return text(happens); }
        std::string operator()(const CommandEnds& command) const { return text(command); }
        std::string operator()(const Grows& grows) const {
            return fmt::format("{} is {} kWh", name_of(grows.signal), text(grows.by));
        }
    };
    const auto what = std::visit(What{}, expectation.what);
    return expectation.name.empty() ? fmt::format("{} {}", time, what)
                                    : fmt::format("{}: {} {}", expectation.name, time, what);
}

}  // namespace hil::scenario

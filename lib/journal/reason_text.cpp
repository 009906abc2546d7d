// Reasons as people and programs read them.
#include "base/number.hpp"
#include "journal/reasons.hpp"
#include "schedule/limits.hpp"

#include <fmt/format.h>

#include <cmath>

namespace hil::journal {
namespace {

std::string amount(double value, schedule::Signal signal) {
    return format_number(value) + " " + std::string(schedule::unit(signal));
}

std::string owner(const schedule::Source& source) {
    if (source == schedule::Source::manual) return "the manual plan";
    if (source == schedule::Source::api) return "the market's plan";
    if (source == schedule::Source::none) return "no plan";
    return fmt::format("the plan of layer {}", source.name());
}

std::string layer_text(const ReasonRecord& record, const Zone& zone) {
    const auto& active = record.active;
    std::string text;
    switch (active.reason) {
        case schedule::Reason::plan:
            text = fmt::format("{}, version {}", owner(active.source), active.version);
            if (active.line > 0) text += fmt::format(", line {} of its file", active.line);
            if (active.since) text += fmt::format(", in force since {}", zone.format(*active.since));
            if (active.until) text += fmt::format(" until {}", zone.format(*active.until));
            break;
        case schedule::Reason::no_plan:
            text = "no plan was ever given";
            break;
        case schedule::Reason::plan_disabled:
            text = fmt::format("{} is switched off", owner(active.source));
            break;
        case schedule::Reason::before_plan:
            text = fmt::format("{} has not begun", owner(active.source));
            break;
        case schedule::Reason::plan_ended:
            text = fmt::format("{} is over", owner(active.source));
            break;
        case schedule::Reason::api_stale:
            text = fmt::format("{} is too old to be used", owner(active.source));
            break;
        case schedule::Reason::not_a_number:
            text = fmt::format("the row in force of {} is not a number", owner(active.source));
            break;
    }
    return text;
}

std::string safety_text(const ReasonRecord& record) {
    return record.condition
               ? fmt::format("safety ({}, {})", to_string(*record.condition), to_string(record.derated))
               : std::string("the emergency stop");
}

std::string planned(const ReasonRecord& record, schedule::Signal signal, const Zone& zone) {
    std::string text = layer_text(record, zone);
    for (const auto& narrowed : record.active.narrowed)
        text += fmt::format("; it asked for {}, the limits of layer {} leave {}",
                            amount(narrowed.from, signal), narrowed.by.name(), amount(narrowed.to, signal));
    if (record.limit == schedule::Limit::not_a_number) {
        text += "; it asked for no number, so 0 is sent";
    } else if (record.limit != schedule::Limit::none) {
        text += fmt::format("; it asked for {}, limited by {}", amount(record.asked, signal),
                            schedule::to_string(record.limit));
    }
    for (const auto& step : record.steps)
        text += fmt::format("; {}: {}", step.stage, step.why);
    if (record.derated != control::Stage::normal)
        text += fmt::format("; {} took it back from {}", safety_text(record),
                            amount(record.before_derating, signal));
    return text;
}

std::string because(const ReasonRecord& record, schedule::Signal signal, const Zone& zone) {
    switch (record.origin) {
        case Origin::plan:
            return planned(record, signal, zone);
        case Origin::start:
            return "a start with dispatch off sets the registers to 0";
        case Origin::safe_stop:
            return "a safe stop";
        case Origin::emergency_stop:
            return "an emergency stop";
        case Origin::dispatch_disabled:
            return "dispatch is off, so the plant keeps what it was sent last";
        case Origin::program_start:
            break;
    }
    return "nothing was dispatched since the program started";
}

boost::json::string text(std::string_view view) {
    return boost::json::string(boost::json::string_view(view.data(), view.size()));
}

boost::json::value time_value(const std::optional<WallTime>& at, const Zone& zone) {
    if (!at) return nullptr;
    return text(zone.format(*at));
}

boost::json::array to_json(const std::vector<control::SetpointStep>& steps) {
    const auto number = [](std::optional<double> value) {
        return value && std::isfinite(*value) ? boost::json::value(*value) : boost::json::value(nullptr);
    };
    boost::json::array out;
    for (const auto& step : steps)
        out.push_back(boost::json::object{{"stage", text(step.stage)},
                                          {"from", number(step.from)},
                                          {"to", number(step.to)},
                                          {"why", text(step.why)}});
    return out;
}

boost::json::value to_json(const std::optional<ReasonRecord>& record, schedule::Signal signal,
                           const Zone& zone) {
    if (!record) return nullptr;
    boost::json::object out;
    out["value"] = record->value ? boost::json::value(*record->value) : nullptr;
    out["unit"] = text(schedule::unit(signal));
    out["sentence"] = text(sentence(*record, signal, zone));
    out["origin"] = text(to_string(record->origin));
    out["since"] = time_value(record->since, zone);
    out["until"] = time_value(record->until, zone);
    if (record->origin == Origin::plan) {
        const auto& active = record->active;
        out["asked"] = record->asked == record->asked ? boost::json::value(record->asked) : nullptr;
        out["source"] = text(schedule::to_string(active.source));
        out["reason"] = text(schedule::to_string(active.reason));
        out["plan_version"] = active.version;
        out["plan_line"] = active.line > 0 ? boost::json::value(active.line) : nullptr;
        out["plan_since"] = time_value(active.since, zone);
        out["plan_until"] = time_value(active.until, zone);
        out["limit"] = text(schedule::to_string(record->limit));
        out["veto"] = text(to_string(record->derated));
        const bool vetoed = record->derated != control::Stage::normal;
        out["veto_condition"] =
            vetoed && record->condition ? boost::json::value(text(to_string(*record->condition))) : nullptr;
        out["before_veto"] = vetoed ? boost::json::value(record->before_derating) : nullptr;
    }
    out["stages"] = to_json(stages(*record, signal, zone));
    const bool otherwise = record->held_why != control::HeldWhy::none;
    out["held"] = otherwise ? boost::json::value(record->held) : nullptr;
    out["held_because"] = otherwise ? boost::json::value(text(to_string(record->held_why))) : nullptr;
    out["written_at"] = time_value(record->written_at, zone);
    out["confirmed_at"] = time_value(record->confirmed_at, zone);
    out["error"] = record->error.empty() ? boost::json::value(nullptr) : text(record->error);
    return out;
}

}  // namespace

std::vector<control::SetpointStep> stages(const ReasonRecord& record, schedule::Signal signal,
                                          const Zone& zone) {
    std::vector<control::SetpointStep> out;
    if (record.origin != Origin::plan) {
        out.push_back({std::string(to_string(record.origin)), std::nullopt, record.value,
                       because(record, signal, zone)});
    } else {
        const auto& narrowed = record.active.narrowed;
        out.push_back({"layer", std::nullopt, narrowed.empty() ? record.asked : narrowed.front().from,
                       layer_text(record, zone)});
        for (const auto& one : narrowed)
            out.push_back(
                {"limits", one.from, one.to, fmt::format("layer {} allows no more", one.by.name())});
        const bool derated = record.derated != control::Stage::normal;
        const auto before = derated ? record.before_derating : record.value;
        if (record.limit != schedule::Limit::none)
            out.push_back({"device_limit", record.asked,
                           record.steps.empty() ? before : record.steps.front().from,
                           record.limit == schedule::Limit::not_a_number
                               ? "what was asked for is no number"
                               : fmt::format("the plant may not be asked for more ({})",
                                             schedule::to_string(record.limit))});
        out.insert(out.end(), record.steps.begin(), record.steps.end());
        if (derated) out.push_back({"safety", before, record.value, safety_text(record)});
    }
    if (record.held_why != control::HeldWhy::none) {
        out.push_back({"device", record.value, record.held, record.held_text});
    } else if (record.confirmed_at) {
        out.push_back(
            {"device", record.value, record.value, "read back at " + zone.format(*record.confirmed_at)});
    }
    return out;
}

std::string_view to_string(Origin origin) {
    switch (origin) {
        case Origin::plan:
            return "plan";
        case Origin::start:
            return "start";
        case Origin::safe_stop:
            return "safe_stop";
        case Origin::emergency_stop:
            return "emergency_stop";
        case Origin::dispatch_disabled:
            return "gate_closed";
        case Origin::program_start:
            break;
    }
    return "program_start";
}

std::string sentence(const ReasonRecord& record, schedule::Signal signal, const Zone& zone) {
    std::string out =
        fmt::format("{} since {}: {}", record.value ? amount(*record.value, signal) : "not known",
                    zone.format(record.since), because(record, signal, zone));
    if (record.held_why != control::HeldWhy::none) {
        out += "; " + record.held_text;
    } else if (!record.error.empty()) {
        out += "; it could not be written: " + record.error;
    } else if (record.confirmed_at) {
        out += "; read back at " + zone.format(*record.confirmed_at);
    } else if (record.written_at) {
        out += fmt::format("; written at {}, not read back", zone.format(*record.written_at));
    }
    return out;
}

boost::json::object why_answer(std::string_view plant, WallTime at, const std::optional<ReasonRecord>& p,
                               const std::optional<ReasonRecord>& q, const Zone& zone) {
    boost::json::object out;
    out["plant"] = text(plant);
    out["at"] = text(zone.format(at));
    out["known"] = p || q;
    out["p"] = to_json(p, schedule::Signal::p, zone);
    out["q"] = to_json(q, schedule::Signal::q, zone);
    return out;
}

}  // namespace hil::journal

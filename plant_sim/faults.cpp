#include "plant_sim/faults.hpp"

#include "config/time_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <utility>

namespace hil::plant_sim {
namespace {

namespace json = boost::json;

struct KindInfo {
    FaultKind kind;
    std::string_view name;
    std::string_view required, optional;  // keys, separated by blanks
};

constexpr std::array<KindInfo, 25> kinds{{
    {FaultKind::refuse_connections, "refuse_connections", "", ""},
    {FaultKind::drop_responses, "drop_responses", "", "function address"},
    {FaultKind::delay, "delay", "ms", "jitter_ms"},
    {FaultKind::disconnect, "disconnect", "after_bytes", ""},
    {FaultKind::exception, "exception", "code", "function address"},
    {FaultKind::wrong_transaction_id, "wrong_transaction_id", "", ""},
    {FaultKind::truncate, "truncate", "", ""},
    {FaultKind::swallow_first, "swallow_first", "ms", ""},
    {FaultKind::need_pause, "need_pause", "ms", ""},
    {FaultKind::close_idle, "close_idle", "ms", ""},
    {FaultKind::one_at_a_time, "one_at_a_time", "", ""},
    {FaultKind::other_unit, "other_unit", "unit", ""},
    {FaultKind::freeze_measurements, "freeze_measurements", "", ""},
    {FaultKind::stuck_point, "stuck_point", "point value", ""},
    {FaultKind::noise, "noise", "point sigma", ""},
    {FaultKind::bias, "bias", "point offset", ""},
    {FaultKind::ignore_writes, "ignore_writes", "point", ""},
    {FaultKind::refuse_values, "refuse_values", "point", "high low code function"},
    {FaultKind::clamp_values, "clamp_values", "point", "high low"},
    {FaultKind::round_values, "round_values", "point step", "direction"},
    {FaultKind::late_values, "late_values", "point ms", ""},
    {FaultKind::setpoint_watchdog, "setpoint_watchdog", "hold_s", ""},
    {FaultKind::wrong_echo, "wrong_echo", "point offset", ""},
    {FaultKind::not_available, "not_available", "point", ""},
    {FaultKind::other_device, "other_device", "value", ""},
}};

constexpr std::array<std::pair<std::string_view, Rounding>, 3> roundings{
    {{"nearest", Rounding::nearest}, {"up", Rounding::up}, {"down", Rounding::down}}};

const KindInfo& info(FaultKind kind) {
    return *std::ranges::find(kinds, kind, &KindInfo::kind);
}

std::string_view view(const json::string& text) {
    return {text.data(), text.size()};
}

bool has_word(std::string_view words, std::string_view word) {
    for (std::size_t from = 0; from < words.size();) {
        const auto to = std::min(words.find(' ', from), words.size());
        if (words.substr(from, to - from) == word) return true;
        from = to + 1;
    }
    return false;
}

class Parser {
  public:
    Parser(const json::object& object, const std::vector<FaultSubject>& subjects)
        : object_(object), subjects_(subjects) {}

    std::variant<Fault, std::string> parse() {
        const auto* kind = object_.if_contains("kind");
        const auto* name = kind != nullptr ? kind->if_string() : nullptr;
        const auto known =
            name != nullptr ? std::ranges::find(kinds, view(*name), &KindInfo::name) : kinds.end();
        if (known == kinds.end()) {
            std::string names;
            for (const auto& each : kinds)
                names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
            return fmt::format("kind: must be one of {}", names);
        }
        fault_.kind = known->kind;
        for (const auto& [key, value] : object_) {
            const std::string_view k{key.data(), key.size()};
            const bool usual = has_word("kind plant after_s for_s probability", k);
            if (!usual && !has_word(known->required, k) && !has_word(known->optional, k))
                problem(k, fmt::format("is not a key of {}", known->name));
            else
                take(k, value);
        }
        for (const auto& key :
             {"ms", "after_bytes", "code", "unit", "point", "value", "sigma", "offset", "step", "hold_s"}) {
            if (has_word(known->required, key) && !object_.contains(key)) problem(key, "must be given");
        }
        if (has_word(known->optional, "high") && !fault_.high && !fault_.low)
            problem("high", "must be given, or low");
        if (problem_.empty() && !fault_.point.empty()) check_point();
        if (!problem_.empty()) return problem_;
        return fault_;
    }

  private:
    void problem(std::string_view key, std::string_view rule) {
        if (problem_.empty()) problem_ = fmt::format("{}: {}", key, rule);
    }
    double number(std::string_view key, const json::value& value, double low, double high) {
        const double n = value.is_number() ? value.to_number<double>() : std::nan("");
        if (!(n >= low && n <= high)) {
            problem(key, fmt::format("must be a number from {:g} to {:g}", low, high));
            return low;
        }
        return n;
    }
    // Of so many units, or a text as "1m30s".
    Duration time(std::string_view key, const json::value& value, double low, double high,
                  Duration unit = std::chrono::seconds(1)) {
        const auto length = config::time_in(value, unit);
        return seconds(number(key, length ? json::value(*length) : value, low, high) * to_seconds(unit));
    }
    double whole(std::string_view key, const json::value& value, double low, double high) {
        const double n = number(key, value, low, high);
        if (n != std::floor(n)) problem(key, "must be a whole number");
        return n;
    }

    void take(std::string_view key, const json::value& value) {
        constexpr double day_s = 86'400, any = 1e9;
        if (key == "kind") return;
        if (key == "plant" || key == "point") {
            const auto* text = value.if_string();
            if (text == nullptr) return problem(key, "must be a text");
            if (key == "point") {
                fault_.point = view(*text);
            } else {
                fault_.plant = view(*text);
                if (std::ranges::find(subjects_, fault_.plant, &FaultSubject::plant) == subjects_.end())
                    problem(key, fmt::format("there is no plant \"{}\" here", fault_.plant));
            }
        } else if (key == "direction") {
            take_direction(value);
        } else if (key == "high") {
            fault_.high = number(key, value, -any, any);
        } else if (key == "low") {
            fault_.low = number(key, value, -any, any);
        } else if (key == "hold_s") {
            fault_.hold = time(key, value, 0.1, day_s);
        } else if (key == "after_s") {
            fault_.after = time(key, value, 0, 7 * day_s);
        } else if (key == "for_s") {
            fault_.lasts = time(key, value, 0, 365 * day_s);
        } else if (key == "probability") {
            fault_.probability = number(key, value, 0, 1);
        } else if (key == "ms") {
            fault_.delay = time(key, value, 0, 600'000, std::chrono::milliseconds(1));
        } else if (key == "jitter_ms") {
            fault_.jitter = time(key, value, 0, 600'000, std::chrono::milliseconds(1));
        } else if (key == "after_bytes") {
            fault_.after_bytes = static_cast<std::uint64_t>(whole(key, value, 0, 1e12));
        } else if (key == "code") {
            fault_.code = static_cast<std::uint8_t>(whole(key, value, 1, 255));
        } else if (key == "unit") {
            fault_.unit = static_cast<std::uint8_t>(whole(key, value, 0, 255));
        } else if (key == "function") {
            fault_.function = static_cast<std::uint8_t>(whole(key, value, 1, 127));
        } else if (key == "address") {
            fault_.address = static_cast<std::uint16_t>(whole(key, value, 0, 65'535));
        } else {
            fault_.amount = number(key, value, key == "sigma" || key == "step" ? 0 : -any, any);
        }
    }

    void take_direction(const json::value& value) {
        const auto* text = value.if_string();
        const auto word = text != nullptr ? view(*text) : std::string_view();
        const auto found = std::ranges::find(roundings, word, &std::pair<std::string_view, Rounding>::first);
        if (found == roundings.end()) return problem("direction", "must be nearest, up or down");
        fault_.rounding = found->second;
    }

    // The point is there in every plant concerned; meters are those of measurements.
    void check_point() {
        const bool measurement = fault_.kind == FaultKind::stuck_point || fault_.kind == FaultKind::noise ||
                                 fault_.kind == FaultKind::bias || fault_.kind == FaultKind::not_available;
        if (measurement && !has_word("p_battery q_battery soc p_poi q_poi v_poi", fault_.point))
            return problem("point", "must be p_battery, q_battery, soc, p_poi, q_poi or v_poi");
        for (const auto& subject : subjects_) {
            if (!fault_.plant.empty() && subject.plant != fault_.plant) continue;
            if (std::ranges::find(subject.points, fault_.point) == subject.points.end())
                return problem("point", fmt::format("{} has no point \"{}\"", subject.plant, fault_.point));
        }
    }

    const json::object& object_;
    const std::vector<FaultSubject>& subjects_;
    Fault fault_;
    std::string problem_;
};

}  // namespace

std::string_view to_string(FaultKind kind) {
    return info(kind).name;
}

std::variant<Fault, std::string> parse_fault(const json::value& value,
                                             const std::vector<FaultSubject>& subjects) {
    const auto* object = value.if_object();
    if (object == nullptr) return std::string("a fault must be an object with a kind");
    return Parser(*object, subjects).parse();
}

json::object to_json(const Fault& fault) {
    json::object out;
    const auto& kind = info(fault.kind);
    out["kind"] = kind.name;
    if (!fault.plant.empty()) out["plant"] = fault.plant;
    if (fault.after > Duration::zero()) out["after_s"] = to_seconds(fault.after);
    if (fault.lasts) out["for_s"] = to_seconds(*fault.lasts);
    if (fault.probability < 1) out["probability"] = fault.probability;
    if (!fault.point.empty()) out["point"] = fault.point;
    switch (fault.kind) {
        case FaultKind::delay:
            out["ms"] = to_seconds(fault.delay) * 1000;
            out["jitter_ms"] = to_seconds(fault.jitter) * 1000;
            break;
        case FaultKind::disconnect:
            out["after_bytes"] = fault.after_bytes;
            break;
        case FaultKind::drop_responses:
            if (fault.function) out["function"] = *fault.function;
            if (fault.address) out["address"] = *fault.address;
            break;
        case FaultKind::exception:
            out["code"] = fault.code;
            if (fault.function) out["function"] = *fault.function;
            if (fault.address) out["address"] = *fault.address;
            break;
        case FaultKind::swallow_first:
        case FaultKind::need_pause:
        case FaultKind::close_idle:
            out["ms"] = to_seconds(fault.delay) * 1000;
            break;
        case FaultKind::other_unit:
            out["unit"] = fault.unit;
            break;
        case FaultKind::stuck_point:
        case FaultKind::other_device:
            out["value"] = fault.amount;
            break;
        case FaultKind::noise:
            out["sigma"] = fault.amount;
            break;
        case FaultKind::bias:
        case FaultKind::wrong_echo:
            out["offset"] = fault.amount;
            break;
        case FaultKind::refuse_values:
            out["code"] = fault.code;
            if (fault.function) out["function"] = *fault.function;
            [[fallthrough]];
        case FaultKind::clamp_values:
            if (fault.high) out["high"] = *fault.high;
            if (fault.low) out["low"] = *fault.low;
            break;
        case FaultKind::round_values:
            out["step"] = fault.amount;
            out["direction"] =
                std::ranges::find(roundings, fault.rounding, &std::pair<std::string_view, Rounding>::second)
                    ->first;
            break;
        case FaultKind::late_values:
            out["ms"] = to_seconds(fault.delay) * 1000;
            break;
        case FaultKind::setpoint_watchdog:
            out["hold_s"] = to_seconds(fault.hold);
            break;
        default:
            break;
    }
    return out;
}

std::uint64_t Faults::add(Fault fault) {
    Entry entry;
    entry.id = next_id_++;
    entry.from = clock_.now() + fault.after;
    if (fault.lasts) entry.until = entry.from + *fault.lasts;
    entry.fault = std::move(fault);
    entries_.push_back(std::move(entry));
    return entries_.back().id;
}

bool Faults::remove(std::uint64_t id) {
    return std::erase_if(entries_, [id](const Entry& entry) { return entry.id == id; }) > 0;
}

void Faults::clear_but(FaultKind kept) {
    std::erase_if(entries_, [kept](const Entry& entry) { return entry.fault.kind != kept; });
}

void Faults::drop_past() {
    const auto now = clock_.now();
    std::erase_if(entries_, [now](const Entry& entry) { return entry.until && *entry.until <= now; });
}

const std::vector<Faults::Entry>& Faults::entries() {
    drop_past();
    return entries_;
}

bool Faults::hit(Entry& entry) {
    if (entry.fault.probability < 1 && !random_.chance(entry.fault.probability)) return false;
    if (++entry.hits == 1 && on_first_hit) on_first_hit(entry);
    return true;
}

const Fault* Faults::strike(std::string_view plant, FaultKind kind) {
    const auto all = strikes(plant, kind);
    return all.empty() ? nullptr : all.front();
}

std::vector<const Fault*> Faults::strikes(std::string_view plant, FaultKind kind) {
    std::vector<const Fault*> out;
    if (entries_.empty()) return out;
    const auto now = clock_.now();
    for (auto& entry : entries_) {
        const bool concerned = entry.fault.plant.empty() || entry.fault.plant == plant;
        if (entry.fault.kind != kind || !concerned || now < entry.from) continue;
        if (entry.until && *entry.until <= now) continue;
        if (hit(entry)) out.push_back(&entry.fault);
    }
    return out;
}

}  // namespace hil::plant_sim

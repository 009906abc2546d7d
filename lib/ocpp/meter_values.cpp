#include "ocpp/meter_values.hpp"

#include "base/zone.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace hil::ocpp {
namespace {

namespace json = boost::json;

constexpr double usual_volts = 230;
constexpr double some_current_a = 0.5;  // less is leakage, or a zero that stands for nothing

std::string_view text_of(const json::object& of, std::string_view key) {
    const auto* value = of.if_contains(key);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

// A text, as 1.6 has it, or a number, as 2.0.1 has it and many send.
std::optional<double> number_of(const json::object& of, std::string_view key) {
    const auto* value = of.if_contains(key);
    if (value == nullptr) return std::nullopt;
    double out = 0;
    if (value->is_number()) {
        out = value->to_number<double>();
    } else if (value->is_string()) {
        const std::string_view text = value->get_string();
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
        if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    } else {
        return std::nullopt;
    }
    return std::isfinite(out) ? std::optional(out) : std::nullopt;
}

// "L1", "L1-N" are the first; none: of all, or of none of them.
std::optional<std::size_t> phase_of(std::string_view phase) {
    for (std::size_t i = 0; i < 3; ++i) {
        const char name[] = {'L', static_cast<char>('1' + i), '\0'};
        if (phase == name || (phase.size() == 4 && phase.starts_with(name) && phase.ends_with("-N")))
            return i;
    }
    return std::nullopt;
}

struct Sampled {
    double value = 0;
    std::string_view measurand, phase, unit;
};

// W and Wh where no unit is said: never kW.
double power_kw(const Sampled& sampled) {
    return sampled.unit == "kW" ? sampled.value : sampled.value / 1000;
}

double energy_kwh(const Sampled& sampled, const MeterQuirks& quirks) {
    return (sampled.unit == "kWh" ? sampled.value : sampled.value / 1000) * quirks.energy_factor;
}

// Collects the parts of one sample.
class Collector {
  public:
    explicit Collector(const MeterQuirks& quirks) : quirks_(quirks) {}

    void take(const Sampled& sampled) {
        const auto& name = sampled.measurand;
        const auto phase = phase_of(sampled.phase);
        // Between phases, and on the neutral, says nothing that is asked for, but for the one case below.
        const bool between = !sampled.phase.empty() && !phase;
        if (name == "Energy.Active.Import.Register") {
            if (phase)
                energy_phases_ = energy_phases_.value_or(0) + energy_kwh(sampled, quirks_);
            else
                out.energy_kwh = energy_kwh(sampled, quirks_);
        } else if (name == "Power.Active.Import" || name == "Power.Active.Export") {
            const double kw = power_kw(sampled) * (name.ends_with("Export") ? -1 : 1);
            if (phase) {
                phase_kw_ = phase_kw_.value_or(0) + kw;
            } else if (!between) {
                out.power_kw = out.power_kw.value_or(0) + kw;
            }
        } else if (name == "Current.Import") {
            current(sampled, phase);
        } else if (name == "Voltage") {
            if (phase)
                out.voltage_v[*phase] = sampled.value;
            else if (sampled.phase.empty())
                voltage_ = sampled.value;
        } else {
            others(sampled);
        }
    }

    void finish() {
        if (!out.energy_kwh) out.energy_kwh = energy_phases_;
        if (!out.power_kw) out.power_kw = phase_kw_;
        const bool any = std::ranges::any_of(out.current_a, [](const auto& a) { return a.has_value(); });
        if (!any && current_) out.current_a[0] = current_;
        // On N alone: one phase, and that one.
        if (!any && !current_ && neutral_) out.current_a[0] = neutral_;
        for (std::size_t i = 0; i < 3; ++i)
            if (voltage_ && !out.voltage_v[i] && (out.current_a[i] || i == 0)) out.voltage_v[i] = voltage_;
    }

    ChargerReading out;

  private:
    void current(const Sampled& sampled, std::optional<std::size_t> phase) {
        const double a = sampled.value;
        if (phase)
            out.current_a[*phase] = a;
        else if (sampled.phase == "N")
            neutral_ = a;
        else if (sampled.phase.empty())
            current_ = a;
    }

    void others(const Sampled& sampled) {
        if (sampled.measurand == "SoC")
            out.soc_pu = sampled.value / 100;
        else if (sampled.measurand == "Temperature")
            out.temperature_c = sampled.unit == "K"            ? sampled.value - 273.15
                                : sampled.unit == "Fahrenheit" ? (sampled.value - 32) / 1.8
                                                               : sampled.value;
        else if (sampled.measurand == "Frequency")
            out.frequency_hz = sampled.value;
        else if (sampled.measurand == "Current.Offered")
            out.offered_a = sampled.value;
    }

    MeterQuirks quirks_;
    std::optional<double> energy_phases_, phase_kw_, current_, neutral_, voltage_;
};

// Of 2.0.1 the unit stands in an object of its own, with a power of ten.
void read_sampled(const json::object& of, Collector& collector, std::vector<std::string>& ignored) {
    auto value = number_of(of, "value");
    const auto measurand = text_of(of, "measurand");
    if (!value) {
        ignored.push_back(fmt::format("{}: its value is no number",
                                      measurand.empty() ? "a sample" : std::string(measurand)));
        return;
    }
    auto unit = text_of(of, "unit");
    if (const auto* measure = of.if_contains("unitOfMeasure"); measure != nullptr && measure->is_object()) {
        unit = text_of(measure->get_object(), "unit");
        if (const auto tens = number_of(measure->get_object(), "multiplier")) *value *= std::pow(10, *tens);
    }
    collector.take({*value, measurand.empty() ? "Energy.Active.Import.Register" : measurand,
                    text_of(of, "phase"), unit});
}

}  // namespace

std::optional<unsigned> ChargerReading::phases() const {
    unsigned out = 0;
    for (const auto& a : current_a)
        if (a && std::abs(*a) >= some_current_a) ++out;
    return out == 0 ? std::nullopt : std::optional(out);
}

std::optional<double> ChargerReading::power() const {
    if (power_kw) return power_kw;
    double sum = 0;
    bool any = false;
    for (std::size_t i = 0; i < 3; ++i) {
        if (!current_a[i]) continue;
        any = true;
        const double phase_v = voltage_v[i].value_or(0) > 50 ? *voltage_v[i] : usual_volts;
        sum += *current_a[i] * phase_v / 1000;
    }
    return any ? std::optional(sum) : std::nullopt;
}

bool ChargerReading::empty() const {
    const auto known = [](const auto& value) { return value.has_value(); };
    return !energy_kwh && !power_kw && !soc_pu && !temperature_c && !frequency_hz && !offered_a &&
           std::ranges::none_of(current_a, known) && std::ranges::none_of(voltage_v, known);
}

std::vector<MeterSample> read_meter_values(const json::value& values, const MeterQuirks& quirks) {
    std::vector<MeterSample> out;
    const auto* list = values.if_array();
    if (list == nullptr) return out;
    for (const auto& element : *list) {
        const auto* of = element.if_object();
        if (of == nullptr) continue;
        MeterSample sample;
        sample.timestamp = text_of(*of, "timestamp");
        sample.context = "Sample.Periodic";
        Collector collector(quirks);
        const auto* sampled = of->if_contains("sampledValue");
        if (sampled != nullptr && sampled->is_array()) {
            for (const auto& one : sampled->get_array()) {
                if (!one.is_object()) continue;
                if (const auto context = text_of(one.get_object(), "context"); !context.empty())
                    sample.context = context;
                read_sampled(one.get_object(), collector, sample.ignored);
            }
        }
        collector.finish();
        sample.reading = collector.out;
        if (!sample.reading.empty() || !sample.ignored.empty()) out.push_back(std::move(sample));
    }
    return out;
}

std::optional<std::int64_t> transaction_of(const json::object& payload) {
    const auto* id = payload.if_contains("transactionId");
    if (id == nullptr || !id->is_int64()) return std::nullopt;
    const auto number = id->get_int64();
    if (number <= 0 || number == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    return number;
}

StampedTime time_of(std::string_view text, WallTime received, Duration offset) {
    constexpr auto first = WallTime(std::chrono::sys_days(std::chrono::year(2020) / 1 / 1));
    constexpr Duration ahead = std::chrono::hours(24);
    const auto parsed = Zone::utc().parse(text);
    if (!parsed) return {received, false};
    const bool zoned = text.ends_with('Z') || text.ends_with('z') ||
                       text.find('+') != std::string_view::npos || text.rfind('-') > text.find(':');
    const auto at = zoned ? *parsed : *parsed - offset;
    if (at < first || at > received + ahead) return {received, false};
    return {at, true};
}

}  // namespace hil::ocpp

#include "plant/plausible.hpp"

#include "base/mutation.hpp"
#include "config/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hil::plant {
namespace {

constexpr double times = 3;  // as much as a meter may show of what a plant is made for

Plausible around_zero(std::optional<double> most) {
    return most ? Plausible{-*most, *most} : Plausible{};
}

// Devices that work in 32 bits give their largest number in 64 bits, too.
bool is_largest(double counts, const Codec& codec) {
    if (!codec.floating()) return false;
    const double size = std::abs(counts);
    return size == static_cast<double>(std::numeric_limits<float>::max()) ||
           size == std::numeric_limits<double>::max();
}

std::optional<int> whole_power(std::optional<double> scale) {
    constexpr double most = 10;  // as SunSpec's sunssf
    if (!scale || std::abs(*scale) > most) return std::nullopt;
    return static_cast<int>(std::lround(*scale));
}

// How far beyond an end a rounded value may be, with room for how the sum rounds.
double rounding(const Codec& codec, int exponent) {
    if (codec.floating()) return 1e-6;
    return 1.001 * std::abs(codec.from_counts(1, exponent) - codec.from_counts(0, exponent));
}

}  // namespace

ModelLimits limits_of(const config::PlantModel& model) {
    const auto& p = model.power_limits;
    const double largest = std::max(
        {std::abs(p.p_max_kw), std::abs(p.p_min_kw), std::abs(p.q_max_kvar), std::abs(p.q_min_kvar)});
    ModelLimits limits;
    if (largest > 0) limits.power = times * largest;
    if (model.poi_voltage_kv > 0) limits.voltage_kv = times * model.poi_voltage_kv;
    return limits;
}

Plausible plausible_range(const config::Point& point, const ModelLimits& limits) {
    using config::Quantity;
    switch (config::quantity_of(point)) {
        case Quantity::state_of_charge:
            return {.low = 0, .high = 1, .rounded = true};
        case Quantity::active_power:
        case Quantity::reactive_power:
            return around_zero(limits.power);
        case Quantity::voltage:
            return around_zero(limits.voltage_kv);
        // Energies and currents of a device that says nothing of its size may be anything.
        case Quantity::current:
        case Quantity::phase_voltage:
        case Quantity::energy:
        case Quantity::raw:
            break;
    }
    return {};
}

Judged judge(std::span<const std::uint16_t> words, const Codec& codec, const Plausible& range,
             std::optional<double> scale) {
    const auto bits = codec.bits(words);
    if (codec.means_not_available(bits) && !mutated(Mutation::sentinel_believed))
        return {.why = Unknown::not_available};
    const double counts = codec.counts_of(bits);
    if (!std::isfinite(counts)) return {.why = Unknown::not_a_number};
    if (is_largest(counts, codec)) return {.why = Unknown::largest_float};
    int exponent = 0;
    if (codec.scaled()) {
        const auto power = whole_power(scale);
        if (!power) return {.why = Unknown::no_scale};
        exponent = *power;
    }
    const double value = codec.from_counts(counts, exponent);
    if (!std::isfinite(value)) return {.why = Unknown::not_a_number};
    const auto possible = [&](double beyond) {
        return value >= range.low - beyond && value <= range.high + beyond;
    };
    if (!possible(0) && !(range.rounded && possible(rounding(codec, exponent))) &&
        !mutated(Mutation::impossible_believed))
        return {.why = Unknown::impossible, .value = value};
    return {.value = value};
}

std::string_view to_string(Unknown why) {
    switch (why) {
        case Unknown::no:
            return "is known";
        case Unknown::refused:
            return "which the device refuses to read";
        case Unknown::not_available:
            return "which means not available";
        case Unknown::not_a_number:
            return "which is not a number";
        case Unknown::largest_float:
            return "which is the largest number there is and means none";
        case Unknown::impossible:
            return "which cannot be";
        case Unknown::no_scale:
            return "whose scale is not known";
        case Unknown::scale_moved:
            break;
    }
    return "whose scale changed while it was read";
}

std::string registers_text(std::span<const std::uint16_t> words) {
    std::string text = "0x";
    for (std::size_t i = 0; i < words.size(); ++i)
        text += fmt::format("{}{:04X}", i == 0 ? "" : " ", words[i]);
    return text;
}

}  // namespace hil::plant

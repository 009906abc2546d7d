// Whether what a device gave is a value: the one decision for every reading. Pure.
//
// Devices say "I have none" by a number (0xFFFF, 0x8000, the largest float), and while they start they say it
// of everything. A number that means nothing, or that cannot be, is unknown; it is never recorded, shown or
// acted on. There is no list of numbers that would mean "none" by themselves: 0xFFFF is a value of a raw
// point.
#pragma once

#include "config/config.hpp"
#include "plant/codec.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hil::plant {

// Why a point has no value.
enum class Unknown : std::uint8_t {
    no,             // it has one
    refused,        // the device refuses to read it
    not_available,  // it holds one of the point's not_available values
    not_a_number,   // not finite
    largest_float,  // the largest number of its floating-point format, of either sign
    impossible,     // beyond what there can be: see Plausible
    no_scale,       // its scale_point has no value, or none of -10..10
    scale_moved,    // its scale_point changed while it was read
};

// What the values of a point can be at all, in internal units.
struct Plausible {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
    bool rounded = false;  // a count beyond either end is how the device rounds
};

// What a plant's model leaves possible, of either sign; none: it says nothing.
struct ModelLimits {
    std::optional<double> power;       // kW and kvar: three times the largest of the four power limits
    std::optional<double> voltage_kv;  // three times the nominal one

    friend bool operator==(const ModelLimits&, const ModelLimits&) = default;
};
ModelLimits limits_of(const config::PlantModel& model);

// By the quantity that the point's name stands for. State of charge: 0..1 and a count beyond either end (of
// floating point 1e-6), which is how a meter rounds. Raw points can be anything.
Plausible plausible_range(const config::Point& point, const ModelLimits& limits);

struct Judged {
    Unknown why = Unknown::no;
    double value = 0;  // internal units; meaningless where there is none, but of impossible ones
};
// What these registers of a point are worth. `scale`: what its scale_point gives, none where that has no
// value; not looked at where the point has none. Precondition: words.size() == codec.word_count().
Judged judge(std::span<const std::uint16_t> words, const Codec& codec, const Plausible& range,
             std::optional<double> scale = {});

// "which means not available": the rest of a sentence that begins with point and registers.
std::string_view to_string(Unknown why);
// "0x8000", "0x0000 FFFF"
std::string registers_text(std::span<const std::uint16_t> words);

}  // namespace hil::plant

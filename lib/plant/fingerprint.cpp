#include "plant/fingerprint.hpp"

#include <fmt/format.h>

#include <cmath>
#include <span>

namespace hil::plant {
namespace {

std::string wanted_text(const config::Expectation& expected) {
    if (expected.value) return fmt::format("{:g}", *expected.value);
    if (expected.min && expected.max) return fmt::format("{:g} to {:g}", *expected.min, *expected.max);
    return expected.min ? fmt::format("at least {:g}", *expected.min)
                        : fmt::format("at most {:g}", *expected.max);
}

}  // namespace

std::optional<std::string> mismatch(const config::Expectation& expected, const Codec& codec,
                                    const result<Registers>& asked) {
    if (!asked)
        return fmt::format("{} cannot be read ({}), {} is expected", expected.point, asked.error().message(),
                           wanted_text(expected));
    const double value = codec.decode(std::span(asked->data(), codec.word_count()));
    bool good = std::isfinite(value);
    if (good && expected.value) {
        // The same registers: a number that a register holds is seldom the one that was written down.
        const auto words = codec.encode(*expected.value);
        good = value == *expected.value || (words && *words == *asked);
    }
    if (good && expected.min) good = value >= *expected.min;
    if (good && expected.max) good = value <= *expected.max;
    if (good) return std::nullopt;
    return fmt::format("{} reads {:g}, {} is expected", expected.point, value, wanted_text(expected));
}

}  // namespace hil::plant

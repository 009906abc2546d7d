#include "control/safety_words.hpp"

#include <fmt/format.h>

#include <array>

namespace hil::control {
namespace {

constexpr std::array<std::string_view, condition_count> conditions{
    "state of charge too low", "state of charge too high", "voltage too low",
    "voltage too high",        "temperature too low",      "temperature too high",
    "values do not come",      "setpoint not followed",    "link lost"};
constexpr std::array<std::string_view, 4> stages_in_words{"normal", "warning", "power taken back", "stop"};
constexpr std::array<std::string_view, 4> limits_in_words{"normal", "warning", "derating", "stop"};
constexpr std::array<std::string_view, 4> doings{"", "warned of", "power taken back", "stopped"};

std::string amount(Watched what, double value) {
    if (what == Watched::temperature) return fmt::format("{:.4g} °C", value);
    return fmt::format("{:.4g} %", value * 100);
}

}  // namespace

std::string value_text(Watched what, double value) {
    switch (what) {
        case Watched::soc:
            return "state of charge " + amount(what, value);
        case Watched::voltage:
            return "voltage " + amount(what, value) + " of nominal";
        case Watched::temperature:
            break;
    }
    return "temperature " + amount(what, value);
}

std::string limit_text(Watched what, double value, bool above, Stage stage, double limit) {
    return fmt::format("{} is {} the {} limit of {}", value_text(what, value), above ? "above" : "below",
                       limits_in_words[static_cast<std::size_t>(stage)], amount(what, limit));
}

std::string lasting_text(std::string_view what, Duration lasted, Stage stage, Duration limit) {
    return fmt::format("{} for {:.1f} s ({} after {:g} s)", what, to_seconds(lasted),
                       doings[static_cast<std::size_t>(stage)], to_seconds(limit));
}

std::string_view in_words(Condition condition) {
    return conditions[static_cast<std::size_t>(condition)];
}

std::string_view in_words(Stage stage) {
    return stages_in_words[static_cast<std::size_t>(stage)];
}

}  // namespace hil::control

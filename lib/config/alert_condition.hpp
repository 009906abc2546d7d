// What a rule of `alerting` looks for, read from one line:
//   alert */link | */setpoint                       built-in alerts by their key; * stands for anything
//   metric hil_plant_soc_ratio{plant="lib"} < 0.1    a figure of /metrics, every series of it with these
//   labels
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hil::config {

struct AlertPatterns {
    std::vector<std::string> keys;
};

enum class Comparison : std::uint8_t { below, at_most, above, at_least };

struct MetricThreshold {
    std::string metric;
    std::vector<std::pair<std::string, std::string>> labels;
    Comparison comparison = Comparison::above;
    double limit = 0;
};

// A sentence where it cannot be read.
using AlertCondition = std::variant<AlertPatterns, MetricThreshold, std::string>;
AlertCondition parse_condition(std::string_view text);

// Whether `text` is what `pattern` describes; * stands for any number of characters.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace hil::config

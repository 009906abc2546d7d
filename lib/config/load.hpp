// Reads the configuration file: every problem is an error with its place, value and rule, all found in one
// run.
#pragma once

#include "config/config.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::config {

// "etc/hil.json: /plants/lib/modbus/local/points/soc/address: must be 0..65535, got "abc""
struct Problem {
    std::string source;   // the file, or the environment variable, or the option
    std::string pointer;  // JSON pointer into it; empty for the whole
    std::string text;     // rule and value

    [[nodiscard]] std::string message() const;
};

struct Loaded {
    Config config;                  // meaningful only when there is no problem
    std::vector<Problem> problems;  // what makes the configuration unusable
    std::vector<Problem> warnings;  // unknown HIL_ names in the environment
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// Precedence: defaults < text < environment (HIL_TIMING__SCHEDULER_PERIOD_S=…). `source` names the text in
// problems.
Loaded parse(std::string_view text, const std::string& source, const Environment& environment = {});
Loaded load(const std::filesystem::path& file, const Environment& environment = {});
// The HIL_ variables of this process.
Environment process_environment();

// JSON Schema (draft 2020-12) of the file, made from the same description that reads it: etc/hil.schema.json.
std::string schema();
// The configuration as JSON with every default filled in; secrets masked.
std::string effective(const Config& config);

}  // namespace hil::config

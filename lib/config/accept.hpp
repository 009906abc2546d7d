// Whether a single JSON value obeys its rule.
#pragma once

#include "config/description.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace hil::config {

// The value in its normal form; none when it breaks the rule.
std::optional<Value> accept(const boost::json::value& json, const Rule& rule);

// The JSON value that a text from the environment stands for: what is to be a text stays one, everything else
// is read as JSON, and flags may also be 1, yes, on, 0, no, off.
boost::json::value from_text(std::string_view text, const Rule& rule);
// The same for an array; `words`: a list separated by commas will do.
boost::json::value list_from_text(std::string_view text, bool words);

// A value as a problem shows it: short, on one line.
std::string shown(const boost::json::value& value);
// "must be a whole number 0..65535"
std::string whole_sentence(const Whole& rule);

}  // namespace hil::config

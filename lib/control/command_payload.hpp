// What a command brings along, held against what its kind takes.
#pragma once

#include "control/command_engine.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hil::control {

struct CommandPayload {
    boost::json::object shown;    // a secret's value is "***"
    boost::json::object secrets;  // what it really is
};

// None where it does not keep the kind's rule: an unknown field, a missing one, more than `most_bytes` of
// text.
std::optional<CommandPayload> take_payload(const CommandEngine::Kind& kind, boost::json::object payload,
                                           std::size_t most_bytes);

// For whoever misspelt a kind: {"did_you_mean": …, "known_kinds": [ … ]}, the first only where one is near.
boost::json::value kinds_there_are(std::string_view asked,
                                   const std::map<std::string, CommandEngine::Kind, std::less<>>& kinds);

}  // namespace hil::control

// A command as a client writes it: {"kind": …, "plant": …, and the fields of its kind}.
#pragma once

#include "web/answers.hpp"
#include "web/context.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace hil::web {

struct CommandRequest {
    std::string kind, plant;
    boost::json::object payload;
    std::vector<InputError> errors;  // its form is wrong: no record is made
};
// Checks the form only. A kind nobody knows, a plant that is not there or a field that is missing are refused
// by the engine, with a record.
CommandRequest read_command(const Context& context, boost::json::object message);

}  // namespace hil::web

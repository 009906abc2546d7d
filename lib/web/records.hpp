// Rows, events, log lines, alerts and commands as clients get them, over HTTP and WebSocket alike.
#pragma once

#include "control/command.hpp"
#include "measure/row.hpp"
#include "observe/alerts.hpp"
#include "observe/events.hpp"
#include "observe/log.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace hil::web {

// {"timestamp":…,"p_setpoint_kw":…,…}, unknown values null, numbers as the plant's registers count them.
void append_sample(std::string& out, const measure::Row& row, const measure::ColumnFormat& format);
// The members of the record without its braces, so that a type can go before them.
void append_members(std::string& out, const observe::Event& event);
void append_members(std::string& out, const observe::LogLine& line);

// `because_of`: the key of the alert that stands behind it; empty: none.
boost::json::object to_json(const observe::Alert& alert, std::string_view because_of = {});

}  // namespace hil::web

// Makes the desk that sends messages about alerts, with a way to each receiver.
#pragma once

#include "alerting/desk.hpp"
#include "service/persistence.hpp"
#include "service/service.hpp"

#include <memory>
#include <string>
#include <variant>

namespace hil::service {

// A sentence when a receiver cannot be used. To other machines messages go only in real time: what is
// rehearsed at speed, or at another date, must wake nobody. Everything outlives the desk.
std::variant<std::unique_ptr<alerting::Desk>, std::string> make_desk(Service& site, Persistence& persistence,
                                                                     BlockingExecutor& blocking);

}  // namespace hil::service

// What the parts of a site are made from.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "observe/alerts.hpp"
#include "observe/events.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "service/happenings.hpp"

namespace hil::service {

// All of it outlives them.
struct SiteContext {
    Clock& clock;
    Network& network;
    BlockingExecutor& blocking;
    observe::Log& log;
    observe::EventLog& events;
    observe::Alerts& alerts;
    observe::Metrics& metrics;
    Happenings& happenings;
};

}  // namespace hil::service

// The figures of a range asked of history, a day at a time: neither memory nor other questions to history
// notice a long range.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/result.hpp"
#include "measure/history.hpp"
#include "report/plant_summary.hpp"

#include <boost/asio/awaitable.hpp>

namespace hil::report {

struct SummaryQuestion {
    std::size_t plant = 0;
    std::string id;
    config::TransportMode transport{};
    measure::Range range;
    SummaryRules rules;
};

// The error of a history that cannot be read. The history and `blocking` outlive the answer.
boost::asio::awaitable<result<PlantSummary>> summarize(measure::History& history, BlockingExecutor& blocking,
                                                       SummaryQuestion question);

}  // namespace hil::report

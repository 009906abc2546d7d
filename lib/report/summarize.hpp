// The figures of a range asked of history, a day at a time: neither memory nor other questions to history
// notice a long range.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/result.hpp"
#include "measure/history.hpp"
#include "report/plant_summary.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

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

// The same for each span between two neighbours of `bounds`, in one walk through the history. Precondition:
// at least two, each after the one before; they, and not the range of the question, say what is asked for.
boost::asio::awaitable<result<std::vector<PlantSummary>>> summarize_each(measure::History& history,
                                                                         BlockingExecutor& blocking,
                                                                         SummaryQuestion question,
                                                                         std::vector<WallTime> bounds);

}  // namespace hil::report

#include "report/summarize.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace hil::report {
namespace {

struct Course {
    explicit Course(const SummaryQuestion& q)
        : summarizer(q.id, q.transport, q.range, q.rules),
          episodes(q.range, q.rules.longest_hold,
                   [this](const Episode& episode) { summarizer.take(episode); }) {}

    Summarizer summarizer;
    Episodes episodes;
};

}  // namespace

boost::asio::awaitable<result<PlantSummary>> summarize(measure::History& history, BlockingExecutor& blocking,
                                                       SummaryQuestion question) {
    constexpr Duration piece = std::chrono::hours(24);
    const auto extent = co_await history.extent(question.plant, question.transport);
    if (!extent) co_return extent.error();
    auto course = std::make_shared<Course>(question);
    if (*extent) {
        const Duration around = question.rules.longest_hold;
        const auto end = std::min(question.range.to + around, (*extent)->to + Duration{1});
        auto from = std::max(question.range.from - around, (*extent)->from);
        for (; from < end; from += piece) {
            const measure::Range part{from, std::min(from + piece, end)};
            auto answer = co_await history.rows(question.plant, question.transport, part, std::nullopt);
            if (!answer) co_return answer.error();
            if (answer->rows.empty()) continue;
            co_await blocking.run([course, rows = std::move(answer->rows)] { course->episodes.take(rows); });
        }
    }
    co_return co_await blocking.run([course] {
        course->episodes.finish();
        return course->summarizer.result();
    });
}

}  // namespace hil::report

#include "report/summarize.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace hil::report {
namespace {

// Every span of rows goes to the summary of the time it lies in, cut where it lies in several.
struct Course {
    Course(const SummaryQuestion& q, const std::vector<WallTime>& bounds)
        : episodes({bounds.front(), bounds.back()}, q.rules.longest_hold,
                   [this](const Episode& episode) { take(episode); }) {
        for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
            ranges.push_back({bounds[i], bounds[i + 1]});
            parts.emplace_back(q.id, q.transport, ranges.back(), q.rules);
        }
    }

    void take(const Episode& episode) {
        while (open + 1 < ranges.size() && ranges[open].to <= episode.from)
            ++open;
        for (auto i = open; i < ranges.size() && (i == open || ranges[i].from < episode.to); ++i) {
            Episode own = episode;
            own.from = std::max(episode.from, ranges[i].from);
            own.to = std::min(episode.to, ranges[i].to);
            parts[i].take(own);
        }
    }

    std::vector<measure::Range> ranges;
    std::vector<Summarizer> parts;
    std::size_t open = 0;  // spans come in order
    Episodes episodes;
};

}  // namespace

boost::asio::awaitable<result<std::vector<PlantSummary>>> summarize_each(measure::History& history,
                                                                         BlockingExecutor& blocking,
                                                                         SummaryQuestion question,
                                                                         std::vector<WallTime> bounds) {
    constexpr Duration piece = std::chrono::hours(24);
    const auto extent = co_await history.extent(question.plant, question.transport);
    if (!extent) co_return extent.error();
    auto course = std::make_shared<Course>(question, bounds);
    if (*extent) {
        const Duration around = question.rules.longest_hold;
        const auto end = std::min(bounds.back() + around, (*extent)->to + Duration{1});
        auto from = std::max(bounds.front() - around, (*extent)->from);
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
        std::vector<PlantSummary> out;
        for (const auto& part : course->parts)
            out.push_back(part.result());
        return out;
    });
}

boost::asio::awaitable<result<PlantSummary>> summarize(measure::History& history, BlockingExecutor& blocking,
                                                       SummaryQuestion question) {
    const std::vector<WallTime> bounds{question.range.from, question.range.to};
    auto all = co_await summarize_each(history, blocking, std::move(question), bounds);
    if (!all) co_return all.error();
    co_return std::move(all->front());
}

}  // namespace hil::report

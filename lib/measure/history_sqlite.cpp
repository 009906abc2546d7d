#include "measure/history_sqlite.hpp"

#include "base/async_condition.hpp"
#include "measure/errors.hpp"
#include "measure/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hil::measure {

SqliteHistory::SqliteHistory(Clock& clock, Connection writer, Connection reader,
                             std::vector<std::string> plants, Settings settings, Hooks hooks)
    : clock_(clock),
      writer_(std::move(writer)),
      reader_(std::move(reader)),
      plants_(std::move(plants)),
      settings_(settings),
      hooks_(std::move(hooks)),
      turn_(std::make_shared<AsyncCondition>(clock)),
      tasks_(clock, hooks_.on_failure) {}

SqliteHistory::~SqliteHistory() = default;

void SqliteHistory::append(std::size_t plant, config::TransportMode transport, std::vector<Row> rows) {
    if (rows.empty()) return;
    waiting_rows_ += rows.size();
    ++appended_;
    waiting_.push_back({plant, transport, std::move(rows)});
    bound();
    begin_writing();
}

// The newest are given up: what is stored then has its hole at the end, where the next import starts.
void SqliteHistory::bound() {
    while (waiting_rows_ > settings_.max_waiting_rows && !waiting_.empty()) {
        const auto newest = std::prev(waiting_.end());
        waiting_rows_ -= newest->rows.size();
        dropped_rows_ += newest->rows.size();
        if (hooks_.on_dropped) hooks_.on_dropped(newest->plant, newest->rows.size());
        waiting_.erase(newest);
    }
}

void SqliteHistory::failed(Work work, const std::string& sentence) {
    failing_[static_cast<std::size_t>(work)] = true;
    if (hooks_.on_error) hooks_.on_error(work, sentence);
}

void SqliteHistory::done(Work work) {
    if (std::exchange(failing_[static_cast<std::size_t>(work)], false) && hooks_.on_recovered)
        hooks_.on_recovered(work);
}

void SqliteHistory::begin_writing() {
    if (writing_) return;
    writing_ = true;
    tasks_.spawn("history", [this] { return write(); }, OnEscape::restart);
}

awaitable<void> SqliteHistory::write() {
    Backoff backoff(settings_.retry_initial, settings_.retry_max);
    while (!waiting_.empty()) {
        const auto round = appended_;
        const bool stored = co_await write_once();
        tried_ = round;
        pausing_ = !stored;
        turn_->notify_all();
        if (stored) {
            backoff.reset();
        } else {
            co_await clock_.io_sleep_for(backoff.next());
            pausing_ = false;
        }
    }
    writing_ = false;
    turn_->notify_all();
}

// Everything that waits now, as one job; the rows come back when it fails.
awaitable<bool> SqliteHistory::write_once() {
    auto batches = std::make_shared<std::list<Batch>>(std::move(waiting_));
    waiting_.clear();
    struct Outcome {
        std::string error;
        std::vector<std::string> losses;
    };
    auto job = [tables = writer_.tables, batches, plants = plants_] {
        Outcome out;
        try {
            while (!batches->empty()) {
                // Batches of one plant that follow each other are one transaction.
                auto& first = batches->front();
                auto end = std::next(batches->begin());
                for (; end != batches->end(); ++end) {
                    if (end->plant != first.plant || end->transport != first.transport) break;
                    if (end->rows.front().at <= first.rows.back().at) break;
                    first.rows.insert(first.rows.end(), end->rows.begin(), end->rows.end());
                }
                batches->erase(std::next(batches->begin()), end);
                tables->store(plants[first.plant], first.transport, first.rows);
                batches->pop_front();
            }
        } catch (const store::DatabaseError& error) {
            out.error = error.what();
        }
        out.losses = tables->take_losses();
        return out;
    };
    const auto outcome = co_await writer_.blocking.run(std::move(job));
    const auto& error = outcome.error;
    for (const auto& sentence : outcome.losses)
        if (hooks_.on_lost) hooks_.on_lost(sentence);
    waiting_.splice(waiting_.begin(), *batches);
    waiting_rows_ = 0;
    for (const auto& batch : waiting_)
        waiting_rows_ += batch.rows.size();
    bound();
    if (!error.empty()) {
        failed(Work::storing, "history could not be stored: " + error);
        co_return false;
    }
    done(Work::storing);
    co_return true;
}

awaitable<result<void>> SqliteHistory::flush() {
    const auto mine = appended_;
    while (tried_ < mine && writing_ && !pausing_)
        co_await turn_->wait();
    co_return failing(Work::storing) ? result<void>(errc::rows_waiting) : result<void>{};
}

template <class Question>
auto SqliteHistory::ask(Question question)
    -> awaitable<result<std::invoke_result_t<Question&, HistoryTables&>>> {
    using Answer = std::invoke_result_t<Question&, HistoryTables&>;
    std::string problem;
    try {
        auto job = [tables = reader_.tables, asked = std::move(question)]() mutable {
            return asked(*tables);
        };
        Answer answer = co_await reader_.blocking.run(std::move(job));
        done(Work::reading);
        co_return answer;
    } catch (const store::DatabaseError& error) {
        problem = error.what();
    }
    failed(Work::reading, "history could not be read: " + problem);
    co_return errc::no_history;
}

awaitable<result<HistoryAnswer>> SqliteHistory::rows(std::size_t plant, config::TransportMode transport,
                                                     Range range, std::optional<std::size_t> points) {
    constexpr std::size_t most = 10'000;
    if (points) points = std::min(*points, most);
    auto question = [id = plants_.at(plant), transport, range, points](HistoryTables& tables) {
        return tables.rows(id, transport, range, points);
    };
    co_return co_await ask(std::move(question));
}

awaitable<result<std::vector<Bucket>>> SqliteHistory::buckets(std::size_t plant,
                                                              config::TransportMode transport, Range range,
                                                              Resolution resolution) {
    if (resolution == Resolution::rows) co_return errc::no_history;
    auto question = [id = plants_.at(plant), transport, range, resolution](HistoryTables& tables) {
        return tables.buckets(id, transport, range, resolution);
    };
    co_return co_await ask(std::move(question));
}

awaitable<result<std::vector<Interval>>> SqliteHistory::availability(std::size_t plant,
                                                                     config::TransportMode transport,
                                                                     Range range, Duration gap) {
    auto question = [id = plants_.at(plant), transport, range, gap](HistoryTables& tables) {
        return tables.availability(id, transport, range, gap);
    };
    co_return co_await ask(std::move(question));
}

awaitable<result<std::optional<Range>>> SqliteHistory::extent(std::size_t plant,
                                                              config::TransportMode transport) {
    auto question = [id = plants_.at(plant), transport](HistoryTables& tables) {
        return tables.extent(id, transport);
    };
    co_return co_await ask(std::move(question));
}

awaitable<result<std::string>> SqliteHistory::workbook(std::size_t plant, config::TransportMode transport,
                                                       Range range, Zone zone) {
    ExportRequest request{.plant = plants_.at(plant), .transport = transport, .range = range, .points = {}};
    if (settings_.schema_of) request.schema = &settings_.schema_of(request.plant);
    auto question = [request, zone](HistoryTables& tables) { return workbook_bytes(tables, request, zone); };
    auto bytes = co_await ask(std::move(question));
    if (!bytes) co_return bytes.error();
    if (!*bytes) co_return errc::no_history;
    co_return std::move(**bytes);
}

awaitable<result<void>> SqliteHistory::prune(WallTime before) {
    constexpr std::size_t hours_at_once = 256;
    std::string problem;
    try {
        for (;;) {
            auto job = [tables = writer_.tables, before] { return tables->prune(before, hours_at_once); };
            const auto removed = co_await writer_.blocking.run(std::move(job));
            if (removed < hours_at_once) break;
        }
        done(Work::removing);
        co_return result<void>{};
    } catch (const store::DatabaseError& error) {
        problem = error.what();
    }
    failed(Work::removing, "old history could not be removed: " + problem);
    co_return errc::no_history;
}

awaitable<void> SqliteHistory::close() {
    tasks_.cancel();
    co_await tasks_.join();
}

}  // namespace hil::measure

// History behind a database that is used off the reactor: what is appended waits here until it is stored.
#pragma once

#include "base/backoff.hpp"
#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/task_group.hpp"
#include "base/zone.hpp"
#include "measure/history.hpp"
#include "measure/history_tables.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace hil {
class AsyncCondition;
}

namespace hil::measure {

class SqliteHistory final : public History {
  public:
    // A connection and the one thread that uses it.
    struct Connection {
        BlockingExecutor& blocking;
        std::shared_ptr<HistoryTables> tables;
    };
    struct Settings {
        std::size_t max_waiting_rows = 1u << 20u;
        // What cannot be stored is tried again after these, in unscaled time.
        Duration retry_initial = std::chrono::seconds(1);
        Duration retry_max = std::chrono::seconds(60);
        // The columns of what has this id, for workbooks; empty: all are batteries.
        std::function<const device::Schema&(std::string_view id)> schema_of{};
    };
    // What may fail, each for itself: that rows are stored says nothing of questions.
    enum class Work : std::uint8_t { storing, reading, removing };
    struct Hooks {
        // Something could not be stored, read or removed, as a sentence; at every attempt.
        std::function<void(Work, const std::string&)> on_error;
        // The same work was done after it had failed; of storing, everything that waited.
        std::function<void(Work)> on_recovered;
        // What was stored before is damaged and begun anew, as a sentence.
        std::function<void(const std::string&)> on_lost;
        // Rows are left to the next import.
        std::function<void(std::size_t plant, std::size_t rows)> on_dropped;
        TaskGroup::FailureHook on_failure;
    };

    // `plants`: their ids, by index. `reader` may be the writer: then a question waits behind what is being
    // stored.
    SqliteHistory(Clock& clock, Connection writer, Connection reader, std::vector<std::string> plants,
                  Settings settings, Hooks hooks = {});
    SqliteHistory(const SqliteHistory&) = delete;
    SqliteHistory& operator=(const SqliteHistory&) = delete;
    ~SqliteHistory() override;

    void append(std::size_t plant, config::TransportMode transport, std::vector<Row> rows) override;
    // errc::rows_waiting when some could not be stored; they are tried again.
    boost::asio::awaitable<result<void>> flush() override;

    // All questions: errc::no_history when the database cannot be read.
    boost::asio::awaitable<result<HistoryAnswer>> rows(std::size_t plant, config::TransportMode transport,
                                                       Range range,
                                                       std::optional<std::size_t> points) override;
    // errc::no_history also for Resolution::rows, which has no buckets.
    boost::asio::awaitable<result<std::vector<Bucket>>> buckets(std::size_t plant,
                                                                config::TransportMode transport, Range range,
                                                                Resolution resolution) override;
    boost::asio::awaitable<result<std::vector<Interval>>> availability(std::size_t plant,
                                                                       config::TransportMode transport,
                                                                       Range range, Duration gap) override;
    boost::asio::awaitable<result<std::optional<Range>>> extent(std::size_t plant,
                                                                config::TransportMode transport) override;

    // A workbook of every row of the range; errc::no_history when it cannot be made.
    boost::asio::awaitable<result<std::string>> workbook(std::size_t plant, config::TransportMode transport,
                                                         Range range, Zone zone);
    // Removes whole hours that ended before, a few at a time.
    boost::asio::awaitable<result<void>> prune(WallTime before);
    // Ends what is under way; what waits is left to the next import.
    boost::asio::awaitable<void> close();

    [[nodiscard]] std::size_t waiting_rows() const { return waiting_rows_; }
    [[nodiscard]] std::uint64_t dropped_rows() const { return dropped_rows_; }
    // The last attempt failed.
    [[nodiscard]] bool failing(Work work) const { return failing_[static_cast<std::size_t>(work)]; }

  private:
    struct Batch {
        std::size_t plant = 0;
        config::TransportMode transport{};
        std::vector<Row> rows;
    };

    void failed(Work work, const std::string& sentence);
    void done(Work work);
    void begin_writing();
    boost::asio::awaitable<void> write();
    boost::asio::awaitable<bool> write_once();
    void bound();
    template <class Question>
    auto ask(Question question)
        -> boost::asio::awaitable<result<std::invoke_result_t<Question&, HistoryTables&>>>;

    Clock& clock_;
    Connection writer_, reader_;
    std::vector<std::string> plants_;
    Settings settings_;
    Hooks hooks_;
    std::list<Batch> waiting_;
    std::size_t waiting_rows_ = 0;
    std::uint64_t dropped_rows_ = 0;
    std::array<bool, 3> failing_{};  // by Work
    bool writing_ = false;
    bool pausing_ = false;                    // after a failure
    std::uint64_t appended_ = 0, tried_ = 0;  // batches, ever
    std::shared_ptr<AsyncCondition> turn_;
    TaskGroup tasks_;
};

}  // namespace hil::measure

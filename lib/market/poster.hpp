// From the live samples through the outbox to the platform: two tasks, one that puts values into the
// database, and the market's own, which posts what the queue says.
#pragma once

#include "base/async_event.hpp"
#include "base/blocking_executor.hpp"
#include "market/client.hpp"
#include "market/connection.hpp"
#include "market/news.hpp"
#include "market/outbox.hpp"
#include "market/post_queue.hpp"
#include "measure/live_state.hpp"

#include <deque>
#include <map>
#include <memory>
#include <vector>

namespace hil::market {

class Poster {
  public:
    struct Hooks {
        std::function<bool()> effective;  // whether values are taken in and sent now
        std::function<void()> on_change;  // of what status() shows, or of what next() answers
    };

    // All references outlive the poster, the database its thread.
    Poster(Clock& clock, BlockingExecutor& database_thread, store::Database& database,
           const config::Config& config, Client& client, ConnectionState& connection,
           const measure::LiveState& live, News& news, Hooks hooks);

    // A plant was sampled: its values enter the outbox once in every posting period, if they are fresh.
    void sampled(std::size_t plant);
    // Posting has become effective: what is fresh enters at once, unless this period was served.
    void take_latest();
    // What was sampled until now is of another transport.
    void transport_changed() { not_from_ = clock_.now(); }

    // Writes what sampled() took into the database, until cancelled.
    awaitable<void> write();
    awaitable<bool> open_outbox();

    // What to post now, and when there will be something.
    [[nodiscard]] std::optional<PostQueue::Attempt> next() const;
    [[nodiscard]] std::optional<Instant> due() const;
    awaitable<void> post(PostQueue::Attempt attempt);
    void wake() { queue_.wake(); }

    // With the ages of the moment.
    [[nodiscard]] PlantPosting status(std::size_t plant) const;
    [[nodiscard]] std::vector<PlantPosting> status() const {
        std::vector<PlantPosting> out;
        for (std::size_t i = 0; i < plants_.size(); ++i)
            out.push_back(status(i));
        return out;
    }
    [[nodiscard]] std::size_t pending() const { return pending_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

  private:
    // What a job on the database's thread found out.
    struct Oldest {
        std::string plant;
        std::optional<WallTime> enqueued_at;
    };
    struct Removal {
        std::vector<Outbox::Removed> rows;
        std::vector<Oldest> oldest;
    };
    struct Plant {
        PlantPosting status;
        std::optional<WallTime> oldest;
        std::int64_t served = -1;  // the last posting period a value was taken in for
        int attempted_series = 0;  // of a failed attempt; 0: none
    };

    // A full disk can be read: only a write shows that the database works again.
    enum class Access : std::uint8_t { read, write };
    // Runs `job(Outbox&)` on the database's thread; none when the database failed, which is told and backed
    // off from.
    template <class Job>
    awaitable<std::optional<std::invoke_result_t<Job&, Outbox&>>> ask_database(Access access, Job job);
    void database_failed(const std::string& what);
    void database_works();

    void enqueued(const Outbox::Enqueued& done);
    awaitable<void> take_answer(int series, const std::vector<Outbox::Entry>& sent);
    // Takes what the platform has out of the outbox; false when the database cannot.
    awaitable<bool> confirm(int series);
    awaitable<void> take_failure(int series, const std::vector<Outbox::Entry>& sent, error_code why,
                                 std::string words);
    void removed(const std::vector<Outbox::Removed>& rows, std::string_view why);
    void note_oldest(const std::vector<Oldest>& all);
    void bound_fresh();
    [[nodiscard]] std::optional<std::size_t> index_of(std::string_view plant) const;
    // Each plant of the entries with how many are its own.
    [[nodiscard]] std::map<std::size_t, std::size_t> by_plant(const std::vector<Outbox::Entry>& sent) const;

    Clock& clock_;
    BlockingExecutor& database_thread_;
    store::Database& database_;
    const config::Config& config_;
    Client& client_;
    ConnectionState& connection_;
    const measure::LiveState& live_;
    News& news_;
    Hooks hooks_;
    std::size_t capacity_;

    std::shared_ptr<Outbox> outbox_;  // made on the database's thread by write(); jobs share it
    PostQueue queue_;
    std::vector<Plant> plants_;
    // By series, the last value that the platform has and the outbox still holds: nothing of the series is
    // sent before it is gone, or the platform would have it twice.
    std::map<int, std::int64_t> unconfirmed_;
    std::size_t pending_ = 0;       // of this platform, all plants
    std::deque<OutboxItem> fresh_;  // taken in, not yet in the database
    std::size_t writing_ = 0;       // the first so many of them are on their way there
    AsyncEvent fresh_there_;
    Instant not_from_{Duration{-1}};
    Backoff database_backoff_;
    std::optional<Instant> database_retry_at_;
    bool repeats_notified_ = false;
};

}  // namespace hil::market

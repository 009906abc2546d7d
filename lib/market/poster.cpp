#include "market/poster.hpp"

#include "market/errors.hpp"
#include "market/post_reply.hpp"
#include "market/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace hil::market {
namespace {

std::set<std::string> plants_of(const auto& rows) {
    std::set<std::string> out;
    for (const auto& row : rows)
        out.insert(row.plant);
    return out;
}

PostedValue posted(int series, const Outbox::Entry& entry) {
    return {entry.metric, series, entry.measured.value, entry.measured.at};
}

std::int64_t period_of(Instant at, Duration period) {
    const auto since = at.time_since_epoch();
    return since / period - (since % period < Duration::zero() ? 1 : 0);
}

}  // namespace

Poster::Poster(Clock& clock, BlockingExecutor& database_thread, store::Database& database,
               const config::Config& config, Client& client, ConnectionState& connection,
               const measure::LiveState& live, News& news, Hooks hooks)
    : clock_(clock),
      database_thread_(database_thread),
      database_(database),
      config_(config),
      client_(client),
      connection_(connection),
      live_(live),
      news_(news),
      hooks_(std::move(hooks)),
      capacity_(static_cast<std::size_t>(config.istentore_api.measurement_post_queue_maxlen)),
      queue_({.retry_initial = config.istentore_api.measurement_post_retry_initial,
              .retry_max = config.istentore_api.measurement_post_retry_max}),
      plants_(config.plants.size()),
      fresh_there_(clock),
      database_backoff_(config.istentore_api.measurement_post_retry_initial,
                        config.istentore_api.measurement_post_retry_max) {}

// ---- into the outbox ----------------------------------------------------------------------------------

void Poster::sampled(std::size_t index) {
    if (!hooks_.effective()) return;
    const auto& live = live_.plant(index);
    if (!live.latest || !live.fresh(clock_.now(), 2 * config_.timing.measurement_period)) return;
    if (*live.taken <= not_from_) return;
    auto& plant = plants_[index];
    const auto period = period_of(*live.taken, config_.istentore_api.measurement_post_period);
    if (period <= plant.served) return;
    plant.served = period;
    for (const auto& value : posted_values(config_.plants[index], *live.latest)) {
        fresh_.push_back({config_.plants[index].id,
                          std::string(value.metric),
                          value.series,
                          {live.latest->at, value.value}});
    }
    bound_fresh();
    fresh_there_.notify();
}

void Poster::take_latest() {
    for (std::size_t i = 0; i < plants_.size(); ++i)
        sampled(i);
}

// While the database takes nothing, no more waits in memory than may wait in the database.
void Poster::bound_fresh() {
    std::map<std::string, std::size_t> lost;
    while (fresh_.size() > capacity_ + writing_) {
        const auto oldest = fresh_.begin() + static_cast<std::ptrdiff_t>(writing_);
        ++lost[oldest->plant];
        fresh_.erase(oldest);
    }
    for (const auto& [id, count] : lost) {
        const auto index = index_of(id);
        plants_[*index].status.dropped += count;
        news_.posting(*index, "dropped", count);
    }
}

// What waits in the database since before is taken up. False: it cannot be opened now.
awaitable<bool> Poster::open_outbox() {
    struct Opened {
        std::shared_ptr<Outbox> outbox;
        std::vector<Outbox::Waiting> waiting;
        std::vector<Oldest> oldest;
        std::string trouble;
    };
    const auto opened = co_await database_thread_.run(
        [database = &database_, platform = config_.istentore_api.base_url, capacity = capacity_] {
            Opened out;
            try {
                out.outbox = std::make_shared<Outbox>(*database, platform, capacity);
                out.waiting = out.outbox->waiting();
                for (const auto& row : out.waiting)
                    out.oldest.push_back({row.plant, out.outbox->oldest_enqueued(row.plant)});
            } catch (const store::DatabaseError& e) {
                out.trouble = e.what();
            }
            return out;
        });
    if (!opened.trouble.empty()) {
        database_failed(opened.trouble);
        co_return false;
    }
    database_works();
    outbox_ = opened.outbox;
    for (const auto& row : opened.waiting) {
        queue_.added(row.series, row.count);
        pending_ += row.count;
        if (const auto index = index_of(row.plant)) plants_[*index].status.pending += row.count;
    }
    note_oldest(opened.oldest);
    hooks_.on_change();
    co_return true;
}

awaitable<void> Poster::write() {
    writing_ = 0;
    for (;;) {
        if (!outbox_) {
            if (!co_await open_outbox()) co_await clock_.sleep_until(*database_retry_at_);
            continue;
        }
        if (fresh_.empty()) {
            co_await fresh_there_.wait();
            continue;
        }
        // Kept here until the database has them: a failure, or an end in between, loses nothing it need not.
        const std::vector<OutboxItem> items(fresh_.begin(), fresh_.end());
        writing_ = items.size();
        struct Done {
            Outbox::Enqueued enqueued;
            std::vector<Oldest> oldest;
        };
        const auto done =
            co_await ask_database(Access::write, [items, now = clock_.wall_now()](Outbox& outbox) {
                Done out{outbox.enqueue(items, now), {}};
                auto ids = plants_of(out.enqueued.dropped);
                ids.merge(plants_of(items));
                for (const auto& id : ids)
                    out.oldest.push_back({id, outbox.oldest_enqueued(id)});
                return out;
            });
        writing_ = 0;
        if (!done) {
            co_await clock_.sleep_until(*database_retry_at_);
            continue;
        }
        fresh_.erase(fresh_.begin(), fresh_.begin() + static_cast<std::ptrdiff_t>(items.size()));
        enqueued(done->enqueued);
        note_oldest(done->oldest);
        hooks_.on_change();
    }
}

void Poster::enqueued(const Outbox::Enqueued& done) {
    for (const auto& item : done.taken) {
        queue_.added(item.series, 1);
        ++pending_;
        if (const auto index = index_of(item.plant)) {
            auto& status = plants_[*index].status;
            ++status.pending;
            status.last_enqueue = clock_.wall_now();
        }
    }
    if (done.repeated > 0 && !std::exchange(repeats_notified_, true))
        news_.notify(
            "measurements that are not later than those posted before are not posted again: the clock "
            "was set back, or a day is repeated",
            true);
    removed(done.dropped, "dropped");
    if (!done.dropped.empty())
        news_.raise(
            "market/dropped",
            fmt::format("more than {} measurements wait to be posted: the oldest are dropped", capacity_));
}

// ---- out of the outbox --------------------------------------------------------------------------------

std::optional<PostQueue::Attempt> Poster::next() const {
    if (!outbox_ || (database_retry_at_ && clock_.now() < *database_retry_at_)) return std::nullopt;
    return queue_.next(clock_.now());
}

std::optional<Instant> Poster::due() const {
    if (!outbox_) return std::nullopt;
    const auto due = queue_.due();
    return due && database_retry_at_ ? std::max(due, database_retry_at_) : due;
}

awaitable<void> Poster::post(PostQueue::Attempt attempt) {
    if (unconfirmed_.contains(attempt.series) && !co_await confirm(attempt.series)) co_return;
    const auto sent = co_await ask_database(
        Access::read, [attempt](Outbox& outbox) { return outbox.oldest(attempt.series, attempt.limit); });
    if (!sent) co_return;
    if (sent->empty()) {
        queue_.set(attempt.series, 0);
        co_return;
    }
    const auto now = clock_.wall_now();
    for (const auto& [index, count] : by_plant(*sent)) {
        plants_[index].status.last_attempt = now;
        plants_[index].status.attempted = posted(attempt.series, sent->back());
    }
    std::vector<Measurement> values;
    for (const auto& entry : *sent)
        values.push_back(entry.measured);
    const auto response = co_await client_.call("measurements", measurements_request(attempt.series, values));
    if (!response) {
        co_await take_failure(attempt.series, *sent, response.error(), response.error().message());
    } else if (const auto doubt = not_stored(response->body, sent->size())) {
        const auto words = doubt->detail.empty()
                               ? doubt->why.message()
                               : fmt::format("{} ({})", doubt->why.message(), doubt->detail);
        co_await take_failure(attempt.series, *sent, doubt->why, words);
    } else {
        co_await take_answer(attempt.series, *sent);
    }
    hooks_.on_change();
}

awaitable<void> Poster::take_answer(int series, const std::vector<Outbox::Entry>& sent) {
    const auto now = clock_.wall_now();
    queue_.accepted(series);
    for (const auto& [index, count] : by_plant(sent)) {
        auto& plant = plants_[index];
        plant.status.posted += count;
        plant.status.last_success = now;
        plant.status.succeeded = posted(series, sent.back());
        plant.status.last_error.clear();
        plant.attempted_series = 0;
        news_.posting(index, "ok", count);
    }
    // While another series fails, one success does not make all well.
    if (!queue_.failing()) {
        connection_.posted(now);
        news_.clear("market/posting", "measurements are posted again");
    }
    unconfirmed_[series] = sent.back().id;
    (void)co_await confirm(series);
}

awaitable<bool> Poster::confirm(int series) {
    const auto done =
        co_await ask_database(Access::write, [series, last = unconfirmed_.at(series)](Outbox& outbox) {
            Removal out{outbox.confirm(series, last), {}};
            for (auto& id : plants_of(out.rows))
                out.oldest.push_back({id, outbox.oldest_enqueued(id)});
            return out;
        });
    if (!done) co_return false;
    unconfirmed_.erase(series);
    removed(done->rows, {});
    note_oldest(done->oldest);
    if (pending_ < capacity_ / 2) news_.clear("market/dropped", "measurements wait in order again");
    co_return true;
}

awaitable<void> Poster::take_failure(int series, const std::vector<Outbox::Entry>& sent, error_code why,
                                     std::string words) {
    const auto after = queue_.failed(series, sent.size(), why, clock_.now());
    for (const auto& [index, count] : by_plant(sent)) {
        auto& plant = plants_[index];
        plant.status.failed += count;
        plant.status.last_error = words;
        plant.attempted_series = series;
        news_.posting(index, "failed", count);
    }
    // Of a password that is not accepted everybody has heard, from whoever logged in.
    if (remedy(why) != Remedy::credentials) connection_.post_failed("post_failed", words, clock_.wall_now());
    news_.raise("market/posting", fmt::format("measurements cannot be posted: {}", words));
    if (after != PostQueue::After::dead_letter) co_return;

    const auto done = co_await ask_database(Access::write, [series, id = sent.front().id, reason = words,
                                                            now = clock_.wall_now()](Outbox& outbox) {
        Removal out{outbox.dead_letter(series, id, reason, now), {}};
        for (auto& plant : plants_of(out.rows))
            out.oldest.push_back({plant, outbox.oldest_enqueued(plant)});
        return out;
    });
    if (!done) co_return;
    queue_.dead_letter(series);
    removed(done->rows, "refused");
    note_oldest(done->oldest);
    news_.raise(
        "market/refused",
        fmt::format("{} does not take the measurement of {} in series {} ({}): it is set aside and "
                    "the next ones are posted",
                    config_.istentore_api.base_url, utc_text(sent.front().measured.at), series, words));
}

// ---- what is shown ------------------------------------------------------------------------------------

void Poster::removed(const std::vector<Outbox::Removed>& rows, std::string_view why) {
    for (const auto& row : rows) {
        queue_.removed(row.series, row.count);
        pending_ -= std::min(row.count, pending_);
        const auto index = index_of(row.plant);
        if (!index) continue;
        auto& status = plants_[*index].status;
        status.pending -= std::min(row.count, status.pending);
        if (why == "dropped") status.dropped += row.count;
        if (why == "refused") status.refused += row.count;
        if (!why.empty()) news_.posting(*index, why, row.count);
    }
}

void Poster::note_oldest(const std::vector<Oldest>& all) {
    for (const auto& one : all)
        if (const auto index = index_of(one.plant)) plants_[*index].oldest = one.enqueued_at;
}

std::optional<std::size_t> Poster::index_of(std::string_view plant) const {
    const auto& all = config_.plants;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const config::Plant& one) { return one.id == plant; });
    if (found == all.end()) return std::nullopt;
    return static_cast<std::size_t>(found - all.begin());
}

std::map<std::size_t, std::size_t> Poster::by_plant(const std::vector<Outbox::Entry>& sent) const {
    std::map<std::size_t, std::size_t> out;
    for (const auto& entry : sent)
        if (const auto index = index_of(entry.plant)) ++out[*index];
    return out;
}

PlantPosting Poster::status(std::size_t index) const {
    const auto& plant = plants_.at(index);
    auto status = plant.status;
    // A clock that was set back makes nothing younger than it is.
    if (plant.oldest)
        status.oldest_pending_age = std::max(Duration::zero(), clock_.wall_now() - *plant.oldest);
    if (plant.attempted_series == 0) return status;
    if (const auto at = queue_.retry_at(plant.attempted_series))
        status.next_retry = std::max(Duration::zero(), *at - clock_.now());
    return status;
}

// ---- the database -------------------------------------------------------------------------------------

template <class Job>
awaitable<std::optional<std::invoke_result_t<Job&, Outbox&>>> Poster::ask_database(Access access, Job job) {
    using Value = std::invoke_result_t<Job&, Outbox&>;
    struct Outcome {
        std::optional<Value> value;
        std::string trouble;
    };
    auto outcome = co_await database_thread_.run([job = std::move(job), outbox = outbox_]() mutable {
        Outcome out;
        try {
            out.value.emplace(job(*outbox));
        } catch (const store::DatabaseError& e) {
            out.trouble = e.what();
        }
        return out;
    });
    if (!outcome.value)
        database_failed(outcome.trouble);
    else if (access == Access::write)
        database_works();
    co_return std::move(outcome.value);
}

void Poster::database_failed(const std::string& what) {
    database_retry_at_ = clock_.now() + database_backoff_.next();
    news_.raise("market/outbox", "the outbox cannot be used: " + what);
    hooks_.on_change();
}

void Poster::database_works() {
    if (!database_retry_at_) return;
    database_retry_at_.reset();
    database_backoff_.reset();
    news_.clear("market/outbox", "the outbox works again");
}

}  // namespace hil::market

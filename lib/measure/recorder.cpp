#include "measure/recorder.hpp"

#include "base/async_condition.hpp"
#include "base/mutation.hpp"
#include "base/ticker.hpp"
#include "measure/file_queue.hpp"

#include <algorithm>
#include <utility>

namespace hil::measure {

struct Recorder::PlantState {
    std::string id;
    std::optional<Session> session;
    TransportMode transport = TransportMode::local;
    bool starting = false;
    std::uint64_t stops = 0;  // a start that was overtaken by a stop comes to nothing
    Newest newest;            // what the last session ended with, for when it could not be written
    FileQueue queue;
    RowCounters counters;
};

Recorder::Recorder(Clock& clock, BlockingExecutor& blocking, std::shared_ptr<FileStore> store, Zone zone,
                   Settings settings, std::vector<std::string> plants, Hooks hooks)
    : clock_(clock),
      blocking_(blocking),
      store_(std::move(store)),
      zone_(std::move(zone)),
      settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      idle_(std::make_shared<AsyncCondition>(clock)),
      silence_(clock.io_timers(), [this] { note_silence(true); }),
      tasks_(clock, hooks_.on_failure) {
    for (auto& id : plants) {
        plants_.push_back(std::make_unique<PlantState>());
        plants_.back()->id = std::move(id);
    }
}

Recorder::~Recorder() = default;

awaitable<void> Recorder::run(Instant anchor) {
    Ticker ticker(clock_, anchor, settings_.write_period, Phase::other);
    for (;;) {
        co_await ticker.next();
        // Also while a write hangs: it is here that what waits is bounded.
        for (std::size_t plant = 0; plant < plants_.size(); ++plant)
            collect(plant);
        (void)request();
    }
}

awaitable<result<void>> Recorder::start(std::size_t plant, TransportMode transport, ColumnFormat format) {
    auto& state = *plants_[plant];
    if (state.session || state.starting) co_return result<void>{};
    struct Starting {
        explicit Starting(bool& f) : flag(f) { flag = true; }
        ~Starting() { flag = false; }
        bool& flag;
    };
    const Starting guard(state.starting);
    const auto stops = state.stops;
    const auto begun = clock_.io_now();
    const auto left = [this, begun] { return settings_.timeout - (clock_.io_now() - begun); };
    if (co_await write_within(left()) == Answer::waiting) co_return errc::disk_silent;
    Newest newest = state.newest;
    if (state.queue.rows() == 0 || state.transport != transport) {
        auto look = [store = store_, directory = settings_.directory, id = state.id, transport,
                     zone = zone_] { return newest_rows(*store, directory, id, transport, zone); };
        auto found = co_await run_within(clock_, blocking_, left(), std::move(look));
        if (!found) co_return errc::disk_silent;
        if (!*found) co_return found->error();
        newest = std::move(**found);
    }
    if (state.stops != stops) co_return result<void>{};
    auto on_row = [this, plant](RowKind kind) {
        auto& counters = plants_[plant]->counters;
        switch (kind) {
            case RowKind::kept:
                ++counters.kept;
                break;
            case RowKind::merged:
                ++counters.merged;
                break;
            case RowKind::null:
                ++counters.null;
                break;
            case RowKind::refused:
                ++counters.refused;
                break;
        }
        if (hooks_.on_row) hooks_.on_row(plant, kind);
    };
    state.transport = transport;
    Session::Settings settings{
        .period = settings_.period, .compression = settings_.compression, .format = format};
    state.session.emplace(zone_, std::move(settings), newest, clock_.wall_now(), std::move(on_row));
    // The session is on: what cannot be written from here on waits like any other row.
    (void)co_await write_within(left());
    co_return result<void>{};
}

awaitable<result<void>> Recorder::stop(std::size_t plant) {
    finish(plant);
    const auto answer = co_await write_within(settings_.timeout);
    const bool waiting = answer == Answer::waiting || plants_[plant]->queue.failing();
    co_return waiting ? result<void>(errc::rows_waiting) : result<void>{};
}

awaitable<result<void>> Recorder::stop_all() {
    for (std::size_t plant = 0; plant < plants_.size(); ++plant)
        finish(plant);
    co_return co_await flush();
}

void Recorder::finish(std::size_t plant) {
    auto& state = *plants_[plant];
    ++state.stops;
    if (!state.session) return;
    state.session->end(clock_.wall_now());
    collect(plant);
    state.newest = state.session->newest();
    state.session.reset();
}

void Recorder::collect(std::size_t plant) {
    auto& state = *plants_[plant];
    if (!state.session) return;
    for (auto& lines : state.session->take()) {
        auto path =
            settings_.directory /
            file_name(
                {.date = lines.date, .plant = state.id, .transport = state.transport, .part = lines.part});
        state.queue.push(std::move(path), std::move(lines));
    }
    if (const auto rows = state.queue.bound(settings_.max_waiting_bytes); rows > 0) {
        state.counters.dropped += rows;
        if (hooks_.on_dropped) hooks_.on_dropped(plant, rows);
    }
}

awaitable<result<void>> Recorder::flush() {
    if (co_await write_within(settings_.timeout) == Answer::waiting) co_return errc::rows_waiting;
    for (const auto& state : plants_)
        if (state->queue.failing()) co_return errc::rows_waiting;
    co_return result<void>{};
}

std::uint64_t Recorder::request() {
    ++requested_;
    if (!writing_) {
        writing_ = true;
        tasks_.spawn("recorder", [this] { return write(); }, OnEscape::restart);
    }
    return requested_;
}

// Done when everything that was final at the call has been tried.
awaitable<Recorder::Answer> Recorder::write_within(Duration timeout) {
    sync_wanted_ = true;
    const auto mine = request();
    bool late = false;
    Timer limit(clock_.io_timers(), [&late, idle = idle_] {
        late = true;
        idle->notify_all();
    });
    limit.arm_after(timeout);
    while (finished_ < mine && !late)
        co_await idle_->wait();
    co_return finished_ < mine ? Answer::waiting : Answer::tried;
}

bool Recorder::take_sync() {
    const bool due = !synced_at_ || clock_.io_now() - *synced_at_ >= settings_.sync_interval;
    if (!std::exchange(sync_wanted_, false) && !due) return false;
    synced_at_ = clock_.io_now();
    return true;
}

// One write at a time, so that what is known of a file is true when the next one starts.
awaitable<void> Recorder::write() {
    while (finished_ < requested_) {
        const auto round = requested_;
        const bool sync = take_sync();
        std::vector<FileWrite> writes;
        for (std::size_t plant = 0; plant < plants_.size(); ++plant) {
            collect(plant);
            plants_[plant]->queue.take(plant, sync, writes);
        }
        if (!writes.empty()) {
            auto job = [store = store_, batch = std::move(writes)]() mutable {
                for (auto& write : batch)
                    perform(*store, write);
                return std::move(batch);
            };
            silence_.arm_after(settings_.timeout);
            auto done = co_await blocking_.run(std::move(job));
            silence_.disarm();
            note_silence(false);
            settle(std::move(done));
        }
        finished_ = round;
        idle_->notify_all();
    }
    writing_ = false;
}

void Recorder::note_silence(bool silent) {
    if (mutated(Mutation::silent_disk_not_notified)) return;
    if (std::exchange(silent_, silent) != silent && hooks_.on_silence) hooks_.on_silence(silent);
}

void Recorder::settle(std::vector<FileWrite> done) {
    std::vector<bool> was_failing;
    for (const auto& state : plants_)
        was_failing.push_back(state->queue.failing());
    for (auto& write : done) {
        const auto name = parse_file_name(write.path.filename().string());
        const bool written = write.rows == 0 && !write.values.empty() && name;
        if (written && hooks_.on_written)
            hooks_.on_written(write.plant, name->transport, std::move(write.values));
    }
    // Newest first: what failed goes back to the front.
    for (auto write = done.rbegin(); write != done.rend(); ++write) {
        const auto plant = write->plant;
        if (write->error && hooks_.on_error) hooks_.on_error(plant, write->path, write->error);
        plants_[plant]->queue.give_back(std::move(*write));
    }
    for (std::size_t plant = 0; plant < plants_.size(); ++plant) {
        plants_[plant]->queue.tidy();
        const bool recovered = was_failing[plant] && !plants_[plant]->queue.failing();
        if (recovered && hooks_.on_recovered) hooks_.on_recovered(plant);
    }
}

void Recorder::sample(std::size_t plant, const Row& row) {
    auto& session = plants_[plant]->session;
    if (session) session->sample(row);
}

void Recorder::gap(std::size_t plant) {
    auto& session = plants_[plant]->session;
    if (session) session->gap();
}

bool Recorder::recording(std::size_t plant) const {
    return plants_[plant]->session.has_value();
}

std::optional<WallTime> Recorder::refusing_until(std::size_t plant) const {
    const auto& session = plants_[plant]->session;
    return session ? session->refusing_until() : std::nullopt;
}

std::optional<WallTime> Recorder::behind_until(std::size_t plant) const {
    const auto& session = plants_[plant]->session;
    return session ? session->behind_until() : std::nullopt;
}

std::optional<std::filesystem::path> Recorder::file(std::size_t plant) const {
    const auto& state = *plants_[plant];
    if (!state.session || !state.session->date()) return {};
    return settings_.directory / file_name({.date = *state.session->date(),
                                            .plant = state.id,
                                            .transport = state.transport,
                                            .part = state.session->part()});
}

const RowCounters& Recorder::counters(std::size_t plant) const {
    return plants_[plant]->counters;
}

bool Recorder::failing(std::size_t plant) const {
    return plants_[plant]->queue.failing();
}

std::size_t Recorder::waiting_rows(std::size_t plant) const {
    return plants_[plant]->queue.rows();
}

}  // namespace hil::measure

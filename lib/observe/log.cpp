#include "observe/log.hpp"

#include "base/async_event.hpp"
#include "observe/log_files.hpp"
#include "observe/log_frontend.hpp"

#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

namespace hil::observe {
namespace {

// What waits to be written, in the order of the lines.
struct Batch {
    std::vector<LogChunk> chunks;
    std::string console;
    std::size_t bytes = 0;
    std::uint64_t lines = 0;
};

struct Outcome {
    std::unique_ptr<LogFiles> files;
    std::array<std::uint64_t, channel_count> lost{};
    error_code error;
};

void write_console(std::string_view text) {
    while (!text.empty()) {
        const auto taken = ::write(STDERR_FILENO, text.data(), text.size());
        if (taken <= 0) return;  // nobody reads it
        text.remove_prefix(static_cast<std::size_t>(taken));
    }
}

error_code append(LogFiles& files, const LogChunk& chunk) {
    try {
        return files.append(chunk).error();
    } catch (const std::exception&) {  // out of memory
        return make_error_code(boost::system::errc::not_enough_memory);
    }
}

Outcome write_out(std::unique_ptr<LogFiles> files, const Batch& batch) {
    Outcome outcome;
    write_console(batch.console);
    for (const auto& chunk : batch.chunks) {
        const error_code error = append(*files, chunk);
        if (!error) continue;
        outcome.lost[static_cast<std::size_t>(chunk.channel)] += chunk.lines;
        outcome.error = error;
    }
    outcome.files = std::move(files);
    return outcome;
}

}  // namespace

struct Log::State {
    State(Clock& c, Zone z, LogOptions o, BlockingExecutor& b)
        : clock(c), zone(std::move(z)), options(std::move(o)), blocking(b), wakeup(c) {
        if (writes()) {
            frontend.emplace(zone, options.format,
                             [this](Channel ch, std::string_view line) { enqueue(ch, line); });
        }
    }

    [[nodiscard]] bool writes() const { return options.console || !options.directory.empty(); }

    void enqueue(Channel channel, std::string_view line) {
        const auto of_channel = static_cast<std::size_t>(channel);
        if (queue.bytes + line.size() > options.queue_bytes) {
            ++dropped;
            ++unsaid[of_channel];
            return;
        }
        ++accepted;
        ++queue.lines;
        queue.bytes += line.size();
        if (options.console) queue.console += line;
        if (!options.directory.empty()) {
            auto* chunk = open_chunk[of_channel] < queue.chunks.size() ? &queue.chunks[open_chunk[of_channel]]
                                                                       : nullptr;
            if (chunk == nullptr || chunk->channel != channel || chunk->day != day ||
                chunk->text.size() + line.size() > options.rotate_bytes) {
                open_chunk[of_channel] = queue.chunks.size();
                queue.chunks.push_back({channel, day, {}, 0});
                chunk = &queue.chunks.back();
            }
            chunk->text += line;
            ++chunk->lines;
        }
        wakeup.notify();
    }

    std::unique_ptr<LogFiles> take_files() {
        if (files) return std::move(files);
        return std::make_unique<LogFiles>(options.directory, options.rotate_bytes, options.retention_days);
    }

    Batch take_batch() {
        open_chunk.fill(0);
        return std::exchange(queue, {});
    }

    void finished(Outcome outcome, std::uint64_t lines) {
        files = std::move(outcome.files);
        done += lines;
        error = outcome.error;
        for (std::size_t i = 0; i < channel_count; ++i) {
            dropped += outcome.lost[i];
            unsaid[i] += outcome.lost[i];
        }
        for (const auto& waiter : std::exchange(waiters, {}))
            waiter->notify();
    }

    // Lines that say how many are missing, once there is a file to say it in and room to say it.
    void say_losses() {
        if (error || closed || queue.bytes > options.queue_bytes / 2) return;
        for (std::size_t i = 0; i < channel_count; ++i) {
            if (unsaid[i] == 0) continue;
            const auto missing = std::exchange(unsaid[i], 0);
            submit(Level::warning, static_cast<Channel>(i), {},
                   fmt::format("{} log lines were lost here", missing));
        }
    }

    void submit(Level level, Channel channel, const LogContext& context, std::string message) {
        LogLine line;
        line.number = ++count;
        line.time = clock.wall_now();
        line.level = level;
        line.channel = channel;
        line.message = std::move(message);
        line.plant = context.plant;
        line.correlation = context.correlation;
        if (frontend && !closed) {
            day = zone.date(line.time);
            frontend->push(line);
        }
        if (options.tail_lines > 0) {
            if (tail.size() == options.tail_lines) tail.pop_front();
            tail.push_back(line);
        }
        published.publish(line);
    }

    static awaitable<void> keep_writing(std::shared_ptr<State> state) {
        for (;;) {
            while (state->queue.lines == 0) {
                if (state->closed) co_return;
                co_await state->wakeup.wait();
            }
            Batch batch = state->take_batch();
            const std::uint64_t lines = batch.lines;
            auto job = [files = state->take_files(), batch = std::move(batch)]() mutable {
                return write_out(std::move(files), batch);
            };
            Outcome outcome = co_await state->blocking.run(std::move(job));
            state->finished(std::move(outcome), lines);
            state->say_losses();
        }
    }

    awaitable<void> all_written() {
        const std::uint64_t until = accepted;
        while (done < until) {
            auto waiter = std::make_shared<AsyncEvent>(clock);
            waiters.push_back(waiter);
            co_await waiter->wait();
        }
    }

    Clock& clock;
    Zone zone;
    LogOptions options;
    BlockingExecutor& blocking;
    std::optional<LogFrontend> frontend;

    std::uint64_t count = 0;
    std::deque<LogLine> tail;
    Publisher<LogLine> published;

    LocalDate day;  // of the line under way
    Batch queue;
    std::array<std::size_t, channel_count> open_chunk{};  // where the channel's lines go on
    std::uint64_t accepted = 0, done = 0, dropped = 0;
    std::array<std::uint64_t, channel_count> unsaid{};  // dropped since the file said so
    std::unique_ptr<LogFiles> files;                    // away while a write is under way
    error_code error;
    bool closed = false;
    AsyncEvent wakeup;
    std::vector<std::shared_ptr<AsyncEvent>> waiters;
};

Log::Log(Clock& clock, Zone zone, LogOptions options, BlockingExecutor& blocking)
    : state_(std::make_shared<State>(clock, std::move(zone), std::move(options), blocking)),
      level_(state_->options.level),
      writer_(clock) {
    if (state_->writes()) {
        state_->files = state_->take_files();
        writer_.spawn("log writer", [state = state_] { return State::keep_writing(state); });
    }
}

Log::~Log() {
    state_->closed = true;
    if (state_->files && state_->queue.lines > 0) (void)write_out(std::move(state_->files), state_->queue);
}

void Log::write(Level level, Channel channel, const LogContext& context, std::string message) {
    state_->submit(level, channel, context, std::move(message));
}

const std::deque<LogLine>& Log::tail() const {
    return state_->tail;
}

Subscription Log::subscribe(Publisher<LogLine>::Listener listener) {
    return state_->published.subscribe(std::move(listener));
}

std::uint64_t Log::dropped() const {
    return state_->dropped;
}

error_code Log::last_error() const {
    return state_->error;
}

awaitable<void> Log::flush() {
    const auto state = state_;
    co_await state->all_written();
}

awaitable<void> Log::close() {
    state_->closed = true;
    state_->wakeup.notify();
    co_await writer_.join();
}

}  // namespace hil::observe

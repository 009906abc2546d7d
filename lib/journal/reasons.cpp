#include "journal/reasons.hpp"

#include "control/errors.hpp"

#include <cmath>
#include <utility>

namespace hil::journal {
namespace {

constexpr std::size_t most_waiting = 10'000;

bool same(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

bool says_the_same(const ReasonRecord& record, const control::SignalSetpoint& setpoint) {
    const auto& a = record.active;
    const auto& b = setpoint.active;
    return record.origin == Origin::plan && record.value && same(*record.value, setpoint.value) &&
           same(record.asked, setpoint.asked) && a.source == b.source && a.reason == b.reason &&
           a.line == b.line && a.version == b.version && a.since == b.since && a.until == b.until &&
           a.narrowed == b.narrowed && record.steps == setpoint.steps && record.limit == setpoint.limit &&
           record.derated == setpoint.derated && record.condition == setpoint.condition &&
           same(record.before_derating, setpoint.before_derating) &&
           (record.held_why == control::HeldWhy::none ||
            (record.held_why == setpoint.held_why && same(record.held, setpoint.held)));
}

Origin origin_of(control::WriteSource source) {
    switch (source) {
        case control::WriteSource::start:
            return Origin::start;
        case control::WriteSource::safe_stop:
            return Origin::safe_stop;
        case control::WriteSource::emergency:
            return Origin::emergency_stop;
        case control::WriteSource::scheduler:
            break;
    }
    return Origin::plan;
}

}  // namespace

Reasons::Reasons(Clock& clock, BlockingExecutor& blocking, std::shared_ptr<store::Database> database,
                 std::vector<std::string> plants, Zone zone, Hooks hooks)
    : clock_(clock),
      blocking_(blocking),
      database_(std::move(database)),
      plants_(std::move(plants)),
      zone_(std::move(zone)),
      hooks_(std::move(hooks)),
      current_(plants_.size()) {
    for (auto& plant : current_)
        for (auto& signal : plant)
            signal = {.record = {.since = clock_.wall_now()}, .unsaved = true};
}

void Reasons::on_setpoint(std::size_t plant, const control::Setpoint& setpoint, bool p_confirmed,
                          bool q_confirmed) {
    dispatch(plant, schedule::Signal::p, setpoint.p);
    dispatch(plant, schedule::Signal::q, setpoint.q);
    hold(plant, schedule::Signal::p, setpoint.p);
    hold(plant, schedule::Signal::q, setpoint.q);
    confirm(plant, schedule::Signal::p, p_confirmed);
    confirm(plant, schedule::Signal::q, q_confirmed);
}

void Reasons::dispatch(std::size_t plant, schedule::Signal signal, const control::SignalSetpoint& setpoint) {
    if (says_the_same(current(plant, signal).record, setpoint)) return;
    begin(plant, signal,
          {.since = clock_.wall_now(),
           .until = {},
           .origin = Origin::plan,
           .value = setpoint.value,
           .asked = setpoint.asked,
           .active = setpoint.active,
           .steps = setpoint.steps,
           .limit = setpoint.limit,
           .derated = setpoint.derated,
           .condition = setpoint.condition,
           .before_derating = setpoint.before_derating,
           .held_why = control::HeldWhy::none,
           .held = 0,
           .held_text = {},
           .written_at = {},
           .confirmed_at = {},
           .error = {}});
}

void Reasons::on_write(std::size_t plant, schedule::Signal signal,
                       const control::PlantControl::WriteEvent& write) {
    if (write.reason) {
        dispatch(plant, signal, *write.reason);
    } else {
        const auto origin = origin_of(write.source);
        const auto& record = current(plant, signal).record;
        if (record.origin != origin || record.value != write.value)
            begin(plant, signal, {.since = clock_.wall_now(), .origin = origin, .value = write.value});
    }
    auto& now = current(plant, signal);
    const std::string error = write.outcome ? write.outcome.message() : std::string{};
    if (now.record.error != error) {
        now.record.error = error;
        now.unsaved = true;
    }
    if (!write.outcome && !now.record.written_at) {
        now.record.written_at = clock_.wall_now();
        now.unsaved = true;
    }
}

// What is first known of a value completes its record; that it is another later begins a new one.
void Reasons::hold(std::size_t plant, schedule::Signal signal, const control::SignalSetpoint& setpoint) {
    auto& now = current(plant, signal);
    if (setpoint.held_why == control::HeldWhy::none || now.record.held_why != control::HeldWhy::none) return;
    now.record.held_why = setpoint.held_why;
    now.record.held = setpoint.held;
    now.record.held_text = setpoint.held_text;
    now.unsaved = true;
}

void Reasons::confirm(std::size_t plant, schedule::Signal signal, bool confirmed) {
    auto& now = current(plant, signal);
    if (!confirmed || now.record.confirmed_at) return;
    now.record.confirmed_at = clock_.wall_now();
    now.record.error.clear();
    now.unsaved = true;
}

// While dispatch is disabled the plant keeps its value; a stop that disabled it has its own record and keeps
// it.
void Reasons::on_dispatch(std::size_t plant, bool open) {
    if (open) return;  // the next cycle says what is dispatched
    for (const auto signal : schedule::all_signals) {
        const auto& record = current(plant, signal).record;
        if (record.origin == Origin::plan)
            begin(plant, signal,
                  {.since = clock_.wall_now(), .origin = Origin::dispatch_disabled, .value = record.value});
    }
}

void Reasons::begin(std::size_t plant, schedule::Signal signal, ReasonRecord record) {
    auto& now = current(plant, signal);
    // What held for no time at all is nobody's answer.
    if (now.unsaved && now.record.since != record.since) keep(plant, signal);
    now = {.record = std::move(record), .unsaved = true};
}

void Reasons::keep(std::size_t plant, schedule::Signal signal) {
    if (waiting_.size() >= most_waiting) {
        waiting_.erase(waiting_.begin(), waiting_.begin() + most_waiting / 10);
        dropped_ += most_waiting / 10;
    }
    waiting_.push_back({plant, signal, current(plant, signal).record});
}

std::vector<Reasons::Kept> Reasons::take() {
    auto batch = std::exchange(waiting_, {});
    for (std::size_t plant = 0; plant < current_.size(); ++plant) {
        for (const auto signal : schedule::all_signals) {
            if (std::exchange(current(plant, signal).unsaved, false))
                batch.push_back({plant, signal, current(plant, signal).record});
        }
    }
    return batch;
}

awaitable<void> Reasons::run(Duration period) {
    for (;;) {
        co_await clock_.io_sleep_for(period);
        (void)co_await flush();
    }
}

awaitable<result<void>> Reasons::flush() {
    auto batch = take();
    if (batch.empty()) co_return result<void>{};
    auto shared = std::make_shared<std::vector<Kept>>(std::move(batch));
    auto job = [database = database_, shared, plants = plants_]() -> std::string {
        try {
            store::Database::Transaction transaction(*database);
            for (const auto& kept : *shared)
                store_reason(*database, plants[kept.plant], kept.signal, kept.record);
            transaction.commit();
        } catch (const store::DatabaseError& error) {
            return error.what();
        }
        return {};
    };
    const std::string error = co_await blocking_.run(std::move(job));
    if (error.empty()) co_return result<void>{};
    // They wait before whatever came meanwhile.
    shared->insert(shared->end(), waiting_.begin(), waiting_.end());
    waiting_ = std::move(*shared);
    if (waiting_.size() > most_waiting) {
        const auto excess = waiting_.size() - most_waiting;
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(excess));
        dropped_ += excess;
    }
    if (hooks_.on_error) hooks_.on_error("reasons could not be stored: " + error);
    co_return control::errc::not_saved;
}

awaitable<result<void>> Reasons::prune(WallTime before) {
    auto job = [database = database_, before]() -> std::string {
        try {
            prune_reasons(*database, before);
        } catch (const store::DatabaseError& error) {
            return error.what();
        }
        return {};
    };
    const std::string error = co_await blocking_.run(std::move(job));
    if (error.empty()) co_return result<void>{};
    if (hooks_.on_error) hooks_.on_error("old reasons could not be removed: " + error);
    co_return control::errc::not_saved;
}

awaitable<result<boost::json::object>> Reasons::why(std::size_t plant, WallTime at) {
    if (const auto stored = co_await flush(); !stored) co_return control::errc::reasons_unreadable;
    using Found = std::array<std::optional<ReasonRecord>, schedule::all_signals.size()>;
    struct Answer {
        Found found;
        std::string error;
    };
    auto job = [database = database_, id = plants_.at(plant), at]() -> Answer {
        Answer answer;
        try {
            for (const auto signal : schedule::all_signals)
                answer.found[schedule::index(signal)] = find_reason(*database, id, signal, at);
        } catch (const store::DatabaseError& error) {
            answer.error = error.what();
        }
        return answer;
    };
    const Answer answer = co_await blocking_.run(std::move(job));
    if (!answer.error.empty()) {
        if (hooks_.on_error) hooks_.on_error("reasons could not be read: " + answer.error);
        co_return control::errc::reasons_unreadable;
    }
    co_return why_answer(plants_[plant], at, answer.found[0], answer.found[1], zone_);
}

}  // namespace hil::journal

// Why a plant was sent what it was sent, for any instant, past ones included.
//
// A record is kept of each signal whenever what is dispatched changes: the value, what was asked for, whose
// plan in which version and line, what limited or vetoed it, since when; later also when it was written and
// when it was read back. Between two records the older one holds. Records go to the site's database in
// batches.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/zone.hpp"
#include "control/plant_control.hpp"
#include "schedule/signal.hpp"
#include "store/database.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::journal {

// What decided a value.
enum class Origin : std::uint8_t {
    program_start,  // nothing was dispatched since; what the plant holds is unknown to this program
    plan,           // the dispatch of a plan, no plan included
    start,          // a start with dispatch disabled zeroes the registers
    safe_stop,
    emergency_stop,
    dispatch_disabled,  // dispatch is off: the plant keeps what it was sent last
};
std::string_view to_string(Origin origin);

struct ReasonRecord {
    WallTime since{};
    std::optional<WallTime> until = {};  // when the next record took over
    Origin origin = Origin::program_start;
    std::optional<double> value = {};  // kW or kvar; none: not known
    // Of origin plan.
    double asked = 0;
    schedule::ActiveEntry active = {};
    std::vector<control::SetpointStep> steps = {};  // between the limits of the plant and safety
    schedule::Limit limit = schedule::Limit::none;
    control::Stage derated = control::Stage::normal;
    std::optional<control::Condition> condition = {};
    double before_derating = 0;
    // What the plant is known to hold instead; why none: what it was sent.
    control::HeldWhy held_why = control::HeldWhy::none;
    double held = 0;
    std::string held_text = {};  // "device holds 100.0 of 100.5"
    // First acknowledged write and first read-back that found it; none: not yet, or it needed no write.
    std::optional<WallTime> written_at = {}, confirmed_at = {};
    std::string error = {};  // of the last write, while it failed
};

// How the value came about, from the layer that asked for it to what the plant was found to hold: each step
// begins where the one before it ended. What decided without a plan is the only step then.
std::vector<control::SetpointStep> stages(const ReasonRecord& record, schedule::Signal signal,
                                          const Zone& zone);
// "100.0 kW since 10:00:00: the manual plan, version 3, line 12 of the file; asked were 1500.0 kW, above
// p_max_kw; …"
std::string sentence(const ReasonRecord& record, schedule::Signal signal, const Zone& zone);
// Both signals at an instant, every field, the sentences included. Either may be absent.
boost::json::object why_answer(std::string_view plant, WallTime at, const std::optional<ReasonRecord>& p,
                               const std::optional<ReasonRecord>& q, const Zone& zone);

std::span<const store::Migration> reason_migrations();
// Replaces a record that began at the same instant; blocking.
void store_reason(store::Database& database, std::string_view plant, schedule::Signal signal,
                  const ReasonRecord& record);
// The record in force at an instant; none when none is that old. Blocking.
std::optional<ReasonRecord> find_reason(store::Database& database, std::string_view plant,
                                        schedule::Signal signal, WallTime at);
// A stretch in which one plan, or something else in its place, decided a signal.
struct DispatchEpisode {
    WallTime since{};
    std::optional<WallTime> until = {};  // none: nothing took over
    Origin origin = Origin::program_start;
    schedule::Source source{};      // of origin plan
    schedule::Version version = 0;  // of origin plan
    std::uint64_t values = 0;       // how many were decided
};
// Those that touch a range, oldest first, cut at its ends; a stretch that goes on beyond ends with the range.
// Blocking.
std::vector<DispatchEpisode> dispatch_episodes(store::Database& database, std::string_view plant,
                                               schedule::Signal signal, WallTime from, WallTime to);
// Removes records that ended before; blocking.
void prune_reasons(store::Database& database, WallTime before);

class Reasons {
  public:
    struct Hooks {
        // Records could not be stored or read, as a sentence; stored later as far as the bound allows.
        std::function<void(const std::string&)> on_error;
    };
    // Every plant begins with a record of this start. `blocking` is the database's own.
    Reasons(Clock& clock, BlockingExecutor& blocking, std::shared_ptr<store::Database> database,
            std::vector<std::string> plants, Zone zone, Hooks hooks = {});
    Reasons(const Reasons&) = delete;
    Reasons& operator=(const Reasons&) = delete;

    // From PlantControl's hooks; nothing is done unless something changed.
    void on_setpoint(std::size_t plant, const control::Setpoint& setpoint, bool p_confirmed,
                     bool q_confirmed);
    void on_write(std::size_t plant, schedule::Signal signal, const control::PlantControl::WriteEvent& write);
    void on_dispatch(std::size_t plant, bool open);

    // Stores what changed every `period` of site time until cancelled; what is left at the end, flush()
    // stores.
    awaitable<void> run(Duration period = std::chrono::seconds(5));
    // errc::not_saved when they could not be stored; they wait, up to a bound.
    awaitable<result<void>> flush();
    awaitable<result<void>> prune(WallTime before);

    // The answer of why_answer(); errc::reasons_unreadable when the database cannot be read.
    awaitable<result<boost::json::object>> why(std::size_t plant, WallTime at);

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    struct Kept {
        std::size_t plant = 0;
        schedule::Signal signal{};
        ReasonRecord record;
    };
    struct Current {
        ReasonRecord record;
        bool unsaved = false;
    };
    Current& current(std::size_t plant, schedule::Signal signal) {
        return current_[plant][schedule::index(signal)];
    }
    void begin(std::size_t plant, schedule::Signal signal, ReasonRecord record);
    void dispatch(std::size_t plant, schedule::Signal signal, const control::SignalSetpoint& setpoint);
    void hold(std::size_t plant, schedule::Signal signal, const control::SignalSetpoint& setpoint);
    void confirm(std::size_t plant, schedule::Signal signal, bool confirmed);
    void keep(std::size_t plant, schedule::Signal signal);
    std::vector<Kept> take();

    Clock& clock_;
    BlockingExecutor& blocking_;
    std::shared_ptr<store::Database> database_;
    std::vector<std::string> plants_;
    Zone zone_;
    Hooks hooks_;
    std::vector<std::array<Current, schedule::all_signals.size()>> current_;
    std::vector<Kept> waiting_;  // replaced by newer ones and not stored yet
    std::uint64_t dropped_ = 0;
};

}  // namespace hil::journal

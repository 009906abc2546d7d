// What must hold for one plant of a simulated site at every moment, judged from the plant's own side: the
// requests that reach it, its registers, its battery. None of it shares code with the service.
//
//   limits       no setpoint beyond the limits of the plant, no register written that is not for writing
//   stop         nothing but 0 in a setpoint from a stop to the next start, nothing enabled
//   left         what a stop, or a start that failed, writes stands in the registers soon after it, while
//                nobody else touches the plant
//   taken, idle  a plant that somebody else has taken gets no power, or has its alarm (taken.hpp)
//   plan         no value but those the plan says, or said a moment ago
//   reassert     what is wanted stands in the registers within a period, while nothing disturbs the link
//   reconnect    a link that nothing disturbs comes back
//   unconfirmed  a setpoint that nobody could read back for too long has its alarm
//   opposed      a setpoint register that opposes the plan has its alarm (opposition.hpp)
//   refused      a value that the plant refused is not written by another function
//   refreshed    a plant that obeys a setpoint only for a while is written again in time
//   followed     power that is shown far from what is asked for has its alarm
//   energy       what the battery loses is the integral of its power and, of a model with losses, what it
//   says
//                it lost, within its limits
//   stale        a value that safety looks at and nobody can know for too long has its alarm
#pragma once

#include "base/clock.hpp"
#include "plant_sim/emulator.hpp"
#include "simulate/invariants/opposition.hpp"
#include "simulate/invariants/plan.hpp"
#include "simulate/invariants/registers.hpp"
#include "simulate/invariants/taken.hpp"

#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hil::simulate {

struct Violation {
    std::string invariant, plant;
    WallTime at;
    std::string text;
};

class PlantInvariants {
  public:
    struct Settings {
        Duration dispatch_period{}, plant_period{}, sample_period{};
        Duration unconfirmed_alarm{};
        bool restarts_by_itself = false;  // a plant that comes back stopped is started again by the service
        std::optional<Duration> obeys_for = {};  // the plant gives nothing when it is not written for so long
        WallTime grid;                           // sampling happens at grid + k * sample_period
    };
    // What the service shows of the plant; not believed, but asked for.
    struct Shown {
        bool connected = false;
        bool unconfirmed_alarm = false;
        bool astray_alarm = false;
        std::string p_opposed = {}, q_opposed = {};  // texts of the alarms; empty: none
        bool stale_alarm = false;
        bool dispatching = false;  // to a plant it takes for running
        bool idle_alarm = false;   // that the plant gives nothing
    };
    using Fail = std::function<void(Violation)>;

    // Everything handed in but the emulator outlives the watch.
    PlantInvariants(const Clock& clock, const config::Plant& plant, const config::ModbusEndpoint& endpoint,
                    plant_sim::Emulator& emulator, Settings settings, Fail fail);
    PlantInvariants(const PlantInvariants&) = delete;
    PlantInvariants& operator=(const PlantInvariants&) = delete;

    // From here on this is the plant: the service has another one after each restart.
    // One that outlives the service remembers when it was written to.
    void attach(plant_sim::Emulator& emulator, bool outlives_the_service = false);
    // Hears nothing of the present one any more. Precondition: it lives.
    void detach();
    // The service leaves the present side of the plant for another one; by force it may run on there.
    void leave_side(bool by_force);

    PlanMemory p_plan, q_plan;
    // Whether the emergency stop or a trip holds for the plant: then nobody may run it.
    std::function<bool()> forbidden;
    // That is over: somebody else may have it running.
    void allowed();
    // Passed on: the requests of the service, with the answers the plant gives.
    std::function<void(const modbus::Request&, const modbus::Response&)> on_request_seen;

    // The service ended, killed or in order: nobody wants anything of the plant.
    void service_gone();
    // Another one begins. What it has to do about a plant that runs already.
    enum class Found : std::uint8_t { stopped, to_be_stopped, adopted, left_alone };
    void service_back(Found found);

    // What was asked of the service, and what it answered.
    void dispatch_set(bool open);
    [[nodiscard]] bool dispatch_enabled() const { return dispatch_enabled_; }
    void start_called();
    void start_ended(bool running, bool changed_nothing);
    void adopt_ended(bool taken, bool changed_nothing);
    void stop_called();
    // The service uses another side of the plant, attached before: what holds there is found.
    void moved(Found found);
    void move_ended();
    void stop_ended(bool disabled);
    void plan_changed() { disturbed(); }
    // Safety stops the plant by itself.
    void tripped();
    // Safety leaves less than the plan asks for, or all of it again.
    void derated(bool on);

    // What was done to the plant.
    void connected();
    void restarted();
    // Another device answers, which is not to be written to; or the plant's own again.
    void exchanged(bool other) { exchanged_ = other; }
    void foreign_begin() { foreign_ = true; }
    void foreign_end(bool touched_enable);
    // The link is disturbed until then at least.
    void disturbed(Duration more = {});
    // The plant closes idle connections from now on for so long, and swallows what comes in the first moments
    // of a new one: it is to be read all the same.
    void has_habit(Duration lasts, Duration swallowed);
    // The same of what its device does with setpoints: the link itself is not disturbed.
    void device_disturbed(Duration more = {});
    // How long a refusal may be believed at most: a search for the limit goes on within a quarter of an hour,
    // and what it finds is kept for another.
    static constexpr Duration refusal_memory = std::chrono::minutes(31);
    // The device takes less than it is told, or may be believed to, for so long at least.
    void device_limits(Duration lasts);
    // The device makes other values of its setpoints, or shows others, for so long at least.
    void device_bends(Duration lasts);
    // What it takes is shown only so much later, for so long.
    void device_late(Duration delay, Duration lasts);
    // The service stops the plant by itself: even 0 was refused.
    void zero_refused() { tripped(); }
    // The plant said that it has no such register: the service believes it for so long, and what it wrote
    // stands for what it cannot read.
    void unreadable(Duration lasts);
    // Answers are held back: `answers_delivered` will tell of those that arrive. Otherwise all arrive at
    // once.
    void delay_answers() { immediate_ = false; }
    // The oldest answer not told of yet arrived unspoilt, or did not.
    void answer_over(bool delivered);

    // To be called when nothing is under way, about once a period.
    void inspect(const Shown& shown);

    // The values of the eight columns whenever one changed between two requests, for judging the rows; NaN
    // where there is none.
    struct Snapshot {
        WallTime at;
        std::array<double, 8> values;
    };
    [[nodiscard]] const std::vector<Snapshot>& snapshots() const { return snapshots_; }
    // Whether any register was read in the sampling period that begins at grid + k * sample_period.
    [[nodiscard]] bool read_in(std::int64_t k) const;
    [[nodiscard]] const std::array<WatchedPoint, 8>& columns() const { return columns_; }
    [[nodiscard]] const config::Plant& plant() const { return plant_; }
    // Whether its registers tell the plant to run.
    [[nodiscard]] bool runs() const;
    // What the service takes for running: it reads enable alone.
    [[nodiscard]] bool enabled() const { return value(enable_) == 1.0; }
    [[nodiscard]] Duration timeout() const { return timeout_; }

    struct Counters {
        std::uint64_t requests = 0, writes = 0, reads = 0, inspections = 0, steps = 0;
    };
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] std::string state_text(const plant_sim::Emulator* emulator) const;
    [[nodiscard]] std::size_t answers_under_way() const { return answers_.size(); }
    // Bytes kept for judging.
    [[nodiscard]] std::size_t memory() const {
        return snapshots_.capacity() * sizeof(Snapshot) + reads_.capacity() / 8;
    }

  private:
    enum class Wanted : std::uint8_t { nothing_known, running, stopped };
    struct Answer {
        bool p_right = false, q_right = false;  // it shows the setpoint as planned
        std::optional<bool> enabled;            // what it shows of enable, where it does
    };

    void on_request(const modbus::Request& request, const modbus::Response& response);
    void on_refused(const modbus::Request& request, const modbus::Response& response);
    void judge_function(const modbus::Request& request);
    void note_written(const modbus::Request& request);
    void judge_opposition(const Shown& shown, bool running);
    void judge_refresh(bool connected);
    [[nodiscard]] bool fell_back(Instant written_at) const;
    [[nodiscard]] bool limits() const { return clock_.now() < limits_until_; }
    [[nodiscard]] bool bends() const { return clock_.now() < bends_until_; }
    void on_step(double energy_before_kwh, Duration dt);
    void judge_write(unsigned first, unsigned count);
    void judge_setpoint(const WatchedPoint& point, const PlanMemory& plan, double low, double high);
    void note_read(unsigned first, unsigned count);
    void take(const Answer& answer);
    void take_snapshot();
    [[nodiscard]] double value(const WatchedPoint& point) const;
    [[nodiscard]] bool may_be_less() const;
    [[nodiscard]] bool right(const WatchedPoint& point, const PlanMemory& plan) const;
    [[nodiscard]] bool fits(const WatchedPoint& point, double held, double wanted) const {
        return point.holds(held, wanted) || (may_be_less() && less(held, wanted));
    }
    // Whether a register may hold `held` where `wanted` is asked for: a part of it, in the same direction.
    [[nodiscard]] static bool less(double held, double wanted);
    [[nodiscard]] bool planned(const WatchedPoint& point, double held,
                               const PlanMemory::Values& wanted) const;
    void confirmed_by_decree();
    void judge_left(Duration quiet);
    void judge_taking(const Shown& shown);
    void judge_following(const Shown& shown, bool settled);
    void judge_hearing();
    void judge_knowing(const Shown& shown, bool settled);
    [[nodiscard]] bool blind() const;
    void judge_flow(double energy_before_kwh, double hours);
    void judge_losses(const battery::Inside& inside, double hours);
    [[nodiscard]] bool astray() const;
    void settle();
    [[nodiscard]] Duration longest_stop(Instant now);
    void fail(const char* invariant, std::string text);

    const Clock& clock_;
    const config::Plant& plant_;
    const config::ModbusEndpoint& endpoint_;
    plant_sim::Emulator* emulator_ = nullptr;
    Settings settings_;
    Fail fail_;
    WatchedPoint p_, q_, enable_, p_meter_, q_meter_, soc_,
        v_;  // those of q without a point where there is none
    std::vector<std::pair<WatchedPoint, double>> run_rule_;
    std::array<WatchedPoint, 8> columns_;
    // Where the registers of the columns are, and their places in last_words_.
    struct Cell {
        config::RegisterType table;
        std::uint16_t address;
        std::size_t place;
    };
    std::vector<Cell> cells_;
    bool readable_start_;  // every register that a start writes can be read
    Duration timeout_;     // from the decision about a value to its arrival, at most

    Wanted wanted_ = Wanted::nothing_known;
    bool may_run_ = false;  // a start was called and no stop since
    bool dispatch_enabled_ = false;
    Instant may_run_since_, dispatch_since_;
    int operations_ = 0;
    bool exchanged_ = false;       // another device answers
    bool meddled_ = false;         // somebody decided whether it runs since the last start was called
    bool unseen_restart_ = false;  // it lost its power, and the service has not read enable since
    bool foreign_ = false;
    bool immediate_ = true;
    bool read_since_connect_ = false;
    Instant alone_since_;  // the same, but for connections
    Instant read_at_;
    std::optional<Instant> habit_until_;
    Duration habit_bound_{};    // between two reads
    bool served_ = true;        // there is a service
    Instant quiet_since_;       // no fault, no command, no new plan since
    Instant link_quiet_since_;  // the same, but what the device does with its setpoints
    Instant limits_until_, bends_until_, late_until_;
    Duration late_{};
    struct Written {
        Instant p, q;
    };
    Instant p_written_at_, q_written_at_;
    bool outlives_ = false;            // the device attached, the service
    std::optional<Written> outlived_;  // of the one that does, while another is attached
    struct Refused {
        std::uint16_t address = 0, word = 0;
        modbus::Function function{};
        Instant at;
    };
    std::optional<Refused> refused_;
    OppositionWatch p_opposition_, q_opposition_;
    TakenWatch taking_;
    Instant p_confirmed_at_, q_confirmed_at_;
    std::optional<Instant> astray_since_, blind_since_;
    Instant power_shown_at_;
    Instant readable_since_;
    bool left_ = false;  // by a stop or by a start that failed, and nobody else has touched it since
    bool derated_ = false;
    Instant derated_until_;
    std::optional<Instant> seen_disabled_;  // the service was told so
    std::deque<Answer> answers_;
    std::optional<double> energy_kwh_;
    std::optional<battery::Inside> inside_;  // as the step before left it
    Instant asked_since_;                    // the setpoint is what it is since then
    double asked_kw_ = 0;
    std::vector<Snapshot> snapshots_;
    std::array<std::uint16_t, 32> last_words_{};
    std::vector<bool> reads_;
    Counters counters_;
};

}  // namespace hil::simulate

// What must hold for the commands of a simulated site, judged from their records over all lives of the
// service; and what each command means for the watches of the plants.
//
//   commands  ids ascend and none is given twice, restarts included; a record goes from queued to running to
//   its
//             end and ends in time; commands of one plant run in order and one at a time, one of the whole
//             site runs alone; while the emergency stop is latched or a plant is tripped nothing that gives
//             it power runs
//   start     a start that met a busy or silent plant is not given up before its time
//   audit     every command that ended is found afterwards as it ended; what a crash interrupted is known as
//             such
#pragma once

#include "journal/audit.hpp"
#include "simulate/invariants/plant.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::simulate {

class CommandWatch {
  public:
    using Watches = std::vector<std::unique_ptr<PlantInvariants>>;

    CommandWatch(const Clock& clock, std::size_t plants, Watches& watches, PlantInvariants::Fail fail);
    CommandWatch(const CommandWatch&) = delete;
    CommandWatch& operator=(const CommandWatch&) = delete;

    // Every change of every record, as it happens.
    void note(const control::Command& command);
    // The service is gone: killed, or ended in order.
    void service_gone(bool killed);

    // Safety has tripped a plant: nothing may give it power until the trip is reset, restarts included.
    void tripped(std::size_t plant);
    [[nodiscard]] bool trip_holds(std::size_t plant) const { return trips_[plant].has_value(); }

    // Told where plans come from: of every source.switch that changed it.
    std::function<void(bool api)> on_source;
    // Each life of the service begins with the source that is configured.
    void source_is(bool api) { api_ = api; }
    void side_is(bool remote) { remote_ = remote; }
    // Of the switch of transport that runs.
    [[nodiscard]] bool moves_by_force() const { return by_force_; }
    // Told of the end of every command.
    std::function<void(const control::Command&)> on_ended;

    // About once a period.
    void inspect();
    // Whether nothing is queued or runs.
    [[nodiscard]] bool idle() const { return open_.empty(); }
    // The emergency stop holds, as far as somebody who remembers every command can know.
    [[nodiscard]] bool latched() const { return latched_; }

    // Every command of the audit, newest first, at the end.
    void judge_audit(const std::vector<control::Command>& stored);

    [[nodiscard]] std::uint64_t commands() const { return count_; }
    [[nodiscard]] std::size_t memory() const { return ended_.size() * 96; }

  private:
    enum class Place : std::uint8_t { plant, site, other };
    struct Open {
        control::CommandState state = control::CommandState::queued;
        Place place = Place::other;
        std::string kind, plant;
        Instant since;
        Instant began{};                     // to run
        bool left_queue = false;             // it waits for its next try, and holds up nothing
        std::vector<bool> dispatch_enabled;  // of all plants, when it began
        bool nothing_to_do = false;          // it asks for what is so already
    };
    struct End {
        control::CommandState state;
        std::string message;
        Instant at;
        bool surely_stored = true;  // otherwise a crash came before it can have been written
    };

    static Place place_of(std::string_view kind);
    void judge_order(std::uint64_t number, const Open& command);
    void began(Open& command, const control::Command& record);
    void ended(const Open& command, const control::Command& record);
    void start_ended(PlantInvariants& watch, control::CommandState state, std::string_view message,
                     bool once);
    void judge_giving_up(const Open& command, const control::Command& record);
    [[nodiscard]] PlantInvariants* watch_of(std::string_view plant);
    void fail(const char* invariant, std::string text);

    const Clock& clock_;
    Watches& watches_;
    PlantInvariants::Fail fail_;
    std::uint64_t highest_ = 0, count_ = 0;
    std::map<std::uint64_t, Open> open_;
    std::map<std::uint64_t, End> ended_;
    bool api_ = false;  // plans come from the platform
    bool by_force_ = false;
    bool remote_ = false;  // the plants of the remote side are used
    bool latched_ = false, latch_certain_ = false;
    Instant latched_since_;
    std::vector<std::optional<Instant>> trips_;  // since when, by plant
};

}  // namespace hil::simulate

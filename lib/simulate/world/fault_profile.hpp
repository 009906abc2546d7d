// How often what goes wrong in a simulated site.
#pragma once

#include "base/time.hpp"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace hil::simulate {

struct FaultProfile {
    // Of every answer of a plant: probabilities.
    double delay = 0, drop = 0, cut = 0, wrong_id = 0, exception = 0;
    double longest_delay_s = 0;  // of an answer; drawn evenly up to it
    // Of every attempt to connect: probabilities.
    double refuse = 0, hang = 0;
    // How often a day and plant, on average.
    double resets = 0;        // the connection breaks
    double outages = 0;       // nothing is answered for a while
    double restarts = 0;      // the controller of the plant restarts
    double overwrites = 0;    // a second master writes a register
    double commands = 0;      // start, stop, dispatch
    double plan_changes = 0;  // a new plan, or one switched off or on
    double longest_outage_s = 0;
    double meter_faults = 0;    // a measurement freezes, sticks, is noisy or off
    double ignored_writes = 0;  // a register acknowledges what is written and does not take it
    double longest_meter_fault_s = 0;
    double link_habits = 0;  // a plant closes what is idle, swallows what it is asked first, or is silent
    double longest_habit_s = 0;
    double device_limits = 0;     // setpoints beyond a limit are refused, or taken for it
    double device_roundings = 0;  // setpoints become multiples of something
    double late_setpoints = 0;    // what is taken is shown later
    // Of every site: the probability that its plants obey a setpoint only for a while.
    double device_watchdogs = 0;
    double refusals = 0;  // a plant, or its gateway, answers requests of a kind with an exception for a while
    double longest_refusal_s = 0;
    double not_available = 0;  // a measurement says for a while that there is none
    // Of every site: the probability that its plants stand at a remote side, too; and how often a day the
    // site is switched from one side to the other.
    double remotes = 0, transports = 0;
    double strangers = 0;  // another device answers for a while; half of the sites look whom they have
    double takings = 0;    // somebody at the plant changes the register by which a start has it run
    // How often a day, on average.
    double site_commands = 0;      // start all, stop all
    double emergency_stops = 0;    // and each time a reset after a while
    double crashes = 0;            // the service is killed and started again
    double restarts_in_order = 0;  // the service ends in order and is started again
    double longest_absence_s = 0;  // of the service
    // Of every answer of the market platform; the site has one where this or platform_outages is set.
    double platform = 0;
    double platform_outages = 0;  // a day: nothing works for a while
    double platform_denials = 0;  // a day: posts are answered 200 by an answer that denies them, for a while
    // Of every file operation: probabilities.
    double disk_failure = 0, disk_delay = 0;
    double longest_disk_delay_s = 0;
    double disk_hangs = 0;  // a day: nothing is answered for a while
    double longest_disk_hang_s = 0;
    // Of a seed: probabilities that its batteries have losses, and that a plant has another register map.
    double models = 0, maps = 0;
    // Of a plant: the probability that it is behind a gateway that needs pauses, and is configured so.
    double gateways = 0;
    // Of a site: the probability that it has devices besides that are only watched.
    double devices = 0;

    // Whether anything may go wrong between service and plant.
    [[nodiscard]] bool network() const {
        return delay + drop + cut + wrong_id + exception + refuse + hang + resets + outages > 0;
    }
    [[nodiscard]] bool market() const { return platform + platform_outages + platform_denials > 0; }
    [[nodiscard]] bool instruments() const {
        return meter_faults + ignored_writes + link_habits + not_available + gateways + habits() + refusals +
                   strangers >
               0;
    }
    // Whether devices treat what is written in ways of their own.
    [[nodiscard]] double habits() const {
        return device_limits + device_roundings + late_setpoints + device_watchdogs;
    }
    [[nodiscard]] bool disk() const { return disk_failure + disk_delay + disk_hangs > 0; }
};

FaultProfile no_faults();
FaultProfile default_faults();

// "none", "default", or the name of a JSON file with keys as the members above; what is left out does not
// happen. Every problem with its place in the file when it is wrong.
std::variant<FaultProfile, std::vector<std::string>> load_faults(const std::string& name);

}  // namespace hil::simulate

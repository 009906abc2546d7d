#include "simulate/invariants/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hil::simulate {
namespace {

using control::CommandState;

// The longest chain: thirty commands of one plant, each waiting for decay or for a hanging connection.
constexpr Duration longest_wait = std::chrono::minutes(30);
// What ended so long before a crash is on the disk, however slow that is.
constexpr Duration surely_written = std::chrono::minutes(2);

bool gives_power(std::string_view kind) {
    return kind == "plant.start" || kind == "plant.dispatch_enable" || kind == "plant.adopt" ||
           kind == "fleet.start_all";
}

// Of a start: nothing was touched.
bool refused_at_once(std::string_view message) {
    static constexpr std::array codes{"already_running",       "not_connected",     "seed_failed",
                                      "estop_latched",         "plant_tripped",     "recording_failed",
                                      "not_running",           "shutting_down",     "read_failed",
                                      "readings_out_of_range", "unexpected_device", "data_directory_lost"};
    return std::find(codes.begin(), codes.end(), message) != codes.end();
}

// Between two tries: it says so.
bool waits_for_next_try(const control::Command& record) {
    return record.message.find("; again") != std::string::npos;
}

// The one word of a result's member; empty where there is none.
std::string_view member_of(const boost::json::value& object, std::string_view name) {
    const auto* members = object.if_object();
    const auto* value = members == nullptr ? nullptr : members->if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

// What a plant, its gateway or the way to it does for a while.
bool cause_passes(std::string_view cause) {
    static constexpr std::array words{
        "(exception 5)",     "(exception 6)", "(exception 10)",           "(exception 11)",
        "no answer in time", "not connected", "no session with the plant"};
    return std::ranges::any_of(words,
                               [cause](std::string_view w) { return cause.find(w) != std::string::npos; });
}

bool tried_once(const boost::json::value& result) {
    const auto* members = result.if_object();
    const auto* tries = members == nullptr ? nullptr : members->if_contains("tries");
    return tries == nullptr || !tries->is_number() || tries->to_number<double>() <= 1;
}

std::string_view text_of(const boost::json::value& object, std::string_view plant, std::string_view member) {
    const auto* all = object.if_object();
    const auto* per_plant = all == nullptr ? nullptr : all->if_contains("per_plant");
    const auto* one = per_plant == nullptr || !per_plant->is_object()
                          ? nullptr
                          : per_plant->get_object().if_contains(plant);
    const auto* value = one == nullptr || !one->is_object() ? nullptr : one->get_object().if_contains(member);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

}  // namespace

CommandWatch::CommandWatch(const Clock& clock, std::size_t plants, Watches& watches,
                           PlantInvariants::Fail fail)
    : clock_(clock), watches_(watches), fail_(std::move(fail)), trips_(plants) {}

void CommandWatch::tripped(std::size_t plant) {
    if (!trips_[plant]) trips_[plant] = clock_.now();
    watches_[plant]->tripped();
}

void CommandWatch::fail(const char* invariant, std::string text) {
    fail_({invariant, {}, clock_.wall_now(), std::move(text)});
}

CommandWatch::Place CommandWatch::place_of(std::string_view kind) {
    if (kind.starts_with("plant.") || kind == "trip.reset") return Place::plant;
    if (kind.starts_with("fleet.") || kind == "source.switch" || kind == "transport.switch") {
        return Place::site;
    }
    return Place::other;
}

PlantInvariants* CommandWatch::watch_of(std::string_view plant) {
    for (const auto& watch : watches_)
        if (watch->plant().id == plant) return watch.get();
    return nullptr;
}

void CommandWatch::note(const control::Command& record) {
    const auto number = control::command_number(record.id);
    if (!number) {
        fail("commands", fmt::format("{} is no id", record.id));
        return;
    }
    auto known = open_.find(*number);
    if (known == open_.end()) {
        if (*number <= highest_) {
            fail("commands", fmt::format("{} was given again", record.id));
            return;
        }
        highest_ = *number;
        ++count_;
        if (record.state != CommandState::queued && record.state != CommandState::rejected) {
            fail("commands", fmt::format("{} begins as {}", record.id, control::to_string(record.state)));
            return;
        }
        known = open_
                    .emplace(*number, Open{CommandState::queued,
                                           place_of(record.kind),
                                           record.kind,
                                           record.plant,
                                           clock_.now(),
                                           {},
                                           false,
                                           {},
                                           false})
                    .first;
    } else if (record.state < known->second.state) {
        fail("commands", fmt::format("{} went back to {}", record.id, control::to_string(record.state)));
        return;
    }
    auto& command = known->second;
    if (record.state == CommandState::running && command.state == CommandState::queued) {
        judge_order(*number, command);
        command.state = record.state;
        command.began = clock_.now();
        began(command, record);
    } else if (record.state == CommandState::running) {
        command.left_queue = command.left_queue || waits_for_next_try(record);
    } else if (control::ended(record.state)) {
        ended(command, record);
        if (on_ended) on_ended(record);
        ended_.emplace(*number, End{record.state, record.message, clock_.now()});
        open_.erase(known);
        while (ended_.size() > 20'000)
            ended_.erase(ended_.begin());
    }
}

void CommandWatch::judge_order(std::uint64_t number, const Open& command) {
    if (latched_ && gives_power(command.kind) && clock_.now() > latched_since_) {
        fail("commands", fmt::format("{} {} runs though the emergency stop is latched",
                                     control::command_id(number), command.kind));
    }
    if (gives_power(command.kind)) {
        for (std::size_t i = 0; i < watches_.size(); ++i) {
            if (watches_[i]->plant().id == command.plant && trips_[i] && clock_.now() > *trips_[i])
                fail("commands", fmt::format("{} {} runs though {} is tripped", control::command_id(number),
                                             command.kind, command.plant));
        }
    }
    if (command.place == Place::other) return;
    for (const auto& [other_number, other] : open_) {
        if (other_number == number || other.place == Place::other) continue;
        const bool same_queue =
            command.place == Place::site || other.place == Place::site || command.plant == other.plant;
        if (!same_queue || other.left_queue) continue;
        if (other.state == CommandState::running) {
            fail("commands", fmt::format("{} {} runs beside {}", control::command_id(number), command.kind,
                                         control::command_id(other_number)));
        } else if (other_number < number) {
            fail("commands", fmt::format("{} {} passes {}", control::command_id(number), command.kind,
                                         control::command_id(other_number)));
        }
    }
}

void CommandWatch::began(Open& command, const control::Command& record) {
    auto* one = watch_of(command.plant);
    if (command.kind == "plant.start") {
        one->start_called();
    } else if (command.kind == "plant.stop") {
        one->stop_called();
    } else if (command.kind == "plant.dispatch_enable" || command.kind == "plant.dispatch_disable") {
        one->dispatch_set(command.kind == "plant.dispatch_enable");
    } else if (command.kind == "fleet.start_all") {
        for (const auto& watch : watches_) {
            command.dispatch_enabled.push_back(watch->dispatch_enabled());
            watch->start_called();
            watch->dispatch_set(true);
        }
    } else if (command.kind == "plant.adopt") {
        command.dispatch_enabled.push_back(one->dispatch_enabled());
        one->start_called();
        one->dispatch_set(true);
    } else if (command.kind == "source.switch") {
        const auto* source = record.payload.if_contains("source");
        command.nothing_to_do = source != nullptr && *source == (api_ ? "api" : "manual");
        if (command.nothing_to_do) return;
        for (const auto& watch : watches_)
            watch->stop_called();
    } else if (command.kind == "transport.switch") {
        const auto* mode = record.payload.if_contains("mode");
        command.nothing_to_do = mode != nullptr && *mode == (remote_ ? "remote" : "local");
        if (command.nothing_to_do) return;
        const auto* force = record.payload.if_contains("force");
        by_force_ = force != nullptr && *force == true;
        for (const auto& watch : watches_)
            watch->stop_called();
    } else if (command.kind == "fleet.stop_all" || command.kind == "site.stop" || command.kind == "estop") {
        for (const auto& watch : watches_)
            watch->stop_called();
        if (command.kind == "estop" && !std::exchange(latched_, true)) latched_since_ = clock_.now();
    } else if (command.kind == "estop.reset") {
        latched_ = latch_certain_ = false;  // it holds from the call on, stored or not
        for (const auto& watch : watches_)
            watch->allowed();
    } else if (command.kind == "trip.reset") {
        for (std::size_t i = 0; i < watches_.size(); ++i)
            if (watches_[i].get() == one) trips_[i].reset();
        one->allowed();
    }
}

void CommandWatch::start_ended(PlantInvariants& watch, CommandState state, std::string_view message,
                               bool once) {
    // A plant that was out of reach may be found running, and be taken over, before the next try.
    const bool untouched = refused_at_once(message) && (once || message == "already_running");
    watch.start_ended(state == CommandState::succeeded, untouched);
}

void CommandWatch::judge_giving_up(const Open& command, const control::Command& record) {
    if (record.state != CommandState::failed) return;
    const bool passing = record.message == "not_connected" || cause_passes(member_of(record.result, "cause"));
    const bool own = record.message == "not_connected" || record.message == "read_failed" ||
                     record.message == "setpoint_write_failed" || record.message == "enable_failed";
    const auto lasted = clock_.now() - command.began;
    const auto bound = watch_of(command.plant)->plant().local.start_retry;
    if (own && passing && lasted < bound)
        fail("start",
             fmt::format("{} was given up after {:.0f} s though what it met passes: {} {}", record.id,
                         to_seconds(lasted), record.message, member_of(record.result, "cause")));
}

void CommandWatch::ended(const Open& command, const control::Command& record) {
    if (command.state != CommandState::running) return;  // it never ran
    auto* one = watch_of(command.plant);
    if (command.kind == "plant.start") {
        start_ended(*one, record.state, record.message, tried_once(record.result));
        judge_giving_up(command, record);
    } else if (command.kind == "plant.stop") {
        one->stop_ended(record.state == CommandState::succeeded);
    } else if (command.kind == "plant.dispatch_enable") {
        if (record.state != CommandState::succeeded) one->dispatch_set(false);
    } else if (command.kind == "fleet.start_all") {
        for (std::size_t i = 0; i < watches_.size(); ++i) {
            auto& watch = *watches_[i];
            const auto& plant = watch.plant().id;
            const bool done = text_of(record.result, plant, "state") == "succeeded";
            const auto message = text_of(record.result, plant, "message");
            // Without a word about the plant its start was not even tried.
            const bool untouched = !done && (message.empty() || refused_at_once(message));
            watch.start_ended(done, untouched);
            if (!done && message.empty()) watch.dispatch_set(command.dispatch_enabled[i]);
            if (message == "estop_latched" || message == "plant_tripped" || message == "shutting_down")
                watch.dispatch_set(false);
        }
    } else if (command.kind == "plant.adopt") {
        const bool done = record.state == CommandState::succeeded;
        one->adopt_ended(done, refused_at_once(record.message));
        if (!done && one->dispatch_enabled()) one->dispatch_set(command.dispatch_enabled.front());
    } else if (command.kind == "source.switch") {
        if (command.nothing_to_do) return;
        for (const auto& watch : watches_)
            watch->stop_ended(record.state == CommandState::succeeded);
        if (record.state != CommandState::succeeded) return;
        api_ = !api_;
        if (on_source) on_source(api_);
    } else if (command.kind == "transport.switch") {
        if (command.nothing_to_do) return;
        remote_ = remote_ != (record.state == CommandState::succeeded);
        for (const auto& watch : watches_) {
            if (record.state == CommandState::succeeded)
                watch->move_ended();
            else
                watch->stop_ended(false);
        }
    } else if (command.kind == "fleet.stop_all" || command.kind == "site.stop" || command.kind == "estop") {
        for (const auto& watch : watches_)
            watch->stop_ended(record.state == CommandState::succeeded);
        if (command.kind == "estop" && latched_) latch_certain_ = true;
    }
}

void CommandWatch::service_gone(bool killed) {
    bool resetting = false;
    for (const auto& [number, command] : open_) {
        resetting = resetting || command.kind == "estop.reset";
        if (command.kind == "trip.reset") {
            for (auto& trip : trips_)
                trip.reset();
        }
        if (!killed)
            fail("commands", fmt::format("{} {} had not ended when the service ended in order",
                                         control::command_id(number), command.kind));
        ended_.emplace(number, End{CommandState::failed, "interrupted", clock_.now(), false});
    }
    open_.clear();
    if (killed) {
        for (auto& [number, end] : ended_)
            if (clock_.now() - end.at < surely_written) end.surely_stored = false;
    }
    for (auto& trip : trips_)
        if (killed && trip && clock_.now() - *trip < surely_written) trip.reset();
    // Of a latch that was on its way to the disk nobody knows whether it got there.
    if (!latch_certain_ || resetting) latched_ = latch_certain_ = false;
}

void CommandWatch::inspect() {
    for (const auto& [number, command] : open_) {
        if (clock_.now() - command.since > longest_wait) {
            fail("commands",
                 fmt::format("{} {} of {} has not ended for {:.0f} s", control::command_id(number),
                             command.kind, command.plant.empty() ? "the site" : command.plant,
                             to_seconds(clock_.now() - command.since)));
            return;
        }
    }
}

void CommandWatch::judge_audit(const std::vector<control::Command>& stored) {
    std::map<std::uint64_t, const control::Command*> by_number;
    for (const auto& command : stored) {
        const auto number = control::command_number(command.id).value_or(0);
        if (!by_number.emplace(number, &command).second)
            fail("audit", fmt::format("{} is stored twice", command.id));
    }
    for (const auto& [number, end] : ended_) {
        const auto found = by_number.find(number);
        if (found == by_number.end()) {
            if (end.surely_stored)
                fail("audit", fmt::format("{} is not in the audit", control::command_id(number)));
            continue;
        }
        const auto& command = *found->second;
        const bool as_it_ended = command.state == end.state && command.message == end.message;
        const bool cut = command.state == CommandState::failed && command.message == "interrupted";
        if (!as_it_ended && !(cut && !end.surely_stored)) {
            fail("audit", fmt::format("{} ended {} {}, the audit says {} {}", command.id,
                                      control::to_string(end.state), end.message,
                                      control::to_string(command.state), command.message));
        }
    }
}

}  // namespace hil::simulate

#include "control/command_lanes.hpp"

#include "base/mutation.hpp"

namespace hil::control {

CommandLanes::View CommandLanes::view() const {
    return {.plants = plants_busy_,
            .any_plant = plants_running_ > 0,
            .all_plants = site_busy_,
            .market = market_busy_,
            .posting = posting_busy_,
            .schedule = schedule_busy_};
}

bool CommandLanes::open(const View& view, Place place) {
    switch (place.lane) {
        case Lane::plant:
            return !view.all_plants && !view.plants[place.plant];
        case Lane::site:
            return !view.all_plants && (!view.any_plant || mutated(Mutation::barrier_ignored));
        case Lane::market:
            return !view.market;
        case Lane::posting:
            return !view.posting;
        case Lane::schedule:
            return !view.schedule;
        case Lane::immediate:
            break;
    }
    return true;
}

void CommandLanes::close(View& view, Place place) {
    switch (place.lane) {
        case Lane::plant:
            view.plants[place.plant] = true;
            view.any_plant = true;
            break;
        case Lane::site:
            view.all_plants = true;
            break;
        case Lane::market:
            view.market = true;
            break;
        case Lane::posting:
            view.posting = true;
            break;
        case Lane::schedule:
            view.schedule = true;
            break;
        case Lane::immediate:
            break;
    }
}

void CommandLanes::hold(Place place, bool busy) {
    switch (place.lane) {
        case Lane::plant:
            if (plants_busy_[place.plant] == busy) break;
            busy ? ++plants_running_ : --plants_running_;
            plants_busy_[place.plant] = busy;
            break;
        case Lane::site:
            site_busy_ = busy;
            break;
        case Lane::market:
            market_busy_ = busy;
            break;
        case Lane::posting:
            posting_busy_ = busy;
            break;
        case Lane::schedule:
            schedule_busy_ = busy;
            break;
        case Lane::immediate:
            break;
    }
}

bool CommandLanes::free_for(Place place) const {
    View seen = view();
    for (const auto& waiting : waiting_)
        close(seen, waiting.place);
    return open(seen, place);
}

std::optional<std::uint64_t> CommandLanes::next() {
    View seen = view();
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
        if (open(seen, at->place)) {
            const auto [number, place] = *at;
            waiting_.erase(at);
            hold(place, true);
            return number;
        }
        close(seen, at->place);
    }
    return std::nullopt;
}

std::vector<std::uint64_t> CommandLanes::drop_waiting() {
    std::vector<std::uint64_t> numbers;
    for (const auto& waiting : waiting_)
        numbers.push_back(waiting.number);
    waiting_.clear();
    return numbers;
}

}  // namespace hil::control

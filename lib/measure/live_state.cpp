#include "measure/live_state.hpp"

namespace hil::measure {

LiveState::LiveState(std::size_t plants) : plants_(plants) {}

void LiveState::sampled(std::size_t plant, const Row& row, Instant due) {
    auto& live = plants_[plant];
    live.latest = row;
    live.taken = due;
    live.stale = false;
    live.consecutive_failures = 0;
    live.last_error = {};
    changes_.publish(plant, Change::sampled);
}

void LiveState::failed(std::size_t plant, error_code error) {
    auto& live = plants_[plant];
    live.stale = true;
    ++live.consecutive_failures;
    live.last_error = error;
    changes_.publish(plant, Change::failed);
}

void LiveState::recording(std::size_t plant, bool on, std::string file) {
    auto& live = plants_[plant];
    live.recording = on;
    live.file = std::move(file);
    changes_.publish(plant, Change::recording);
}

void LiveState::forget(std::size_t plant) {
    auto& live = plants_[plant];
    live = {.latest = {},
            .taken = {},
            .stale = true,
            .consecutive_failures = 0,
            .last_error = {},
            .recording = live.recording,
            .file = live.file};
    changes_.publish(plant, Change::failed);
}

}  // namespace hil::measure

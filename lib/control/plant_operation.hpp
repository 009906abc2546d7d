// An operation on a plant while it lasts. Internal to lib/control.
#pragma once

#include "control/plant_control.hpp"

namespace hil::control {

// The newest operation owns the plant: an older one that finds itself superseded changes nothing more.
// If an operation ends without a verdict (it was cancelled or threw), the plant's state is not known.
struct PlantControl::Operation {
    Operation(PlantControl& owner, PlantState underway) : control(owner), id(++owner.operation_) {
        control.operating_now_ = true;
        control.stopped_as_.reset();
        control.set_state(underway);
    }
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    ~Operation() {
        if (!current()) return;
        control.operating_now_ = false;
        control.doing_.clear();
        control.settled_.notify();
        control.start_news_.notify();
        if (!decided) control.state_ = PlantState::unknown;
    }

    [[nodiscard]] bool current() const { return control.operation_ == id; }
    void decide(PlantState to) {
        if (!current()) return;
        decided = true;
        control.set_state(to);
    }

    PlantControl& control;
    std::uint64_t id;
    bool decided = false;
};

}  // namespace hil::control

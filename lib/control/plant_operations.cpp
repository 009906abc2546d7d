// Taking over a plant that runs, and what operations have in common.
#include "control/plant_operation.hpp"

#include <utility>

namespace hil::control {

// Heard by the command record and by doing(), as long as the operation owns the plant.
void PlantControl::say_step(const Say& say, std::uint64_t operation, std::string step) {
    if (operation != operation_) return;
    doing_ = step;
    if (say) say(std::move(step));
}

// The setpoints a plant had that is not ours; true when it surely has them.
awaitable<bool> PlantControl::give_back(const plant::Reading& held) {
    const auto now = co_await link_.read(control_batch_, plant::Priority::control);
    if (!now) co_return false;
    const std::array points{points_.p_setpoint, points_.q_setpoint};
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (points[i] == plant::no_point) continue;
        if (!held[i].known || !(*now)[i].held()) co_return false;
        if (held[i].words == (*now)[i].words) continue;
        if (co_await write(points[i], held[i].value, plant::Priority::control, link_.epoch(),
                           WriteSource::start))
            co_return false;
    }
    co_return true;
}

awaitable<error_code> PlantControl::adopt(Say say) {
    if (const auto refused = interlock()) co_return refused;
    if (link_.status().state != plant::LinkState::connected) co_return errc::not_connected;
    if (operating_now_ || (state_ == PlantState::running && desired_ == Desired::running))
        co_return errc::already_running;
    const auto before = operation_;
    const auto held = co_await link_.read(control_batch_, plant::Priority::control);
    if (operation_ != before) co_return errc::superseded;
    if (!held || !(*held)[2].known) co_return errc::not_connected;
    if ((*held)[2].value != 1.0) co_return errc::not_running;

    ++decisions_;
    Operation operation(*this, PlantState::running);
    const auto wanted_before = desired_;
    seen_session_ = link_.status().session;
    auto owed_before = std::exchange(owed_stop_, std::nullopt);
    const auto epoch = link_.advance_epoch();
    const bool was_dispatching = dispatch_enabled();
    set_dispatch_enabled(true);
    say_step(say, operation.id, "writing the setpoint");
    StartResult written;
    const auto error = co_await write_initial_setpoint(written, operation.id, epoch);
    if (!operation.current()) co_return errc::superseded;
    operation.decide(PlantState::running);
    if (error) {
        desired_ = wanted_before;
        owed_stop_ = std::move(owed_before);
        set_dispatch_enabled(was_dispatching);
        if (!co_await give_back(*held) && operation.current())
            stop_again("could not be taken over, and not be given back what it had: stopping it");
        co_return errc::setpoint_write_failed;
    }
    settle_owed_stop();
    desired_ = Desired::running;
    take_over();
    wake();
    co_return error_code{};
}

}  // namespace hil::control

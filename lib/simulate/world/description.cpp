#include "simulate/world/description.hpp"

#include <fmt/format.h>

namespace hil::simulate {
namespace {

std::string describe_plant(const service::Service& service, std::size_t plant) {
    const auto& unit = service.unit(plant);
    const auto& control = unit.control();
    const auto& link = unit.link().status();
    return fmt::format("  service: {}, gate {}, link {}, session {}, {} failures in a row ({}), {} rows wait",
                       control::to_string(control.state()), control.dispatch_enabled() ? "open" : "closed",
                       link.state == plant::LinkState::connected ? "up" : "down", link.session,
                       link.consecutive_failures, link.last_error ? link.last_error.message() : "no error",
                       service.parts().recorder.waiting_rows(plant));
}

}  // namespace

std::vector<std::string> describe_site(const service::Setup& setup,
                                       const std::vector<std::unique_ptr<PlantInvariants>>& watches,
                                       SimulatedService& service, WallTime now) {
    auto* process = service.present();
    std::vector<std::string> out{setup.zone.format(now)};
    for (std::size_t i = 0; i < watches.size(); ++i) {
        const auto* emulator = process ? &service.device(i).emulator() : nullptr;
        out.push_back(fmt::format("{}: {}", setup.plant_ids[i], watches[i]->state_text(emulator)));
        if (process != nullptr) out.push_back(describe_plant(process->service(), i));
    }
    if (process == nullptr) {
        out.emplace_back("the service does not run");
        return out;
    }
    for (const auto& alert : process->alerts().active())
        out.push_back(fmt::format("alert {}: {}", alert.key, alert.message));
    return out;
}

}  // namespace hil::simulate

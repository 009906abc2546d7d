// One emulated device that is only read: registers, and what its meter shows in them. No I/O and no clock of
// its own: whoever owns it hands it requests and tells it the time.
#pragma once

#include "base/time.hpp"
#include "config/device_points.hpp"
#include "modbus/bank.hpp"
#include "plant/register_map.hpp"
#include "plant_sim/device_course.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hil::plant_sim {

class DeviceEmulator {
  public:
    // Of a battery `soc_pu` is what it begins with.
    DeviceEmulator(const config::Device& device, const config::ModbusEndpoint& endpoint, Course course,
                   Instant now, WallTime wall, double soc_pu = 0.5);

    // Reads what there is; whatever writes is refused (exception 1).
    modbus::Response execute(const modbus::Request& request);
    // Goes on to `now`, which is `wall` on the wall clock, and shows it.
    void step(Instant now, WallTime wall);

    // What a point shows, in internal units, as far as its registers can hold it; none: it has no such point.
    [[nodiscard]] std::optional<double> shown(std::string_view point) const;
    [[nodiscard]] const modbus::Bank& bank() const { return bank_; }
    [[nodiscard]] modbus::Bank& bank() { return bank_; }
    [[nodiscard]] std::uint64_t requests() const { return requests_; }

    // For who watches the device from outside: after the registers were written anew.
    std::function<void()> on_shown;

  private:
    void integrate(Duration dt);
    void measure(WallTime wall);
    void publish();
    void put(std::string_view point, double value);

    const config::Device& device_;
    plant::RegisterMap map_;
    Course course_;
    modbus::Bank bank_;
    Instant last_;
    double p_kw_ = 0, soc_pu_ = 0.5;
    double imported_kwh_ = 0, exported_kwh_ = 0;
    std::uint64_t requests_ = 0;
};

}  // namespace hil::plant_sim

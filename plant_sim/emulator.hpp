// One emulated plant: a bank of registers with a battery model behind it. No I/O and no clock of its own:
// whoever owns it hands it Modbus requests and tells it the time.
//
// Each step reads the setpoints and the run/stop points from the plant's own registers, advances the model by
// the time that has passed since the step before, and publishes the measurements. A client may write any
// register, a measurement included; the next step overwrites those. The registers of the command are never
// changed by the plant itself: a plant that does not run keeps its setpoints and gives nothing.
#pragma once

#include "base/time.hpp"
#include "battery/battery_model.hpp"
#include "modbus/server.hpp"
#include "plant/register_map.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hil::plant_sim {

struct EmulatorOptions {
    // A step counts for at most this much time, however late it is: a process that was stopped for an hour
    // must not empty the battery in one step.
    Duration max_step = std::chrono::seconds(20);
    std::optional<plant::RegisterMap> map{};  // one that was made of the endpoint already
};

enum class SeedStatus : std::uint8_t {
    applied,  // the plant does not run: stored energy and the register are set
    skipped,  // the plant runs, or plays back a recording: nothing changed
    error,    // not a finite number: nothing changed
};

struct SeedResult {
    SeedStatus status = SeedStatus::error;
    double soc_pu = 0;    // now in force
    std::string message;  // a sentence, with the source of the value
};

// What has flowed through the battery since the emulator was made: the integral of its active power.
struct EnergyTotals {
    double discharged_kwh = 0, charged_kwh = 0;

    [[nodiscard]] double delivered_kwh() const { return discharged_kwh - charged_kwh; }
};

struct EmulatorStatistics {
    std::uint64_t steps = 0;
    std::uint64_t capped_steps = 0;  // those that came later than max_step
    std::uint64_t requests = 0;
};

class Emulator {
  public:
    static constexpr std::size_t register_count = 65536;

    // The plant is switched on at `now`. Throws std::invalid_argument when a point lies beyond the last
    // register.
    Emulator(const config::ModbusEndpoint& endpoint, std::unique_ptr<battery::BatteryModel> model,
             Instant now, EmulatorOptions options = {});

    // Answers one Modbus request: any holding register may be read or written, and any input register read
    // where the map has points among them; functions on other tables are refused. A measurement whose meter
    // does not answer cannot be read: exception 4, server device failure.
    modbus::Response execute(const modbus::Request& request);

    // Advances the plant to `now`; a time before the step before, or before power_on, counts as no time.
    void step(Instant now);

    // Every register back to its value after switching on (enable 0, setpoints 0, everything unmapped 0).
    // What the battery holds stays: a controller that restarts does not charge it.
    void power_on(Instant now);

    // Sets the state of charge (clamped to 0..1) if the plant does not run. Done, or refused, on return.
    // `source` says where the value comes from, for the message.
    SeedResult seed_soc(double soc_pu, std::string_view source = {});

    // Whether the registers, as they are now, tell the plant to run (run_rule.hpp).
    [[nodiscard]] bool running() const;
    // The command in the registers, whether or not it is within the limits.
    [[nodiscard]] battery::Command command() const;
    // What the last step led to, before it was cut to the resolution of the registers.
    [[nodiscard]] const battery::Output& output() const { return output_; }
    [[nodiscard]] double energy_kwh() const { return model_->energy_kwh(); }
    [[nodiscard]] const EnergyTotals& totals() const { return totals_; }
    [[nodiscard]] const EmulatorStatistics& statistics() const { return statistics_; }
    [[nodiscard]] const plant::RegisterMap& map() const { return map_; }
    [[nodiscard]] const battery::BatteryModel& model() const { return *model_; }

    // The registers, for tests and for faults that act on them.
    [[nodiscard]] modbus::Bank& bank() { return bank_; }
    [[nodiscard]] const modbus::Bank& bank() const { return bank_; }

    // Called after a request wrote to a register of a setpoint or of a run/stop point, changed or not.
    std::function<void()> on_command;

    // For who watches the plant from outside: after every request with its answer, and after every step with
    // the energy stored before it and the time it stood for.
    std::function<void(const modbus::Request&, const modbus::Response&)> on_request;
    std::function<void(double energy_before_kwh, Duration dt)> on_step;
    std::function<void()> on_seed;  // the stored energy was set
    // Of a request that never came to be executed, as a device that refuses a value does.
    std::function<void(const modbus::Request&, const modbus::Response&)> on_refused;

    // What a step leaves of the command in the registers; empty: all of it.
    std::function<battery::Command(const battery::Command&)> obey;

    // What the meters make of the truth before it is published: noise, faults. Totals and output() are not
    // concerned.
    std::function<battery::Output(const battery::Output&)> meter;
    // Whether a measurement shows at this step that it is not available (sentinel_of()).
    std::function<bool(std::string_view point)> unavailable;
    // What the point of the endpoint's `expect` shows from now on; none: what is expected of it.
    std::function<std::optional<double>()> stranger;

  private:
    // A point resolved once: where it is and how it is coded. Without a codec the plant lacks it.
    struct Slot {
        const plant::Codec* codec = nullptr;
        std::uint16_t address = 0, words = 0;
        config::RegisterType table = config::RegisterType::holding;
    };
    struct Condition {
        Slot slot;
        double value = 0;
    };
    // By what a device is known: what it shows by itself, and what stands there now.
    struct Identity {
        Slot slot;
        double own = 0;
        std::optional<double> shown{};
    };
    // A measurement: which part of the output, and the words it was last coded as.
    struct Measurement {
        plant::PointId point{};
        Slot slot;
        double battery::Output::* source = nullptr;
        double value = 0;
        plant::Registers coded{};
        bool readable = true;  // false: the meter does not answer
    };

    [[nodiscard]] Slot slot(plant::PointId point) const;
    void add_measurement(plant::PointId point, double battery::Output::* source);
    [[nodiscard]] modbus::RegisterTable& table(config::RegisterType type);
    [[nodiscard]] double read(const Slot& slot) const;
    void store(const Slot& slot, const plant::Registers& words);
    void publish(const battery::Output& output);
    void take_identity(const config::ModbusEndpoint& endpoint);
    void show_identity();
    [[nodiscard]] bool writes_command(const modbus::Request& request) const;
    [[nodiscard]] bool reads_unknown(const modbus::Request& request) const;

    plant::RegisterMap map_;
    std::unique_ptr<battery::BatteryModel> model_;
    EmulatorOptions options_;
    modbus::Bank bank_;
    Slot p_setpoint_, q_setpoint_;
    std::vector<Condition> run_conditions_;
    std::optional<Identity> identity_;  // none: nothing is expected of the device
    std::vector<Measurement> measurements_;
    Instant last_step_;
    battery::Output output_;
    EnergyTotals totals_;
    EmulatorStatistics statistics_;
};

}  // namespace hil::plant_sim

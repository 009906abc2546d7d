// How the device of an emulated plant treats what is written to it, where faults say so: it refuses values,
// makes others of them, shows them late, obeys them for a while only, or echoes something else.
#pragma once

#include "base/clock.hpp"
#include "plant_sim/emulator.hpp"
#include "plant_sim/faults.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hil::plant_sim {

class DeviceHabits {
  public:
    // The faults outlive it; the emulator obeys what it leaves of the setpoints.
    DeviceHabits(Clock& clock, std::shared_ptr<Emulator> emulator, Faults& faults, std::string plant);
    DeviceHabits(const DeviceHabits&) = delete;
    DeviceHabits& operator=(const DeviceHabits&) = delete;
    ~DeviceHabits();

    // Answers a request; the faults `exception` and `ignore_writes` included.
    modbus::Response execute(const modbus::Request& request);
    // Takes what is late and due; before each step of the plant.
    void take_due();
    // The controller restarts: what was on its way is lost.
    void forget();

  private:
    // A point of which a request writes every register.
    struct Written {
        const Fault* fault = nullptr;
        const plant::Codec* codec = nullptr;
        std::uint16_t address = 0;
        plant::Registers before{}, words{};

        [[nodiscard]] std::span<const std::uint16_t> own() const {
            return {words.data(), codec->word_count()};
        }
        [[nodiscard]] double value() const { return codec->decode(own()); }
    };
    struct Late {
        Instant due;
        std::uint16_t address = 0, count = 0;
        plant::Registers words{};
    };

    // Every fault of a kind whose point the request writes, if chance lets it strike.
    [[nodiscard]] std::vector<Written> struck(FaultKind kind, const modbus::Request& request);
    [[nodiscard]] std::optional<modbus::Response> refusal(const modbus::Request& request);
    void bend(const modbus::Request& request);
    void hold_back(const std::vector<Written>& late);
    void set(const Written& at, double value);
    void put(std::uint16_t address, std::span<const std::uint16_t> words);
    [[nodiscard]] battery::Command obeyed(const battery::Command& command);

    Clock& clock_;
    std::shared_ptr<Emulator> kept_;
    Emulator& emulator_;
    Faults& faults_;
    std::string plant_;
    std::deque<Late> late_;  // by when they are due
    Instant p_written_at_, q_written_at_;
};

}  // namespace hil::plant_sim

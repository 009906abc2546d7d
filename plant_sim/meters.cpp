#include "plant_sim/meters.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace hil::plant_sim {
namespace {

struct Meter {
    std::string_view point;
    double battery::Output::* value;
};
constexpr std::array<Meter, 6> meters{{{"p_battery", &battery::Output::p_battery_kw},
                                       {"q_battery", &battery::Output::q_battery_kvar},
                                       {"p_poi", &battery::Output::p_poi_kw},
                                       {"q_poi", &battery::Output::q_poi_kvar},
                                       {"v_poi", &battery::Output::v_poi_kv},
                                       {"soc", &battery::Output::soc_pu}}};

double& shown(battery::Output& output, std::string_view point) {
    return output.*std::ranges::find(meters, point, &Meter::point)->value;
}

battery::Output spoilt(battery::Output output, Faults& faults, std::string_view plant) {
    for (const auto* fault : faults.strikes(plant, FaultKind::noise))
        shown(output, fault->point) += fault->amount * faults.random().normal();
    for (const auto* fault : faults.strikes(plant, FaultKind::bias))
        shown(output, fault->point) += fault->amount;
    for (const auto* fault : faults.strikes(plant, FaultKind::stuck_point))
        shown(output, fault->point) = fault->amount;
    return output;
}

struct Span {
    std::uint32_t first = 0, count = 0;

    [[nodiscard]] bool overlaps(const Span& other) const {
        return first < other.first + other.count && other.first < first + count;
    }
};

// Multiples of what the meter can tell apart.
void quantise(battery::Output& output, const config::Emulation& emulation) {
    const auto round = [&output](double step, auto... values) {
        if (step > 0) ((output.*values = std::round(output.*values / step) * step), ...);
    };
    round(emulation.power_step_kw, &battery::Output::p_battery_kw, &battery::Output::q_battery_kvar,
          &battery::Output::p_poi_kw, &battery::Output::q_poi_kvar);
    round(emulation.voltage_step_kv, &battery::Output::v_poi_kv);
    round(emulation.soc_step_pu, &battery::Output::soc_pu);
}

// Another for every plant, the same on every machine (FNV-1a).
std::uint64_t seed_of(const config::Plant& plant, std::uint64_t seed) {
    std::uint64_t out = 14695981039346656037U;
    for (const char c : plant.id)
        out = (out ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return out ^ (seed + plant.model.emulation.seed * 0x9e3779b97f4a7c15U);
}

// The registers a request touches: those it reads, then those it writes.
std::array<Span, 2> touched(const modbus::Request& request) {
    using enum modbus::Function;
    const Span words{request.address, static_cast<std::uint32_t>(request.words.size())};
    switch (request.function) {
        case write_single_register:
        case mask_write_register:
            return {Span{}, Span{request.address, 1}};
        case write_multiple_registers:
            return {Span{}, words};
        case read_write_multiple_registers:
            return {Span{request.address, request.count},
                    Span{request.write_address, static_cast<std::uint32_t>(request.words.size())}};
        default:
            return {Span{request.address, request.count}, Span{}};
    }
}

}  // namespace

std::function<battery::Output(const battery::Output&)> make_meter(const config::Plant& plant, Faults* faults,
                                                                  std::uint64_t seed) {
    const auto& emulation = plant.model.emulation;
    const auto& limits = plant.model.power_limits;
    const double power =
        emulation.power_noise_pu * std::max(std::abs(limits.p_max_kw), std::abs(limits.p_min_kw));
    const double voltage = emulation.voltage_noise_pu * plant.model.poi_voltage_kv;
    const double soc = emulation.soc_noise_pu;
    const bool coarse =
        emulation.power_step_kw > 0 || emulation.voltage_step_kv > 0 || emulation.soc_step_pu > 0;
    const bool noisy = power > 0 || voltage > 0 || soc > 0;
    if (!noisy && !coarse && faults == nullptr) return {};
    return
        [=, id = plant.id, random = Random(seed_of(plant, seed)), frozen = std::optional<battery::Output>(),
         last = battery::Output()](const battery::Output& truth) mutable {
            if (faults && !faults->quiet() && faults->strike(id, FaultKind::freeze_measurements) != nullptr) {
                if (!frozen) frozen = last;
                return *frozen;
            }
            frozen.reset();
            last = truth;
            if (power > 0) {
                for (const auto value : {&battery::Output::p_battery_kw, &battery::Output::q_battery_kvar,
                                         &battery::Output::p_poi_kw, &battery::Output::q_poi_kvar})
                    last.*value += power * random.normal();
            }
            if (voltage > 0) last.v_poi_kv += voltage * random.normal();
            if (soc > 0) last.soc_pu = std::clamp(last.soc_pu + soc * random.normal(), 0.0, 1.0);
            if (coarse) quantise(last, emulation);
            if (faults && !faults->quiet()) last = spoilt(last, *faults, id);
            return last;
        };
}

modbus::Response execute_with_faults(Emulator& emulator, Faults& faults, std::string_view plant,
                                     const modbus::Request& request) {
    if (faults.quiet()) return emulator.execute(request);
    const auto [reads, writes] = touched(request);
    for (const auto* fault : faults.strikes(plant, FaultKind::exception)) {
        const bool function =
            !fault->function || *fault->function == static_cast<std::uint8_t>(request.function);
        const Span at{fault->address.value_or(0), 1};
        if (!function || (fault->address && !reads.overlaps(at) && !writes.overlaps(at))) continue;
        modbus::Response refused;
        refused.unit = request.unit;
        refused.function = request.function;
        refused.exception = fault->code;
        if (emulator.on_request) emulator.on_request(request, refused);
        return refused;
    }

    // The registers that do not take the write are put back; nobody looks in between.
    std::vector<std::pair<std::size_t, std::uint16_t>> kept;
    for (const auto* fault : faults.strikes(plant, FaultKind::ignore_writes)) {
        const auto point = emulator.map().find(fault->point);
        if (!point) continue;
        const auto& definition = emulator.map().point(*point);
        const Span registers{definition.address, definition.word_count()};
        if (!writes.overlaps(registers)) continue;
        for (std::size_t i = registers.first; i < registers.first + registers.count; ++i)
            kept.emplace_back(i, emulator.bank().holding[i]);
    }
    auto answer = emulator.execute(request);
    for (const auto& [at, word] : kept)
        emulator.bank().holding[at] = word;
    return answer;
}

}  // namespace hil::plant_sim

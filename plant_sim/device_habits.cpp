#include "plant_sim/device_habits.hpp"

#include "plant_sim/meters.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::plant_sim {
namespace {

struct Words {
    std::uint32_t first = 0;
    std::span<const std::uint16_t> words;
};

// What a request writes into holding registers.
Words written_by(const modbus::Request& request) {
    using enum modbus::Function;
    const std::span<const std::uint16_t> words(request.words.data(), request.words.size());
    switch (request.function) {
        case write_single_register:
        case write_multiple_registers:
            return {request.address, words};
        case read_write_multiple_registers:
            return {request.write_address, words};
        default:
            return {};
    }
}

double rounded(double value, double step, Rounding rounding) {
    if (step <= 0) return value;
    const double multiple = std::abs(value) / step;
    constexpr double noise = 1e-9;
    const double whole = rounding == Rounding::nearest ? std::round(multiple)
                         : rounding == Rounding::up    ? std::ceil(multiple - noise)
                                                       : std::floor(multiple + noise);
    return std::copysign(whole * step, value);
}

}  // namespace

DeviceHabits::DeviceHabits(Clock& clock, std::shared_ptr<Emulator> emulator, Faults& faults,
                           std::string plant)
    : clock_(clock),
      kept_(std::move(emulator)),
      emulator_(*kept_),
      faults_(faults),
      plant_(std::move(plant)),
      p_written_at_(clock.now()),
      q_written_at_(clock.now()) {
    emulator_.obey = [this](const battery::Command& command) { return obeyed(command); };
}

DeviceHabits::~DeviceHabits() {
    emulator_.obey = {};
}

void DeviceHabits::forget() {
    late_.clear();
}

void DeviceHabits::put(std::uint16_t address, std::span<const std::uint16_t> words) {
    emulator_.bank().holding.write(address, words);
}

void DeviceHabits::set(const Written& at, double value) {
    const auto& codec = *at.codec;
    if (const auto words = codec.encode(std::clamp(value, codec.lowest(), codec.highest())))
        put(at.address, {words->data(), codec.word_count()});
}

void DeviceHabits::take_due() {
    for (; !late_.empty() && late_.front().due <= clock_.now(); late_.pop_front())
        put(late_.front().address, {late_.front().words.data(), late_.front().count});
}

std::vector<DeviceHabits::Written> DeviceHabits::struck(FaultKind kind, const modbus::Request& request) {
    std::vector<Written> out;
    const auto [first, words] = written_by(request);
    if (words.empty()) return out;
    for (const auto* fault : faults_.strikes(plant_, kind)) {
        const auto point = emulator_.map().find(fault->point);
        if (!point) continue;
        const auto& definition = emulator_.map().point(*point);
        const std::uint32_t at = definition.address, count = definition.word_count();
        if (at < first || at + count > first + words.size()) continue;
        Written written{
            .fault = fault, .codec = &emulator_.map().codec(*point), .address = definition.address};
        std::copy_n(words.begin() + (at - first), count, written.words.begin());
        emulator_.bank().holding.read(at, std::span(written.before).first(count));
        out.push_back(written);
    }
    return out;
}

std::optional<modbus::Response> DeviceHabits::refusal(const modbus::Request& request) {
    for (const auto& written : struck(FaultKind::refuse_values, request)) {
        const auto& fault = *written.fault;
        const bool concerned =
            !fault.function || *fault.function == static_cast<std::uint8_t>(request.function);
        const double value = written.value();
        const bool beyond = (fault.high && value > *fault.high) || (fault.low && value < *fault.low);
        if (!concerned || !beyond) continue;
        modbus::Response refused;
        refused.unit = request.unit;
        refused.function = request.function;
        refused.exception = fault.code;
        return refused;
    }
    return std::nullopt;
}

// What the device makes of a value it has taken.
void DeviceHabits::bend(const modbus::Request& request) {
    for (const auto& written : struck(FaultKind::clamp_values, request)) {
        double value = written.value();
        if (written.fault->high) value = std::min(value, *written.fault->high);
        if (written.fault->low) value = std::max(value, *written.fault->low);
        if (value != written.value()) set(written, value);
    }
    for (const auto& written : struck(FaultKind::round_values, request)) {
        const double value = rounded(written.value(), written.fault->amount, written.fault->rounding);
        if (value != written.value()) set(written, value);
    }
}

void DeviceHabits::hold_back(const std::vector<Written>& late) {
    for (const auto& written : late) {
        const auto count = written.codec->word_count();
        Late held{.due = clock_.now() + written.fault->delay, .address = written.address, .count = count};
        emulator_.bank().holding.read(written.address, std::span(held.words).first(count));
        put(written.address, {written.before.data(), count});
        const auto after = std::ranges::upper_bound(late_, held.due, {}, &Late::due);
        late_.insert(after, held);
    }
}

modbus::Response DeviceHabits::execute(const modbus::Request& request) {
    take_due();
    if (faults_.quiet()) return emulator_.execute(request);
    if (const auto refused = refusal(request)) {
        if (emulator_.on_refused) emulator_.on_refused(request, *refused);
        return *refused;
    }
    const auto late = struck(FaultKind::late_values, request);
    auto answer = execute_with_faults(emulator_, faults_, plant_, request);
    if (answer.exception != 0) return answer;
    bend(request);
    hold_back(late);
    for (const auto& echoed : struck(FaultKind::wrong_echo, request)) {
        if (request.function != modbus::Function::write_single_register) continue;
        if (const auto words = echoed.codec->encode(echoed.value() + echoed.fault->amount))
            answer.words[0] = words->front();
    }
    const auto [first, words] = written_by(request);
    const auto touches = [&, begin = first, size = words.size()](plant::PointId point) {
        if (point == plant::no_point) return false;
        const auto at = emulator_.map().point(point).address;
        return at >= begin && at < begin + size;
    };
    if (touches(emulator_.map().standard().p_setpoint)) p_written_at_ = clock_.now();
    if (touches(emulator_.map().standard().q_setpoint)) q_written_at_ = clock_.now();
    return answer;
}

battery::Command DeviceHabits::obeyed(const battery::Command& command) {
    battery::Command out = command;
    if (faults_.quiet()) return out;
    if (const auto* fault = faults_.strike(plant_, FaultKind::setpoint_watchdog)) {
        if (clock_.now() > p_written_at_ + fault->hold) out.p_kw = 0;
        if (clock_.now() > q_written_at_ + fault->hold) out.q_kvar = 0;
    }
    return out;
}

}  // namespace hil::plant_sim

#include "plant/write_functions.hpp"

#include "base/mutation.hpp"
#include "modbus/errors.hpp"

namespace hil::plant {
namespace {

constexpr std::size_t index(WriteWith function) {
    return static_cast<std::size_t>(function);
}

constexpr WriteWith usual(std::size_t registers) {
    return registers > 1 ? WriteWith::multiple : WriteWith::single;
}

}  // namespace

WriteFunctions::WriteFunctions(config::WriteFunction configured, std::size_t points)
    : configured_(configured), points_(points) {}

WriteWith WriteFunctions::first(PointId point, std::size_t registers) const {
    if (configured_ == config::WriteFunction::single) return WriteWith::single;
    if (configured_ == config::WriteFunction::multiple) return WriteWith::multiple;
    const auto& known = points_.at(static_cast<std::size_t>(point)).usual;
    return known.value_or(learnt_.value_or(usual(registers)));
}

std::optional<WriteWith> WriteFunctions::other(PointId point, WriteWith used, error_code error,
                                               bool zero) const {
    if (configured_ != config::WriteFunction::automatic) return std::nullopt;
    const bool unknown = error == modbus::errc::illegal_function;
    const bool says_it_otherwise =
        zero && !points_.at(static_cast<std::size_t>(point)).succeeded[index(used)] &&
        (error == modbus::errc::illegal_data_address || error == modbus::errc::illegal_data_value);
    const bool carried = mutated(Mutation::function_carries_refused) && modbus::is_exception(error);
    if (!unknown && !says_it_otherwise && !carried) return std::nullopt;
    return used == WriteWith::single ? WriteWith::multiple : WriteWith::single;
}

void WriteFunctions::succeeded(PointId point, std::size_t registers, WriteWith used) {
    auto& known = points_.at(static_cast<std::size_t>(point));
    known.succeeded[index(used)] = true;
    if (known.usual) return;
    known.usual = used;
    if (used != usual(registers)) learnt_ = used;
}

}  // namespace hil::plant

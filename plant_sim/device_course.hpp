// What an emulated device that is only read gives when: constant, over a day as its kind has it, or by a
// file.
#pragma once

#include "base/result.hpp"
#include "base/zone.hpp"
#include "config/config.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <variant>

namespace hil::plant_sim {

// Active power in kW at an instant, signed as from the device.
using Course = std::function<double(WallTime)>;

// A value from each instant on. Blocks. A sentence with file and line for what cannot be read: a first line
// with the columns `timestamp` and `p_kw`, times that increase, numbers.
using PowerFile = std::map<WallTime, double>;
std::variant<PowerFile, std::string> read_power_file(const std::filesystem::path& file, const Zone& zone);

// Share of its most that a device of the kind gives at a time of the local day, 0..1: pv by daylight from six
// to eighteen, a load with a morning and an evening, a battery that takes at noon (negative) and gives in the
// evening, a meter as a load.
double share_of_day(config::DeviceKind kind, Duration since_midnight);

// Before the first value of a file it is 0, after the last one that holds. A sentence as above.
std::variant<Course, std::string> make_course(const config::Device& device, const Zone& zone);

}  // namespace hil::plant_sim

// What the schedule tests share: the zone and times written as people write them.
#pragma once

#include "base/zone.hpp"
#include "schedule/plan_store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hil::schedule::test {

inline const Zone& madrid() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

inline WallTime at(std::string_view text) {
    return madrid().parse(text).value();
}

inline const std::vector<std::string>& plants() {
    static const std::vector<std::string> ids{"lib", "vrfb"};
    return ids;
}

constexpr PlantIndex lib = 0, vrfb = 1;

}  // namespace hil::schedule::test

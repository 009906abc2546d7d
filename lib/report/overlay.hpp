// Two ranges of a plant over each other as a picture: active power, state of charge, reactive power and
// voltage in lanes, each range from its own begin.
#pragma once

#include "report/comparison.hpp"

#include <string>

namespace hil::report {

// Precondition: the curves are of the ranges of their sides.
std::string overlay(const Comparison& comparison, std::size_t plant);

}  // namespace hil::report

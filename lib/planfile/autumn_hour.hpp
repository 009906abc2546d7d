// The hour that a clock shows twice, in files that do not say which one they mean.
#pragma once

#include "base/zone.hpp"

#include <string>

namespace hil::planfile {

// A sentence when a row at `from`, in the first of the two hours, holds to `to`, through the whole of the
// second one; empty otherwise.
std::string autumn_note(WallTime from, WallTime to, const Zone& zone);

}  // namespace hil::planfile

// Which alert is only what another one brings about: a lost link lets values come no more, and nothing is
// followed that cannot be seen. Decided on the keys alone, without I/O. A consequence stays active and is
// told with its cause; it is nothing that somebody could do something about by itself.
#pragma once

#include "observe/alerts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hil::observe {

// For each of `active`, in their order: the key of the alert that stands behind it, followed to the first of
// them; empty for those that stand for themselves. A cause is active and, for a plant's alert, of that plant
// or of the site.
std::vector<std::string> alert_causes(const std::vector<Alert>& active);

}  // namespace hil::observe

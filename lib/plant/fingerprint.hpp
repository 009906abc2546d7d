// Whether the right device, map and firmware answer: what one register holds against what is expected of it.
// No I/O.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"
#include "plant/codec.hpp"

#include <optional>
#include <string>

namespace hil::plant {

// A sentence that names both when the value is another one; none: it is as expected. A value the device
// refuses to give (`asked` is an exception) is not what is expected either.
std::optional<std::string> mismatch(const config::Expectation& expected, const Codec& codec,
                                    const result<Registers>& asked);

}  // namespace hil::plant

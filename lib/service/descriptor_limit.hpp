// How many files and sockets this process may have open.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace hil::service {

// Raises the limit to what is wanted, as far as the system allows. A sentence when that is not enough.
std::optional<std::string> raise_descriptor_limit(std::size_t wanted);

}  // namespace hil::service

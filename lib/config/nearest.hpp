// The known name that a misspelt one probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hil::config {

// Insertions, deletions, substitutions and swaps of neighbours that turn one into the other; case is ignored.
std::size_t edit_distance(std::string_view a, std::string_view b);
// The first of the nearest of `known`; empty when all are too different to be meant.
std::string nearest(std::string_view name, std::span<const std::string> known);

}  // namespace hil::config

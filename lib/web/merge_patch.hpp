// What changed between two state documents. Objects merge key by key, anything else replaces; null is a value
// ("unknown") and never removes a key, so a document whose keys change cannot be patched.
#pragma once

#include <boost/json/object.hpp>

#include <optional>

namespace hil::web {

// The smallest object that turns `before` into `after`; empty when they are equal; none when the keys of any
// object in them differ. Objects inside arrays are values: an array is replaced as a whole.
std::optional<boost::json::object> merge_patch(const boost::json::object& before,
                                               const boost::json::object& after);
// What a client does with it.
void apply_merge_patch(boost::json::object& document, const boost::json::object& patch);

}  // namespace hil::web

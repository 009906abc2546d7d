// The state of the site as one JSON object: the form of the public interface, with what the dashboard needs
// beside it (www/API_NEEDS.md). A value that is not known is null, never a plausible number.
#pragma once

#include "service/service.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace hil::service {

// All fragments put together.
boost::json::object state_document(Service& site, std::string_view version);
// What it says of the site, a plant or a device: a fragment of it (web/keyed_state.hpp). That of the site has
// the places of the others, empty.
boost::json::object state_fragment(Service& site, const observe::Subject& subject, std::string_view version);

// Its larger parts.
boost::json::object plant_document(Service& site, std::size_t plant);
// Of a watched device.
boost::json::object device_document(const Service& site, std::size_t device);
// How a link is: "ok", "lost", "connecting", "unknown".
std::string_view link_word(const plant::LinkStatus& status);
boost::json::object market_document(Service& site);
boost::json::object posting_document(Service& site);
boost::json::object plant_posting_document(Service& site, std::size_t plant);

}  // namespace hil::service

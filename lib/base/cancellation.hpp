// Cancellation slots of those who wait.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>

namespace hil {

// The wait of this handler is over: cancelling it does nothing from here on.
template <class Handler>
void leave_slot(const Handler& handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) slot.clear();
}

}  // namespace hil

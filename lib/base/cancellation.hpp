// Cancellation slots of those who wait again and again.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace hil {

// The wait of this handler is over: cancelling it does nothing from here on. Unlike with clear() the slot
// keeps its memory for the next wait.
template <class Handler>
void leave_slot(const Handler& handler) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected() && slot.has_handler()) slot.assign([](boost::asio::cancellation_type) {});
}

}  // namespace hil

// One client of the hub. Internal to it.
#pragma once

#include "web/hub.hpp"

#include <map>
#include <memory>
#include <string>

namespace hil::web {

struct Hub::Client : std::enable_shared_from_this<Client> {
    explicit Client(SendQueue::Limits limits) : queue(limits) {}

    std::shared_ptr<net::WebSocket> socket;
    Identity who;
    net::Request request;
    SendQueue queue;
    bool logs = false;
    bool has_turn = false, gone = false;
    std::map<std::string, std::string> commands;  // under way: id to ref
};

}  // namespace hil::web

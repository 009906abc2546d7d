// Tells every WebSocket what changes: one text for all of them, made once.
//
// A new client gets the whole state, then patches. Of the state the parts are looked at of which something
// has changed, at most every patch interval, and once a second all of it, so that its clocks run; when nobody
// listens, none. Samples, events and log lines go out at once. Nothing here waits for a client: each has its
// send queue, and who has something in it and a socket that is ready has its turn; a few at a time, so that
// nothing else of the site waits for a thousand of them.
#pragma once

#include "base/async_event.hpp"
#include "base/subscription.hpp"
#include "net/web_socket.hpp"
#include "web/context.hpp"
#include "web/keyed_state.hpp"
#include "web/send_queue.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace hil::web {

class Hub {
  public:
    struct Settings {
        std::size_t clients = 1000;
        std::size_t commands_per_client = 32;        // under way at once
        Duration refresh = std::chrono::seconds(1);  // unscaled time
        std::size_t served_at_once = 8;              // clients, before others have a turn of the event loop
        SendQueue::Limits queue;
    };

    // How commands get in. A hub without it has no way to send one.
    using Submit = std::function<const control::Command&(std::string kind, std::string plant,
                                                         boost::json::object payload, const Identity&)>;

    Hub(std::shared_ptr<Context> context, Settings settings, Submit submit);
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    // Looks after the state until cancelled.
    awaitable<void> run();
    // Hands out what is in the send queues, until cancelled.
    awaitable<void> deliver();
    // Talks to one client until it goes, or close(). `request` asked for the upgrade, by `who`: its
    // credentials are looked at again before every command, and every minute.
    awaitable<void> serve(std::shared_ptr<net::WebSocket> socket, Identity who, net::Request request);
    // Says goodbye to all (1001) and takes nobody any more.
    void close();

    [[nodiscard]] bool full() const { return closed_ || clients_.size() >= settings_.clients; }
    [[nodiscard]] std::size_t clients() const { return clients_.size(); }

  private:
    struct Client;
    class Listing;
    class Listening;

    void want_turn(Client& client);
    void serve_turn(Client& client);
    void take(Client& client, std::string_view message);
    void take_command(Client& client, boost::json::object message, std::string ref);
    void take_topics(Client& client, const boost::json::object& message, bool wanted);
    void complain(Client& client, std::string_view ref, std::string_view detail);
    void notify(Client& client, MessageKind kind, Text text, std::string_view about = {});
    void notify_all(MessageKind kind, const Text& text);
    void count_clients(int by);

    void changed(const Subject& about);
    // Of a plant or a device by its id; of everything where it is nobody's.
    void changed(const std::string& id);
    // Compares the state with what the clients know and tells them the difference; false when there is none.
    bool refresh();
    Text snapshot();

    void on_sample(std::size_t plant, measure::LiveState::Change change);
    void on_event(const observe::Event& event);
    void on_log(const observe::LogLine& line);
    void on_command(const control::Command& command);

    void look_at_credentials();

    std::shared_ptr<Context> context_;
    Settings settings_;
    Submit submit_;
    bool closed_ = false;
    std::list<Client*> clients_;
    std::deque<std::shared_ptr<Client>> turns_;  // who has something to be sent, each once
    AsyncEvent deliver_;
    std::vector<Text> batch_;
    std::size_t log_listeners_ = 0;
    std::vector<control::Command>* submitting_ = nullptr;  // what is told of while a command is taken

    KeyedState known_;                                      // what clients that are up to date have
    std::map<std::string, Subject, std::less<>> subjects_;  // of plants and devices by id
    std::uint64_t sequence_ = 0;
    Text snapshot_;  // of it; null until somebody needs it
    AsyncEvent wakeup_;
    std::vector<Subscription> subscriptions_;
};

}  // namespace hil::web

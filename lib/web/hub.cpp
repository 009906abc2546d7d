#include "web/hub.hpp"

#include "observe/json_text.hpp"
#include "web/command_request.hpp"
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/merge_patch.hpp"
#include "web/records.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace hil::web {

namespace json = boost::json;

namespace {

// Several messages that wait for one client leave together, up to about this many bytes.
constexpr std::size_t bytes_at_once = 32u << 10u;

}  // namespace

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

// In the list of clients for as long as it lives.
class Hub::Listing {
  public:
    Listing(Hub& hub, std::shared_ptr<Client> client) : hub_(hub), client_(std::move(client)) {
        hub_.clients_.push_back(client_.get());
        hub_.count_clients(1);
        client_->socket->on_ready([this] { hub_.want_turn(*client_); });
    }
    Listing(const Listing&) = delete;
    Listing& operator=(const Listing&) = delete;
    ~Listing() {
        client_->socket->on_ready({});
        client_->gone = true;
        if (client_->logs) --hub_.log_listeners_;
        hub_.clients_.remove(client_.get());
        hub_.count_clients(-1);
    }

  private:
    Hub& hub_;
    std::shared_ptr<Client> client_;
};

// Keeps what is told of commands, as long as it lives: whatever submit() throws, nothing is put into a list
// that has gone.
class Hub::Listening {
  public:
    Listening(Hub& hub, std::vector<control::Command>& changes) : hub_(hub) { hub_.submitting_ = &changes; }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
    ~Listening() { end(); }
    void end() const { hub_.submitting_ = nullptr; }

  private:
    Hub& hub_;
};

Hub::Hub(std::shared_ptr<Context> context, Settings settings, Submit submit)
    : context_(std::move(context)),
      settings_(settings),
      submit_(std::move(submit)),
      deliver_(context_->site.clock),
      wakeup_(context_->site.clock) {
    auto& site = context_->site;
    subscriptions_.push_back(site.live.subscribe(
        [this](std::size_t plant, measure::LiveState::Change change) { on_sample(plant, change); }));
    subscriptions_.push_back(site.events.subscribe([this](const observe::Event& event) { on_event(event); }));
    subscriptions_.push_back(site.alerts.subscribe([this](const observe::Alert&) { changed(); }));
    subscriptions_.push_back(site.log.subscribe([this](const observe::LogLine& line) { on_log(line); }));
    subscriptions_.push_back(
        site.commands.subscribe([this](const control::Command& command) { on_command(command); }));
    subscriptions_.push_back(site.plans.subscribe([this](schedule::PlantIndex) { changed(); }));
    subscriptions_.push_back(
        site.drafts.subscribe([this](schedule::PlantIndex, schedule::Signal) { changed(); }));
    subscriptions_.push_back(site.on_change([this] { changed(); }));
}

Hub::~Hub() = default;

void Hub::count_clients(int by) {
    // One figure for both servers.
    const auto& gauge = context_->site.metrics.websocket_clients;
    const double present = gauge.value();
    gauge.set((std::isfinite(present) ? present : 0) + by);
}

awaitable<void> Hub::run() {
    auto& clock = context_->site.clock;
    auto checked = clock.io_now();
    for (;;) {
        while (clients_.empty())
            co_await wakeup_.wait();
        co_await wakeup_.wait_io_for(settings_.refresh);
        if (clients_.empty()) continue;
        const bool notified = refresh();
        if (clock.io_now() - checked >= std::chrono::minutes(1)) {
            checked = clock.io_now();
            look_at_credentials();
        }
        // News that turned out to be none hold up the next ones only as long as a flood of them needs.
        const auto interval = context_->settings.patch_interval;
        co_await clock.io_sleep_for(notified ? interval : interval / 10);
    }
}

void Hub::changed() {
    if (!clients_.empty()) wakeup_.notify();
}

bool Hub::refresh() {
    auto state = context_->site.state();
    const auto patch = merge_patch(known_, state);
    if (patch && patch->empty()) return false;
    known_ = std::move(state);
    ++sequence_;
    snapshot_.reset();
    if (!patch) {
        notify_all(MessageKind::snapshot, snapshot());
        return true;
    }
    std::string text;
    fmt::format_to(std::back_inserter(text), R"({{"type":"patch","seq":{},"merge":)", sequence_);
    append_text(text, *patch);
    text.push_back('}');
    notify_all(MessageKind::patch, net::make_frame(text));
    return true;
}

Text Hub::snapshot() {
    if (!snapshot_) {
        std::string text;
        fmt::format_to(std::back_inserter(text), R"({{"type":"snapshot","seq":{},"state":)", sequence_);
        append_text(text, known_);
        text.push_back('}');
        snapshot_ = net::make_frame(text);
    }
    return snapshot_;
}

void Hub::notify(Client& client, MessageKind kind, Text text, std::string_view about) {
    if (!client.queue.push(kind, std::move(text), about)) {
        client.socket->close(1013, "answers to commands are not read");
        return;
    }
    want_turn(client);
}

void Hub::notify_all(MessageKind kind, const Text& text) {
    for (auto* client : clients_)
        notify(*client, kind, text);
}

void Hub::on_sample(std::size_t plant, measure::LiveState::Change change) {
    if (clients_.empty()) return;
    changed();
    const auto& latest = context_->site.live.plant(plant).latest;
    if (change != measure::LiveState::Change::sampled || !latest) return;
    std::string text;
    text += R"({"type":"sample","plant":)";
    observe::append_json_string(text, context_->plant_ids[plant]);
    text += ",\"row\":";
    append_sample(text, *latest, context_->columns(plant, context_->site.transport()));
    text.push_back('}');
    notify_all(MessageKind::sample, net::make_frame(text));
}

void Hub::on_event(const observe::Event& event) {
    if (clients_.empty()) return;
    changed();
    std::string text = R"({"type":"event",)";
    append_members(text, event);
    text.push_back('}');
    notify_all(MessageKind::event, net::make_frame(text));
}

void Hub::on_log(const observe::LogLine& line) {
    if (log_listeners_ == 0) return;
    std::string text = R"({"type":"log",)";
    append_members(text, line);
    text.push_back('}');
    const auto frame = net::make_frame(text);
    for (auto* client : clients_) {
        if (client->logs) notify(*client, MessageKind::log, frame);
    }
}

namespace {

Text command_message(const control::Command& command, std::string_view ref) {
    auto record = control::to_json(command);
    std::string text = R"({"type":"command","ref":)";
    observe::append_json_string(text, ref);
    text.push_back(',');
    text.append(to_text(record), 1);
    return net::make_frame(text);
}

}  // namespace

void Hub::on_command(const control::Command& command) {
    changed();
    if (submitting_ != nullptr) submitting_->push_back(command);
    for (auto* client : clients_) {
        const auto found = client->commands.find(command.id);
        if (found == client->commands.end()) continue;
        notify(*client, MessageKind::command, command_message(command, found->second), command.id);
        if (control::ended(command.state)) client->commands.erase(found);
    }
}

void Hub::complain(Client& client, std::string_view ref, std::string_view detail) {
    std::string text = R"({"type":"error","ref":)";
    if (ref.empty())
        text += "null";
    else
        observe::append_json_string(text, ref);
    text += ",\"detail\":";
    observe::append_json_string(text, detail);
    text.push_back('}');
    notify(client, MessageKind::command, net::make_frame(text), "error " + std::string(ref));
}

void Hub::take(Client& client, std::string_view message) {
    auto body = read_json(message);
    auto* object = body.refusal ? nullptr : body.value.if_object();
    const auto* type = object == nullptr ? nullptr : object->if_contains("type");
    if (type == nullptr || !type->is_string()) {
        complain(client, {}, "a message is a JSON object with a type");
        return;
    }
    std::string ref;
    if (const auto* given = object->if_contains("ref"); given != nullptr && given->is_string())
        ref = std_view(given->get_string()).substr(0, 100);
    const auto name = std_view(type->get_string());
    if (name == "subscribe" || name == "unsubscribe") {
        take_topics(client, *object, name == "subscribe");
    } else if (name == "command" && submit_) {
        take_command(client, std::move(*object), std::move(ref));
    } else {
        complain(client, ref, "unknown type of message");
    }
}

void Hub::take_topics(Client& client, const json::object& message, bool wanted) {
    const auto* topics = message.if_contains("topics");
    const auto* list = topics == nullptr ? nullptr : topics->if_array();
    if (list == nullptr) return complain(client, {}, "topics must be an array");
    for (const auto& topic : *list) {
        // The log of the service is for those who run it.
        if (!topic.is_string() || topic.get_string() != "logs" || context_->read_only())
            return complain(client, {}, "there is one topic: logs");
    }
    if (list->empty() || client.logs == wanted) return;
    client.logs = wanted;
    log_listeners_ += wanted ? 1 : std::size_t(-1);
}

void Hub::take_command(Client& client, json::object message, std::string ref) {
    const auto now = context_->auth.recognise(client.request);
    if (!now) {
        client.socket->close(1008, "logged out");
        return;
    }
    client.who = *now;
    if (!client.who.allows(Role::operators)) return complain(client, ref, "this needs the role operator");
    if (ref.empty()) return complain(client, {}, "a command has a ref, by which it is answered");
    message.erase("type");
    message.erase("ref");
    auto wanted = read_command(*context_, std::move(message));
    if (!wanted.errors.empty()) return complain(client, ref, wanted.errors.front().detail);
    // What brings a plant to rest is never held up.
    if (wanted.kind != "estop") {
        const auto wait = context_->command_rate.take(client.request.peer, context_->site.clock.io_now());
        if (wait > Duration::zero()) return complain(client, ref, "too many commands from this address");
        if (client.commands.size() >= settings_.commands_per_client)
            return complain(client, ref, "too many commands of this client are under way");
    }
    // Its first changes are told of before its id is known here.
    std::vector<control::Command> changes;
    const Listening listening(*this, changes);
    const control::Command command =
        submit_(std::move(wanted.kind), std::move(wanted.plant), std::move(wanted.payload), client.who);
    listening.end();
    std::erase_if(changes, [&](const control::Command& change) { return change.id != command.id; });
    if (changes.empty()) changes.push_back(command);
    for (const auto& change : changes)
        notify(client, MessageKind::command, command_message(change, ref), change.id);
    if (!control::ended(changes.back().state)) client.commands.emplace(command.id, ref);
}

void Hub::look_at_credentials() {
    for (auto* client : clients_) {
        const auto found = context_->auth.recognise(client->request);
        if (found)
            client->who = *found;
        else
            client->socket->close(1008, "logged out");
    }
}

void Hub::want_turn(Client& client) {
    if (client.queue.empty() || std::exchange(client.has_turn, true)) return;
    turns_.push_back(client.shared_from_this());
    deliver_.notify();
}

void Hub::serve_turn(Client& client) {
    client.has_turn = false;
    // A socket that is not ready says when it is.
    if (client.gone || !client.socket->ready()) return;
    batch_.clear();
    if (client.queue.snapshot_due()) {
        batch_.push_back(snapshot());
        client.queue.snapshot_sent();
    }
    for (std::size_t bytes = 0; bytes < bytes_at_once; bytes += batch_.back()->wire().size()) {
        auto next = client.queue.pop();
        if (!next) break;
        batch_.push_back(std::move(next));
    }
    client.socket->send(batch_);
    batch_.clear();
    if (client.socket->ready()) want_turn(client);
}

awaitable<void> Hub::deliver() {
    for (;;) {
        co_await deliver_.wait();
        for (std::size_t i = 0; i < settings_.served_at_once && !turns_.empty(); ++i) {
            const auto client = std::move(turns_.front());
            turns_.pop_front();
            serve_turn(*client);
        }
        if (!turns_.empty()) deliver_.notify();
    }
}

awaitable<void> Hub::serve(std::shared_ptr<net::WebSocket> socket, Identity who, net::Request request) {
    if (full()) {
        socket->close(1013, "too many clients");
        co_return;
    }
    auto client = std::make_shared<Client>(settings_.queue);
    client->socket = std::move(socket);
    client->who = std::move(who);
    client->request = std::move(request);
    client->request.body.clear();
    if (clients_.empty()) refresh();  // nobody listened: what is known is old
    client->queue.want_snapshot();
    const Listing listing(*this, client);
    wakeup_.notify();
    want_turn(*client);
    for (;;) {
        const auto message = co_await client->socket->receive();
        if (!message) break;
        take(*client, *message);
    }
}

void Hub::close() {
    closed_ = true;
    const auto everybody = clients_;
    for (auto* client : everybody)
        client->socket->close(1001, "the service ends");
}

}  // namespace hil::web

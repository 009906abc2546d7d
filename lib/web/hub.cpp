#include "web/hub.hpp"

#include "base/task_group.hpp"
#include "observe/json_text.hpp"
#include "web/command_request.hpp"
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/merge_patch.hpp"
#include "web/records.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace hil::web {

namespace json = boost::json;

struct Hub::Client {
    Client(Clock& clock, Outbox::Limits limits) : outbox(limits), wakeup(clock), sending(clock) {}

    std::shared_ptr<net::WebSocket> socket;
    Identity who;
    net::Request request;
    Outbox outbox;
    Wakeup wakeup;
    bool logs = false;
    std::map<std::string, std::string> commands;  // under way: id to ref
    TaskGroup sending;
};

// In the list of clients for as long as it lives.
class Hub::Listing {
  public:
    Listing(Hub& hub, std::shared_ptr<Client> client) : hub_(hub), client_(std::move(client)) {
        hub_.clients_.push_back(client_.get());
        hub_.count_clients(1);
    }
    Listing(const Listing&) = delete;
    Listing& operator=(const Listing&) = delete;
    ~Listing() {
        client_->sending.cancel();
        if (client_->logs) --hub_.log_listeners_;
        hub_.clients_.remove(client_.get());
        hub_.count_clients(-1);
    }

  private:
    Hub& hub_;
    std::shared_ptr<Client> client_;
};

Hub::Hub(std::shared_ptr<Context> context, Settings settings, Submit submit)
    : context_(std::move(context)),
      settings_(settings),
      submit_(std::move(submit)),
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
        const bool told = refresh();
        if (clock.io_now() - checked >= std::chrono::minutes(1)) {
            checked = clock.io_now();
            look_at_credentials();
        }
        // News that turned out to be none hold up the next ones only as long as a flood of them needs.
        const auto interval = context_->settings.patch_interval;
        co_await clock.io_sleep_for(told ? interval : interval / 10);
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
        tell_all(MessageKind::snapshot, snapshot());
        return true;
    }
    auto text = std::make_shared<std::string>();
    fmt::format_to(std::back_inserter(*text), R"({{"type":"patch","seq":{},"merge":)", sequence_);
    append_text(*text, *patch);
    text->push_back('}');
    tell_all(MessageKind::patch, std::move(text));
    return true;
}

Text Hub::snapshot() {
    if (!snapshot_) {
        auto text = std::make_shared<std::string>();
        fmt::format_to(std::back_inserter(*text), R"({{"type":"snapshot","seq":{},"state":)", sequence_);
        append_text(*text, known_);
        text->push_back('}');
        snapshot_ = std::move(text);
    }
    return snapshot_;
}

void Hub::tell(Client& client, MessageKind kind, Text text, std::string_view about) {
    if (!client.outbox.push(kind, std::move(text), about)) {
        client.socket->close(1013, "answers to commands are not read");
        return;
    }
    client.wakeup.notify();
}

void Hub::tell_all(MessageKind kind, const Text& text) {
    for (auto* client : clients_)
        tell(*client, kind, text);
}

void Hub::on_sample(std::size_t plant, measure::LiveState::Change change) {
    if (clients_.empty()) return;
    changed();
    const auto& latest = context_->site.live.plant(plant).latest;
    if (change != measure::LiveState::Change::sampled || !latest) return;
    auto text = std::make_shared<std::string>();
    *text += R"({"type":"sample","plant":)";
    observe::append_json_string(*text, context_->plant_ids[plant]);
    *text += ",\"row\":";
    append_sample(*text, *latest, context_->columns(plant, context_->site.transport()));
    text->push_back('}');
    tell_all(MessageKind::sample, std::move(text));
}

void Hub::on_event(const observe::Event& event) {
    if (clients_.empty()) return;
    changed();
    auto text = std::make_shared<std::string>(R"({"type":"event",)");
    append_members(*text, event);
    text->push_back('}');
    tell_all(MessageKind::event, std::move(text));
}

void Hub::on_log(const observe::LogLine& line) {
    if (log_listeners_ == 0) return;
    auto text = std::make_shared<std::string>(R"({"type":"log",)");
    append_members(*text, line);
    text->push_back('}');
    for (auto* client : clients_) {
        if (client->logs) tell(*client, MessageKind::log, text);
    }
}

namespace {

Text command_message(const control::Command& command, std::string_view ref) {
    auto record = control::to_json(command);
    auto text = std::make_shared<std::string>(R"({"type":"command","ref":)");
    observe::append_json_string(*text, ref);
    text->push_back(',');
    text->append(to_text(record), 1);
    return text;
}

}  // namespace

void Hub::on_command(const control::Command& command) {
    changed();
    if (submitting_ != nullptr) submitting_->push_back(command);
    for (auto* client : clients_) {
        const auto found = client->commands.find(command.id);
        if (found == client->commands.end()) continue;
        tell(*client, MessageKind::command, command_message(command, found->second), command.id);
        if (control::ended(command.state)) client->commands.erase(found);
    }
}

void Hub::complain(Client& client, std::string_view ref, std::string_view detail) {
    auto text = std::make_shared<std::string>(R"({"type":"error","ref":)");
    if (ref.empty())
        *text += "null";
    else
        observe::append_json_string(*text, ref);
    *text += ",\"detail\":";
    observe::append_json_string(*text, detail);
    text->push_back('}');
    tell(client, MessageKind::command, std::move(text), "error " + std::string(ref));
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
    const auto now = context_->auth.identify(client.request);
    if (!now.who) {
        client.socket->close(1008, "logged out");
        return;
    }
    client.who = *now.who;
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
    submitting_ = &changes;
    const control::Command command =
        submit_(std::move(wanted.kind), std::move(wanted.plant), std::move(wanted.payload), client.who);
    submitting_ = nullptr;
    std::erase_if(changes, [&](const control::Command& change) { return change.id != command.id; });
    if (changes.empty()) changes.push_back(command);
    for (const auto& change : changes)
        tell(client, MessageKind::command, command_message(change, ref), change.id);
    if (!control::ended(changes.back().state)) client.commands.emplace(command.id, ref);
}

void Hub::look_at_credentials() {
    for (auto* client : clients_) {
        const auto found = context_->auth.identify(client->request);
        if (found.who)
            client->who = *found.who;
        else
            client->socket->close(1008, "logged out");
    }
}

awaitable<void> Hub::send_loop(Hub& hub, std::shared_ptr<Client> client) {
    for (;;) {
        while (client->outbox.empty())
            co_await client->wakeup.wait();
        Text text;
        if (client->outbox.snapshot_due()) {
            text = hub.snapshot();
            client->outbox.snapshot_sent();
        } else {
            text = client->outbox.pop();
        }
        const auto sent = co_await client->socket->send(std::move(text));
        if (!sent) {
            client->socket->abort();
            co_return;
        }
    }
}

awaitable<void> Hub::serve(std::shared_ptr<net::WebSocket> socket, Identity who, net::Request request) {
    if (full()) {
        socket->close(1013, "too many clients");
        co_return;
    }
    auto client = std::make_shared<Client>(context_->site.clock, settings_.outbox);
    client->socket = std::move(socket);
    client->who = std::move(who);
    client->request = std::move(request);
    client->request.body.clear();
    if (clients_.empty()) refresh();  // nobody listened: what is known is old
    client->outbox.want_snapshot();
    const Listing listing(*this, client);
    wakeup_.notify();
    client->sending.spawn("websocket", [this, client] { return send_loop(*this, client); });
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

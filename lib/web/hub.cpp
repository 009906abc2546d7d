#include "web/hub_client.hpp"

#include "observe/json_text.hpp"
#include "web/json_writer.hpp"
#include "web/records.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::web {

namespace json = boost::json;

namespace {

// Several messages that wait for one client leave together, up to about this many bytes.
constexpr std::size_t bytes_at_once = 32u << 10u;

}  // namespace

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

Hub::Hub(std::shared_ptr<Context> context, Settings settings, Submit submit)
    : context_(std::move(context)),
      settings_(settings),
      submit_(std::move(submit)),
      deliver_(context_->site.clock),
      known_(context_->site.state_of, context_->site.config.plants.size(),
             context_->site.config.devices.size()),
      wakeup_(context_->site.clock) {
    auto& site = context_->site;
    for (std::size_t i = 0; i < site.config.plants.size(); ++i)
        subjects_.emplace(site.config.plants[i].id, Subject::plant(i));
    for (std::size_t i = 0; i < site.config.devices.size(); ++i)
        subjects_.emplace(site.config.devices[i].id, Subject::device(i));
    subscriptions_.push_back(site.live.subscribe(
        [this](std::size_t plant, measure::LiveState::Change change) { on_sample(plant, change); }));
    subscriptions_.push_back(site.events.subscribe([this](const observe::Event& event) { on_event(event); }));
    subscriptions_.push_back(site.alerts.subscribe([this](const observe::Alert& alert) {
        changed(alert.plant);
        changed(Subject::site());
    }));
    subscriptions_.push_back(site.log.subscribe([this](const observe::LogLine& line) { on_log(line); }));
    subscriptions_.push_back(
        site.commands.subscribe([this](const control::Command& command) { on_command(command); }));
    subscriptions_.push_back(
        site.plans.subscribe([this](schedule::PlantIndex plant) { changed(Subject::plant(plant)); }));
    subscriptions_.push_back(site.drafts.subscribe(
        [this](schedule::PlantIndex plant, schedule::Signal) { changed(Subject::plant(plant)); }));
    subscriptions_.push_back(site.on_change([this](const Subject& about) { changed(about); }));
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
    auto checked = clock.io_now(), looked = checked;
    for (;;) {
        while (clients_.empty())
            co_await wakeup_.wait();
        co_await wakeup_.wait_io_for(settings_.refresh);
        if (clients_.empty()) continue;
        known_.touch(Subject::site());  // its clock
        if (clock.io_now() - looked >= settings_.refresh) {
            looked = clock.io_now();
            known_.touch(Subject{});
        }
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

void Hub::changed(const Subject& about) {
    known_.touch(about);
    if (!clients_.empty()) wakeup_.notify();
}

void Hub::changed(const std::string& id) {
    const auto found = subjects_.find(id);
    changed(found == subjects_.end() ? Subject{} : found->second);
}

bool Hub::refresh() {
    auto changes = known_.refresh();
    if (changes.empty()) return false;
    ++sequence_;
    snapshot_.reset();
    if (std::ranges::any_of(changes, &KeyedState::Change::other_keys)) {
        notify_all(MessageKind::snapshot, snapshot());
        return true;
    }
    json::object patch;
    for (auto& change : changes)
        put_fragment(patch, std::move(change.fields));
    std::string text;
    fmt::format_to(std::back_inserter(text), R"({{"type":"patch","seq":{},"merge":)", sequence_);
    append_text(text, patch);
    text.push_back('}');
    notify_all(MessageKind::patch, net::make_frame(text));
    return true;
}

Text Hub::snapshot() {
    if (!snapshot_) {
        std::string text;
        fmt::format_to(std::back_inserter(text), R"({{"type":"snapshot","seq":{},"state":)", sequence_);
        append_text(text, known_.document());
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
    changed(Subject::plant(plant));
    if (clients_.empty()) return;
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
    changed(Subject::site());  // it is the last one
    if (clients_.empty()) return;
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
    if (clients_.empty()) {  // nobody listened: what is known is old
        known_.touch(Subject{});
        refresh();
    }
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

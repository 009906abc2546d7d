#include "alerting/desk.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace hil::alerting {
namespace {

namespace json = boost::json;

constexpr Duration look_every = std::chrono::seconds(1);

}  // namespace

std::span<const store::Migration> Desk::migrations() {
    static constexpr std::array list{store::Migration{
        "alerting", 1,
        "CREATE TABLE alerting (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL);"}};
    return list;
}

Desk::Desk(Parts parts, config::Alerting alerting, std::map<std::string, std::unique_ptr<Sender>> senders,
           const std::string& name, Hooks hooks)
    : parts_(std::move(parts)),
      alerting_(std::move(alerting)),
      senders_(std::move(senders)),
      hooks_(std::move(hooks)),
      book_(alerting_),
      machine_(alerting_, parts_.zone, name),
      wake_(parts_.clock),
      news_(parts_.alerts.subscribe([this](const observe::Alert&) { wake_.notify(); })),
      sends_(parts_.clock, [this](const TaskFailure& failure) {
          hooks_.on_error(fmt::format("a message could not be sent: {}", failure.what));
          machine_.forget_under_way();
      }) {
    auto& read = parts_.database->prepare("SELECT state FROM alerting WHERE id = 1");
    if (!read.step()) return;
    boost::system::error_code error;
    const auto saved = json::parse(read.text(0), error);
    read.reset();
    if (!error) machine_.restore(saved, parts_.clock.wall_now());
}

awaitable<void> Desk::run() {
    for (;;) {
        machine_.update(book_.look(parts_.alerts.active(), parts_.metrics, parts_.clock.wall_now()),
                        parts_.clock.wall_now());
        // Before anything is sent: what is sent was written down, with its key.
        if (machine_.take_changed()) co_await keep();
        send_due();
        (void)co_await wake_.wait_io_for(look_every);
    }
}

awaitable<void> Desk::keep() {
    std::string problem;
    try {
        co_await parts_.worker.run([database = parts_.database, text = json::serialize(machine_.save())] {
            database
                ->prepare(
                    "INSERT INTO alerting (id, state) VALUES (1, ?1) "
                    "ON CONFLICT (id) DO UPDATE SET state = excluded.state")
                .bind(1, std::string_view(text))
                .run();
        });
    } catch (const store::DatabaseError& error) {
        problem = error.what();
    }
    // Told all the same: a full disk is what people want to hear of.
    if (!problem.empty()) hooks_.on_error(fmt::format("messages cannot be kept over a restart: {}", problem));
}

void Desk::send_due() {
    for (auto& message : machine_.due(parts_.clock.wall_now()))
        sends_.spawn("send", [this, message = std::move(message)] { return send(message); });
}

awaitable<void> Desk::send(Message message) {
    const auto sender = senders_.find(message.receiver);
    const auto problem = sender == senders_.end()
                             ? std::string("messages to other machines are sent in real time only")
                             : co_await sender->second->send(message);
    if (problem.empty()) {
        machine_.delivered(message.number, parts_.clock.wall_now());
    } else {
        machine_.failed(message.number, problem, parts_.clock.wall_now());
    }
    tell_trouble(message.receiver);
    wake_.notify();
}

void Desk::tell_trouble(const std::string& receiver) {
    constexpr std::uint32_t attempts_until = 3;
    const auto& waiting = machine_.waiting();
    const auto first = std::ranges::find(waiting, receiver, &Message::receiver);
    const bool troubled = first != waiting.end() && first->attempts >= attempts_until;
    if (std::exchange(troubled_[receiver], troubled) != troubled)
        hooks_.on_trouble(receiver, troubled ? machine_.trouble(receiver) : std::string());
}

awaitable<void> Desk::close() {
    news_ = {};
    for (auto& [name, sender] : senders_)
        sender->close();
    sends_.cancel();
    co_await sends_.join();
    machine_.forget_under_way();
    if (machine_.take_changed()) co_await keep();
}

bool Desk::test(const std::string& receiver) {
    const bool there = machine_.test(receiver, parts_.clock.wall_now());
    wake_.notify();
    return there;
}

json::object Desk::state() const {
    json::array receivers, history;
    for (const auto& receiver : alerting_.receivers) {
        const auto trouble = machine_.trouble(receiver.name);
        receivers.push_back(json::object{
            {"name", receiver.name},
            {"kind", receiver.email          ? "email"
                     : receiver.alertmanager ? "alertmanager"
                                             : "webhook"},
            {"waiting", std::ranges::count(machine_.waiting(), receiver.name, &Message::receiver)},
            {"trouble", trouble.empty() ? json::value() : json::value(trouble)}});
    }
    const auto& outcomes = machine_.outcomes();
    for (auto at = outcomes.rbegin(); at != outcomes.rend(); ++at)
        history.push_back(
            json::object{{"time", parts_.zone.format(at->at)},
                         {"receiver", at->receiver},
                         {"kind", to_string(at->kind)},
                         {"headline", at->headline},
                         {"delivered", at->problem.empty()},
                         {"problem", at->problem.empty() ? json::value() : json::value(at->problem)},
                         {"failed_attempts", at->attempts}});
    return {{"receivers", std::move(receivers)},
            {"given_up", machine_.dropped()},
            {"history", std::move(history)}};
}

}  // namespace hil::alerting

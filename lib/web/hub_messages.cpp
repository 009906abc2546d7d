// What clients of the hub say, and what they hear of their commands.
#include "observe/json_text.hpp"
#include "web/command_request.hpp"
#include "web/hub_client.hpp"
#include "web/inputs.hpp"
#include "web/json_writer.hpp"

#include <algorithm>
#include <utility>

namespace hil::web {

namespace json = boost::json;

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
    changed(command.plant);
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

}  // namespace hil::web
